package contract

import (
	"slices"
	"time"
)

// checkWindow looks for a window of the past whose calls fit one page, and compares
// it with the list without bounds.
var checkWindow = check{
	subjects: []string{"window"},
	needs:    needsList,
	run: func(r *run) error {
		settled := r.settled()
		if len(settled.calls) == 0 {
			r.noWindow = "the channel has no calls"
			r.found("window", notKnown, "%s", r.noWindow)
			return nil
		}
		size := max(r.pageSize*85/100, 1)
		if r.complete() && len(r.calls()) == r.pageSize {
			size = len(settled.calls)
		}
		// A sample without order that is not the whole list is thinner than it.
		if !r.sorted && !r.complete() {
			size = min(size, 100)
		}
		for range 4 {
			r.chooseWindow(settled, size)
			calls, complete, err := r.read(r.channelPath(r.channelID), windowQuery(r.start, r.end), 2)
			switch {
			case err != nil && r.ctx.Err() != nil:
				r.noWindow = err.Error()
				return err
			case err != nil:
				r.noWindow = err.Error()
				r.broken("window", "cannot be read", "%v", err)
				return nil
			case complete:
				r.within = calls
				sortByCreation(r.within)
				r.compareWindow(settled.calls)
				return nil
			}
			r.early, r.late = r.outside(calls, time.Minute)
			size = max(size/4, 2)
		}
		r.noWindow = "no window of one page was found"
		r.found("window", notKnown, "%s", r.noWindow)
		return nil
	},
}

// settledCalls is calls of the sample, by time of creation, and until when what happened
// has settled.
type settledCalls struct {
	calls []*call
	until time.Time
}

// settled returns the calls that are older than an hour, or than a minute if there
// are none, or all.
func (r *run) settled() settledCalls {
	calls := matching(r.calls(), func(c *call) bool { return c.times[createdAt] != noTime })
	sortByCreation(calls)
	for _, age := range []time.Duration{time.Hour, time.Minute} {
		until := time.Now().Add(-age)
		if older := matching(calls, func(c *call) bool { return c.created().Before(until) }); len(older) > 0 {
			return settledCalls{older, until}
		}
	}
	return settledCalls{calls, time.Now()}
}

// chooseWindow sets the window to so many calls in the middle of the sample.
func (r *run) chooseWindow(s settledCalls, size int) {
	size = min(size, len(s.calls))
	first := (len(s.calls) - size) / 2
	r.start, r.end = s.calls[first].created(), s.calls[first+size-1].created()
	if r.complete() && size == len(s.calls) {
		r.start, r.end = r.start.AddDate(0, 0, -1), slices.MinFunc([]time.Time{r.end.AddDate(0, 0, 1), s.until}, time.Time.Compare)
	}
}

// outside counts calls all of whose times are before or after the window, give or
// take.
func (r *run) outside(calls []*call, slack time.Duration) (early, late int) {
	for _, c := range calls {
		switch first, last := c.span(); {
		case last.Before(r.start.Add(-slack)):
			early++
		case first.After(r.end.Add(slack)):
			late++
		}
	}
	return early, late
}

// compareWindow compares the window with the list without bounds.
func (r *run) compareWindow(sample []*call) {
	// Those that lie inside whatever the bounds are compared with.
	inside := matching(sample, func(c *call) bool {
		first, last := c.span()
		return !first.Before(r.start.Add(2*time.Minute)) && !last.After(r.end.Add(-2*time.Minute))
	})
	lost := missingFrom(inside, r.within)
	early, late := r.outside(r.within, 24*time.Hour)
	r.loose = early+late > 0
	switch {
	case r.loose:
		r.broken("window", "returns calls outside of it", "%d of %d by more than a day", early+late, len(r.within))
	case len(lost) > 0:
		r.broken("window", "loses calls", "%d of %d that the list without bounds has", len(lost), len(inside))
	default:
		r.found("window", "returns the calls that the list without bounds has", "%d calls, %d of them in both", len(r.within), len(inside))
	}
}
