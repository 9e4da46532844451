package watchdog

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// maxSteps is how many steps a test takes at most; the longest one takes a tenth of
// them.
const maxSteps = 40_000

type bounded struct {
	context.Context //nolint:containedctx // which it bounds
	cancel          context.CancelCauseFunc
	steps           atomic.Int64
}

// Bounded returns a context that ends after so many steps that code which spins, or
// never gives up, fails its test within seconds. In a bubble, no deadline would:
// while the code spins, no time passes. A step is a look at the deadline, which
// throttle and client take before they wait.
func Bounded(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	return &bounded{Context: ctx, cancel: cancel}
}

func (b *bounded) Deadline() (time.Time, bool) {
	switch b.steps.Add(1) {
	case maxSteps:
		b.cancel(fmt.Errorf("no end after %d waits and requests", maxSteps))
	case 2 * maxSteps:
		panic("the tested code goes on after its context has ended")
	}
	return b.Context.Deadline()
}
