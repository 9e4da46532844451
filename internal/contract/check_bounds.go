package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// checkStartAt and checkEndAt find out which time of a call a bound is compared
// with.
var (
	checkStartAt = check{
		subjects: []string{"startAt"},
		needs:    needsList,
		run:      func(r *run) error { return r.checkBound("startAt", true) },
	}
	checkEndAt = check{
		subjects: []string{"endAt"},
		needs:    needsList,
		run:      func(r *run) error { return r.checkBound("endAt", false) },
	}
)

// assumption is a way in which a service may treat a bound.
type assumption struct {
	field   int           // of timeFields that it compares with the bound; ignored for none
	unit    time.Duration // in whole multiples of which it compares
	exclude bool          // calls at exactly the bound
}

const ignored = -1

var units = map[time.Duration]string{time.Second: "seconds", time.Minute: "minutes", time.Hour: "hours", 24 * time.Hour: "days"}

// everyAssumption returns all that are tried.
func everyAssumption() []assumption {
	all := []assumption{{field: ignored}}
	for field := range timeFields {
		for _, unit := range append(slices.Sorted(maps.Keys(units)), time.Nanosecond) {
			all = append(all, assumption{field, unit, false}, assumption{field, unit, true})
		}
	}
	return all
}

// admits reports whether a call is on the right side of a bound.
func (a assumption) admits(c *call, bound int64, isStart bool) bool {
	if a.field == ignored {
		return true
	}
	t := c.times[a.field]
	if t == noTime {
		return false
	}
	early, late := bound-bound%int64(a.unit), t-t%int64(a.unit)
	if !isStart {
		early, late = late, early
	}
	return early < late || early == late && !a.exclude
}

// checkBound asks for parts of the window, each with the bound that tells most of
// the remaining assumptions apart.
func (r *run) checkBound(name string, isStart bool) error {
	if r.noWindow != "" {
		stray := r.late
		if isStart {
			stray = r.early
		}
		if stray > 0 {
			r.broken(name, "ignored", "%d calls lie outside of the window by more than a minute", stray)
			return nil
		}
	}
	if why := needsWindow(r); why != "" {
		r.found(name, notKnown, "%s", why)
		return nil
	}
	left := everyAssumption()
	bounds, most := 0, 4
	if len(r.within) < callsInParts {
		most = 8 // with the requests that a read in parts would take
	}
	for ; bounds < most; bounds++ {
		bound, ok := r.bestBound(left, isStart)
		if !ok {
			break
		}
		start, end := r.start, time.Unix(0, bound)
		if isStart {
			start, end = end, r.end
		}
		calls, err := r.readWindow(start, end)
		if err != nil {
			return err
		}
		came := idsOf(calls)
		left = slices.DeleteFunc(left, func(a assumption) bool {
			return slices.ContainsFunc(r.within, func(c *call) bool { return came[c.id] != a.admits(c, bound, isStart) })
		})
	}
	r.compared[name] = left
	seen := fmt.Sprintf("%d calls; tried with %d bounds", len(r.within), bounds)
	switch {
	case len(left) == 0:
		r.found(name, "compared with no time of a call", "%s", seen)
	case left[0].field != ignored:
		r.found(name, describe(left), "%s", seen)
	case len(left) == 1:
		r.broken(name, "ignored", "%s", seen)
	default:
		r.found(name, notKnown, "%s", seen)
	}
	return nil
}

// bestBound returns the bound for which the assumptions differ most. It is not ok
// if they differ for none.
func (r *run) bestBound(left []assumption, isStart bool) (best int64, ok bool) {
	first, last := r.within[0], r.within[len(r.within)-1]
	bounds := []int64{between(r.start.UnixNano(), first.times[createdAt]), between(last.times[createdAt], r.end.UnixNano())}
	// 200 of the calls are enough to compare, and ten of them to choose a bound from.
	some := spread(r.within, 200)
	for _, c := range spread(some, 10) {
		times := slices.DeleteFunc(slices.Clone(c.times[:]), func(t int64) bool { return t == noTime })
		bounds = append(bounds, times...)
		slices.Sort(times)
		for i := 1; i < len(times); i++ {
			bounds = append(bounds, between(times[i-1], times[i]))
		}
	}
	most := 1
	for _, bound := range bounds {
		if bound <= r.start.UnixNano() || bound >= r.end.UnixNano() {
			continue
		}
		results := make(map[string]bool)
		for _, a := range left {
			result := make([]byte, len(some))
			for i, c := range some {
				if a.admits(c, bound, isStart) {
					result[i] = 1
				}
			}
			results[string(result)] = true
		}
		if len(results) > most {
			most, best, ok = len(results), bound, true
		}
	}
	return best, ok
}

// spread returns about so many of the calls, evenly.
func spread(calls []*call, n int) (some []*call) {
	for i := 0; i < len(calls); i += max(len(calls)/n, 1) {
		some = append(some, calls[i])
	}
	return some
}

// between returns the middle of two times, in whole milliseconds.
func between(a, b int64) int64 { return (a + (b-a)/2) / 1e6 * 1e6 }

// finest returns the assumptions with the smallest unit. If others are left, too, a
// time in all its digits is likelier than one in whole minutes.
func finest(left []assumption) []assumption {
	unit := slices.MinFunc(left, func(a, b assumption) int { return cmp.Compare(a.unit, b.unit) }).unit
	return slices.DeleteFunc(slices.Clone(left), func(a assumption) bool { return a.unit != unit })
}

// describe says what assumptions have in common.
func describe(left []assumption) string {
	left = finest(left)
	var fields []string
	inclusive, exclusive := false, false
	for _, a := range left {
		if !slices.Contains(fields, timeFields[a.field]) {
			fields = append(fields, timeFields[a.field])
		}
		inclusive, exclusive = inclusive || !a.exclude, exclusive || a.exclude
	}
	text := "inclusive"
	switch {
	case inclusive && exclusive:
		text = "inclusive or exclusive"
	case exclusive:
		text = "exclusive"
	}
	text += ", compared with " + strings.Join(fields, " or ")
	if name := units[left[0].unit]; name != "" {
		text += ", in whole " + name
	}
	return text
}
