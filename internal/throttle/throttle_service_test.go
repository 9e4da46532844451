package throttle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// The ways in which services count requests.
const (
	slidingWindow = "sliding window"
	fixedWindow   = "fixed window"
	tokenBucket   = "token bucket"
)

// service is a service with a limit that it counts in one of these ways.
type service struct {
	kind  string
	limit float64 // requests a second

	mu     sync.Mutex
	times  []time.Time // of requests that passed
	tokens float64
	last   time.Time
}

func newService(kind string, limit float64) *service {
	return &service{kind: kind, limit: limit, tokens: limit, last: time.Now()}
}

func (s *service) allow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.kind == tokenBucket {
		s.tokens = min(s.limit, s.tokens+s.limit*now.Sub(s.last).Seconds())
		s.last = now
		if s.tokens < 1 {
			return false
		}
		s.tokens--
		return true
	}
	from := now.Add(-time.Second)
	if s.kind == fixedWindow {
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
	for _, kind := range []string{slidingWindow, fixedWindow, tokenBucket} {
		for _, limit := range []float64{2, 5, 10, 25} {
			synctest.Test(t, func(t *testing.T) {
				service := newService(kind, limit)
				th := New(50)
				passed, rejected := 0, 0
				var mu sync.Mutex
				ended := time.Now().Add(5 * time.Minute)
				var readers sync.WaitGroup
				for range 20 {
					readers.Go(func() {
						for time.Now().Before(ended) {
							sent, err := th.Acquire(watchdog.Bounded(t.Context()))
							if err != nil {
								t.Error(err)
								return
							}
							allowed := service.allow()
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
					t.Errorf("%s of %g a second: %.0f %% of it used, %.1f %% rejected, want 65 %% or more, and at most 5 %% (15 %% below ten a second)", kind, limit, 100*used, 100*share)
				}
			})
		}
	}
}

// behavior is how a random service behaves, and how its client is configured.
type behavior struct {
	kind       string
	limit      float64
	configured float64         // limit that the client knows; it is the limit or more
	latency    time.Duration   // to twice that
	jitter     time.Duration   // of the network, before a request arrives, at most
	retryAfter time.Duration   // of a rejection; 0 for none
	outages    []time.Duration // when the service begins to fail and recovers, by turns
	readers    int
}

func randomBehavior(random *lockedRand) behavior {
	b := behavior{
		kind:    slidingWindow,
		limit:   float64(2 + random.number(49)),
		latency: time.Millisecond << random.number(12),
		jitter:  random.upTo(50 * time.Millisecond),
		readers: 1 + random.number(40),
	}
	b.configured = b.limit
	if random.number(2) == 0 {
		b.kind = []string{slidingWindow, fixedWindow, tokenBucket}[random.number(3)]
		b.configured *= float64(1 + random.number(10))
	}
	b.retryAfter = time.Duration(random.number(2)*random.number(5)) * time.Second
	at := time.Duration(0)
	for range 2 * random.number(3) {
		at += 1 + random.upTo(20*time.Second)
		b.outages = append(b.outages, at)
	}
	return b
}

// fails returns whether the service fails that long after its start.
func (b behavior) fails(after time.Duration) bool {
	passed := 0
	for _, at := range b.outages {
		if after >= at {
			passed++
		}
	}
	return passed%2 == 1
}

// Whatever a service does: all requests succeed in the end; a service whose limit is
// known sees no request too many; a caller is served before those who came later,
// and is gone when its patience ends; and nothing is left when all is done.
func TestThrottleWithRandomServices(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				readRandomService(t, &lockedRand{random: rand.New(rand.NewPCG(seed, 7))})
			})
		})
	}
}

func readRandomService(t *testing.T, random *lockedRand) {
	b := randomBehavior(random)
	service, th := newService(b.kind, b.limit), New(b.configured)
	started := time.Now()

	type request struct{ asked, sent, arrived time.Time }
	var mu sync.Mutex
	var requests []request
	var inFlight, mostInFlight, rejected, failed int

	// attempt sends one request, and returns whether it succeeded.
	attempt := func() bool {
		r := request{asked: time.Now()}
		var err error
		if r.sent, err = th.Acquire(watchdog.Bounded(t.Context())); err != nil {
			t.Error(err)
			return true
		}
		defer th.Release()
		mu.Lock()
		inFlight++
		mostInFlight = max(mostInFlight, inFlight)
		mu.Unlock()

		time.Sleep(random.upTo(b.jitter))
		r.arrived = time.Now()
		fails := b.fails(time.Since(started))
		allowed := service.allow()
		time.Sleep(b.latency + random.upTo(b.latency))

		mu.Lock()
		defer mu.Unlock()
		inFlight--
		requests = append(requests, r)
		switch {
		case fails:
			failed++
			th.Failed(r.sent, 0)
		case !allowed:
			rejected++
			th.Rejected(r.sent, b.retryAfter)
		default:
			th.Succeeded(r.sent, true)
			return true
		}
		return false
	}
	var callers sync.WaitGroup
	for range b.readers {
		callers.Go(func() {
			for range 300 / b.readers {
				for !attempt() {
					continue
				}
			}
		})
	}
	interrupted := errors.New("interrupted")
	for range 5 {
		callers.Go(func() {
			time.Sleep(random.upTo(10 * time.Second))
			for range 5 {
				patience := 1 + random.upTo(300*time.Millisecond)
				ctx, cancel := context.WithTimeoutCause(watchdog.Bounded(t.Context()), patience, interrupted)
				asked := time.Now()
				_, err := th.Acquire(ctx)
				cancel()
				if waited := time.Since(asked); waited > patience {
					t.Errorf("a caller whose patience was %s waited %s", patience, waited)
				}
				if err == nil {
					th.Release() // it sends nothing
				} else if !errors.Is(err, interrupted) && !errors.Is(err, ErrDeadline) {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()

	t.Logf("%+v: %d requests in %s, %d rejected, %d failed", b, len(requests), time.Since(started), rejected, failed)
	if mostInFlight > MaxInFlight {
		t.Errorf("%d requests in flight", mostInFlight)
	}
	if b.configured == b.limit {
		var arrived []time.Time
		for _, r := range requests {
			arrived = append(arrived, r.arrived)
		}
		if most := busiest(arrived); most > int(b.limit) || rejected > 0 {
			t.Errorf("%d requests arrived in a second, %d were rejected", most, rejected)
		}
	}
	slices.SortFunc(requests, func(a, b request) int { return cmp.Or(a.sent.Compare(b.sent), a.asked.Compare(b.asked)) })
	for i := range requests[1:] {
		if requests[i].asked.After(requests[i+1].asked) {
			t.Errorf("a caller was served before another that came %s earlier", requests[i].asked.Sub(requests[i+1].asked))
		}
	}
	if th.places.taken != 0 || len(th.turn) != 0 {
		t.Errorf("%d places are taken after all", th.places.taken)
	}
}

// lockedRand is a source of random numbers for several goroutines.
type lockedRand struct {
	mu     sync.Mutex
	random *rand.Rand
}

// number returns a number from 0 to n-1.
func (r *lockedRand) number(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.IntN(n)
}

// upTo returns a time from 0 to d.
func (r *lockedRand) upTo(d time.Duration) time.Duration { return time.Duration(r.number(int(d) + 1)) }
