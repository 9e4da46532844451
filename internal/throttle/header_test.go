package throttle

import (
	"math"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// headers makes headers of names and values by turns.
func headers(namesAndValues ...string) http.Header {
	header := http.Header{}
	for i := 0; i < len(namesAndValues); i += 2 {
		header.Add(namesAndValues[i], namesAndValues[i+1])
	}
	return header
}

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	now := time.Unix(1709139273, 0)
	for name, test := range map[string]struct {
		header            http.Header
		wait              time.Duration
		requestsPerSecond float64
	}{
		"none": {nil, 0, 0},

		"drafts 08 to 10":                 {headers("RateLimit", `"default";r=0;t=5`, "RateLimit-Policy", `"default";q=100;w=10`), 5 * time.Second, 10},
		"draft 08, something remains":     {headers("RateLimit", `"default";r=50;t=5`), 0, 0},
		"draft 08, no reset":              {headers("RateLimit", `"default";r=0`), 0, 0},
		"draft 08, the first is used up":  {headers("RateLimit", `"second";r=0;t=2, "day";r=100;t=3600`), 2 * time.Second, 0},
		"draft 08, both are used up":      {headers("RateLimit", `"day";r=0;t=3600, "second";r=0;t=2`), time.Hour, 0},
		"draft 08, two lines":             {headers("RateLimit", `"day";r=100;t=3600`, "RateLimit", `"second";r=0;t=2`), 2 * time.Second, 0},
		"draft 08, a name with numbers":   {headers("RateLimit-Policy", `"2-in-1sec"; q=100; w=10; pk=:YTZiMzhlNTdkZGIx:`), 0, 10},
		"draft 08, policies":              {headers("RateLimit-Policy", `"second";q=50;w=1,"ten";q=100;w=10,"hour";q=1000;w=3600`), 0, 10},
		"draft 08, of requests":           {headers("RateLimit-Policy", `"default";q=20;qu="requests";w=1`), 0, 20},
		"draft 09, of bytes":              {headers("RateLimit-Policy", `"default";q=65535;qu="content-bytes";w=10`), 0, 0},
		"draft 08, of parallel requests":  {headers("RateLimit-Policy", `"default";q=5;qu="concurrent-requests";w=1`), 0, 0},
		"draft 07":                        {headers("RateLimit", "limit=50, remaining=0, reset=4", "RateLimit-Policy", "20;w=1"), 4 * time.Second, 20},
		"draft 07, something remains":     {headers("RateLimit", "limit=50, remaining=10, reset=4"), 0, 0},
		"draft 07, remaining not said":    {headers("RateLimit", "limit=10, reset=1"), 0, 0},
		"drafts 04 to 06":                 {headers("RateLimit-Limit", "50", "RateLimit-Remaining", "0", "RateLimit-Reset", "3", "RateLimit-Policy", `50;w=1;burst=1000;comment="sliding window", 100;w=10, 1000;w=3600`), 3 * time.Second, 10},
		"drafts 00 to 03":                 {headers("RateLimit-Limit", "30, 30;w=2", "RateLimit-Remaining", "0", "RateLimit-Reset", "3"), 3 * time.Second, 15},
		"a policy of ten seconds":         {headers("RateLimit-Policy", "60;w=10"), 0, 6},
		"a policy of eleven":              {headers("RateLimit-Policy", "60;w=11"), 0, 0},
		"a limit without a window":        {headers("X-RateLimit-Limit", "30", "RateLimit-Limit", "30"), 0, 0},
		"Kong":                            {headers("RateLimit-Limit", "6", "RateLimit-Remaining", "0", "RateLimit-Reset", "47", "X-RateLimit-Limit-Minute", "10", "X-RateLimit-Remaining-Minute", "4"), 47 * time.Second, 0},
		"Envoy":                           {headers("X-RateLimit-Limit", `10, 10;w=1;name="default", 500;w=60`, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"), time.Second, 10},
		"X, something remains":            {headers("X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "7"), 0, 0},
		"X, until a time":                 {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139275"), 2 * time.Second, 0},
		"X, until a time that has passed": {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139272"), 0, 0},
		"X, until a time in ms":           {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1709139275000"), 0, 0},
		"X, until next week":              {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "604800"), 0, 0},
		"X, until tomorrow":               {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "86400"), 24 * time.Hour, 0},
		"X, no reset":                     {headers("X-RateLimit-Remaining", "0"), 0, 0},
		"X, no remaining":                 {headers("X-RateLimit-Reset", "7"), 0, 0},

		"a Retry-After has precedence":      {headers("RateLimit", `"day";r=0;t=3600`, "Retry-After", "7"), 7 * time.Second, 0},
		"a Retry-After without a limit":     {headers("RateLimit", `"day";r=1;t=3600`, "Retry-After", "7"), 0, 0},
		"no numbers":                        {headers("RateLimit", "soon", "RateLimit-Policy", "ten", "X-RateLimit-Remaining", "none"), 0, 0},
		"numbers without sense":             {headers("RateLimit-Policy", "20;w=1, 0;w=1, 5;w=0, -5;w=1, 5;w=-1", "RateLimit", `"a";r=-1;t=5, "b";r=0;t=-5`), 0, 20},
		"decimals":                          {headers("RateLimit-Policy", "5.5;w=1", "RateLimit", `"a";r=0.0;t=5`), 0, 0},
		"lists in a list":                   {headers("RateLimit-Policy", "(5 6);w=1", "RateLimit", `("a" "b");r=0;t=5`), 0, 0},
		"what is malformed":                 {headers("RateLimit-Policy", "5;w=1,", "RateLimit", `"a;r=0;t=5`, "X-RateLimit-Remaining", "0 left", "X-RateLimit-Reset", "7"), 0, 0},
		"a reset that is too long a number": {headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999999999999"), 0, 0},
	} {
		if wait, requestsPerSecond := rateLimit(test.header, now); wait != test.wait || requestsPerSecond != test.requestsPerSecond {
			t.Errorf("%s: wait %s, %g a second, want %s, %g", name, wait, requestsPerSecond, test.wait, test.requestsPerSecond)
		}
	}
}

// FuzzRateLimit: a wait is at most a day, or the Retry-After, and a rate is one that
// requests can be sent at.
func FuzzRateLimit(f *testing.F) {
	for _, value := range []string{`"default";r=0;t=5`, "limit=50, remaining=0, reset=4", "50;w=1, 100;w=10", "0", "99999999999999999999", `"a";q=5;w=1;qu=("b")`} {
		f.Add(value, value, value, int64(1709139273))
	}
	f.Fuzz(func(t *testing.T, limit, policy, reset string, now int64) {
		header := headers("RateLimit", limit, "RateLimit-Policy", policy, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset)
		wait, requestsPerSecond := rateLimit(header, time.Unix(now%(1<<40), 0))
		if wait < 0 || wait > 24*time.Hour || requestsPerSecond < 0 || requestsPerSecond > math.MaxInt64 {
			t.Errorf("wait %s, %g a second", wait, requestsPerSecond)
		}
	})
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for value, want := range map[string]time.Duration{
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
		if got := RetryAfter(headers("Retry-After", value, "Date", "Wed, 28 Feb 2024 16:54:33 GMT")); got != want {
			t.Errorf("Retry-After %q is %s, want %s", value, got, want)
		}
	}
}

// The clock of the service counts, and ours where it does not say the time.
func TestWaitsAreCountedByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, date := range map[string]string{
			"an hour ahead of ours": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat),
			"not said":              "",
			"unreadable":            "yesterday",
		} {
			now := time.Now()
			if said, err := http.ParseTime(date); err == nil {
				now = said
			}
			header := headers(
				"Date", date,
				"Retry-After", now.Add(3*time.Second).UTC().Format(http.TimeFormat),
			)
			if got := RetryAfter(header); got != 3*time.Second {
				t.Errorf("%s: Retry-After is %s, want 3s", name, got)
			}
			header.Del("Retry-After")
			header.Set("X-RateLimit-Remaining", "0")
			header.Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(5*time.Second).Unix(), 10))
			th := New(1)
			if th.Observe(header); th.PauseLeft() != 5*time.Second {
				t.Errorf("%s: a pause of %s, want 5s", name, th.PauseLeft())
			}
		}
	})
}

// FuzzRetryAfter: never negative, and never longer than a year.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "7", "-7", "1.5", "99999999999999999999", "Wed, 28 Feb 2024 16:54:43 GMT", "Wed Feb 28 17:54:33 2024"} {
		f.Add(value, "Wed, 28 Feb 2024 16:54:33 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		if got := RetryAfter(http.Header{"Retry-After": {value}, "Date": {date}}); got < 0 || got > 365*24*time.Hour {
			t.Errorf("Retry-After %q is %s", value, got)
		}
	})
}
