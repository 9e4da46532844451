package bird

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// A window of many pages is divided by time, and its parts are read side by side,
// each by its own page tokens to its end. Four things stand in four files:
//
//   - window.go: a span of time, and how it is split;
//   - estimate.go: where to cut; only speed depends on it;
//   - ruler.go: whether the service compares the bounds with the creation of calls;
//     without that, there is no division;
//   - this file: the readers, and what they must have seen at their end.
//
// Any doubt is a [FallbackReason]: then the window is read on by its own tokens.

// FallbackReason is why a window was not read in parts, or not in parts alone. It is
// the error of the reader that found it, and never that of a read.
type FallbackReason string

// The reasons.
const (
	NotMeasured  FallbackReason = "the ruler could not be measured"
	CallsMissing FallbackReason = "calls were missing in the parts"
	CallsOutside FallbackReason = "calls came from outside a part"
)

func (r FallbackReason) Error() string { return string(r) }

// part is a window that is read: the window of the query, or a part of it.
type part struct {
	window
	cursor cursor[Call]
	within *part // which was divided; nil for the window of the query
	before int   // how many cuts the division before made, if this is its rest
	seen   sample
	ids    []string // of the calls that were read before a division

	// missing are the calls that have not come again since the part was divided. It
	// belongs to the goroutine that reads the window.
	missing map[string]struct{}
}

// newCursor returns the beginning of a list in a window.
func newCursor(calls list[Call], w window) cursor[Call] {
	calls.values = maps.Clone(calls.values)
	w.set(calls.values)
	return cursor[Call]{list: calls}
}

// add records the calls of a page. It reports false if one of them was created
// outside of the part.
func (p *part) add(calls []Call) bool {
	inside := true
	created := make([]time.Time, len(calls))
	for i := range calls {
		created[i] = calls[i].created()
		inside = inside && p.holds(created[i])
	}
	if p.seen.pages <= maxUndivided {
		p.seen.add(created)
		for i := range calls {
			p.ids = append(p.ids, calls[i].ID)
		}
	}
	return inside
}

// cuts returns where to cut the part, if so many requests can be in flight. Without
// cuts, it is better to read on.
func (p *part) cuts(inFlight int) (cuts []time.Time, rest bool) {
	return p.seen.cuts(p.window, inFlight, partsAhead(inFlight, p.before))
}

// divide divides the part at the cuts. Its calls must come again in the parts. If a
// rest is left, it cuts off more parts than these.
func (p *part) divide(cuts []time.Time, rest bool) []*part {
	p.missing = make(map[string]struct{}, len(p.ids))
	for _, id := range p.ids {
		p.missing[id] = struct{}{}
	}
	var parts []*part
	for _, w := range p.split(cuts) {
		parts = append(parts, &part{window: w, cursor: newCursor(p.cursor.list, w), within: p})
	}
	if rest && p.seen.order() == rising {
		parts[len(parts)-1].before = len(cuts)
	} else if rest {
		parts[0].before = len(cuts)
	}
	return parts
}

// reading is one read of a window. It belongs to the goroutine of the consumer.
type reading struct {
	whole   *part
	outside bool // a call of the whole window was created outside of it
	worth   bool // a division is worth it, but no call can be a witness
	order   updateOrder
	ruler   *ruler
	yield   func(Page[Call], error) bool

	witnesses []witness // that are asked for
	measured  chan bool // whether they came as they should; nil before they are asked for
}

// rulerPatience is how much longer than a page the ruler may take before the next
// page is read by its token.
const rulerPatience = time.Second

// errStopped ends a read whose consumer wants no more.
var errStopped = errors.New("the consumer stopped")

