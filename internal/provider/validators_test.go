package provider_test

import (
	"strings"
	"testing"
)

// Of two names that are equally near, the first in the documented order is named.
func TestSuggestionIsTheFirstOfTheNearest(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for argument, test := range map[string]struct {
		misspelt any
		meant    string
	}{
		"sort_by":   {"distinct_call", "distinct_callers"}, // or distinct_callees
		"time_zone": {"Etc/GMT+1x", "Etc/GMT+1"},           // or any of Etc/GMT+10 to Etc/GMT+12
	} {
		for _, k := range s.kindsWith(argument) {
			config := s.required(k)
			config["group_by"] = []string{"day"}
			config[argument] = test.misspelt
			text := diagnosticsText(s.validate(k, config))
			if !strings.Contains(text, `Did you mean "`+test.meant+`"?`) {
				t.Errorf("%s: %s = %v: %q is not suggested:\n%s", k, argument, test.misspelt, test.meant, text)
			}
			if len(text) > 300 {
				t.Errorf("%s: %s = %v: the suggestion is hidden in %d bytes:\n%s", k, argument, test.misspelt, len(text), text)
			}
		}
	}
}

// A part that many names have is a hint at none of them: all are listed.
func TestSuggestionIsNoPartOfManyNames(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, k := range s.kindsWith("sort_by") {
		config := s.required(k)
		config["group_by"] = []string{"day"}
		for text, want := range map[string]string{
			"calls":    "must be one of total_calls, ",   // many names have it
			"answer":   "must be one of total_calls, ",   // three have it
			"answered": `Did you mean "answered_calls"?`, // two have it
		} {
			config["sort_by"] = text
			if got := diagnosticsText(s.validate(k, config)); !strings.Contains(got, want) || strings.Contains(want, "one of") == strings.Contains(got, "Did you mean") {
				t.Errorf("%s, %s, without %s: %s", k, text, want, got)
			}
		}
	}
}
