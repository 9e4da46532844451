package contract

import (
	"cmp"
	"slices"
	"time"
)

const windowInTwo = "window cut in two"

// checkCuts cuts the window in two, the first part 2 seconds into the second.
var checkCuts = check{
	subjects: []string{windowInTwo},
	needs:    needsWindow,
	run: func(r *run) error {
		if len(r.within) < 2 {
			r.found(windowInTwo, notKnown, "the window has one call")
			return nil
		}
		// In the middle of a call that lasts: it is lost if the two bounds are compared
		// with two of its times.
		cut := r.middleOfLongest()
		first, err := r.readWindow(r.start, cut.Add(2*time.Second))
		if err != nil {
			return err
		}
		second, err := r.readWindow(cut, r.end)
		if err != nil {
			return err
		}
		if lost := missingFrom(r.within, slices.Concat(first, second)); len(lost) > 0 {
			r.found(windowInTwo, "loses calls", "%d of %d", len(lost), len(r.within))
		} else {
			r.found(windowInTwo, "returns the same calls", "%d", len(r.within))
		}
		return nil
	},
}

// middleOfLongest returns a time in the middle of the call that lasts longest, of
// those that ended within the window.
func (r *run) middleOfLongest() time.Time {
	lasts := func(c *call) time.Duration {
		if c.times[endedAt] == noTime || c.times[endedAt] > r.end.UnixNano() {
			return 0
		}
		return time.Duration(c.times[endedAt] - c.times[createdAt])
	}
	longest := slices.MaxFunc(r.within, func(a, b *call) int { return cmp.Compare(lasts(a), lasts(b)) })
	return longest.created().Add(lasts(longest) / 2)
}
