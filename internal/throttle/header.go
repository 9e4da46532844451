package throttle

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

const (
	// maxPolicyWindow, in seconds, is the longest window of a limit over which
	// requests are spread evenly. Most reads need only a part of a longer one.
	maxPolicyWindow = 10

	// maxReset, in seconds, is the longest plausible wait for the reset of a limit.
	maxReset = 24 * 60 * 60
)

// parameter is one of a rate-limit header: 0, remaining=0, r=0.
var parameter = regexp.MustCompile(`(?:\b([a-z]+)=)?\b(\d+)\b`)

// rateLimit parses the headers RateLimit and RateLimit-Policy in the forms that
// their drafts had over the years (draft-ietf-httpapi-ratelimit-headers), and
// X-RateLimit. It returns how long to wait if nothing remains of the limit,
// and the rate if the limit is for at most maxPolicyWindow; otherwise 0.
func rateLimit(header http.Header, now time.Time) (pause time.Duration, perSecond float64) {
	values := make(map[string]int64)
	for name, keys := range map[string]map[string]string{
		"X-Ratelimit-Remaining": {"": "remaining"}, "Ratelimit-Remaining": {"": "remaining"},
		"X-Ratelimit-Reset": {"": "reset"}, "Ratelimit-Reset": {"": "reset"},
		"Ratelimit": {"remaining": "remaining", "r": "remaining", "reset": "reset", "t": "reset"},
		// The limit itself comes before its window: 50;w=1 or "default";q=50;w=1.
		"Ratelimit-Limit": {"": "limit", "w": "window"}, "Ratelimit-Policy": {"": "limit", "q": "limit", "w": "window"},
	} {
		for _, match := range parameter.FindAllStringSubmatch(header.Get(name), -1) {
			key := keys[match[1]]
			if key == "" {
				continue
			}
			value, _ := strconv.ParseInt(match[2], 10, 64) // the largest where it is too large
			values[key] = value
			if key == "window" && value > 0 && value <= maxPolicyWindow {
				rate := float64(values["limit"]) / float64(value)
				perSecond = min(rate, cmp.Or(perSecond, rate))
			}
		}
	}
	remaining, said := values["remaining"]
	reset := values["reset"]
	if reset > maxReset { // a date in Unix time, or past belief
		reset -= now.Unix()
	}
	if said && remaining == 0 && reset <= maxReset {
		pause = time.Duration(max(reset, 0)) * time.Second
	}
	return pause, perSecond
}

// RetryAfter returns how long a response asks to wait in its Retry-After header, or
// 0 if it does not.
func RetryAfter(header http.Header) time.Duration {
	return parseRetryAfter(header.Get("Retry-After"), responseTime(header))
}

// responseTime returns the time of a response by the service's clock, since ours may
// be wrong.
func responseTime(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// parseRetryAfter parses a Retry-After header: seconds or an HTTP date (RFC 9110,
// section 10.2.3). It returns 0 for anything else, and for a date in the past.
func parseRetryAfter(header string, now time.Time) time.Duration {
	const longest = 365 * 24 * time.Hour
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), longest)
	}
	return 0
}
