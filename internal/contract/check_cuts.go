package contract

import (
	"cmp"
	"slices"
	"time"
)

// checkCuts cuts the window in three, each part 2 seconds into the next.
var checkCuts = check{
	subjects: []string{"window cut in three"},
	needs:    needsWindow,
	run: func(r *run) error {
		if len(r.within) < 3 {
			r.found("window cut in three", notKnown, "the window has fewer than 3 calls")
			return nil
		}
		// The cuts are in the middle of calls that last: there a call is lost if the
		// two bounds are compared with two of its times.
		half := len(r.within) / 2
		cuts := []time.Time{middleOfLongest(r.within[:half]), middleOfLongest(r.within[half:])}
		var parts []*call
		start := r.start
		for _, end := range append(cuts, r.end.Add(-2*time.Second)) {
			calls, err := r.readWindow(start, end.Add(2*time.Second))
			if err != nil {
				return err
			}
			parts = append(parts, calls...)
			start = end
		}
		if lost := missingFrom(r.within, parts); len(lost) > 0 {
			r.found("window cut in three", "loses calls", "%d of %d", len(lost), len(r.within))
		} else {
			r.found("window cut in three", "returns the same calls", "%d", len(r.within))
		}
		return nil
	},
}

// middleOfLongest returns a time in the middle of the call that lasts longest.
func middleOfLongest(calls []*call) time.Time {
	lasts := func(c *call) time.Duration {
		if c.times[endedAt] == noTime {
			return 0
		}
		return time.Duration(c.times[endedAt] - c.times[createdAt])
	}
	longest := slices.MaxFunc(calls, func(a, b *call) int { return cmp.Compare(lasts(a), lasts(b)) })
	return longest.created().Add(lasts(longest) / 2)
}
