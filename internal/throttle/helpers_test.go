package throttle

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// maxSteps is how many waits a test takes at most; the longest one takes a tenth of
// them.
const maxSteps = 40_000

// boundedContext is a context that ends after maxSteps, so that a throttle that
// spins fails its test within seconds. In a bubble, no deadline would: while the
// throttle spins, no time passes. A step is a look at the deadline, which the
// throttle takes before it waits.
type boundedContext struct {
	context.Context //nolint:containedctx // which it bounds
	cancel          context.CancelCauseFunc
	steps           atomic.Int64
}

// bounded returns a context that ends after maxSteps.
func bounded(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	return &boundedContext{Context: ctx, cancel: cancel}
}

func (b *boundedContext) Deadline() (time.Time, bool) {
	switch b.steps.Add(1) {
	case maxSteps:
		b.cancel(fmt.Errorf("no end after %d waits", maxSteps))
	case 2 * maxSteps:
		panic("the throttle goes on after its context has ended")
	}
	return b.Context.Deadline()
}

// wantElapsed fails the test unless exactly so much of a bubble's time passed.
func wantElapsed(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since); got != want {
		t.Errorf("%s passed, want %s", got, want)
	}
}

// cancelAfter returns a context that is cancelled with that cause.
func cancelAfter(t *testing.T, d time.Duration, cause error) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(d, func() { cancel(cause) })
	return ctx
}
