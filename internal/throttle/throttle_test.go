package throttle

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// throttled returns when each of n requests that queue at once is let go. Each
// takes as long as latency says, and succeeds.
func throttled(t *testing.T, th *Throttle, n int, latency time.Duration) []time.Duration {
	t.Helper()
	started := time.Now()
	var mu sync.Mutex
	var at []time.Duration
	var waiting sync.WaitGroup
	for range n {
		waiting.Go(func() {
			sent, err := th.Acquire(bounded(t.Context()))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			at = append(at, sent.Sub(started))
			mu.Unlock()
			time.Sleep(latency)
			th.Succeeded(sent, true)
			th.Release()
		})
	}
	waiting.Wait()
	return at
}

// passes makes a throttle know the latency of the service.
func passes(t *testing.T, th *Throttle, latency time.Duration) {
	t.Helper()
	throttled(t, th, 1, latency)
	time.Sleep(time.Minute)
}

// busiest returns how many of the times fall into one second at most.
func busiest(at []time.Duration) int {
	slices.Sort(at)
	most, first := 0, 0
	for i := range at {
		for at[i]-at[first] >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// With 50 ms of jitter on the way, no second at the service sees more than the
// limit, and at most 6 % of it are lost.
func TestThrottleKeepsTheLimitAtTheServiceThroughJitter(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 2, 3, 5, 10, 25, 49, 50, 100, 1000} {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(limit), 0))
			th := New(limit)
			passes(t, th, 30*time.Millisecond)
			n := int(10 * limit)
			at := throttled(t, th, n, time.Millisecond)
			if took, floor := at[n-1], time.Duration(float64(n-1)/limit*float64(time.Second)); took < floor || float64(took) > 1.065*float64(floor) {
				t.Errorf("limit %g: %d requests went within %s, the floor is %s", limit, n, took, floor)
			}
			for range 50 {
				arrived := slices.Clone(at)
				for i := range arrived {
					arrived[i] += time.Duration(random.Int64N(int64(50 * time.Millisecond)))
				}
				if most := busiest(arrived); most > int(limit) {
					t.Errorf("limit %g: %d requests in a second", limit, most)
				}
			}
			// The worst case: the first is as late as can be, the others are not.
			at[0] += 50 * time.Millisecond
			if most := busiest(at); most > int(limit) {
				t.Errorf("limit %g: %d requests in a second after a late one", limit, most)
			}
		})
	}
}

// A request that is a little late does not make the others late; after a long
// one, nobody catches up.
func TestThrottleCatchesUpALittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(10 / pacedShare)
		var at []time.Duration
		started := time.Now()
		for _, late := range []time.Duration{0, 8 * time.Millisecond, 0, 60 * time.Millisecond, 0, 0} {
			time.Sleep(late)
			sent, err := th.Acquire(bounded(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, sent.Sub(started).Round(time.Millisecond))
			time.Sleep(90 * time.Millisecond)
			th.Release()
		}
		ms := time.Millisecond
		// After a pause, a request has 10 ms to its credit: the second could go
		// after 90, and so the third is not late. The fourth is late by 50 ms, and
		// 10 of them are made up.
		if diff := cmp.Diff([]time.Duration{0, 98 * ms, 190 * ms, 340 * ms, 430 * ms, 530 * ms}, at); diff != "" {
			t.Errorf("let go at (-want +got):\n%s", diff)
		}
	})
}

func TestThrottleServesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(10)
		var order []int
		var mu sync.Mutex
		var waiting sync.WaitGroup
		for i := range 20 {
			waiting.Go(func() {
				if _, err := th.Acquire(bounded(t.Context())); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				th.Release()
			})
			synctest.Wait()
		}
		waiting.Wait()
		if !slices.IsSorted(order) {
			t.Errorf("served in the order %v", order)
		}
	})
}

