package throttle

import "time"

// MaxInFlight is the maximum number of requests in flight, and minInFlight the
// minimum that may be.
const (
	MaxInFlight = 32
	minInFlight = 2
)

// places limits the requests in flight. How many there may be follows from the rate
// and the best latency of the service (Little's law), doubled to allow for
// variation. It falls in proportion when responses take more than twice as long,
// and by half with each failure.
type places struct {
	taken  int           // requests in flight
	best   time.Duration // latency, slowly forgotten; 0 until the first response
	recent time.Duration // latency, smoothed
	health float64       // share of the places that failures leave
}

func newPlaces() places { return places{health: 1} }

// count returns how many requests may be in flight at that rate.
func (p *places) count(requestsPerSecond float64) int {
	if p.best == 0 {
		return minInFlight
	}
	count := min(1+2*requestsPerSecond*p.best.Seconds(), MaxInFlight)
	count *= p.health * min(1, 2*p.best.Seconds()/p.recent.Seconds())
	return max(minInFlight, int(count))
}

// succeeded measures the latency of a response. One that is not typical says little
// about the others, but is better than nothing.
func (p *places) succeeded(latency time.Duration, typical bool) {
	p.health = min(1, p.health+1.0/MaxInFlight)
	latency = max(latency, 1)
	switch {
	case p.best == 0:
		p.best, p.recent = latency, latency
	case typical:
		p.recent += (latency - p.recent) / 8
		p.best = min(p.best+(p.recent-p.best)/128, latency)
	}
}

// failed halves the places. Each success adds one again.
func (p *places) failed() { p.health = max(p.health/2, 1.0/MaxInFlight) }
