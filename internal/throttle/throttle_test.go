package throttle

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// queue returns when each of n requests that queue at once is sent. Each takes as
// long as latency says, and succeeds.
func queue(t *testing.T, th *Throttle, n int, latency time.Duration) []time.Time {
	t.Helper()
	var mu sync.Mutex
	var at []time.Time
	var waiting sync.WaitGroup
	for range n {
		waiting.Go(func() {
			sent, err := th.Acquire(watchdog.Bounded(t.Context()))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			at = append(at, sent)
			mu.Unlock()
			time.Sleep(latency)
			th.Succeeded(sent, true)
			th.Release()
		})
	}
	waiting.Wait()
	return at
}

// meet makes a throttle know the latency of the service.
func meet(t *testing.T, th *Throttle, latency time.Duration) {
	t.Helper()
	queue(t, th, 1, latency)
	time.Sleep(time.Minute)
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
				if _, err := th.Acquire(watchdog.Bounded(t.Context())); err != nil {
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
			t.Errorf("served in the order %v, want that of the requests", order)
		}
	})
}

// Requests are sent at the pace, and no more are in flight than there are places.
func TestThrottleLimitsRateAndRequestsInFlight(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limit         float64
		latency, hold time.Duration // that it knows, and then
		inFlight      int
	}{
		{50, 0, time.Minute, 2}, // no response yet
		{50, 100 * time.Millisecond, time.Minute, 10},
		{50, 100 * time.Millisecond, 110 * time.Millisecond, 6}, // by the pace
		{2, time.Second, time.Minute, 4},
		{0, time.Second, time.Minute, 32},
	} {
		synctest.Test(t, func(t *testing.T) {
			th := New(test.limit)
			if test.latency > 0 {
				meet(t, th, test.latency)
			}
			var inside, most int
			var at []time.Time
			var mu sync.Mutex
			var waiting sync.WaitGroup
			for range 100 {
				waiting.Go(func() {
					sent, err := th.Acquire(watchdog.Bounded(t.Context()))
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					inside++
					most = max(most, inside)
					at = append(at, sent)
					mu.Unlock()
					time.Sleep(test.hold)
					mu.Lock()
					inside--
					mu.Unlock()
					th.Release()
				})
			}
			waiting.Wait()
			if most != test.inFlight {
				t.Errorf("limit %g, latency %s: %d requests in flight, want %d", test.limit, test.latency, most, test.inFlight)
			}
			if most := busiest(at); test.limit > 0 && most > int(test.limit) {
				t.Errorf("limit %g, latency %s: %d requests in a second", test.limit, test.latency, most)
			}
		})
	}
}

// send sends requests together, and calls after with the time of each a second
// later.
func send(t *testing.T, th *Throttle, n int, after func(sent time.Time)) {
	t.Helper()
	sent := make([]time.Time, n)
	for i := range sent {
		var err error
		if sent[i], err = th.Acquire(watchdog.Bounded(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second)
	for _, sent := range sent {
		after(sent)
		th.Release()
	}
}

// wantNext fails the test unless the next request is sent after that time.
func wantNext(t *testing.T, th *Throttle, want time.Duration) {
	t.Helper()
	started := time.Now()
	if _, err := th.Acquire(watchdog.Bounded(t.Context())); err != nil {
		t.Fatal(err)
	}
	th.Release()
	wantElapsed(t, started, want)
}

// Requests that were in flight together fail once, and a success makes the next
// failure the first one again.
func TestThrottleHoldsBackWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(0)
		meet(t, th, time.Second)
		ms := time.Millisecond
		for _, test := range []struct {
			asked, pause time.Duration
			places       int
		}{{0, 100 * ms, 16}, {0, 200 * ms, 8}, {time.Minute, time.Minute, 4}, {0, 800 * ms, 2}} {
			send(t, th, 2, func(sent time.Time) { th.Failed(sent, test.asked) })
			if got := th.PauseLeft(); got != test.pause {
				t.Errorf("a pause of %s, want %s", got, test.pause)
			}
			if got := th.Places(); got != test.places {
				t.Errorf("%d places, want %d", got, test.places)
			}
			wantNext(t, th, test.pause)
		}
		send(t, th, 1, func(sent time.Time) { th.Succeeded(sent, true) })
		send(t, th, 1, func(sent time.Time) { th.Failed(sent, 0) })
		wantNext(t, th, 100*ms)
	})
}

