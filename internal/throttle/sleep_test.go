package throttle

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleepSaysHowLongTheWaitWouldBe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := Sleep(ctx, 12_345*time.Millisecond); !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), " 12.3s ") {
		t.Errorf("error %v", err)
	}
}

func TestSleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	for name, test := range map[string]struct {
		d, cancel time.Duration
		want      error
		after     time.Duration
	}{
		"undisturbed": {time.Minute, time.Hour, nil, time.Minute},
		"cancelled":   {time.Minute, time.Second, interrupted, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			if err := Sleep(cancelAfter(t, test.cancel, interrupted), test.d); !errors.Is(err, test.want) {
				t.Errorf("%s: error %v, want %v", name, err, test.want)
			}
			wantElapsed(t, started, test.after)
		})
	}
}
