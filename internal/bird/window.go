package bird

import (
	"slices"
	"strings"
	"time"
)

const (
	// divideFrom is how many pages a window must seem to hold to be worth
	// dividing: what was read of it is read again by its parts.
	divideFrom = 12

	// longAfter is after how many pages a window that seemed short has turned
	// out long.
	longAfter = 12

	// partPages is how many pages a part is meant to have. The last page of a
	// part is half empty on average, so shorter parts cost more requests, and
	// longer ones leave workers idle at the end.
	partPages = 6

	// maxParts is how many parts one division makes at most: more than
	// maxInFlight, so that parts of unequal length keep all workers busy.
	maxParts = 4 * maxInFlight

	// minPart is the shortest part.
	minPart = time.Second

	// overlap of neighbouring parts, the precision of the API's timestamps:
	// with it, no call falls between two parts whether bounds are inclusive
	// or exclusive.
	overlap = time.Millisecond
)

// window is a span of time to read; a zero time leaves its end open.
type window struct{ start, end time.Time }

// observation is what was seen of a window so far.
type observation struct {
	pages       int
	first, last time.Time // of the calls' createdAt
}

func (o *observation) add(calls []Call) {
	o.pages++
	for i := range calls {
		t := calls[i].created()
		if t.IsZero() {
			continue
		}
		if o.first.IsZero() || t.Before(o.first) {
			o.first = t
		}
		if t.After(o.last) {
			o.last = t
		}
	}
}

// divide returns the parts that a window is better read in, or nil where it is
// better read on by its tokens.
//
// The number of parts is an estimate from the time that the pages so far
// covered; nothing but speed rests on it. What is certain is that the parts
// together cover the window: each begins where its neighbour ends, less the
// overlap, and the outer bounds are those of the window. So the union of the
// parts equals the sequential read whatever time of a call the server holds
// against the bounds, and in whatever order it answers.
func (w window) divide(seen observation, now time.Time) []window {
	end := w.end
	if end.IsZero() {
		end = now
	}
	width := end.Sub(w.start)
	if w.start.IsZero() || width < 2*minPart || seen.last.IsZero() {
		return nil
	}
	covered := min(max(seen.last.Sub(seen.first), time.Millisecond), width)
	pages := float64(seen.pages) * float64(width) / float64(covered)
	count := int(min(pages/partPages, maxParts))
	switch {
	case seen.pages == 1 && pages >= divideFrom:
	case seen.pages == longAfter:
		count = maxParts
	default:
		return nil
	}
	count = max(min(count, int(width/minPart)), 2)

	parts := make([]window, count)
	from := w.start
	for i := range parts {
		to := w.start.Add(width / time.Duration(count) * time.Duration(i+1)).Truncate(overlap)
		parts[i] = window{from, to.Add(overlap)}
		from = to
	}
	parts[count-1].end = w.end
	return parts
}

// created gives the time of creation, zero where there is none; the decoder
// has checked the text.
func (c *Call) created() time.Time {
	if c.CreatedAt == nil {
		return time.Time{}
	}
	t, _ := ParseTime(*c.CreatedAt)
	return t
}

// SortCalls sorts by time of creation, then id. Calls without one come first.
func SortCalls(calls []Call) {
	type key struct {
		created time.Time
		call    Call
	}
	keys := make([]key, len(calls))
	for i := range calls {
		keys[i] = key{calls[i].created(), calls[i]}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if order := a.created.Compare(b.created); order != 0 {
			return order
		}
		return strings.Compare(a.call.ID, b.call.ID)
	})
	for i := range keys {
		calls[i] = keys[i].call
	}
}
