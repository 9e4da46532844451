package bird

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// acquisitions gives when each of n requests that queue at once gets through.
func acquisitions(t *testing.T, g *throttle, n int) []time.Duration {
	t.Helper()
	started := time.Now()
	var mu sync.Mutex
	var at []time.Duration
	var waiting sync.WaitGroup
	for range n {
		waiting.Go(func() {
			release, err := g.acquire(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			at = append(at, time.Since(started))
			mu.Unlock()
			release()
		})
	}
	waiting.Wait()
	return at
}

// spaced gives n times from first on, so far apart.
func spaced(n int, first, apart time.Duration) []time.Duration {
	at := make([]time.Duration, n)
	for i := range at {
		at[i] = first + time.Duration(i)*apart
	}
	return at
}

// nearly forgives the floating point of the limiter.
var nearly = cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < 10*time.Microsecond })

func TestThrottleSpacesRequestsEvenly(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{0.5, 1, 4, 50} {
		synctest.Test(t, func(t *testing.T) {
			want := spaced(30, 0, time.Duration(float64(time.Second)/perSecond))
			if diff := cmp.Diff(want, acquisitions(t, newThrottle(perSecond), 30), nearly); diff != "" {
				t.Errorf("at %g a second (-want +got):\n%s", perSecond, diff)
			}
		})
	}
}

func TestThrottleWithoutALimitLetsEveryRequestThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if diff := cmp.Diff(spaced(30, 0, 0), acquisitions(t, newThrottle(0), 30)); diff != "" {
			t.Errorf("entered at (-want +got):\n%s", diff)
		}
	})
}

func TestThrottleHoldsEightRequestsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newThrottle(0)
		var inside, highest atomic.Int32
		for range 50 {
			go func() {
				release, err := g.acquire(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				highest.Store(max(highest.Load(), inside.Add(1)))
				time.Sleep(time.Second)
				inside.Add(-1)
			}()
		}
		started := time.Now()
		for range 6 {
			synctest.Wait()
			if n := inside.Load(); n != 8 {
				t.Errorf("%d requests under way after %s while others wait, want 8", n, time.Since(started))
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := inside.Load(); n != 2 {
			t.Errorf("%d requests under way at the end, want the last 2", n)
		}
		if n := highest.Load(); n > 8 {
			t.Errorf("%d requests were under way at once", n)
		}
		time.Sleep(time.Second)
	})
}

func TestA429SlowsEveryoneDownOncePerBurst(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perSecond float64
		asked     time.Duration
		pause     time.Duration
		apart     time.Duration
	}{
		"named no time":   {40, 0, time.Second, 50 * time.Millisecond},
		"asked for 5 s":   {40, 5 * time.Second, 5 * time.Second, 50 * time.Millisecond},
		"without a limit": {0, 0, time.Second, 40 * time.Millisecond}, // half the documented 50
		"slow already":    {0.5, 0, time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newThrottle(test.perSecond)
				for range 8 {
					g.slowDown(test.asked)
				}
				if diff := cmp.Diff(spaced(10, test.pause, test.apart), acquisitions(t, g, 10), nearly); diff != "" {
					t.Errorf("entered after a burst of 429 at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestALater429HalvesTheRateAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newThrottle(40)
		g.slowDown(0)
		time.Sleep(time.Second)
		g.slowDown(0)
		if diff := cmp.Diff(spaced(5, time.Second, 100*time.Millisecond), acquisitions(t, g, 5), nearly); diff != "" {
			t.Errorf("entered at (-want +got):\n%s", diff)
		}
	})
}

func TestTheLongerOfTwoPausesHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newThrottle(0)
		g.slowDown(9 * time.Second)
		g.slowDown(2 * time.Second)
		if at := acquisitions(t, g, 1); at[0] != 9*time.Second {
			t.Errorf("entered after %s, want 9s", at[0])
		}
	})
}

func TestA429AlsoHoldsThoseWhoWaitForTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newThrottle(1)
		time.AfterFunc(500*time.Millisecond, func() { g.slowDown(10 * time.Second) })
		at := acquisitions(t, g, 5)
		if at[0] != 0 {
			t.Errorf("the first entered after %s, want at once", at[0])
		}
		for i, at := range at[1:] {
			if earliest := 10500*time.Millisecond + time.Duration(i)*time.Second; at < earliest-time.Millisecond {
				t.Errorf("request %d entered after %s, while the throttle was shut or too early after it", i+2, at)
			}
		}
	})
}

func TestTheRateRecoversWithTheAnswersAndNoFurther(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perSecond float64
		answers   int
		apart     time.Duration
	}{
		"to the limit":        {40, 20, 25 * time.Millisecond},
		"not above the limit": {5, 500, 200 * time.Millisecond}, // 2.5, 3.5, 4.5, 5
		"step by step":        {40, 5, 40 * time.Millisecond},
		"to no limit":         {0, 30, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newThrottle(test.perSecond)
				g.slowDown(0)
				for range test.answers {
					g.speedUp()
				}
				if diff := cmp.Diff(spaced(5, time.Second, test.apart), acquisitions(t, g, 5), nearly); diff != "" {
					t.Errorf("entered at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A wait ends with the context, or is not begun where it would outlast it.
func TestWaitsAtTheThrottleEndWithTheContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	full := func(g *throttle) {
		for range maxInFlight {
			g.slots <- struct{}{}
		}
	}
	shut := func(g *throttle) { g.slowDown(time.Hour) }
	used := func(g *throttle) { g.limiter.Allow() }
	for name, test := range map[string]struct {
		prepare  func(*throttle)
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
		"ended beforehand": {func(*throttle) {}, 0, 1, interrupted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newThrottle(0.1)
				test.prepare(g)
				held := len(g.slots)
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
				if _, err := g.acquire(ctx); !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				wantElapsed(t, started, test.after)
				if len(g.slots) != held {
					t.Errorf("%d places are taken, want %d as before", len(g.slots), held)
				}
			})
		})
	}
}
