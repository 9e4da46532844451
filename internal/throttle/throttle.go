// Package throttle decides when a request to a service with a rate limit may be
// sent.
//
// A [Throttle] is three small things behind one lock: a pace (the rate, evenly
// spaced), places (the requests in flight) and a pause (after a rejection, or while
// the service fails). The package reads the headers of an HTTP response that say
// when to send the next request, and knows nothing else about HTTP.
package throttle

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Throttle decides when the next request to a service may be sent. It is safe for
// concurrent use.
//
// Each request begins with [Throttle.Acquire] and ends with [Throttle.Release].
// Between them, its user reports the response: [Throttle.Observe] its headers, and
// one of [Throttle.Succeeded], [Throttle.Rejected] and [Throttle.Failed] its result.
// A result that says nothing about the service, such as a status 404, is not
// reported.
type Throttle struct {
	turn  chan struct{} // held by whose turn it is; the others wait in order
	freed chan struct{} // signals that a request ended

	mu          sync.Mutex
	pace        pace
	places      places
	pause       pause
	lastSuccess time.Time
	lastFailure time.Time // that counted
}

// New returns a throttle for a service that allows that many requests a second; 0
// is no limit, so that only pauses slow requests down.
func New(requestsPerSecond float64) *Throttle {
	return &Throttle{
		turn:   make(chan struct{}, 1),
		freed:  make(chan struct{}, 1),
		pace:   newPace(requestsPerSecond),
		places: newPlaces(),
	}
}

// Acquire waits until a request may be sent, in the order of the callers, and
// returns the time. The caller sends the request and then calls [Throttle.Release].
//
// An error is the cause of ctx, once that is done, or wraps [ErrDeadline] as soon as
// the wait is known to end after the deadline of ctx.
func (t *Throttle) Acquire(ctx context.Context) (sent time.Time, err error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	for ctx.Err() == nil {
		now := time.Now()
		switch wait, full := t.tryAcquire(now); {
		case full:
			select {
			case <-t.freed:
			case <-ctx.Done():
			}
		case wait > 0:
			if err = Sleep(ctx, wait); err != nil {
				return time.Time{}, err
			}
		default:
			return now, nil
		}
	}
	return time.Time{}, context.Cause(ctx)
}

// tryAcquire takes a place, or returns that all are taken, or how long to wait.
func (t *Throttle) tryAcquire(now time.Time) (wait time.Duration, full bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.places.taken >= t.places.count(t.pace.limit) {
		return 0, true
	}
	if wait = max(t.pace.next.Sub(now), t.pause.until.Sub(now)); wait > 0 {
		return wait, false
	}
	t.pace.sent(now)
	t.places.taken++
	return 0, false
}

// Release ends a request.
func (t *Throttle) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.places.taken--
	select {
	case t.freed <- struct{}{}:
	default:
	}
}

// Observe applies the rate-limit headers of a response, whatever its status. If
// nothing remains of a limit, all requests wait until it is reset. A limit for a few
// seconds becomes the rate.
func (t *Throttle) Observe(header http.Header) {
	wait, requestsPerSecond := rateLimit(header, responseTime(header))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pause.extend(time.Now(), wait)
	t.pace.lower(requestsPerSecond)
}

// Succeeded reports that a request, sent at that time, succeeded. Its latency is
// typical if other requests are likely to take as long.
func (t *Throttle) Succeeded(sent time.Time, typical bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastSuccess = time.Now()
	t.pause.succeeded()
	t.places.succeeded(t.lastSuccess.Sub(sent), typical)
}

// Rejected reports that a request, sent at that time, was one too many (status
// 429), and how long the response asks to wait; 0 if it does not.
func (t *Throttle) Rejected(sent time.Time, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.pause.rejected(now, wait)
	t.pace.rejected(sent, now)
}

// Failed reports that the service or the connection failed on a request, sent at
// that time, and how long the response asks to wait; 0 if it does not. Requests that
// were in flight together count as one failure.
func (t *Throttle) Failed(sent time.Time, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.pause.extend(now, wait)
	if sent.After(t.lastFailure) {
		t.lastFailure = now
		t.pause.failed(now)
		t.places.failed()
	}
}

// Places returns how many requests may be in flight.
func (t *Throttle) Places() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places.count(t.pace.limit)
}

// PauseLeft returns how long no request will be sent because of a pause.
func (t *Throttle) PauseLeft() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(time.Until(t.pause.until), 0)
}

// SinceSuccess returns how long ago the last request succeeded.
func (t *Throttle) SinceSuccess() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.lastSuccess)
}
