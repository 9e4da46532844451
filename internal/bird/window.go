package bird

import (
	"net/url"
	"slices"
	"time"
)

const (
	// near is how far from the creation of a call another of its times may be
	// without making a difference: the overlap of parts covers it.
	near = 2 * time.Second

	// overlap of neighbouring parts. The ruler is known to a second at either bound,
	// and another time than the creation may be near it.
	overlap = 2*time.Second + near

	// tick is the precision of the API's timestamps.
	tick = time.Millisecond
)

// window is a span of time to read; a zero start or end is open.
type window struct{ start, end time.Time }

// set sets the query parameters for the bounds that are not open.
func (w window) set(values url.Values) {
	for name, bound := range map[string]time.Time{"startAt": w.start, "endAt": w.end} {
		if !bound.IsZero() {
			values.Set(name, bound.UTC().Format(time.RFC3339Nano))
		}
	}
}

// until returns the end of the window, or now if it is open.
func (w window) until() time.Time {
	if w.end.IsZero() {
		return time.Now()
	}
	return w.end
}

// holds reports whether a call that was created at that time may come in the
// window, give or take the overlap.
func (w window) holds(created time.Time) bool {
	return !created.Before(w.start.Add(-overlap)) && (w.end.IsZero() || !created.After(w.end.Add(overlap)))
}

// split cuts the window into parts that together cover it: each begins where its
// neighbour ends, less the overlap, and the outer bounds are those of the window.
func (w window) split(cuts []time.Time) []window {
	var parts []window
	for _, cut := range slices.SortedFunc(slices.Values(cuts), time.Time.Compare) {
		parts = append(parts, window{w.start, cut.Add(overlap)})
		w.start = cut
	}
	return append(parts, w)
}
