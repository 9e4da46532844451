package bird

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Wherever it is cut, the parts of a window cover it: they begin and end where it
// does, and neighbours overlap by four seconds.
func TestWindowSplitCoversTheWindow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		w := window{start: someStart.Add(time.Duration(random.IntN(1e9)))}
		if random.IntN(2) == 0 {
			w.end = someNow
		}
		cuts := make([]time.Time, 1+random.IntN(9))
		for i := range cuts {
			cuts[i] = someStart.Add(time.Second + time.Duration(random.Int64N(int64(someNow.Sub(someStart)-2*time.Second))))
		}
		parts := w.split(cuts)
		if len(parts) != len(cuts)+1 {
			t.Fatalf("%d parts of %d cuts", len(parts), len(cuts))
		}
		if first, last := parts[0], parts[len(parts)-1]; !first.start.Equal(w.start) || !last.end.Equal(w.end) {
			t.Errorf("parts from %s to %s, want from %s to %s", first.start, last.end, w.start, w.end)
		}
		for i, part := range parts[1:] {
			if parts[i].end.Sub(part.start) != 4*time.Second || !part.start.After(parts[i].start) {
				t.Errorf("part %v follows %v", part, parts[i])
			}
		}
	}
}
