package bird

import (
	"context"
	"iter"
	"maps"
	"math"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// divideFrom is how many more pages a window must seem to hold to be worth
	// dividing: what was read of it is read again, and each part ends with a
	// page that is not full. Ten pages divided would be 14 requests.
	divideFrom = 12

	// partPages is how many pages a part is meant to have: a little less than a
	// whole number, so that the last page is nearly full where calls are spread
	// evenly. With 4.7, twenty pages without order took 27 requests instead of
	// 25; with 6.7, a third longer.
	partPages = 5.7

	// maxParts is how many parts one division makes at most: as many as can be
	// read at once. Twice as many saved no time.
	maxParts = maxInFlight

	// firstReach is how many pages the first division of a window looks ahead.
	// Each further one looks twice as far: a thousand pages take seven, and
	// little is lost where the calls end or thin out.
	firstReach = 8

	// mixedPages is how many pages of a window without order are read before it
	// is probed: so two pages take two requests, and three take four.
	mixedPages = 2

	// probeShare is the share of a window without order that is probed. Up to
	// 64 pages the probe is a single page, and it tells how many there are to a
	// fifth, since it is cut by some 31 of the calls of mixedPages.
	probeShare = 1.0 / 64

	// fewCalls tell nothing of order and density.
	fewCalls = 2 / probeShare

	// minPart is the shortest part.
	minPart = time.Second

	// overlap of neighbouring parts, the precision of the API's timestamps:
	// with it, no call falls between two parts whether bounds are inclusive
	// or exclusive.
	overlap = time.Millisecond
)

// window is a span of time to read; a zero time leaves its end open.
type window struct{ start, end time.Time }

// window returns the window of the query.
func (q CallsQuery) window() window {
	var w window
	if q.StartAt != nil {
		w.start = *q.StartAt
	}
	if q.EndAt != nil {
		w.end = *q.EndAt
	}
	return w
}

// set puts the bounds that are not open into query parameters.
func (w window) set(values url.Values) {
	for name, bound := range map[string]time.Time{"startAt": w.start, "endAt": w.end} {
		if !bound.IsZero() {
			values.Set(name, bound.UTC().Format(time.RFC3339Nano))
		}
	}
}

// until gives the end of the window, and now for one that is open.
func (w window) until(now time.Time) time.Time {
	if w.end.IsZero() {
		return now
	}
	return w.end
}

// split cuts the window, but leaves out cuts that would make a part shorter
// than minPart. A single part is the window itself.
//
// Where the cuts are is an estimate; nothing but speed rests on it. What is
// certain is that the parts together cover the window: each begins where its
// neighbour ends, less the overlap, and the outer bounds are those of the
// window. So the union of the parts equals the sequential read whatever time
// of a call the server holds against the bounds, and in whatever order it
// answers.
func (w window) split(now time.Time, cuts ...time.Time) []window {
	slices.SortFunc(cuts, time.Time.Compare)
	var parts []window
	from, end := w.start, w.until(now)
	for _, cut := range cuts {
		cut = cut.Truncate(overlap)
		if cut.Sub(from) < minPart || end.Sub(cut) < minPart {
			continue
		}
		parts = append(parts, window{from, cut.Add(overlap)})
		from = cut
	}
	return append(parts, window{from, w.end})
}

// progress is how far a window was read by its page tokens, and what was seen
// of its calls.
type progress struct {
	window
	next   string // page token
	tokens map[string]struct{}

	rest  window      // the window without what probes have read to the end
	pages int         // that held calls
	times []time.Time // of their creation, in the order of arrival
	last  int         // how many of these are of the last page
	reach float64     // how many pages a division looks ahead
	quiet float64     // before so many pages there is no division
}

func newProgress(w window, reach, quiet float64) *progress {
	return &progress{window: w, tokens: make(map[string]struct{}), rest: w, reach: reach, quiet: quiet}
}

func (p *progress) add(calls []Call) {
	before := len(p.times)
	for i := range calls {
		if t := calls[i].created(); !t.IsZero() {
			p.times = append(p.times, t)
		}
	}
	if n := len(p.times) - before; n > 0 {
		p.last = n
		p.pages++
	}
}

