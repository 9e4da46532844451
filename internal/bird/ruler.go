package bird

import (
	"context"
	"math/bits"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// A window can be divided by time if the service compares both bounds with the
// creation of a call, the one time of a call that never changes. Bird does not say
// so, so the client measures it.
//
// A witness is a call that shows what another meaning of the bounds would do: its
// end, say, is far from its creation. It must come in a small window around its
// creation, and in neither of those before and after that. A service that compares
// a bound with another time that the witness shows, that takes bounds for the time
// of another zone, or that rounds them, responds otherwise.

// times is a set of times of a call that a service may compare with bounds.
type times uint8

const (
	creation times = 1 << iota
	ringing
	answer
	end
	update
	schedule

	allTimes = 1<<iota - 1
)

// maxWitnesses is how many witnesses are asked for at once.
const maxWitnesses = 3

// witness is a call that shows some times: they are not near its creation.
type witness struct {
	id      string
	created time.Time
	shows   times
	margin  time.Duration // from its creation to the nearest time that it shows
}

// newWitness returns the call as a witness for its creation, and for those of the
// other times that it shows.
func newWitness(c *Call, others times) witness {
	w := witness{id: c.ID, created: c.created(), shows: creation, margin: 1<<63 - 1}
	for i, text := range []*string{c.RingingAt, c.AnsweredAt, c.EndedAt, c.UpdatedAt, c.ScheduledFor} {
		if other := ringing << i; others&other != 0 {
			if at := timeOrZero(text); !at.IsZero() && at.Sub(w.created).Abs() > near {
				w.shows |= other
				w.margin = min(w.margin, at.Sub(w.created).Abs())
			}
		}
	}
	return w
}

// around returns the small windows that are asked for, from early to late. The call
// must come in the second, and in neither of the others.
func (w witness) around() [3]window {
	at := func(seconds int) time.Time { return w.created.Add(time.Duration(seconds) * time.Second) }
	return [3]window{{at(-3), at(-1)}, {at(-1), at(1)}, {at(1), at(3)}}
}

// clear reports whether the call can be a witness of a read of that window: what is
// asked for lies within it, and so far from a full or a half minute that a service
// that rounds to these, to hours or to days responds as if there were no call. The
// same holds for the parts on both sides of a cut after its creation.
func (w witness) clear(read window) bool {
	const margin = 2*overlap + time.Second
	inside := !w.created.Add(-margin).Before(read.start) && !w.created.Add(margin).After(read.until())
	half := w.created.Truncate(30 * time.Second)
	return inside && w.created.Sub(half) >= margin && w.created.Sub(half) <= 30*time.Second-margin
}

// ruler is what a read knows of the meaning of the bounds.
type ruler struct {
	list    list[Call]
	read    window
	settled times // the bounds are compared with none of these, except the creation
	shown   times // by the calls of the read
	// The creation of the earliest and of the latest call that can be a witness.
	earliest, latest time.Time
	// candidates are the witnesses so far that show most clearly what they show.
	candidates [allTimes + 1]witness
}

// newRuler returns a ruler that knows what earlier reads of the list measured.
func newRuler(calls list[Call], read window) *ruler {
	return &ruler{list: calls, read: read, settled: calls.client.ruler(calls.path)}
}

// add records what the calls of a page show.
func (r *ruler) add(calls []Call) {
	for i := range calls {
		w := newWitness(&calls[i], allTimes&^r.settled)
		r.shown |= w.shows
		if !w.clear(r.read) {
			continue
		}
		if r.earliest.IsZero() || w.created.Before(r.earliest) {
			r.earliest = w.created
		}
		if w.created.After(r.latest) {
			r.latest = w.created
		}
		if best := &r.candidates[w.shows]; w.margin > best.margin {
			*best = w
		}
	}
}

// unsettled returns the times that calls show, and that the service may compare.
func (r *ruler) unsettled() times { return r.shown &^ r.settled }

// witnesses returns calls that together show the times that are not settled, or most
// of them. It returns none where no call can be a witness.
func (r *ruler) witnesses() []witness {
	var chosen []witness
	for open := r.unsettled(); open != 0 && len(chosen) < maxWitnesses; {
		best := slices.MaxFunc(r.candidates[:], func(a, b witness) int {
			return bits.OnesCount8(uint8(a.shows&open)) - bits.OnesCount8(uint8(b.shows&open))
		})
		if best.shows&open == 0 {
			break
		}
		chosen = append(chosen, best)
		open &^= best.shows
	}
	return chosen
}

// measure asks for the small windows around witnesses. It reports whether the
// service compares both bounds with the creation of calls; what is not certain is
// not.
func (r *ruler) measure(ctx context.Context, witnesses []witness) bool {
	group, ctx := errgroup.WithContext(ctx)
	for _, w := range witnesses {
		for i, around := range w.around() {
			group.Go(func() error {
				comes, err := r.comes(ctx, w.id, around)
				if err == nil && comes != (i == 1) {
					err = NotMeasured
				}
				return err
			})
		}
	}
	return group.Wait() == nil
}

// comes reports whether a call comes in a small window. Some services end every
// list with an empty page, so it takes a second page into account.
func (r *ruler) comes(ctx context.Context, id string, in window) (bool, error) {
	pages := newCursor(r.list, in)
	for range 2 {
		page, err := pages.nextPage(ctx)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(page.Items, func(c Call) bool { return c.ID == id }) {
			return true, nil
		}
		if pages.done {
			return false, nil
		}
	}
	return false, NotMeasured
}

// cuts returns where to cut a window so that the parts themselves show what the
// service means: with the first cut, a call is only in the part that ends after it,
// and with the last one, another is only in the part that begins before it. A service
// that rounds the bounds of long windows only loses one of them, or lists it in the
// other part, too, where it is outside. It returns none while no two calls that can
// be witnesses are far enough apart.
func (r *ruler) cuts() []time.Time {
	first, last := r.earliest.Truncate(tick).Add(overlap+tick), r.latest.Truncate(tick).Add(-2*overlap-tick)
	if last.Sub(first) < minPart {
		return nil
	}
	return []time.Time{first, last}
}

// settle records that the bounds were measured with witnesses, for this read and
// for later ones of the client.
func (r *ruler) settle(witnesses []witness) {
	for _, w := range witnesses {
		r.settled |= w.shows
	}
	r.list.client.rememberRuler(r.list.path, r.settled)
}

// ruler returns the times that earlier reads of a path have settled.
func (c *Client) ruler(path string) times {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rulers[path]
}

func (c *Client) rememberRuler(path string, settled times) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rulers[path] |= settled
}
