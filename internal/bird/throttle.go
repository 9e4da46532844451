package bird

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// slowDownPause is how long the throttle stays shut after a 429 that names no time:
// the API counts its requests by the second.
const slowDownPause = time.Second

// throttle holds the requests of a client to its rate and to maxInFlight. After a
// 429 it shuts for everyone for a while and then opens at half the rate, which
// grows again with each answer: multiplicative decrease, additive increase.
type throttle struct {
	slots   chan struct{}
	limiter *rate.Limiter
	highest rate.Limit

	mu   sync.Mutex
	shut time.Time // until then
}

func newThrottle(requestsPerSecond float64) *throttle {
	highest := rate.Inf
	if requestsPerSecond > 0 {
		highest = rate.Limit(requestsPerSecond)
	}
	// A burst of one spaces the requests evenly, so that no second sees more.
	return &throttle{slots: make(chan struct{}, maxInFlight), limiter: rate.NewLimiter(highest, 1), highest: highest}
}

// acquire waits for a place and for the rate. The caller calls release when its
// request is over, unless there was an error: that of ctx, at once, also where
// the wait would outlast the deadline.
func (t *throttle) acquire(ctx context.Context) (release func(), err error) {
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	release = func() { <-t.slots }
	for {
		if err := t.wait(ctx); err != nil {
			release()
			return nil, err
		}
		// It may have shut during the wait for the rate.
		if !time.Now().Before(t.shutUntil()) {
			return release, nil
		}
	}
}

// wait waits until the throttle is open, then for the rate.
func (t *throttle) wait(ctx context.Context) error {
	if wait := time.Until(t.shutUntil()); wait > 0 {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	if err := t.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("waiting for the rate limit: %w", ErrDeadline)
	}
	return nil
}

func (t *throttle) shutUntil() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shut
}

// slowDown is called for each 429, with the time it asked for, or 0. The
// requests that were under way together slow the throttle down once.
func (t *throttle) slowDown(retryAfter time.Duration) {
	if retryAfter <= 0 {
		retryAfter = slowDownPause
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if !now.Before(t.shut) {
		current := t.limiter.Limit()
		if current == rate.Inf {
			current = DefaultRequestsPerSecond
		}
		t.limiter.SetLimit(max(current/2, min(current, 1)))
	}
	if until := now.Add(retryAfter); until.After(t.shut) {
		t.shut = until
	}
}

// speedUp is called for each answer that was not a 429.
func (t *throttle) speedUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch current := t.limiter.Limit(); {
	case current >= t.highest:
	case t.highest == rate.Inf && current >= DefaultRequestsPerSecond:
		t.limiter.SetLimit(rate.Inf)
	default:
		t.limiter.SetLimit(min(current+1, t.highest))
	}
}

// sleep waits for d or for the end of ctx; where d outlasts the deadline of
// ctx, it does not wait.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return fmt.Errorf("waiting %s as the server asked: %w", d.Round(time.Millisecond), ErrDeadline)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
