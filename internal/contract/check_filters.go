package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// filterNames are the filters that the client sends, and numberNames those of them
// that hold numbers. Each is also the name of a field of a call.
var filterNames, numberNames = func() (all, numbers []string) {
	for _, filter := range bird.CallFilters {
		all = append(all, filter.Parameter)
		if filter.Number {
			numbers = append(numbers, filter.Parameter)
		}
	}
	return all, numbers
}()

// published are the values of open enumerations that the documentation names or its
// samples have.
var published = map[string][]string{
	"status":                 {"accepted", "scheduled", "starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed", "cancelled"},
	"direction":              {"incoming", "outgoing"},
	"type":                   {"pstn", "webrtc", "sip"},
	"originator.number.type": {"pstn", "webrtc", "sip"},
	"receiver.number.type":   {"pstn", "webrtc", "sip"},
	"hangupSource":           {"caller", "callee", "api", "timeout", "media-timeout", "none"},
	"sipType":                {"elastic"},
	"amdResult.result":       {"human"},
}

const allFilters = "all filters together"

// checkFilters asks for the window with each filter alone, and with all.
var checkFilters = check{
	subjects: append(slices.Clone(filterNames), allFilters),
	needs:    needsWindow,
	run: func(r *run) error {
		for _, name := range filterNames {
			value, has := r.filterValue(name)
			if err := r.checkFilter(name, map[string]string{name: value}, has); err != nil {
				return err
			}
		}
		c := r.within[len(r.within)/2]
		filters := make(map[string]string)
		for _, name := range filterNames {
			if value := textAt(c.fields, name); value != "" {
				filters[name] = value
			}
		}
		return r.checkFilter(allFilters, filters, true)
	},
}

// filterValue returns the value that about half the calls of the window have, or one
// that none has if all have the same.
func (r *run) filterValue(name string) (value string, has bool) {
	counts := make(map[string]int)
	for _, c := range r.within {
		if text := textAt(c.fields, name); text != "" {
			counts[text]++
		}
	}
	distance := func(text string) int {
		d := 2*counts[text] - len(r.within)
		return max(d, -d)
	}
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(distance(a)-distance(b), strings.Compare(a, b))
	})
	if len(values) > 0 && counts[values[0]] < len(r.within) {
		return values[0], true
	}
	for _, text := range published[name] {
		if counts[text] == 0 {
			return text, false
		}
	}
	return "contract", false
}

func withoutPlus(number string) string { return strings.TrimPrefix(number, "+") }

// checkFilter asks for the window with filters, and compares with the calls of the
// window that match. Numbers may match without their +.
func (r *run) checkFilter(subject string, filters map[string]string, has bool) error {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		pairs = append(pairs, name, filters[name])
	}
	calls, err := r.readWindow(r.start, r.end, pairs...)
	if err != nil {
		return err
	}
	exactly := func(c *call) bool {
		return !slices.ContainsFunc(filterNames, func(name string) bool {
			value, ok := filters[name]
			return ok && textAt(c.fields, name) != value
		})
	}
	loosely := func(c *call) bool {
		return !slices.ContainsFunc(filterNames, func(name string) bool {
			value, ok := filters[name]
			have := textAt(c.fields, name)
			if slices.Contains(numberNames, name) {
				value, have = withoutPlus(value), withoutPlus(have)
			}
			return ok && have != value
		})
	}
	want := matching(r.within, exactly)
	lost := missingFrom(want, calls)
	others := matching(calls, func(c *call) bool { return !loosely(c) })
	detail := fmt.Sprintf("%d of %d calls", len(want), len(r.within))
	if !has {
		detail = fmt.Sprintf("none of %d calls has the value", len(r.within))
	}
	switch {
	case len(others) > 0 && len(missingFrom(r.within, calls)) == 0:
		r.broken(subject, "ignored", "%s", detail)
	case len(others) > 0:
		r.broken(subject, "returns other calls, too", "%s; %d others came", detail, len(others))
	case len(lost) > 0:
		r.broken(subject, "loses calls", "%s; %d did not come", detail, len(lost))
	case len(want) == len(r.within):
		r.found(subject, notKnown, "%s match", detail)
	default:
		r.found(subject, "applied", "%s", detail)
	}
	return nil
}
