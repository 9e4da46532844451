package birdtest

import (
	"sync"
	"time"
)

// LimitKind is how a server limits requests.
type LimitKind int

// The kinds. A token bucket holds the tokens of one second. A rejected request
// does not count.
const (
	TokenBucket LimitKind = iota
	SlidingWindow
	FixedWindow
)

// limit is a limit of requests a second.
type limit struct {
	kind      LimitKind
	perSecond float64

	mu     sync.Mutex
	tokens float64
	last   time.Time
	passed []time.Time
}

// allow reports whether a request may pass.
func (l *limit) allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.kind == TokenBucket {
		full := max(1, l.perSecond)
		if l.last.IsZero() {
			l.tokens = full
		} else {
			l.tokens = min(full, l.tokens+l.perSecond*now.Sub(l.last).Seconds())
		}
		l.last = now
		if l.tokens < 1 {
			return false
		}
		l.tokens--
		return true
	}
	from := now.Add(-time.Second)
	if l.kind == FixedWindow {
		from = now.Truncate(time.Second).Add(-1)
	}
	for len(l.passed) > 0 && !l.passed[0].After(from) {
		l.passed = l.passed[1:]
	}
	if float64(len(l.passed)+1) > l.perSecond {
		return false
	}
	l.passed = append(l.passed, now)
	return true
}
