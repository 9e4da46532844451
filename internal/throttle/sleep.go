package throttle

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrDeadline is the error of a wait that would end after the deadline of the
// context, so it did not begin.
var ErrDeadline = errors.New("there is not enough time left")

// Sleep waits for d. It returns the cause of ctx once that is done, or an error that
// wraps [ErrDeadline] at once if d ends after its deadline.
func Sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return fmt.Errorf("waiting %s for the next attempt: %w", d.Round(100*time.Millisecond), ErrDeadline)
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
