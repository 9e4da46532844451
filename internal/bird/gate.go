package bird

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// slowDownPause is how long the gate stays shut after a 429 that names no time:
// the API counts its requests by the second.
const slowDownPause = time.Second

// ErrDeadline is the error of a wait that would outlast the deadline of the
// context, and so was not begun.
var ErrDeadline = errors.New("the time left does not suffice")

// gate holds the requests of a client to its rate and to maxInFlight. After a
// 429 it shuts for everyone for a while and then opens at half the rate, which
// grows again with each answer: multiplicative decrease, additive increase.
type gate struct {
	slots   chan struct{}
	limiter *rate.Limiter
	highest rate.Limit

	mu   sync.Mutex
	shut time.Time // until then
}

func newGate(requestsPerSecond float64) *gate {
	highest := rate.Inf
	if requestsPerSecond > 0 {
		highest = rate.Limit(requestsPerSecond)
	}
	// A burst of one spaces the requests evenly, so that no second sees more.
	return &gate{slots: make(chan struct{}, maxInFlight), limiter: rate.NewLimiter(highest, 1), highest: highest}
}

// enter waits for a place and for the rate. The caller calls leave when its
// request is over, unless there was an error: that of ctx, at once, also where
// the wait would outlast the deadline.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	leave = func() { <-g.slots }
	for {
		if err := g.wait(ctx); err != nil {
			leave()
			return nil, err
		}
		// It may have shut during the wait for the rate.
		if !time.Now().Before(g.shutUntil()) {
			return leave, nil
		}
	}
}

// wait waits until the gate is open, then for the rate.
func (g *gate) wait(ctx context.Context) error {
	if wait := time.Until(g.shutUntil()); wait > 0 {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	if err := g.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("waiting for the rate limit: %w", ErrDeadline)
	}
	return nil
}

func (g *gate) shutUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// slowDown is called for each 429, with the time it asked for, or 0. The
// requests that were under way together slow the gate down once.
func (g *gate) slowDown(retryAfter time.Duration) {
	if retryAfter <= 0 {
		retryAfter = slowDownPause
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if !now.Before(g.shut) {
		current := g.limiter.Limit()
		if current == rate.Inf {
			current = DefaultRequestsPerSecond
		}
		g.limiter.SetLimit(max(current/2, min(current, 1)))
	}
	if until := now.Add(retryAfter); until.After(g.shut) {
		g.shut = until
	}
}

// speedUp is called for each answer that was not a 429.
func (g *gate) speedUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch current := g.limiter.Limit(); {
	case current >= g.highest:
	case g.highest == rate.Inf && current >= DefaultRequestsPerSecond:
		g.limiter.SetLimit(rate.Inf)
	default:
		g.limiter.SetLimit(min(current+1, g.highest))
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