// Requests that were in flight together are rejected once. The longest wait holds.
func TestThrottleSlowsDownAfterARejection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ asked, pause time.Duration }{{0, 250 * time.Millisecond}, {7 * time.Second, 7 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			th := New(10 / pacedShare)
			meet(t, th, time.Second)
			asked := test.asked
			send(t, th, 5, func(sent time.Time) {
				th.Rejected(sent, asked)
				asked = min(asked, time.Millisecond)
			})
			wantNext(t, th, test.pause)
			// All that the last second let through was rejected: half of 10, and 0.8.
			at := queue(t, th, 5, 0)
			if rate := 3 / at[4].Sub(at[1]).Seconds(); rate < 4 || rate > 5.5 {
				t.Errorf("%g requests a second, want 4 and more after the pause", rate)
			}
		})
	}
}

// Whichever of the requests that were in flight together is asked to wait longest, all
// wait for it.
func TestThrottleWaitsAsLongAsAnyResponseAsks(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]func(*Throttle, time.Time, time.Duration){"rejected": (*Throttle).Rejected, "failed": (*Throttle).Failed} {
		for longest := range 3 {
			synctest.Test(t, func(t *testing.T) {
				th := New(0)
				meet(t, th, time.Second)
				reported := 0
				send(t, th, 3, func(sent time.Time) {
					asked := 10 * time.Second
					if reported == longest {
						asked = time.Minute
					}
					report(th, sent, asked)
					reported++
				})
				if got := th.PauseLeft(); got != time.Minute {
					t.Errorf("%s: response %d asks to wait a minute, and the pause is %s", name, longest+1, got)
				}
			})
		}
	}
}

func TestThrottleAppliesTheHeadersOfTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		meet(t, th, time.Second)
		th.Observe(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"5"}, "Ratelimit-Policy": {"10;w=1"}})
		started := time.Now()
		at := queue(t, th, 11, time.Millisecond)
		if want := 5*time.Second + 10*time.Second/94*10; at[0].Sub(started) != 5*time.Second || (at[10].Sub(started)-want).Abs() > 10*time.Millisecond {
			t.Errorf("sent from %s to %s, want from 5s to %s", at[0].Sub(started), at[10].Sub(started), want)
		}
		th.Observe(http.Header{})
		if got := th.PauseLeft(); got != 0 {
			t.Errorf("a pause of %s after headers without a limit", got)
		}
	})
}

func TestThrottleKnowsTheLastSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		th := New(50)
		if got := th.SinceSuccess(); got < 24*time.Hour {
			t.Errorf("the last success was %s ago, before the first", got)
		}
		meet(t, th, time.Second)
		send(t, th, 1, func(sent time.Time) { th.Failed(sent, 0) })
		if got := th.SinceSuccess(); got != 61*time.Second {
			t.Errorf("the last success was %s ago, want 61 s", got)
		}
	})
}

// A wait ends with the context, or does not begin where it would outlast it. What it
// held is free again.
func TestThrottleWaitsEndWithTheContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	full := func(th *Throttle) { th.places.taken = MaxInFlight }
	shut := func(th *Throttle) { th.Rejected(time.Now(), time.Hour) }
	used := func(th *Throttle) { th.pace.next = time.Now().Add(10 * time.Second) }
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
				taken, turns := th.places.taken, len(th.turn)
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
				if th.places.taken != taken || len(th.turn) != turns {
					t.Errorf("%d places taken, want %d as before", th.places.taken, taken)
				}
			})
		})
	}
}
