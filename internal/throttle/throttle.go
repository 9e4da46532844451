// Package throttle decides when a request to a service with a rate limit may be
// sent.
package throttle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// pacedShare is the share of the limit that a throttle uses. When the network
	// delays requests unevenly, more of them arrive within a second than were sent
	// in a second: 0.94 times 1.06 seconds is less than the limit, so 50 ms of such
	// jitter and catchUp are covered, whatever the limit is.
	pacedShare = 0.94

	// catchUp is how late a request may be without delaying the next one.
	catchUp = 10 * time.Millisecond

	// MaxInFlight and minInFlight limit the number of requests in flight.
	MaxInFlight = 32
	minInFlight = 2

	// rejectedPause is the pause of all requests after a 429 without a Retry-After.
	rejectedPause = 250 * time.Millisecond

	// doubling is the time in which the rate doubles after a 429, up to the limit:
	// a service that allows less rejects a request every six seconds.
	doubling = 20 * time.Second

	// idleAfter is after how long without requests those of the last second say
	// nothing of the limit.
	idleAfter = 10 * time.Second

	// The pause of all requests after a failure of the service doubles with each
	// further failure, until a page arrives.
	firstOutagePause = 100 * time.Millisecond
	maxOutagePause   = 5 * time.Second
)

// ErrDeadline is the error of a wait that would end after the deadline of the
// context, so it did not begin.
var ErrDeadline = errors.New("there is not enough time left")

// Throttle decides when the next request to a workspace may go. It limits the rate
// and the requests in flight, and pauses all requests after a 429 and while the
// service fails.
//
// The requests in flight follow from the rate and the best latency of the service
// (Little's law), doubled to allow for variation. Their number falls in proportion
// when responses take more than twice as long, and by half with each failure.
type Throttle struct {
	turn chan struct{} // held by whose turn it is; the others are served in order

	mu       sync.Mutex
	highest  float64       // requests a second, +Inf without a limit
	rate     float64       // as of the last rejection, from which it grows
	rejected time.Time     // the last rejection
	next     time.Time     // no request before
	shut     time.Time     // nor before
	inFlight int           // requests
	freed    chan struct{} // signals that one ended
	best     time.Duration // latency, slowly forgotten
	recent   time.Duration // latency, smoothed
	health   float64       // share of the requests in flight that failures leave
	outages  int           // since the last page
	failed   time.Time     // the last outage
	arrived  time.Time     // the last page
	sent     []time.Time   // requests of the last second that were not rejected
	last     time.Time     // the last request
	began    time.Time     // the first request after the throttle was idle
}

// New returns a throttle for that many requests a second; 0 is no limit.
func New(requestsPerSecond float64) *Throttle {
	highest := math.Inf(1)
	if requestsPerSecond > 0 {
		highest = pacedShare * requestsPerSecond
	}
	return &Throttle{turn: make(chan struct{}, 1), highest: highest, rate: highest, freed: make(chan struct{}, 1), health: 1}
}

// Acquire waits for the turn, for a place, for the pace and for the end of a
// pause. It returns when the request was let go; the caller releases it. An
// error is that of ctx, at once, or [ErrDeadline] where the wait would outlast
// the deadline.
func (t *Throttle) Acquire(ctx context.Context) (sent time.Time, err error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	for ctx.Err() == nil {
		now := time.Now()
		switch wait := t.enter(now); wait {
		case 0:
			return now, nil
		case untilFreed:
			select {
			case <-t.freed:
			case <-ctx.Done():
			}
		default:
			if err := Sleep(ctx, wait); err != nil {
				return time.Time{}, err
			}
		}
	}
	return time.Time{}, context.Cause(ctx)
}

// untilFreed is a wait for another request to end.
const untilFreed = time.Duration(math.MaxInt64)