// Requests in flight follow from rate and latency, up to 32, and are few before
// the first page has arrived.
func TestThrottleHoldsAsManyInFlightAsTheLatencyNeeds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limit   float64
		latency time.Duration
		want    int
	}{
		{50, 0, 2}, // no page yet
		{50, time.Millisecond, 2},
		{50, 20 * time.Millisecond, 2},
		{50, 100 * time.Millisecond, 10},
		{50, 300 * time.Millisecond, 29},
		{50, time.Second, 32},
		{2, time.Second, 4},
		{0, time.Second, 32},
	} {
		synctest.Test(t, func(t *testing.T) {
			th := New(test.limit)
			if test.latency > 0 {
				passes(t, th, test.latency)
			}
			var inside, most int
			var mu sync.Mutex
			var waiting sync.WaitGroup
			for range 100 {
				waiting.Go(func() {
					if _, err := th.Acquire(bounded(t.Context())); err != nil {
						t.Error(err)
					}
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					time.Sleep(time.Minute)
					mu.Lock()
					inside--
					mu.Unlock()
					th.Release()
				})
			}
			waiting.Wait()
			if most != test.want {
				t.Errorf("limit %g, latency %s: %d requests in flight, want %d", test.limit, test.latency, most, test.want)
			}
			if w := th.Places(); w != test.want {
				t.Errorf("limit %g, latency %s: a width of %d, want %d", test.limit, test.latency, w, test.want)
			}
		})
	}
}

// arrive makes pages arrive one after another after that latency each.
func arrive(t *testing.T, th *Throttle, n int, latency time.Duration, full bool) {
	t.Helper()
	for range n {
		sent, err := th.Acquire(bounded(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(latency)
		th.Succeeded(sent, full)
		th.Release()
	}
}

func TestThrottleHoldsFewerInFlightWhereLatencyGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		arrive(t, th, 10, 100*time.Millisecond, true)
		steady := th.Places()
		arrive(t, th, 10, 150*time.Millisecond, true)
		if w := th.Places(); w < steady {
			t.Errorf("%d in flight after %d, though responses take little longer", w, steady)
		}
		arrive(t, th, 10, time.Second, true)
		slow := th.Places()
		if slow > steady*2/3 || slow <= minInFlight {
			t.Errorf("%d in flight after %d, with responses that take ten times as long", slow, steady)
		}
		// Where it does not help to hold back, that is how long responses take.
		arrive(t, th, 300, time.Second, true)
		if w := th.Places(); w != MaxInFlight {
			t.Errorf("%d in flight for responses that take a second at their best, want %d", w, MaxInFlight)
		}
		arrive(t, th, 40, 100*time.Millisecond, true)
		if w := th.Places(); w != steady {
			t.Errorf("%d in flight when responses are as quick as before, want %d", w, steady)
		}
		// Short pages at the ends of lists are quick, and say little.
		arrive(t, th, 100, time.Millisecond, false)
		if w := th.Places(); w != steady {
			t.Errorf("%d in flight after short pages, want %d", w, steady)
		}
	})
}

func TestThrottleHoldsFewerInFlightWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		passes(t, th, time.Second)
		var widths []int
		for range 6 {
			sent, _ := th.Acquire(bounded(t.Context()))
			th.Failed(sent, 0)
			th.Release()
			widths = append(widths, th.Places())
		}
		if diff := cmp.Diff([]int{16, 8, 4, 2, 2, 2}, widths); diff != "" {
			t.Errorf("in flight after each failure (-want +got):\n%s", diff)
		}
		arrive(t, th, 15, time.Second, true)
		if w := th.Places(); w != 16 {
			t.Errorf("%d in flight 15 pages after the failures, want 16", w)
		}
		arrive(t, th, 100, time.Second, true)
		if w := th.Places(); w != MaxInFlight {
			t.Errorf("%d in flight 115 pages after the failures, want %d", w, MaxInFlight)
		}
	})
}

// The pause of everyone doubles with each failure until a page arrives. Requests
// that were in flight together fail once.
func TestThrottlePausesWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(0)
		passes(t, th, time.Second)
		var pauses []time.Duration
		fail := func(asked time.Duration) {
			var sent [4]time.Time
			for i := range sent {
				sent[i], _ = th.Acquire(bounded(t.Context()))
				th.Release()
			}
			time.Sleep(time.Second)
			for _, sent := range sent {
				th.Failed(sent, asked)
			}
			pauses = append(pauses, th.PauseLeft())
		}
		for range 9 {
			fail(0)
		}
		fail(time.Minute)
		arrive(t, th, 1, time.Second, true)
		fail(0)
		ms := time.Millisecond
		want := []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms, 5000 * ms, time.Minute, 100 * ms}
		if diff := cmp.Diff(want, pauses); diff != "" {
			t.Errorf("pauses (-want +got):\n%s", diff)
		}
		started := time.Now()
		if _, err := th.Acquire(bounded(t.Context())); err != nil || time.Since(started) != 100*ms {
			t.Errorf("let go after %s, error %v, want the pause", time.Since(started), err)
		}
	})
}

