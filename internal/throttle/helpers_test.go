package throttle

import (
	"context"
	"testing"
	"time"
)

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