// readWindow reads a list of calls to its end. The window may be divided.
func readWindow(ctx context.Context, calls list[Call], w window) iter.Seq2[Page[Call], error] {
	return func(yield func(Page[Call], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		r := &reading{whole: &part{window: w, cursor: newCursor(calls, w)}, ruler: newRuler(calls, w), yield: yield}
		defer func() {
			cancel()
			if r.measured != nil {
				for range r.measured { // until the ruler's requests have ended
				}
			}
		}()
		if err := r.read(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(Page[Call]{}, err)
		}
	}
}

// read reads the window by its own tokens until it can be divided, and after a
// division that is in doubt.
func (r *reading) read(ctx context.Context) error {
	divisible := !r.whole.start.IsZero() // without a start, it is unknown how far back it reaches
	for !r.whole.cursor.done {
		page, err := r.whole.cursor.nextPage(ctx)
		if err != nil {
			return err
		}
		if divisible {
			r.outside = !r.whole.add(page.Items) || r.outside
			r.ruler.add(page.Items)
		}
		if !r.order.seen() {
			r.order.add(page.Items)
			page.ByUpdate = !r.whole.cursor.done && r.order.seen()
		}
		if !r.yield(page, nil) {
			return errStopped
		}
		if !divisible || r.whole.cursor.done {
			continue
		}
		complete, err := r.divide(ctx, page.Duration)
		reason, doubtful := errors.AsType[FallbackReason](err)
		switch {
		case complete:
			return nil
		case doubtful:
			divisible = false
			if report := r.whole.cursor.client.config.OnFallback; report != nil {
				report(ctx, Fallback{r.whole.start, r.whole.end, reason})
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// divide divides the window and reads its parts, if that is faster and the ruler is
// measured. That is asked for beside the next page, which took that long; if it takes
// longer, divide waits a little. It reports whether all calls of the window were read.
func (r *reading) divide(ctx context.Context, took time.Duration) (complete bool, err error) {
	inFlight := r.ruler.list.throttle.Places()
	cuts, rest := r.whole.cuts(inFlight)
	proof := r.ruler.cuts()
	cuts = slices.DeleteFunc(cuts, func(cut time.Time) bool {
		return slices.ContainsFunc(proof, tooNear(cut))
	})
	switch {
	case r.worth && r.whole.seen.pages > maxUndivided:
		return false, NotMeasured
	case len(cuts) == 0:
		return false, nil
	case len(proof) == 0:
		r.worth = true
		return false, nil
	case r.outside:
		return false, CallsOutside
	case r.measured == nil:
		r.witnesses = r.ruler.witnesses()
		if len(r.witnesses) > 0 {
			r.measured = make(chan bool, 1)
			go func() {
				defer close(r.measured)
				r.measured <- r.ruler.measure(ctx, r.witnesses)
			}()
			return false, nil
		}
	default:
		select {
		case measured := <-r.measured:
			if !measured {
				return false, NotMeasured
			}
			r.ruler.settle(r.witnesses)
		case <-time.After(took + rulerPatience):
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	err = r.readParts(ctx, r.whole.divide(append(cuts, proof...), rest))
	return err == nil, err
}

// arrival is a page of a part.
type arrival struct {
	page Page[Call]
	of   *part
}

// readParts reads the parts of the window side by side, and passes their pages on.
// Its error is a [FallbackReason] if they may not be all calls of the window.
func (r *reading) readParts(ctx context.Context, parts []*part) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	group, running := errgroup.WithContext(running)
	inParts := &readers{group, make(chan arrival)}
	inParts.start(running, parts)
	var failed error // of the first reader that failed
	go func() {
		defer close(inParts.arrived)
		failed = group.Wait()
	}()
	divided := make(map[*part]struct{})
	stopped := false
	for a := range inParts.arrived { // until all readers have ended
		r.ruler.add(a.page.Items)
		for p := a.of.within; p != nil; p = p.within {
			divided[p] = struct{}{}
			for i := range a.page.Items {
				delete(p.missing, a.page.Items[i].ID)
			}
		}
		if !stopped && !r.yield(a.page, nil) {
			stopped = true
			cancel()
		}
	}
	if stopped {
		return errStopped
	}
	if failed != nil {
		return failed
	}
	for p := range divided {
		if len(p.missing) > 0 {
			return CallsMissing
		}
	}
	// The calls of the parts may show a time that those before the division did not.
	for r.ruler.unsettled() != 0 {
		witnesses := r.ruler.witnesses()
		if len(witnesses) == 0 || !r.ruler.measure(ctx, witnesses) {
			return NotMeasured
		}
		r.ruler.settle(witnesses)
	}
	return nil
}

// readers read parts side by side, each to its end.
type readers struct {
	group   *errgroup.Group
	arrived chan arrival
}

func (r *readers) start(ctx context.Context, parts []*part) {
	for _, p := range parts {
		r.group.Go(func() error { return r.read(ctx, p) })
	}
}

// read reads a part to its end, or divides it.
func (r *readers) read(ctx context.Context, p *part) error {
	for !p.cursor.done {
		page, err := p.cursor.nextPage(ctx)
		if err != nil {
			return err
		}
		if !p.add(page.Items) {
			return CallsOutside
		}
		select {
		case r.arrived <- arrival{page, p}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if p.cursor.done {
			return nil
		}
		if cuts, rest := p.cuts(p.cursor.throttle.Places()); len(cuts) > 0 {
			r.start(ctx, p.divide(cuts, rest))
			return nil
		}
	}
	return nil
}
