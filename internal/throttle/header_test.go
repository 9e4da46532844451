package throttle

import (
	"net/http"
	"testing"
	"time"
)

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	now := time.Unix(1709139273, 0)
	for name, test := range map[string]struct {
		header    []string // names and values by turns
		pause     time.Duration
		perSecond float64
	}{
		"none":                    {nil, 0, 0},
		"something remains":       {[]string{"X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "7"}, 0, 0},
		"nothing remains":         {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "7"}, 7 * time.Second, 0},
		"until a date":            {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139275"}, 2 * time.Second, 0},
		"until a date that is by": {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139272"}, 0, 0},
		"until a date in ms":      {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139275000"}, 0, 0},
		"until next week":         {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "604800"}, 0, 0},
		"until tomorrow":          {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "86400"}, 24 * time.Hour, 0},
		"no reset":                {[]string{"X-RateLimit-Remaining", "0"}, 0, 0},
		"no remaining":            {[]string{"X-RateLimit-Reset", "7"}, 0, 0},
		"without X":               {[]string{"RateLimit-Remaining", "0", "RateLimit-Reset", "3"}, 3 * time.Second, 0},
		"in one header":           {[]string{"RateLimit", "limit=50, remaining=0, reset=4"}, 4 * time.Second, 0},
		"in one, structured":      {[]string{"RateLimit", `"default";r=0;t=5`}, 5 * time.Second, 0},
		"structured, remaining":   {[]string{"RateLimit", `"default";r=50;t=5`}, 0, 0},
		"policy":                  {[]string{"RateLimit-Policy", "20;w=1"}, 0, 20},
		"policy, structured":      {[]string{"RateLimit-Policy", `"default";q=100;w=10`}, 0, 10},
		"policies":                {[]string{"RateLimit-Policy", "50;w=1, 100;w=10, 1000;w=3600"}, 0, 10},
		"policy of a minute":      {[]string{"RateLimit-Policy", "60;w=60"}, 0, 0},
		"limit with its window":   {[]string{"RateLimit-Limit", "30, 30;w=2"}, 0, 15},
		"limit alone":             {[]string{"X-RateLimit-Limit", "30", "RateLimit-Limit", "30"}, 0, 0},
		"no sense":                {[]string{"RateLimit-Policy", "0;w=1, 5;w=0", "RateLimit", "soon"}, 0, 0},
		"too long a number":       {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999999999999"}, 0, 0},
	} {
		header := http.Header{}
		for i := 0; i < len(test.header); i += 2 {
			header.Set(test.header[i], test.header[i+1])
		}
		if pause, perSecond := rateLimit(header, now); pause != test.pause || perSecond != test.perSecond {
			t.Errorf("%s: wait %s, %g a second, want %s, %g", name, pause, perSecond, test.pause, test.perSecond)
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	now := time.Date(2024, 2, 28, 16, 54, 33, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                                  0,
		"0":                                 0,
		"7":                                 7 * time.Second,
		"120":                               2 * time.Minute,
		"-7":                                0,
		"1.5":                               0,
		"soon":                              0,
		"7s":                                0,
		"9223372036854775807":               year, // would overflow as a Duration
		"99999999999999999999999":           year,
		"Wed, 28 Feb 2024 16:54:43 GMT":     10 * time.Second,
		"Wednesday, 28-Feb-24 16:55:33 GMT": time.Minute, // RFC 850
		"Wed Feb 28 17:54:33 2024":          time.Hour,   // asctime
		"Wed, 28 Feb 2024 16:54:23 GMT":     0,           // past
		"Wed, 28 Feb 9999 16:54:23 GMT":     year,
		"Wed, 28 Feb 2024":                  0,
	} {
		if got := parseRetryAfter(header, now); got != want {
			t.Errorf("Retry-After %q is %s, want %s", header, got, want)
		}
	}
}

// FuzzRetryAfter: never negative, and never longer than a year.
func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"", "7", "-7", "1.5", "99999999999999999999", "Wed, 28 Feb 2024 16:54:43 GMT", "Wed Feb 28 17:54:33 2024"} {
		f.Add(header, int64(1709139273))
	}
	f.Fuzz(func(t *testing.T, header string, now int64) {
		if got := parseRetryAfter(header, time.Unix(now%(1<<40), 0)); got < 0 || got > 365*24*time.Hour {
			t.Errorf("Retry-After %q is %s", header, got)
		}
	})
}
