package throttle

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// paced returns when each of n requests is sent that wait from now on, and the time
// of the last.
func paced(p *pace, now time.Time, n int) []time.Time {
	at := make([]time.Time, n)
	for i := range at {
		if p.next.After(now) {
			now = p.next
		}
		p.sent(now)
		at[i] = now
	}
	return at
}

// busiest returns how many of the times fall into one second at most.
func busiest(at []time.Time) int {
	at = slices.SortedFunc(slices.Values(at), time.Time.Compare)
	most, first := 0, 0
	for i := range at {
		for at[i].Sub(at[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// With 50 ms of jitter on the way, no second at the service sees more than the
// limit, and at most 6 % of it are lost.
func TestPaceKeepsTheLimitAtTheServiceThroughJitter(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 2, 3, 5, 10, 25, 49, 50, 100, 1000} {
		random := rand.New(rand.NewPCG(uint64(limit), 0))
		p := newPace(limit)
		n := int(10 * limit)
		at := paced(&p, someTime, n)
		if took, floor := at[n-1].Sub(at[0]), time.Duration(float64(n-1)/limit*float64(time.Second)); took < floor || float64(took) > 1.065*float64(floor) {
			t.Errorf("limit %g: %d requests were sent within %s, the floor is %s", limit, n, took, floor)
		}
		for range 50 {
			arrived := slices.Clone(at)
			for i := range arrived {
				arrived[i] = arrived[i].Add(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
			}
			if most := busiest(arrived); most > int(limit) {
				t.Errorf("limit %g: %d requests in a second", limit, most)
			}
		}
		// The worst case: the first is as late as can be, the others are not.
		at[0] = at[0].Add(50 * time.Millisecond)
		if most := busiest(at); most > int(limit) {
			t.Errorf("limit %g: %d requests in a second after a late one", limit, most)
		}
	}
}

func TestPaceWithoutALimit(t *testing.T) {
	t.Parallel()
	p := newPace(0)
	if at := paced(&p, someTime, 1000); !at[999].Equal(someTime) {
		t.Errorf("a thousand requests take %s", at[999].Sub(someTime))
	}
}

// A request that is a little late does not make the others late; after a long one,
// nobody catches up.
func TestPaceCatchesUpALittle(t *testing.T) {
	t.Parallel()
	p := newPace(10 / pacedShare)
	ms := time.Millisecond
	var at []time.Duration
	now := someTime
	for _, late := range []time.Duration{0, 8 * ms, 0, 60 * ms, 0, 0} {
		now = now.Add(late)
		now = paced(&p, now, 1)[0]
		at = append(at, now.Sub(someTime).Round(ms))
		now = now.Add(90 * ms)
	}
	// After a quiet time, a request has 10 ms to its credit: the second could be sent
	// after 90, and so the third is not late. The fourth is late by 50 ms, and 10 of
	// them are made up.
	if diff := cmp.Diff([]time.Duration{0, 98 * ms, 190 * ms, 340 * ms, 430 * ms, 530 * ms}, at); diff != "" {
		t.Errorf("sent at (-want +got):\n%s", diff)
	}
}

func nearly(a, b float64) bool { return a > 0.97*b && a < 1.03*b }

// After a rejection the rate is a little less than what the service let through,
// once for all that were in flight together, and doubles in 20 seconds up to the
// limit.
func TestPaceSlowsDownAfterARejectionAndSpeedsUpWithTime(t *testing.T) {
	t.Parallel()
	p := newPace(50)
	rate := func(now time.Time, want float64, what string) {
		t.Helper()
		if rate := p.rate(now); !nearly(rate, want) {
			t.Errorf("%g requests a second %s, want %g", rate, what, want)
		}
	}
	at := paced(&p, someTime, 100) // for two seconds and more
	now := at[99]
	for range 3 {
		p.rejected(at[98], now)
	}
	rate(now, 0.8*46, "after a rejection at the full rate")
	rate(now.Add(time.Second), 0.8*46*1.035, "one second later")
	rate(now.Add(10*time.Second), 47, "10 s later")

	// Little was let through: the rate falls to that, by half at most at once.
	now = now.Add(30 * time.Second)
	p.sent(now)
	now = now.Add(2 * time.Second)
	p.sent(now)
	p.rejected(now, now.Add(time.Millisecond))
	rate(now, 0.8*47/2, "where none was let through")
	rate(now.Add(20*time.Second), 0.8*47, "20 s later")
	for range 100 {
		now = now.Add(10 * time.Millisecond)
		p.rejected(now, now)
	}
	rate(now, 0.1, "after a hundred rejections")
}

// What was let through counts only after a second of requests without a long break.
func TestPaceSlowsDownToWhatTheServiceLetsThrough(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		quiet    time.Duration // after other requests
		sent     int           // then, 106 ms apart
		rejected int           // of them, at the end
		after    time.Duration // the first of them; 0 is at the last
		want     float64
	}{
		"half a second":               {time.Minute, 5, 1, 0, 9.4},
		"a little less than a second": {time.Minute, 10, 1, time.Second - 1, 9.4},
		"just a second":               {time.Minute, 10, 1, time.Second, 8},
		"one of ten in a second":      {time.Minute, 20, 1, 0, 9},
		"three of ten":                {time.Minute, 20, 3, 0, 7},
		"eight of ten":                {time.Minute, 20, 8, 0, 4.7}, // half at most
		"half, after a short break":   {5 * time.Second, 5, 1, 0, 4.7},
		"half, after ten seconds":     {10 * time.Second, 5, 1, 0, 4.7},
		"half, after a little longer": {10*time.Second + 1, 5, 1, 0, 9.4},
	} {
		p := newPace(10)
		paced(&p, someTime, 30)
		at := paced(&p, p.next.Add(test.quiet), test.sent)
		now := at[test.sent-1]
		if test.after > 0 {
			now = at[0].Add(test.after)
		}
		for _, sent := range at[test.sent-test.rejected:] {
			p.lastRejection = time.Time{} // the last one counts
			p.slowed = p.limit
			p.rejected(sent, now)
		}
		if !nearly(p.rate(now), 0.8*test.want) {
			t.Errorf("%s: %g requests a second, want 0.8 times %g", name, p.rate(now), test.want)
		}
	}
}

// A limit that the service names is applied, and never raises the rate.
func TestPaceAppliesALowerLimit(t *testing.T) {
	t.Parallel()
	p := newPace(50)
	for _, step := range []struct{ limit, want float64 }{{100, 47}, {10, 9.4}, {20, 9.4}, {0, 9.4}, {5, 4.7}} {
		if p.lower(step.limit); !nearly(p.rate(someTime), step.want) {
			t.Errorf("%g requests a second after a limit of %g, want %g", p.rate(someTime), step.limit, step.want)
		}
	}
}
