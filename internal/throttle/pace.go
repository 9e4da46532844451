package throttle

import (
	"math"
	"slices"
	"time"
)

const (
	// pacedShare is the share of the limit that is used. When the network delays
	// requests unevenly, more of them arrive within a second than were sent in a
	// second: 0.94 times 1.06 seconds is less than the limit, so 50 ms of such
	// jitter and catchUp are covered, whatever the limit is.
	pacedShare = 0.94

	// catchUp is how late a request may be without delaying the next one.
	catchUp = 10 * time.Millisecond

	// doubling is the time in which the rate doubles after a rejection, up to the
	// limit: a service that allows less rejects a request every six seconds.
	doubling = 20 * time.Second

	// minRate is the lowest rate, in requests a second.
	minRate = 0.1

	// After this long without a request, the last second says nothing about the
	// limit.
	quietAfter = 10 * time.Second
)

// pace spaces requests evenly, at a little less than the limit. After a rejection
// it is slower, and then faster again with time.
//
// It has no clock: each method takes the time.
type pace struct {
	limit float64   // requests a second, +Inf without a limit
	next  time.Time // no request before

	slowed        float64 // requests a second right after lastRejection
	lastRejection time.Time

	recent []time.Time // requests of the last second that were not rejected
	began  time.Time   // the first request after a quiet time
}

// newPace returns the pace for a service with that limit; 0 is no limit.
func newPace(requestsPerSecond float64) pace {
	limit := math.Inf(1)
	if requestsPerSecond > 0 {
		limit = pacedShare * requestsPerSecond
	}
	return pace{limit: limit, slowed: limit}
}

// lower applies a limit of the service if it is lower than that in force; 0 is no
// limit.
func (p *pace) lower(requestsPerSecond float64) {
	if requestsPerSecond > 0 {
		p.limit = min(p.limit, pacedShare*requestsPerSecond)
	}
}

// rate returns the requests a second.
func (p *pace) rate(now time.Time) float64 {
	return min(p.limit, p.slowed*math.Exp2(float64(now.Sub(p.lastRejection))/float64(doubling)))
}

// sent counts a request, which must not be before next.
func (p *pace) sent(now time.Time) {
	if now.Sub(p.next) > quietAfter {
		p.began = now
	}
	if earliest := now.Add(-catchUp); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(time.Duration(float64(time.Second) / p.rate(now)))
	p.recent = append(p.lastSecond(now), now)
}

// lastSecond returns the requests of the last second, and forgets the others.
func (p *pace) lastSecond(now time.Time) []time.Time {
	from := now.Add(-time.Second)
	for len(p.recent) > 0 && !p.recent[0].After(from) {
		p.recent = p.recent[1:]
	}
	return p.recent
}

// rejected slows down after the rejection of a request that was sent at that time:
// to a little less than what the service has let through, and by half at most.
// Requests that were in flight together slow it down once.
func (p *pace) rejected(sent, now time.Time) {
	p.recent = slices.DeleteFunc(p.recent, sent.Equal)
	if !sent.After(p.lastRejection) {
		return
	}
	rate := p.rate(now)
	through := rate // until there is a second to count
	if now.Sub(p.began) >= time.Second {
		through = max(float64(len(p.lastSecond(now))), rate/2)
	}
	p.slowed = max(0.8*min(rate, through), minRate)
	p.lastRejection = now
}
