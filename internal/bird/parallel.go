package bird

import (
	"context"
	"errors"
	"iter"
	"maps"
	"math"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

// A window of many pages is divided by time, and its parts are read side by side,
// each by its own page tokens to its end. Where to cut is an estimate, and only
// speed depends on it:
//
//   - If calls are listed by time, the last page shows how dense they are. If
//     two parts more like it would fit into the rest of the window, a few parts
//     of some pages are cut off, and the rest is a part of its own. Each part
//     follows the same rule; the rest cuts off twice as many, up to as many as
//     can be in flight.
//   - If they are mixed, the first two pages are a sample that shows where calls
//     are, and a page of a small share of the window, the probe, shows how many
//     there are. If there are two parts more, the window is cut once at the
//     sample's quantiles.
//
// It is not certain that the parts contain all calls of the window: Bird does not
// say which of a call's times it compares with the bounds, or how. So a division
// proves itself, see [division].
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

	// mixedPages is the size of the sample of a window without order, in pages.
	mixedPages = 2

	// probeShare is the share of a window without order that is probed. Up to 64
	// pages, the probe is a single page, and estimates their number to a fifth.
	probeShare = 1.0 / 64

	// fewCalls show neither order nor density.
	fewCalls = 2 / probeShare

	// maxUndivided is the number of pages after which a window is not divided any
	// more.
	maxUndivided = 24

	// overlap of neighbouring parts: with it, no call falls between two parts
	// whether bounds are inclusive or exclusive, and whole seconds or not.
	overlap = 2 * time.Second

	// minPart is the shortest part, so that parts are not mostly overlap.
	minPart = 10 * overlap

	// tick is the precision of the API's timestamps.
	tick = time.Millisecond
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

// reading is one read of a list of calls.
type reading struct {
	list    list[Call]
	arrived chan<- Page[Call]
}

// readWindow reads a list of calls to its end. The window may be divided.
func readWindow(ctx context.Context, list list[Call], w window) iter.Seq2[Page[Call], error] {
	return func(yield func(Page[Call], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		arrived := make(chan Page[Call])
		r := &reading{list: list, arrived: arrived}
		var err error
		go func() {
			defer close(arrived)
			root := r.newPart(w, nil)
			root.whole = w.start.IsZero() // it is unknown how far back it reaches
			err = r.read(ctx, root)
		}()
		number := 0
		for page := range arrived {
			number++
			page.Number = number
			if !yield(page, nil) {
				cancel()
				for range arrived { // until all parts have ended
				}
				return
			}
		}
		if err != nil {
			yield(Page[Call]{}, err)
		}
	}
}

// read reads a part to its end, or divides it.
func (r *reading) read(ctx context.Context, p *part) error {
	for !p.cursor.done {
		if err := r.readPage(ctx, p); err != nil {
			return err
		}
		parts, err := r.divide(ctx, p)
		if err != nil {
			return err
		}
		if len(parts) == 0 {
			continue
		}
		missing, err := r.readParts(ctx, p, parts)
		if missing == 0 || err != nil {
			return err
		}
		p.readOn()
		if report := r.list.client.config.OnReadOn; report != nil {
			report(ctx, ReadOn{p.start, p.end, missing})
		}
	}
	return nil
}

// readPage reads the next page of a part and passes it on.
func (r *reading) readPage(ctx context.Context, p *part) error {
	page, err := p.cursor.nextPage(ctx)
	if err != nil {
		return err
	}
	p.add(page.Items)
	for d := p.within; d != nil; d = d.of.within {
		d.callsArrived(page.Items)
	}
	select {
	case r.arrived <- page:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// divide divides a part, or returns no parts if it is better to read on.
func (r *reading) divide(ctx context.Context, p *part) ([]*part, error) {
	if p.cursor.done || len(p.times) < fewCalls || p.within == nil && p.proof.longest.created.IsZero() {
		return nil, nil
	}
	order := p.order()
	if order == mixed {
		return r.divideMixed(ctx, p)
	}
	width := r.list.throttle.Places()
	p.ahead = max(p.ahead, firstAhead, width/4)
	cuts, last := p.cutsAhead(order, r.pagesPerPart())
	parts := r.cut(p, p.window, cuts)
	if len(parts) > 0 && !last {
		rest := parts[len(parts)-1]
		if order == falling {
			rest = parts[0]
		}
		rest.ahead = min(2*p.ahead, width)
	}
	return parts, nil
}

// divideMixed divides a part whose calls come in no order, or lets it read on. The
// probe is one of the parts: the last one, unless the cuts that prove the division
// are there.
func (r *reading) divideMixed(ctx context.Context, p *part) ([]*part, error) {
	if p.pages < mixedPages {
		return nil, nil
	}
	seen := slices.SortedFunc(slices.Values(p.times), time.Time.Compare)
	quantile := func(share float64) time.Time { return seen[int(share*float64(len(seen)-1))].Truncate(tick) }
	from, cut := 0.0, quantile(1-probeShare)
	near, far := window{p.start, cut.Add(overlap)}, window{cut, p.end}
	if p.proof.longest.ended.After(cut) {
		from, cut = probeShare, quantile(probeShare)
		near, far = window{cut, p.end}, window{p.start, cut.Add(overlap)}
	}
	if cut.Sub(p.start) < minPart || p.until().Sub(cut) < minPart {
		p.readOn()
		return nil, nil
	}
	probe := r.newPart(far, p.within)
	if err := r.readPage(ctx, probe); err != nil {
		return nil, err
	}
	size := r.pagesPerPart()
	pages := max(1/probeShare, size*float64(r.list.throttle.Places())) // if there are more
	if probe.cursor.done {
		pages = float64(len(probe.times)) / probeShare / float64(len(p.times)) * float64(p.pages)
	}
	count := min(math.Floor((pages-mixedPages)/size), throttle.MaxInFlight) // the sample is read again
	var cuts []time.Time
	for i := 1.0; i < count; i++ {
		cuts = append(cuts, quantile(from+i/count))
	}
	parts := r.cut(p, near, cuts)
	if len(parts) == 0 {
		p.readOn()
		return nil, nil
	}
	parts = append(parts, probe)
	for _, part := range parts {
		part.whole = true // they are nearly even
	}
	return parts, nil
}

// cut divides a window of a part at the estimates. The first division of a read
// gets more cuts, which prove it. It leaves out cuts that would make a part shorter
// than minPart, and returns no parts if no cut is left.
func (r *reading) cut(p *part, w window, estimates []time.Time) []*part {
	bounds := []time.Time{w.start, w.until()}
	var cuts []time.Time
	for _, cut := range estimates {
		cut = cut.Truncate(tick)
		inside := cut.After(bounds[0]) && cut.Before(bounds[1])
		if inside && !slices.ContainsFunc(slices.Concat(bounds, cuts), func(t time.Time) bool { return t.Sub(cut).Abs() < minPart }) {
			cuts = append(cuts, cut)
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	if p.within == nil {
		for _, cut := range p.proof.cuts() {
			if cut.After(w.start) && cut.Before(w.until()) {
				cuts = append(cuts, cut)
			}
		}
	}
	var parts []*part
	for _, w := range w.split(cuts) {
		parts = append(parts, r.newPart(w, p.within))
	}
	return parts
}

// readParts reads the parts of a part side by side. It returns how many calls of
// the pages that were read before the division are missing in the parts.
func (r *reading) readParts(ctx context.Context, p *part, parts []*part) (missing int, err error) {
	d := newDivision(p, parts)
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range parts {
		group.Go(func() error {
			if err := r.read(ctx, part); err != nil {
				return err
			}
			return d.partEnded(part)
		})
	}
	if err := group.Wait(); !errors.Is(err, d.unproven) {
		return 0, err
	}
	return len(d.missing), nil
}

// pagesPerPart returns how many pages a part should have.
func (r *reading) pagesPerPart() float64 {
	if r.list.throttle.Places() < fewInFlight {
		return longPartPages
	}
	return partPages
}

// part is a window that is read: the window of the query, or a part of it.
type part struct {
	window
	cursor cursor[Call]
	within *division // nil for the window of the query
	ahead  int       // parts that its next division cuts off
	whole  bool      // it is not divided

	// What was seen of it, nothing where it is whole.
	pages  int         // that held calls
	ids    []string    // of the calls
	times  []time.Time // of their creation, in the order of arrival
	last   int         // how many of these are of the last page
	latest time.Time   // of all their times
	proof  proof
}

// newPart returns a part that nothing has been read of.
func (r *reading) newPart(w window, within *division) *part {
	list := r.list
	list.values = maps.Clone(list.values)
	w.set(list.values)
	return &part{window: w, cursor: cursor[Call]{list: list}, within: within}
}

// readOn lets the part read to its end by its own tokens.
func (p *part) readOn() {
	*p = part{window: p.window, cursor: p.cursor, within: p.within, whole: true}
}

// add records the calls of a page.
func (p *part) add(calls []Call) {
	if p.whole || len(calls) == 0 {
		return
	}
	if p.pages++; p.pages > maxUndivided {
		p.readOn()
		return
	}
	p.last = 0
	for i := range calls {
		call := &calls[i]
		p.ids = append(p.ids, call.ID)
		if s := call.span(); !s.created.IsZero() {
			p.times = append(p.times, s.created)
			p.last++
			p.latest = slices.MaxFunc([]time.Time{p.latest, s.created, s.ended, s.updated}, time.Time.Compare)
			if !s.created.Before(p.start) && !s.ended.After(p.until()) {
				p.proof.add(s)
			}
		}
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
// half are later, plus or minus two in a hundred.
func (p *part) order() order {
	half := len(p.times) / 2
	later := 0
	for i := range half {
		later += p.times[half+i].Compare(p.times[i])
	}
	switch share := float64(later) / float64(half); {
	case share > 0.16:
		return rising
	case share < -0.16:
		return falling
	default:
		return mixed
	}
}

// cutsAhead returns where to cut a window whose calls come in order of time: for
// the next parts at the density of the last page. It reports whether they are the
// last parts, with no rest.
func (p *part) cutsAhead(o order, size float64) (cuts []time.Time, last bool) {
	times := p.times[len(p.times)-p.last:]
	half := len(times) / 2
	if half == 0 {
		return nil, false
	}
	covered := 0.0 // by the page
	for i := range half {
		covered += 2 * float64(times[half+i].Sub(times[i])) / float64(half)
	}
	pace := max(math.Abs(covered), float64(minPart)/partPages) // time for each page
	edge := slices.MaxFunc(times, time.Time.Compare)
	left := float64(p.until().Sub(edge)) / pace
	if o == falling {
		edge = slices.MinFunc(times, time.Time.Compare)
		left = float64(edge.Sub(p.start)) / pace
	}
	if left < 2*size {
		return nil, false // what was read is read again, and each part ends with a page that is not full
	}
	pages := float64(p.pages) + left
	count := math.Round(pages / size)
	for i := range min(int(count)-1, p.ahead) {
		beyond := max(float64(i+1)*pages/count-float64(p.pages), 0)
		cuts = append(cuts, edge.Add(time.Duration(o)*time.Duration(beyond*pace)))
	}
	return cuts, len(cuts) == int(count)-1
}

// division is a part that was divided, with the proof that its parts contain all
// of its calls. Witnesses are the calls that were read before the division: each
// must come again in a part. The cuts are chosen so that a service whose bounds
// mean something else would lose one of the witnesses, see [proof.cuts].
type division struct {
	of       *part
	unproven error // of this division

	mu      sync.Mutex
	missing map[string]struct{} // witnesses that have not come again yet
	near    map[*part]struct{}  // parts that hold witnesses and have not ended yet
}

func newDivision(p *part, parts []*part) *division {
	d := &division{of: p, unproven: errors.New("calls are missing in the parts of a window"), missing: make(map[string]struct{}), near: make(map[*part]struct{})}
	for _, id := range p.ids {
		d.missing[id] = struct{}{}
	}
	earliest := slices.MinFunc(p.times, time.Time.Compare)
	for _, part := range parts {
		part.within = d
		for _, id := range part.ids { // of a probe
			delete(d.missing, id)
		}
		if !part.start.After(p.latest) && !part.until().Before(earliest) {
			d.near[part] = struct{}{}
		}
	}
	return d
}

// callsArrived records the calls of a page of the parts.
func (d *division) callsArrived(calls []Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range calls {
		delete(d.missing, calls[i].ID)
	}
}

// partEnded records that a part was read to its end. It returns the division's
// error as soon as no part is left that could contain a missing witness.
func (d *division) partEnded(p *part) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.near, p)
	if len(d.near) == 0 && len(d.missing) > 0 {
		return d.unproven
	}
	return nil
}

// span holds the times of a call that a service may compare with bounds.
type span struct{ created, ended, updated time.Time }

func (c *Call) span() span {
	s := span{created: c.created(), updated: c.updated()}
	if c.EndedAt != nil {
		s.ended, _ = ParseTime(*c.EndedAt)
	}
	if s.ended.IsZero() {
		s.ended = s.updated
	}
	return s
}

func (s span) length() time.Duration { return s.ended.Sub(s.created) }

// proves reports whether cuts within the call prove a division.
func (s span) proves() bool {
	return s.length() >= 2*overlap && sameMinute(s.created, s.created.Add(tick+overlap)) && sameMinute(s.ended, s.ended.Add(-tick-overlap))
}

func sameMinute(a, b time.Time) bool { return a.Truncate(time.Minute).Equal(b.Truncate(time.Minute)) }

// proof holds the calls seen so far that prove a division best.
type proof struct {
	longest span // of those that a cut fits into
	late    span // the one that was updated the longest after its end
	brief   span // one all whose times are in one minute
}

// add records a call within the window.
func (p *proof) add(s span) {
	if s.proves() && apart(s.created, s.ended) > apart(p.longest.created, p.longest.ended) {
		p.longest = s
	}
	if apart(s.ended, s.updated) > apart(p.late.ended, p.late.updated) {
		p.late = s
	}
	if sameMinute(s.created, s.created.Add(tick+overlap)) && sameMinute(s.created, s.ended) && sameMinute(s.created, s.updated) {
		p.brief = s
	}
}

// apart measures how likely a cut between two times of a call is to show that the
// service compares both with bounds: the time between them, plus the whole minutes
// between them.
func apart(from, to time.Time) time.Duration {
	return to.Sub(from) + to.Truncate(time.Minute).Sub(from.Add(overlap).Truncate(time.Minute))
}

// cuts returns the cuts that prove a division. A service that compares the bounds
// with two times of a call, such as its creation and its end, loses a call
// that has a cut between them; if it compares whole minutes, one in the minute of
// the first or of the last, or between. One that leaves out the whole minute of a
// bound loses a call that has a cut in the minute of its times.
func (p *proof) cuts() []time.Time {
	after := func(t time.Time) time.Time { return t.Truncate(tick).Add(tick) }
	var cuts []time.Time
	for _, between := range [][2]time.Time{{p.longest.created, p.longest.ended}, {p.late.ended, p.late.updated}} {
		from, to := between[0], between[1]
		cuts = append(cuts, after(from), to.Truncate(time.Minute))
		if to.Sub(from) > 2*time.Minute {
			cuts = append(cuts, from.Add(to.Sub(from)/2).Truncate(tick))
		}
	}
	if p.brief.created.IsZero() {
		return append(cuts, p.longest.ended.Truncate(tick).Add(-tick-overlap))
	}
	return append(cuts, after(p.brief.created))
}
