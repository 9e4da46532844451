package bird

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Order is seen in the calls, in whatever else they are listed by.
func TestSampleSeesTheOrderOfItsCalls(t *testing.T) {
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
		p := &sample{}
		for i := range 1000 {
			p.created = append(p.created, someStart.Add(time.Duration(test.at(i))*time.Second))
		}
		if got := p.order(); got != test.want {
			t.Errorf("%s: order %d, want %d", name, got, test.want)
		}
	}
}
