package bird

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Wherever it is cut, the parts of a window cover it: they begin and end where it
// does, and neighbours overlap by two seconds.
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
			if parts[i].end.Sub(part.start) != 2*time.Second || !part.start.After(parts[i].start) {
				t.Errorf("part %v follows %v", part, parts[i])
			}
		}
	}
}

// A cut outside of the window proves nothing, so that calls that are partly there
// are no proof.
func TestPartProvesWithCallsWithinTheWindow(t *testing.T) {
	t.Parallel()
	call := func(created, ended time.Duration) Call {
		wire := func(after time.Duration) *string {
			return new(someStart.Add(after + 30*time.Second).Format(time.RFC3339))
		}
		return Call{ID: "call", CreatedAt: wire(created), EndedAt: wire(ended), UpdatedAt: wire(ended)}
	}
	p := &part{window: window{start: someStart, end: someNow}}
	within := call(time.Hour, time.Hour+2*time.Minute)
	long := someNow.Sub(someStart)
	p.add([]Call{
		call(-10*time.Hour, time.Hour), {ID: "no time"}, within, call(time.Hour, long+time.Hour), call(-time.Hour, long+time.Hour),
		call(2*time.Hour, 2*time.Hour+time.Minute),
	})
	if want := within.span(); p.proof.longest != want {
		t.Errorf("the longest call is %v, want %v", p.proof.longest, want)
	}
	if len(p.ids) != 6 || len(p.times) != 5 || p.last != 5 || !p.latest.Equal(someNow.Add(time.Hour+30*time.Second)) {
		t.Errorf("%d calls, %d with a time, %d of the last page, the latest at %s", len(p.ids), len(p.times), p.last, p.latest)
	}
}

// Order is seen in the calls, in whatever else they are listed by.
func TestPartSeesTheOrderOfItsCalls(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, test := range map[string]struct {
		at   func(i int) int // second of the i-th call
		want order
	}{
		"rising":             {func(i int) int { return i }, rising},
		"falling":            {func(i int) int { return -i }, falling},
		"rising by the end":  {func(i int) int { return i + random.IntN(100) }, rising},
		"falling by the end": {func(i int) int { return -i - random.IntN(100) }, falling},
		"mixed":              {func(int) int { return random.IntN(1e6) }, mixed},
		"one instant":        {func(int) int { return 7 }, mixed},
	} {
		p := &part{}
		for i := range 1000 {
			p.times = append(p.times, someStart.Add(time.Duration(test.at(i))*time.Second))
		}
		if got := p.order(); got != test.want {
			t.Errorf("%s: order %d, want %d", name, got, test.want)
		}
	}
}
