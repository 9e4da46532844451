package throttle

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Places follow from rate and latency, up to 32, and are few before the first
// response.
func TestPlacesFollowFromRateAndLatency(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rate    float64
		latency time.Duration // 0 before the first response
		want    int
	}{
		{47, 0, 2},
		{47, -time.Second, 2}, // of a clock that was set back
		{47, time.Millisecond, 2},
		{47, 20 * time.Millisecond, 2},
		{47, 100 * time.Millisecond, 10},
		{47, 300 * time.Millisecond, 29},
		{47, time.Second, 32},
		{1.88, time.Second, 4},
		{math.Inf(1), time.Second, 32},
	} {
		p := newPlaces()
		if test.latency != 0 {
			p.succeeded(test.latency, true)
		}
		if got := p.count(test.rate); got != test.want {
			t.Errorf("%d places at %g requests a second and a latency of %s, want %d", got, test.rate, test.latency, test.want)
		}
	}
}

// succeed makes responses arrive after that latency each.
func (p *places) succeed(n int, latency time.Duration, typical bool) {
	for range n {
		p.succeeded(latency, typical)
	}
}

func TestPlacesAreFewerWhereLatencyGrows(t *testing.T) {
	t.Parallel()
	p := newPlaces()
	p.succeed(10, 100*time.Millisecond, true)
	steady := p.count(47)
	p.succeed(10, 150*time.Millisecond, true)
	if got := p.count(47); got < steady {
		t.Errorf("%d places after %d, though responses take little longer", got, steady)
	}
	p.succeed(10, time.Second, true)
	if slow := p.count(47); slow > steady*2/3 || slow <= minInFlight {
		t.Errorf("%d places after %d, with responses that take ten times as long", slow, steady)
	}
	// Where it does not help to hold back, that is how long responses take.
	p.succeed(300, time.Second, true)
	if got := p.count(47); got != MaxInFlight {
		t.Errorf("%d places for responses that take a second at their best, want %d", got, MaxInFlight)
	}
	p.succeed(40, 100*time.Millisecond, true)
	if got := p.count(47); got != steady {
		t.Errorf("%d places when responses are as quick as before, want %d", got, steady)
	}
	// Short pages at the ends of lists are quick, and say little.
	p.succeed(100, time.Millisecond, false)
	if got := p.count(47); got != steady {
		t.Errorf("%d places after short pages, want %d", got, steady)
	}
}

func TestPlacesHalveWithEachFailure(t *testing.T) {
	t.Parallel()
	p := newPlaces()
	p.succeed(1, time.Second, true)
	var counts []int
	for range 6 {
		p.failed()
		counts = append(counts, p.count(47))
	}
	if diff := cmp.Diff([]int{16, 8, 4, 2, 2, 2}, counts); diff != "" {
		t.Errorf("places after each failure (-want +got):\n%s", diff)
	}
	p.succeed(15, time.Second, false)
	if got := p.count(47); got != 16 {
		t.Errorf("%d places 15 successes after the failures, want 16", got)
	}
	p.succeed(100, time.Second, true)
	if got := p.count(47); got != MaxInFlight {
		t.Errorf("%d places 115 successes after the failures, want %d", got, MaxInFlight)
	}
}