// enter takes a place and returns 0, or returns how long to wait for one.
func (t *Throttle) enter(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inFlight >= t.places() {
		return untilFreed
	}
	ready := t.next
	if t.shut.After(ready) {
		ready = t.shut
	}
	if wait := ready.Sub(now); wait > 0 {
		return wait
	}
	if earliest := now.Add(-catchUp); t.next.Before(earliest) {
		t.next = earliest
	}
	t.next = t.next.Add(time.Duration(float64(time.Second) / t.currentRate(now)))
	if now.Sub(t.last) > idleAfter {
		t.began = now
	}
	t.last = now
	t.sent = append(t.sentSince(now.Add(-time.Second)), now)
	t.inFlight++
	return 0
}

// sentSince returns the requests after a time, and forgets the others.
func (t *Throttle) sentSince(from time.Time) []time.Time {
	for len(t.sent) > 0 && !t.sent[0].After(from) {
		t.sent = t.sent[1:]
	}
	return t.sent
}

// Release ends a request.
func (t *Throttle) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	select {
	case t.freed <- struct{}{}:
	default:
	}
}

// places returns how many requests may be in flight.
func (t *Throttle) places() int {
	wanted := 0.0 // until the first page has arrived
	if t.best != 0 {
		wanted = min(1+2*t.highest*t.best.Seconds(), MaxInFlight) * t.health * min(1, 2*t.best.Seconds()/t.recent.Seconds())
	}
	return max(minInFlight, int(wanted))
}

// SinceSuccess returns how long ago the last request succeeded.
func (t *Throttle) SinceSuccess() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.arrived)
}

// PauseLeft returns how long the pause of everyone will last.
func (t *Throttle) PauseLeft() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(time.Until(t.shut), 0)
}

// Places returns how many requests may be in flight.
func (t *Throttle) Places() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places()
}

// currentRate returns the requests a second: after a rejection, they grow with
// time.
func (t *Throttle) currentRate(now time.Time) float64 {
	return min(t.highest, t.rate*math.Exp2(float64(now.Sub(t.rejected))/float64(doubling)))
}

// Succeeded is called when a page has arrived. The last page of a list may be
// short, so its latency says little about the others.
func (t *Throttle) Succeeded(sent time.Time, full bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrived = time.Now()
	t.outages = 0
	t.health = min(1, t.health+1.0/MaxInFlight)
	latency := max(t.arrived.Sub(sent), 1)
	switch {
	case t.best == 0:
		t.best, t.recent = latency, latency
	case full:
		t.recent += (latency - t.recent) / 8
		t.best = min(t.best+(t.recent-t.best)/128, latency)
	}
}

// Rejected is called for each 429, with the wait that it asked for, or 0.
// Rejections of requests that were in flight together lower the rate once: to a
// little less than what the service has let through.
func (t *Throttle) Rejected(sent time.Time, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.sent = slices.DeleteFunc(t.sent, sent.Equal)
	if sent.After(t.rejected) {
		rate := t.currentRate(now)
		through := rate // until there is a second to count
		if now.Sub(t.began) >= time.Second {
			through = float64(len(t.sentSince(now.Add(-time.Second))))
		}
		t.rate = max(0.8*min(rate, max(through, rate/2)), 0.1)
		t.rejected = now
	}
	if wait <= 0 {
		wait = rejectedPause
	}
	t.pause(now, wait)
}

// Failed is called for each 5xx response and each failed connection, with the
// wait that the response asked for, or 0.
func (t *Throttle) Failed(sent time.Time, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if sent.After(t.failed) { // not in flight together with one that failed
		t.failed = now
		t.outages++
		t.health = max(t.health/2, 1.0/MaxInFlight)
		wait = max(wait, min(firstOutagePause<<min(t.outages-1, 10), maxOutagePause))
	}
	t.pause(now, wait)
}

// Observe applies the rate-limit headers of a response. If nothing remains of the
// limit, all requests wait until it is reset. A limit for a few seconds becomes the
// rate.
func (t *Throttle) Observe(header http.Header) {
	pause, perSecond := rateLimit(header, responseTime(header))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pause(time.Now(), pause)
	if perSecond > 0 {
		t.highest = min(t.highest, pacedShare*perSecond)
	}
}

func (t *Throttle) pause(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(t.shut) {
		t.shut = until
	}
}

// Sleep waits for d or until ctx is done. If d ends after the deadline of ctx, it
// does not wait.
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
