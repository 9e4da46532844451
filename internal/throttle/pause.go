package throttle

import "time"

const (
	// rejectedPause is the pause after a rejection that does not say how long to
	// wait.
	rejectedPause = 250 * time.Millisecond

	// The pause after a failure of the service doubles with each further failure,
	// until a request succeeds.
	firstFailedPause = 100 * time.Millisecond
	maxFailedPause   = 5 * time.Second
)

// pause is a time without requests. A shorter pause does not end a longer one.
type pause struct {
	until    time.Time
	failures int // since the last success
}

// extend pauses until that long from now, if the pause is not longer already.
func (p *pause) extend(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(p.until) {
		p.until = until
	}
}

// rejected pauses after a rejection for the wait that it asks for; 0 if it does
// not.
func (p *pause) rejected(now time.Time, wait time.Duration) {
	if wait <= 0 {
		wait = rejectedPause
	}
	p.extend(now, wait)
}

// failed pauses after a failure of the service.
func (p *pause) failed(now time.Time) {
	p.extend(now, min(firstFailedPause<<min(p.failures, 10), maxFailedPause))
	p.failures++
}

// succeeded makes the next failure the first one again.
func (p *pause) succeeded() { p.failures = 0 }