func TestThrottlePausesAfterARejection(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ asked, want time.Duration }{
		"that names no time": {0, 250 * time.Millisecond},
		"that names one":     {7 * time.Second, 7 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			th := New(1000)
			passes(t, th, time.Second)
			sent, _ := th.Acquire(bounded(t.Context()))
			th.Rejected(sent, test.asked)
			th.Rejected(sent, time.Millisecond) // the longer one holds
			th.Release()
			started := time.Now()
			if _, err := th.Acquire(bounded(t.Context())); err != nil || time.Since(started) != test.want {
				t.Errorf("%s: let go after %s, error %v, want %s", name, time.Since(started), err, test.want)
			}
		})
	}
}

func nearly(a, b float64) bool { return a > 0.97*b && a < 1.03*b }

// After a rejection the rate is a little less than what the service let through,
// once for all that were in flight together, and doubles in 20 seconds up to the
// limit.
func TestThrottleSlowsDownAfterARejectionAndSpeedsUpWithTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		passes(t, th, 100*time.Millisecond)
		at := throttled(t, th, 100, 20*time.Millisecond) // for two seconds and more
		now := time.Now().Add(-20 * time.Millisecond)
		for range 3 {
			th.Rejected(now, 0)
		}
		if rate := th.currentRate(time.Now()); !nearly(rate, 0.8*47) {
			t.Errorf("%g requests a second after a rejection at full rate (%s), want 0.8 times 47", rate, at[99])
		}
		time.Sleep(time.Second)
		if rate := th.currentRate(time.Now()); !nearly(rate, 0.8*47*1.035) {
			t.Errorf("%g requests a second one second later", rate)
		}
		time.Sleep(19 * time.Second)
		if rate := th.currentRate(time.Now()); rate != 47 {
			t.Errorf("%g requests a second after 20 s, want the limit", rate)
		}
		// Little was let through: the rate falls to that, by half at most at once.
		arrive(t, th, 1, time.Millisecond, true)
		time.Sleep(2 * time.Second)
		arrive(t, th, 1, time.Millisecond, true)
		th.Rejected(time.Now(), 0)
		if rate := th.currentRate(time.Now()); !nearly(rate, 0.8*47/2) {
			t.Errorf("%g requests a second where one was let through, want 0.8 times half of 47", rate)
		}
		time.Sleep(20 * time.Second)
		if rate := th.currentRate(time.Now()); !nearly(rate, 0.8*47) {
			t.Errorf("%g requests a second 20 s later, want twice as many", rate)
		}
		for range 100 {
			time.Sleep(time.Millisecond)
			th.Rejected(time.Now(), 0)
		}
		if rate := th.currentRate(time.Now()); rate != 0.1 {
			t.Errorf("%g requests a second after a hundred rejections, want no less than 0.1", rate)
		}
	})
}

// limitedService is a service whose limit is not the one that the client was
// configured with.
type limitedService struct {
	kind   string
	limit  float64
	times  []time.Time // of requests that passed
	tokens float64
	last   time.Time
}

func (s *limitedService) allow() bool {
	now := time.Now()
	if s.kind == "token bucket" {
		s.tokens = min(s.limit, s.tokens+s.limit*now.Sub(s.last).Seconds())
		s.last = now
		if s.tokens < 1 {
			return false
		}
		s.tokens--
		return true
	}
	from := now.Add(-time.Second)
	if s.kind == "fixed window" {
		from = now.Truncate(time.Second).Add(-1)
	}
	s.times = slices.DeleteFunc(s.times, func(at time.Time) bool { return !at.After(from) })
	if float64(len(s.times)) >= s.limit {
		return false
	}
	s.times = append(s.times, now)
	return true
}

