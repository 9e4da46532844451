package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const rareTimes = "bounds of calls with rare times"

// checkRareTimes looks for a service that compares a bound with another time than
// createdAt if a call has it, such as scheduledFor. The client sees that only for
// the times of the calls that it has read before it divides a window, so that a
// rarer one can lose calls at the cuts.
//
// It asks for the seconds around the creation of such a call. Its other time is
// later.
var checkRareTimes = check{
	subjects: []string{rareTimes},
	needs: func(r *run) string {
		for _, name := range []string{"startAt", "endAt"} {
			left := r.compared[name]
			if len(left) == 0 {
				continue // it may be compared with one time or another
			}
			if a := finest(left)[0]; a.field != createdAt || a.unit > time.Nanosecond {
				return name + " is not compared with createdAt in all its digits"
			}
		}
		return needsWindow(r)
	},
	run: func(r *run) error {
		var found, lost []string
		for field := createdAt + 1; field < len(timeFields); field++ {
			have, c := r.witness(field)
			if c == nil || 10*have > len(r.known) {
				continue
			}
			calls, err := r.readWindow(c.created().Add(-time.Second), c.created().Add(time.Second))
			if err != nil {
				return err
			}
			seen := fmt.Sprintf("%s at %d of %d calls", timeFields[field], have, len(r.known))
			if idsOf(calls)[c.id] {
				found = append(found, seen)
			} else {
				lost = append(lost, seen)
			}
		}
		switch {
		case len(lost) > 0:
			r.broken(rareTimes, "compared with another time than createdAt", "%s", strings.Join(lost, ", "))
		case len(found) > 0:
			r.found(rareTimes, "compared with createdAt", "%s", strings.Join(found, ", "))
		default:
			r.found(rareTimes, notKnown, "no time is at fewer than one call in ten")
		}
		return nil
	},
}

// witness returns how many calls have a time, and one of those that have it more
// than four seconds after their creation, or nil. It has the fewest other times.
func (r *run) witness(field int) (have int, best *call) {
	fewest := 0
	for _, id := range slices.Sorted(maps.Keys(r.known)) {
		c := r.known[id]
		if c.times[field] == noTime {
			continue
		}
		have++
		if c.times[createdAt] == noTime || time.Duration(c.times[field]-c.times[createdAt]) <= 4*time.Second {
			continue
		}
		others := 0
		for _, t := range c.times {
			if t != noTime {
				others++
			}
		}
		if best == nil || others < fewest {
			best, fewest = c, others
		}
	}
	return have, best
}