// seen gives the times within the rest, sorted.
func (p *progress) seen(now time.Time) []time.Time {
	var times []time.Time
	for _, t := range p.times {
		if !t.Before(p.rest.start) && !t.After(p.rest.until(now)) {
			times = append(times, t)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// order is how calls seem to be listed.
type order int

const (
	mixed   order = 0
	rising  order = 1
	falling order = -1
)

// order compares calls that are half the list apart, since neighbours may well
// stand the other way round where the server lists by another time. Of calls
// without order half are later, give or take two in a hundred.
func (p *progress) order() order {
	half := len(p.times) / 2
	later := 0
	for i := range half {
		if p.times[half+i].After(p.times[i]) {
			later++
		}
	}
	switch share := float64(later) / float64(half); {
	case share > 0.58:
		return rising
	case share < 0.42:
		return falling
	default:
		return mixed
	}
}

// outlook tells how far the last page of a list with order came, how much time
// it covered, and how many pages like it would fill what is left.
func (p *progress) outlook(o order, now time.Time) (edge time.Time, pace time.Duration, pages float64) {
	last := p.times[len(p.times)-p.last:]
	half := len(last) / 2
	covered := 0.0
	for i := range half {
		covered += 2 * float64(last[half+i].Sub(last[i])) / float64(half)
	}
	pace = max(time.Duration(covered).Abs(), overlap)
	if o == falling {
		edge = slices.MinFunc(last, time.Time.Compare)
		return edge, pace, float64(edge.Sub(p.rest.start)) / float64(pace)
	}
	edge = slices.MaxFunc(last, time.Time.Compare)
	return edge, pace, float64(p.rest.until(now).Sub(edge)) / float64(pace)
}

// division is a way to divide a window: near into parts, far as a window of its
// own. Where there is a far, its first page is a probe: it tells whether to
// divide.
type division struct {
	near  window
	far   *window
	order order
	pace  time.Duration
	pages float64                       // that near seems to hold
	cut   func(share float64) time.Time // where that share of near's calls ends
	quiet float64                       // for the parts
}

// divide returns a way to divide the window, or nil where it is better read on.
//
// Where calls are listed by time, the last page tells how dense they are; that
// is trusted for as many pages as the reach, and far begins beyond. Where they
// are mixed, the pages so far are a sample that tells where the calls lie, but
// not how many there are; far is a small share of them.
func (p *progress) divide(now time.Time) *division {
	if p.start.IsZero() || len(p.times) < fewCalls || float64(p.pages) < p.quiet {
		return nil
	}
	d := &division{near: p.rest, order: p.order()}
	edge, pace, left := p.outlook(d.order, now)
	d.pace = pace
	if d.order == mixed && p.pages < mixedPages || d.order != mixed && left < divideFrom {
		return nil
	}
	seen := p.seen(now)
	if len(seen) < len(p.times)/2 {
		return nil // the server has other bounds
	}
	if d.order == mixed {
		d.cut = func(share float64) time.Time {
			return seen[int(share*(1-probeShare)*float64(len(seen)-1))]
		}
	} else {
		d.pages = float64(p.pages) + min(left, p.reach)
		d.cut = func(share float64) time.Time {
			pages := share * d.pages
			i := int(pages / float64(p.pages) * float64(len(seen)))
			switch {
			case i >= len(seen):
				beyond := (pages - float64(p.pages)) * float64(pace)
				return edge.Add(time.Duration(d.order) * time.Duration(beyond))
			case d.order == falling:
				i = len(seen) - 1 - i
			}
			return seen[i]
		}
	}
	if d.order != mixed && left <= p.reach {
		if len(d.parts(now)) < 2 {
			return nil
		}
		return d
	}
	halves := p.rest.split(now, d.cut(1))
	if len(halves) < 2 {
		return nil
	}
	if d.order == falling {
		slices.Reverse(halves)
	}
	d.near, d.far = halves[0], &halves[1]
	return d
}

// confirm tells whether the window is worth dividing now that the first page of
// far was read, of which there may be more. If so, far itself needs to be read
// on or divided.
func (d *division) confirm(p, far *progress, more bool, now time.Time) bool {
	if d.order != mixed {
		// A far of one page means that little lies beyond near; one of many,
		// not that near is full: the calls may have thinned out on the way.
		if !more || len(far.times) < fewCalls {
			return false
		}
		order := far.order()
		_, pace, left := far.outlook(order, now)
		likely := d.pages * (1 + min(float64(d.pace)/float64(pace), 1)) / 2
		return order == mixed || left+likely >= divideFrom+float64(p.pages)
	}
	if more {
		return true // at least 64 pages
	}
	d.pages = float64(len(far.times)) / probeShare * float64(p.pages) / float64(len(p.times))
	d.quiet = 2 * max(partPages, d.pages/maxParts)
	return d.pages >= divideFrom+float64(p.pages)
}

// refuse notes that a division was not confirmed, whether far has more pages,
// and when to try again.
func (p *progress) refuse(d *division, more bool) {
	if !more {
		p.rest = d.near
	}
	switch {
	case d.order == mixed:
		p.quiet = 2 * max(d.pages, float64(p.pages))
	case p.reach > firstReach:
		p.reach /= 2
	default:
		p.quiet = 2 * float64(p.pages)
	}
}

// parts divides near. The number of a mixed window's pages may not be known.
func (d *division) parts(now time.Time) []window {
	count := maxParts
	if d.pages > 0 {
		count = min(max(int(math.Round(d.pages/partPages)), 2), maxParts)
	}
	cuts := make([]time.Time, count-1)
	for i := range cuts {
		cuts[i] = d.cut(float64(i+1) / float64(count))
	}
	return d.near.split(now, cuts...)
}

// readSideBySide reads a list of calls, of a window that may be divided, to its
// end.
func readSideBySide(ctx context.Context, list list[Call], w window) iter.Seq2[Page[Call], error] {
	return func(yield func(Page[Call], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		group, ctx := errgroup.WithContext(ctx)
		arrived := make(chan Page[Call])
		read := &reading{list: list, group: group, arrived: arrived}
		group.Go(func() error { return read.window(ctx, newProgress(w, firstReach, 0)) })

		var err error
		go func() {
			err = group.Wait()
			close(arrived)
		}()
		number, wanted := 0, true
		for page := range arrived {
			if !wanted {
				continue // until the parts that were under way have ended
			}
			number++
			page.Number = number
			if wanted = yield(page, nil); !wanted {
				cancel()
			}
		}
		if wanted && err != nil {
			yield(Page[Call]{}, err)
		}
	}
}

// reading is one run of [readSideBySide].
type reading struct {
	list    list[Call]
	group   *errgroup.Group
	arrived chan<- Page[Call]
	open    atomic.Int32 // windows that are being read
}

// window reads a window to its end by its own page tokens, or divides it.
func (r *reading) window(ctx context.Context, p *progress) error {
	r.open.Add(1)
	defer r.open.Add(-1)
	for {
		if divided, err := r.divide(ctx, p); divided || err != nil {
			return err
		}
		if more, err := r.page(ctx, p); !more || err != nil {
			return err
		}
	}
}

// page reads the next page of a window and reports whether there are more.
func (r *reading) page(ctx context.Context, p *progress) (more bool, err error) {
	list := r.list
	list.values = maps.Clone(list.values)
	p.set(list.values)
	page, next, err := list.fetch(ctx, p.next)
	if err != nil {
		return false, err
	}
	p.add(page.Items)
	select {
	case r.arrived <- page:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	if _, twice := p.tokens[next]; twice {
		return false, &ResponseError{Problem: "the page token came twice, so the pages would never end"}
	}
	p.tokens[next], p.next = struct{}{}, next
	return next != "", nil
}

// divide divides a window, of which some pages were read, where that is worth
// it. The parts read these pages again: that they hold all calls up to some
// time would rest on the order.
func (r *reading) divide(ctx context.Context, p *progress) (bool, error) {
	// Parts of a list without order are nearly even. While there are as many of
	// them as can be read at once, dividing them would only cost requests.
	if r.open.Load() >= maxInFlight && p.order() == mixed {
		return false, nil
	}
	d := p.divide(time.Now())
	if d == nil {
		return false, nil
	}
	if d.far != nil {
		far := newProgress(*d.far, 2*p.reach, 0)
		more, err := r.page(ctx, far)
		if err != nil {
			return false, err
		}
		if !d.confirm(p, far, more, time.Now()) {
			p.refuse(d, more)
			return false, nil
		}
		if more {
			r.group.Go(func() error { return r.window(ctx, far) })
		}
	}
	for _, part := range d.parts(time.Now()) {
		r.group.Go(func() error { return r.window(ctx, newProgress(part, firstReach, d.quiet)) })
	}
	return true, nil
}