// A real limit that is lower than the one of the configuration is found, however
// it is counted: the client uses most of it, and few requests are rejected.
func TestThrottleFindsALowerLimit(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sliding window", "fixed window", "token bucket"} {
		for _, limit := range []float64{2, 5, 10, 25} {
			synctest.Test(t, func(t *testing.T) {
				service := &limitedService{kind: kind, limit: limit, tokens: limit, last: time.Now()}
				th := New(50)
				passed, rejected := 0, 0
				var mu sync.Mutex
				ended := time.Now().Add(5 * time.Minute)
				var readers sync.WaitGroup
				for range 20 {
					readers.Go(func() {
						for time.Now().Before(ended) {
							sent, err := th.Acquire(bounded(t.Context()))
							if err != nil {
								t.Error(err)
								return
							}
							mu.Lock()
							allowed := service.allow()
							mu.Unlock()
							time.Sleep(100 * time.Millisecond)
							mu.Lock()
							if allowed {
								passed++
								th.Succeeded(sent, true)
							} else {
								rejected++
								th.Rejected(sent, 0)
							}
							mu.Unlock()
							th.Release()
						}
					})
				}
				readers.Wait()
				used := float64(passed) / 300 / limit
				share := float64(rejected) / float64(passed+rejected)
				t.Logf("%s of %g a second: %.0f %% of it used, %.1f %% rejected", kind, limit, 100*used, 100*share)
				// At two a second, one rejection each six seconds weighs more.
				if used < 0.65 || share > 0.05 && limit >= 10 || share > 0.15 {
					t.Errorf("%s of %g a second: %.0f %% of it used, %.1f %% rejected", kind, limit, 100*used, 100*share)
				}
			})
		}
	}
}

func TestThrottleObservesTheHeadersOfTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		passes(t, th, time.Second)
		th.Observe(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"5"}, "Ratelimit-Policy": {"10;w=1"}})
		at := throttled(t, th, 11, time.Millisecond)
		if want := 5*time.Second + 10*time.Second/94*10; at[0] != 5*time.Second || (at[10]-want).Abs() > 10*time.Millisecond {
			t.Errorf("let go from %s to %s, want from 5s to %s", at[0], at[10], want)
		}
		for _, header := range []http.Header{{"Ratelimit-Policy": {"100;w=1"}}, {}} {
			if th.Observe(header); !nearly(th.highest, 9.4) {
				t.Errorf("%g requests a second after %v, which allows more", th.highest, header)
			}
		}
	})
}

func TestSleepSaysHowLongTheWaitWouldBe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := Sleep(ctx, 12_345*time.Millisecond); !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), " 12.3s ") {
		t.Errorf("error %v", err)
	}
}

// A wait ends with the context, or is not begun where it would outlast it.
func TestThrottleWaitsEndWithTheContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	full := func(th *Throttle) { th.inFlight = MaxInFlight }
	shut := func(th *Throttle) { th.Rejected(time.Now(), time.Hour) }
	used := func(th *Throttle) { th.next = time.Now().Add(10 * time.Second) }
	turn := func(th *Throttle) { th.turn <- struct{}{} }
	for name, test := range map[string]struct {
		prepare  func(*Throttle)
		deadline time.Duration // of the context, or
		cancel   time.Duration // when it is cancelled
		want     error
		after    time.Duration
	}{
		"full, deadline":   {full, time.Second, 0, context.DeadlineExceeded, time.Second},
		"full, cancelled":  {full, 0, 2 * time.Second, interrupted, 2 * time.Second},
		"shut, deadline":   {shut, time.Minute, 0, ErrDeadline, 0},
		"shut, cancelled":  {shut, 0, 2 * time.Second, interrupted, 2 * time.Second},
		"used, deadline":   {used, time.Second, 0, ErrDeadline, 0},
		"used, cancelled":  {used, 0, 2 * time.Second, interrupted, 2 * time.Second},
		"turn, deadline":   {turn, time.Second, 0, context.DeadlineExceeded, time.Second},
		"turn, cancelled":  {turn, 0, 2 * time.Second, interrupted, 2 * time.Second},
		"ended beforehand": {func(*Throttle) {}, 0, 1, interrupted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				th := New(0.1)
				test.prepare(th)
				held, turns := th.inFlight, len(th.turn)
				var ctx context.Context
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(t.Context(), test.deadline)
					defer cancel()
				} else {
					ctx = cancelAfter(t, test.cancel, interrupted)
				}
				started := time.Now()
				if name == "ended beforehand" {
					<-ctx.Done()
				}
				if _, err := th.Acquire(ctx); !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				wantElapsed(t, started, test.after)
				if th.inFlight != held || len(th.turn) != turns {
					t.Errorf("%d in flight, want %d as before", th.inFlight, held)
				}
			})
		})
	}
}
