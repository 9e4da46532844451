package contract

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A report has names and words of the service only if they cannot be values: an
// object may be keyed by ids or numbers.

var (
	plainName = regexp.MustCompile(`^[A-Za-z_-]*[0-9]{0,2}[A-Za-z_-]*$`)
	plainWord = regexp.MustCompile(`^[A-Za-z]+([_-][A-Za-z]+)*$`)
)

// fieldName returns the name of a field, unless it may be a value.
func fieldName(name string) string {
	if len(name) > 40 || !plainName.MatchString(name) {
		return "(a name that may be a value)"
	}
	return name
}

// fieldPath does the same for names that lead to a field.
func fieldPath(path string) string {
	names := strings.Split(path, ".")
	for i := range names {
		names[i] = fieldName(names[i])
	}
	return strings.Join(names, ".")
}

// word returns a word of an enumeration, unless it may be another value.
func word(value string) string {
	if len(value) > 30 || !plainWord.MatchString(value) {
		return "(not a word)"
	}
	return value
}

// shape returns the names of the fields of a JSON value, without its values.
func shape(value any) string {
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		for i, name := range names {
			inner := ""
			switch v[name].(type) {
			case map[string]any, []any:
				inner = shape(v[name])
			}
			names[i] = fieldName(name) + inner
		}
		return "{" + strings.Join(names, ", ") + "}"
	case []any:
		if len(v) > 0 {
			if _, isObject := v[0].(map[string]any); isObject {
				return "[" + shape(v[0]) + "]"
			}
		}
		return "[]"
	default:
		return "a value"
	}
}

// tally is how often each of some names was seen.
type tally map[string]int

// String lists the names, the most frequent first.
func (c tally) String() string {
	names := slices.SortedFunc(maps.Keys(c), func(a, b string) int { return cmp.Or(c[b]-c[a], strings.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, c[name])
	}
	return strings.Join(names, ", ")
}

// countingCheck counts something in every call that came. Its verdict is some or
// none.
func countingCheck(subject string, count func(seen tally, c *call)) check {
	return check{subjects: []string{subject}, needs: needsCalls, run: func(r *run) error {
		seen := make(tally)
		for _, c := range r.known {
			count(seen, c)
		}
		if len(seen) == 0 {
			r.found(subject, "none", "%d calls", len(r.known))
		} else {
			r.found(subject, "some", "%s; of %d calls", seen, len(r.known))
		}
		return nil
	}}
}
