package throttle

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/dunglas/httpsfv"
)

const (
	// maxRetryAfter is the longest wait that a Retry-After is taken for.
	maxRetryAfter = 365 * 24 * time.Hour

	// maxReset, in seconds, is the longest plausible wait for the reset of a limit.
	maxReset = 24 * 60 * 60

	// maxPolicyWindow, in seconds, is the longest window of a limit over which
	// requests are spread evenly. Most reads need only a part of a longer one.
	maxPolicyWindow = 10
)

// RetryAfter returns how long a response asks to wait in its Retry-After header:
// seconds or an HTTP date (RFC 9110, section 10.2.3). It returns 0 for anything else,
// and for a date in the past.
func RetryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(responseTime(header)), 0), maxRetryAfter)
	}
	return 0
}

// responseTime returns the time of a response by the clock of the service, since
// ours may be an hour off.
func responseTime(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// rateLimit parses the rate-limit headers of a response that came at that time. It
// returns how long to wait if nothing remains of a limit, and the lowest rate of the
// limits for at most maxPolicyWindow; otherwise 0. What is malformed is ignored.
//
// There is no standard yet. It reads what the drafts of
// datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers specify, by number:
//
//	08 to 10   RateLimit: "default";r=50;t=30, RateLimit-Policy: "default";q=100;w=10
//	07         RateLimit: limit=100, remaining=50, reset=30, RateLimit-Policy: 100;w=10
//	04 to 06   RateLimit-Remaining: 50, RateLimit-Reset: 30, RateLimit-Policy: 100;w=10
//	00 to 03   RateLimit-Remaining: 50, RateLimit-Reset: 30, RateLimit-Limit: 100, 100;w=10
//
// Each is in use. The middleware express-rate-limit sends those of 06, 07 and 08
// (its source/headers.ts). Kong sends RateLimit-Remaining and RateLimit-Reset
// (docs.konghq.com/hub/kong-inc/rate-limiting). Envoy sends those of 03 with X- before
// each name (its source/extensions/common/ratelimit/ratelimit_headers.h). GitHub
// (docs.github.com/rest, "Rate limits for the REST API") and, by default,
// express-rate-limit send X-RateLimit-Remaining with X-RateLimit-Reset in Unix time.
func rateLimit(header http.Header, now time.Time) (wait time.Duration, requestsPerSecond float64) {
	exhausted := func(remaining, reset any) {
		if left, ok := remaining.(int64); !ok || left != 0 {
			return
		}
		seconds, _ := reset.(int64)
		if seconds > maxReset {
			seconds -= now.Unix() // or it is beyond belief
		}
		if seconds <= maxReset {
			// A Retry-After takes precedence (draft 10, section 7).
			wait = max(wait, cmp.Or(RetryAfter(header), time.Duration(max(seconds, 0))*time.Second))
		}
	}
	for _, limit := range listItems(header, "Ratelimit") {
		exhausted(parameter(limit, "r"), parameter(limit, "t"))
	}
	if limit, err := httpsfv.UnmarshalDictionary(header["Ratelimit"]); err == nil {
		exhausted(member(limit, "remaining"), member(limit, "reset"))
	}
	for _, prefix := range []string{"Ratelimit-", "X-Ratelimit-"} {
		exhausted(bareItem(header, prefix+"Remaining"), bareItem(header, prefix+"Reset"))
	}

	for _, name := range []string{"Ratelimit-Policy", "Ratelimit-Limit", "X-Ratelimit-Limit"} {
		for _, policy := range listItems(header, name) {
			quota, ok := policy.Value.(int64)
			if !ok {
				quota, _ = parameter(policy, "q").(int64)
			}
			unit := parameter(policy, "qu")
			window, _ := parameter(policy, "w").(int64)
			if quota <= 0 || window <= 0 || window > maxPolicyWindow || unit != nil && unit != "requests" {
				continue
			}
			rate := float64(quota) / float64(window)
			requestsPerSecond = min(rate, cmp.Or(requestsPerSecond, rate))
		}
	}
	return wait, requestsPerSecond
}

// The rate-limit headers are structured fields (RFC 9651). The functions below return
// what one holds, or nil where it is absent or malformed.

// listItems returns the items of a header that is a list.
func listItems(header http.Header, name string) (items []httpsfv.Item) {
	list, _ := httpsfv.UnmarshalList(header[name])
	for _, element := range list {
		if item, ok := element.(httpsfv.Item); ok {
			items = append(items, item)
		}
	}
	return items
}

// bareItem returns the value of a header that is one item.
func bareItem(header http.Header, name string) any {
	item, _ := httpsfv.UnmarshalItem(header[name])
	return item.Value
}

// parameter returns the value of a parameter of an item.
func parameter(item httpsfv.Item, name string) any {
	value, _ := item.Params.Get(name)
	return value
}

// member returns the value of a member of a dictionary.
func member(dictionary *httpsfv.Dictionary, name string) any {
	value, _ := dictionary.Get(name)
	item, _ := value.(httpsfv.Item)
	return item.Value
}
