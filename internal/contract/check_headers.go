package contract

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var headerPatterns = map[string]*regexp.Regexp{
	"headers of the rate limit": regexp.MustCompile(`(?i)^(x-)?rate-?limit|^retry-after$`),
	"header of the request id":  regexp.MustCompile(`(?i)request-?id$`),
}

// checkHeaders looks at the names of the headers of all responses.
var checkHeaders = check{
	subjects: []string{"headers of the rate limit", "header of the request id"},
	run: func(r *run) error {
		headers, throttled := r.budget.responses()
		for _, subject := range []string{"headers of the rate limit", "header of the request id"} {
			names := slices.DeleteFunc(slices.Clone(headers), func(name string) bool { return !headerPatterns[subject].MatchString(name) })
			r.found(subject, cmp.Or(strings.Join(names, ", "), "none"), "%d requests, %d responses of status 429", r.budget.count(), throttled)
		}
		return nil
	},
}
