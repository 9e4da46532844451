package bird

import (
	"math"
	"slices"
	"time"
)

// Where to cut a window is an estimate from the calls that were read of it. Only
// speed depends on what is in this file.
const (
	// partPages is how many pages a part should have: a little less than a whole
	// number, so that the last page is nearly full if calls are spread evenly. If
	// few requests are in flight, fewer and longer parts are enough.
	partPages     = 5.7
	longPartPages = 11.7
	fewInFlight   = 6

	// firstAhead is the least number of parts that the first division of a window
	// cuts off. If the calls end or become sparse, little is lost with a few parts.
	firstAhead = 2

	// fewCalls show neither order nor density.
	fewCalls = 100

	// maxUndivided is the number of pages after which a window is not divided any
	// more.
	maxUndivided = 24

	// minPart is the shortest part, so that parts are not mostly overlap.
	minPart = 10 * overlap
)

// sample is what was read of a window, in the order of arrival.
type sample struct {
	created []time.Time // of the calls
	last    int         // how many of these are of the last page
	pages   int         // that held calls
}

// add adds the calls of a page.
func (s *sample) add(created []time.Time) {
	if len(created) > 0 {
		s.created = append(s.created, created...)
		s.last = len(created)
		s.pages++
	}
}

// order is the order in which calls seem to be listed.
type order int

const (
	mixed   order = 0
	rising  order = 1
	falling order = -1
)

// order compares calls that are half the list apart, because neighbours may be in
// the other order if the service sorts by another time. Of calls without order,
// half are later.
func (s *sample) order() order {
	half := len(s.created) / 2
	later := 0
	for i := range half {
		later += s.created[half+i].Compare(s.created[i])
	}
	switch {
	case 2*later > half:
		return rising
	case 2*later < -half:
		return falling
	default:
		return mixed
	}
}

// partsAhead returns how many parts a division cuts off, if so many requests can be
// in flight, and an earlier division of the same window cut off so many, or 0.
func partsAhead(inFlight, before int) int {
	return max(firstAhead, inFlight/2, min(2*before, inFlight))
}

// cuts returns where to cut a window whose calls come in order of time: for the
// next parts at the density of the last page. It reports whether a rest is left that
// may be cut further. Without cuts, it is better to read on.
func (s *sample) cuts(w window, inFlight, ahead int) (cuts []time.Time, rest bool) {
	sequence := s.order()
	page := s.created[len(s.created)-s.last:]
	half := len(page) / 2
	if len(s.created) < fewCalls || s.pages > maxUndivided || sequence == mixed || half == 0 {
		return nil, false
	}
	covered := 0.0 // by the last page
	for i := range half {
		covered += 2 * float64(page[half+i].Sub(page[i])) / float64(half)
	}
	perPage := max(math.Abs(covered), float64(minPart)/partPages)
	edge, left := slices.MaxFunc(page, time.Time.Compare), 0.0
	if sequence == rising {
		left = float64(w.until().Sub(edge)) / perPage
	} else {
		edge = slices.MinFunc(page, time.Time.Compare)
		left = float64(edge.Sub(w.start)) / perPage
	}
	size := partPages
	if inFlight < fewInFlight {
		size = longPartPages
	}
	if left < 2*size {
		return nil, false // what was read is read again, and each part ends with a page that is not full
	}
	pages := float64(s.pages) + left
	count := int(math.Round(pages / size))
	bounds := []time.Time{w.start, w.until()}
	for i := range ahead {
		beyond := max(float64(i+1)*pages/float64(count)-float64(s.pages), 0)
		cut := edge.Add(time.Duration(sequence) * time.Duration(beyond*perPage)).Truncate(tick)
		if cut.After(w.start) && cut.Before(w.until()) && !slices.ContainsFunc(bounds, tooNear(cut)) {
			cuts, bounds = append(cuts, cut), append(bounds, cut)
		}
	}
	return cuts, ahead < count-1
}

// tooNear returns whether a time is too near a cut for a part between them.
func tooNear(cut time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return t.Sub(cut).Abs() < minPart }
}

// updateOrder recognizes a list in the order of the last update, which skips calls
// that are updated while it is read.
type updateOrder struct {
	creation, update steps
	pairs            int // of neighbours
}

// steps counts how often a time is later or earlier than the one before.
type steps struct{ rises, falls int }

func (s *steps) add(before, after time.Time) {
	order := after.Compare(before)
	s.rises += max(order, 0)
	s.falls += max(-order, 0)
}

// add adds the calls of a page.
func (o *updateOrder) add(calls []Call) {
	var created, updated time.Time // of the call before
	for i := range calls {
		nextCreated, nextUpdated := calls[i].created(), calls[i].updated()
		if i > 0 {
			o.pairs++
			o.creation.add(created, nextCreated)
			o.update.add(updated, nextUpdated)
		}
		created, updated = nextCreated, nextUpdated
	}
}

// seen reports whether the calls come in the order of their last update, and not of
// their creation.
func (o *updateOrder) seen() bool {
	ordered := min(o.update.rises, o.update.falls) == 0 && 2*max(o.update.rises, o.update.falls) > o.pairs
	return o.pairs >= fewPairs && ordered && min(o.creation.rises, o.creation.falls) > 0
}

// fewPairs of neighbours may be in some order by chance.
const fewPairs = 20
