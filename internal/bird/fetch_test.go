package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// brokenBody is truncated after its first bytes.
func brokenBody() (*http.Response, error) {
	return respondWith(http.StatusOK, io.MultiReader(strings.NewReader(`{"results":[{"id":"a"}`), iotest.ErrReader(errors.New("connection reset by peer"))))
}

// passing are transient failures, by name.
var passing = map[string]func() (*http.Response, error){
	"408":              func() (*http.Response, error) { return respond(408, `{"message":"no"}`) },
	"429":              func() (*http.Response, error) { return respond(429, `{"message":"no"}`) },
	"425":              func() (*http.Response, error) { return respond(425, `{"message":"no"}`) },
	"501":              func() (*http.Response, error) { return respond(501, `{"message":"no"}`) },
	"505":              func() (*http.Response, error) { return respond(505, `{"message":"no"}`) },
	"530":              func() (*http.Response, error) { return respond(530, `{"message":"no"}`) },
	"599":              func() (*http.Response, error) { return respond(599, `{"message":"no"}`) },
	"500":              func() (*http.Response, error) { return respond(500, `{"message":"no"}`) },
	"502":              func() (*http.Response, error) { return respond(502, "<html>") },
	"503":              func() (*http.Response, error) { return respond(503, "") },
	"504":              func() (*http.Response, error) { return respond(504, `{"message":"no"}`) },
	"connection error": func() (*http.Response, error) { return nil, &net.OpError{Op: "read", Err: errors.New("reset")} },
	"resolver busy": func() (*http.Response, error) {
		return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	},
	"resolver silent": func() (*http.Response, error) {
		return nil, &net.DNSError{Err: "i/o timeout", IsNotFound: true, IsTimeout: true}
	},
	"broken body":    brokenBody,
	"body cut short": func() (*http.Response, error) { return respond(200, `{"results":[{"id":"a"}`) },
}

func TestFetchRetriesWhatIsTransient(t *testing.T) {
	t.Parallel()
	for name, fail := range passing {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				var reported []int
				client := newFakeClient(Config{MaxRetries: 5, OnRetry: func(_ context.Context, retry Retry) {
					reported = append(reported, retry.Attempt)
					if retry.Err == nil || strings.Contains(retry.Err.Error(), "retry after") {
						t.Errorf("reported error %v, want that of the attempt", retry.Err)
					}
				}}, func(*http.Request) (*http.Response, error) {
					if requests++; requests < 4 {
						return fail()
					}
					return respond(200, pageBody("a", ""))
				})
				for page, err := range someCalls(t.Context(), client) {
					if err != nil || len(page.Items) != 1 || page.Attempts != 4 {
						t.Errorf("%d calls in %d attempts, error %v, want 1 in 4", len(page.Items), page.Attempts, err)
					}
				}
				if diff := cmp.Diff([]int{1, 2, 3}, reported); diff != "" {
					t.Errorf("attempts reported (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestFetchRetriesAsOftenAsItMay(t *testing.T) {
	t.Parallel()
	for name, fail := range passing {
		for _, retries := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s %d times", name, retries), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					requests := 0
					client := newFakeClient(Config{MaxRetries: retries}, func(*http.Request) (*http.Response, error) {
						requests++
						return fail()
					})
					_, err := readAll(someCalls(t.Context(), client))
					if requests != retries+1 {
						t.Errorf("%d requests, want %d", requests, retries+1)
					}
					_, isAPI := errors.AsType[*APIError](err)
					_, isConnection := errors.AsType[*ConnectionError](err)
					if !isAPI && !isConnection {
						t.Errorf("error %v, want that of the last attempt", err)
					}
					if says := strings.HasPrefix(fmt.Sprint(err), fmt.Sprintf("after %d attempts: ", retries+1)); says != (retries > 0) {
						t.Errorf("error %v does not report its attempts", err)
					}
				})
			})
		}
	}
}

func unknownHost() (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.bird.com", IsNotFound: true}}
}

func TestFetchMakesOneAttemptWhereARetryCannotHelp(t *testing.T) {
	t.Parallel()
	fails := map[string]func() (*http.Response, error){
		"HTML":              func() (*http.Response, error) { return respond(200, "<html>", "Content-Type", "text/html") },
		"broken JSON":       func() (*http.Response, error) { return respond(200, `{"results":[}`) },
		"empty body":        func() (*http.Response, error) { return respond(200, "") },
		"wrong type":        func() (*http.Response, error) { return respond(200, `{"results":[{"id":"a","tags":1}]}`) },
		"HTTP, not HTTPS":   func() (*http.Response, error) { return nil, http.ErrSchemeMismatch },
		"address not valid": func() (*http.Response, error) { return nil, &net.AddrError{Err: "invalid port"} },
		"unknown host":      unknownHost,
		"other envelope":    func() (*http.Response, error) { return respond(200, `{"results":[{"id":"a"}],"next_page_token":"t"}`) },
	}
	for status := 201; status < 500; status++ {
		switch status {
		case 408, 425, 429: // are retried
			continue
		case 400, 422: // may be about the limit of a page
			continue
		}
		fails[fmt.Sprint(status)] = func() (*http.Response, error) {
			return respond(status, `{"message":"no"}`, "Location", "https://elsewhere.example/")
		}
	}
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := newFakeClient(Config{MaxRetries: 5}, func(*http.Request) (*http.Response, error) {
					requests++
					return fail()
				})
				ids, err := readAll(someCalls(t.Context(), client))
				if requests != 1 || err == nil || len(ids) > 0 || strings.Contains(err.Error(), "attempts") {
					t.Errorf("%d requests, calls %v, error %v, want one request and an error", requests, ids, err)
				}
				if got := statusCode(err); got != 0 && fmt.Sprint(got) != name {
					t.Errorf("status %d, want %s", got, name)
				}
			})
		})
	}
}

// Before its first response, a host may be one that does not exist; after it, its
// name is known to be right.
func TestFetchRetriesAnUnknownHostOnlyAfterItsFirstResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := newFakeClient(Config{MaxRetries: 2}, func(*http.Request) (*http.Response, error) {
			switch requests++; requests {
			case 1:
				return respond(200, pageBody("a", "2"))
			case 2, 3:
				return unknownHost()
			}
			return respond(200, pageBody("b", ""))
		})
		if ids, err := readAll(someCalls(t.Context(), client)); err != nil || len(ids) != 2 {
			t.Errorf("calls %v after %d requests, error %v", ids, requests, err)
		}
	})
}

// A port where nothing listens is either wrong or that of a program that starts.
func TestFetchRetriesARefusedConnectionFor5SecondsBeforeTheFirstResponse(t *testing.T) {
	t.Parallel()
	for _, starts := range []time.Duration{3 * time.Second, 6 * time.Second} {
		for range 20 { // whose waits are random
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				client := newFakeClient(Config{MaxRetries: DefaultMaxRetries}, func(*http.Request) (*http.Response, error) {
					if time.Since(started) < starts {
						return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
					}
					return respond(200, pageBody("a", ""))
				})
				_, err := readAll(someCalls(t.Context(), client))
				took := time.Since(started)
				if starts > 5*time.Second {
					if !errors.Is(err, syscall.ECONNREFUSED) || took > 5*time.Second || took < time.Second {
						t.Errorf("nothing listens for %s: error %v after %s", starts, err, took)
					}
				} else if took < starts && !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("nothing listens for %s: error %v after %s", starts, err, took)
				}
			})
		}
	}
}

// A response with an error shows that base_url is right, so a service that then
// restarts has the time of all retries.
func TestFetchRetriesARefusedConnectionForLongAfterAnErrorResponse(t *testing.T) {
	t.Parallel()
	for range 20 { // whose waits are random
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			client := newFakeClient(Config{MaxRetries: DefaultMaxRetries}, func(*http.Request) (*http.Response, error) {
				if attempts++; attempts == 1 {
					return respond(http.StatusServiceUnavailable, "")
				}
				return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			})
			if _, err := readAll(someCalls(t.Context(), client)); !errors.Is(err, syscall.ECONNREFUSED) || attempts != 1+DefaultMaxRetries {
				t.Errorf("%d attempts, error %v", attempts, err)
			}
		})
	}
}

// oncePaged is a list of three pages whose tokens work once: the second response
// to a token is an empty last page. The response to the second page is lost.
func oncePaged(lose roundTrip) roundTrip {
	seen := make(map[string]bool)
	return func(req *http.Request) (*http.Response, error) {
		token := req.URL.Query().Get("pageToken")
		again := token != "" && seen[token]
		seen[token] = true
		switch {
		case again:
			return respond(200, `{"results":[]}`)
		case token == "":
			return respond(200, pageBody("a", "2"))
		case token == "2":
			return lose(req)
		}
		return respond(200, pageBody("c", ""))
	}
}

func TestFetchRefusesAnEmptyLastPageAfterALostResponse(t *testing.T) {
	t.Parallel()
	stalled := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for name, lose := range passing {
		synctest.Test(t, func(t *testing.T) {
			client := newFakeClient(Config{MaxRetries: 3}, oncePaged(func(*http.Request) (*http.Response, error) { return lose() }))
			ids, err := readAll(someCalls(t.Context(), client))
			var processed bool
			switch name {
			case "408", "425", "429": // say that they are not
			default:
				processed = true
			}
			if errors.Is(err, ErrLostResponse) != processed || !processed && (err != nil || len(ids) != 1) {
				t.Errorf("%s: calls %v, error %v", name, ids, err)
			}
		})
	}
	for name, test := range map[string]struct {
		lose roundTrip
		want bool
	}{
		"stalled": {stalled, true},
		"not sent": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("timeout")}
		}, false},
		"proxy":       {func(*http.Request) (*http.Response, error) { return nil, &ProxyError{Proxy: "proxy", StatusCode: 503} }, false},
		"own token":   {func(*http.Request) (*http.Response, error) { return respond(200, `{"results":[],"nextPageToken":"2"}`) }, false},
		"not at once": {func(*http.Request) (*http.Response, error) { return respond(200, pageBody("b", "3")) }, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := newFakeClient(Config{MaxRetries: 3}, oncePaged(test.lose))
			if ids, err := readAll(someCalls(t.Context(), client)); errors.Is(err, ErrLostResponse) != test.want || !test.want && err != nil {
				t.Errorf("%s: calls %v, error %v", name, ids, err)
			}
		})
	}
}

// A page that is not empty, or not the last one, comes from a service whose tokens
// work more than once. An empty list has no token.
func TestFetchTakesARetriedPageThatHasMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, retried string // responses to the first page, and to the retried one
		failing        string // token
		want           int
	}{
		"calls":            {pageBody("a", "2"), pageBody("b", ""), "2", 2},
		"token":            {pageBody("a", "2"), `{"results":[],"nextPageToken":"3"}`, "2", 2},
		"empty first page": {`{"results":[]}`, "", "", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			failed := false
			client := newFakeClient(Config{MaxRetries: 3}, func(req *http.Request) (*http.Response, error) {
				token := req.URL.Query().Get("pageToken")
				switch {
				case token == test.failing && !failed:
					failed = true
					return brokenBody()
				case token == "":
					return respond(200, test.first)
				case token == "2":
					return respond(200, test.retried)
				}
				return respond(200, pageBody("c", ""))
			})
			if ids, err := readAll(someCalls(t.Context(), client)); err != nil || len(ids) != test.want {
				t.Errorf("%s: calls %v, error %v", name, ids, err)
			}
		})
	}
}

// An http.Transport sends a request again by itself if the connection that it was
// sent on had been used before, and breaks before the response.
func TestFetchKnowsOfAResponseThatTheTransportLost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		http2, limited bool // the second response is a 429
		attempts       int  // that the client knows of
	}{
		"HTTP/1":           {attempts: 1},
		"HTTP/1, then 429": {limited: true, attempts: 2},
		"HTTP/2":           {http2: true, attempts: 2},
	} {
		var mu sync.Mutex
		seen := make(map[string]int)
		server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			token := req.URL.Query().Get("pageToken")
			seen[token]++
			switch {
			case seen[token] == 2 && test.limited:
				w.WriteHeader(http.StatusTooManyRequests)
			case seen[token] > 1:
				_, _ = io.WriteString(w, `{"results":[]}`)
			case token == "":
				_, _ = io.WriteString(w, pageBody("a", "2"))
			default:
				panic(http.ErrAbortHandler) // its response is lost
			}
		})
		config := Config{MaxRetries: 3}
		if test.http2 {
			server.EnableHTTP2 = true
			server.StartTLS()
			transport := NewTransport()
			transport.TLSClientConfig.InsecureSkipVerify = true
			config.Transport = transport
		} else {
			server.Start()
		}
		config.BaseURL, _ = ParseBaseURL(server.URL)
		client := New(config)
		ids, err := readAll(someCalls(t.Context(), client))
		client.Close()
		says := strings.HasPrefix(fmt.Sprint(err), "after 2 attempts: ")
		if !errors.Is(err, ErrLostResponse) || says != (test.attempts == 2) {
			t.Errorf("%s: calls %v after %v requests, error %v", name, ids, seen, err)
		}
	}
}

// limited is a list of six calls whose service refuses a limit over 100.
func limited(status int, asked *[]string) roundTrip {
	var mu sync.Mutex
	return func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		query := req.URL.Query()
		*asked = append(*asked, query.Get("limit")+query.Get("pageToken"))
		if limit, err := strconv.Atoi(query.Get("limit")); err != nil || limit > 100 {
			return respond(status, `{"code":"InvalidPayload","message":"the page is too large"}`)
		}
		if token := query.Get("pageToken"); token != "" {
			return respond(200, pageBody("last", ""))
		}
		return respond(200, pageBody("first", "=2"))
	}
}

func TestCursorAsksForSmallPagesWhereLargeOnesAreRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 422} {
		synctest.Test(t, func(t *testing.T) {
			var asked []string
			var retries []string
			client := newFakeClient(Config{OnRetry: func(_ context.Context, r Retry) { // of a failure there is none
				retries = append(retries, fmt.Sprintf("attempt %d: %s", r.Attempt, r.Err))
			}}, limited(status, &asked))
			read := func(want ...string) {
				t.Helper()
				asked = nil
				attempts := 0
				ids := 0
				for page, err := range client.ChannelCalls(watchdog.Bounded(t.Context()), "w", "c", CallsQuery{StartAt: someStart}) {
					if err != nil {
						t.Fatal(err)
					}
					attempts += page.Attempts
					ids += len(page.Items)
				}
				if diff := cmp.Diff(want, asked); diff != "" || ids != 2 || attempts != len(want) {
					t.Errorf("status %d: %d calls in %d attempts, limits and tokens (-want +got):\n%s", status, ids, attempts, diff)
				}
			}
			read("1000", "100", "100=2")
			read("100", "100=2") // it is known now
			want := fmt.Sprintf("attempt 1: status %d %s, code InvalidPayload: the page is too large; the next attempt asks for 100 in a page", status, http.StatusText(status))
			if diff := cmp.Diff([]string{want}, retries); diff != "" {
				t.Errorf("status %d: retries reported (-want +got):\n%s", status, diff)
			}

			asked = nil
			for _, err := range client.Channels(watchdog.Bounded(t.Context()), "w", ChannelsQuery{}) {
				if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{"1000", "100", "100=2"}, asked); diff != "" {
				t.Errorf("status %d: limits of the channels (-want +got):\n%s", status, diff)
			}
		})
	}
}

// A page token belongs to the limit that it was returned for.
func TestCursorKeepsItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		client := newFakeClient(Config{}, func(req *http.Request) (*http.Response, error) {
			query := req.URL.Query()
			asked = append(asked, query.Get("limit")+query.Get("pageToken"))
			return respond(200, pageBody("a"+query.Get("pageToken"), map[string]string{"": "=2"}[query.Get("pageToken")]))
		})
		for page, err := range someCalls(t.Context(), client) {
			if err != nil || len(page.Items) != 1 {
				t.Fatal(page, err)
			}
			client.setLimit("/workspaces/w/channels/c/calls", 100) // as another read would
		}
		if diff := cmp.Diff([]string{"1000", "1000=2"}, asked); diff != "" {
			t.Errorf("limits and tokens (-want +got):\n%s", diff)
		}
	})
}

// If small pages are refused, too, the error is that of the request as it was
// meant. Another error is news.
func TestCursorReportsTheErrorThatIsNotAboutTheLimit(t *testing.T) {
	t.Parallel()
	type refusal struct {
		status  int
		message string
	}
	for name, test := range map[string]struct {
		refusals []refusal // of the requests in order; 200 is a page
		want     string    // of the error
	}{
		"both":      {[]refusal{{422, "direction"}, {422, "direction of 100"}}, "status 422 Unprocessable Entity: direction"},
		"then 400":  {[]refusal{{422, "direction"}, {400, "limit of 100"}}, "status 422 Unprocessable Entity: direction"},
		"then 404":  {[]refusal{{400, "what"}, {404, "no channel"}}, "status 404 Not Found: no channel"},
		"then 503":  {[]refusal{{400, "what"}, {503, "down"}}, "status 503 Service Unavailable: down"},
		"other":     {[]refusal{{409, "conflict"}}, "status 409 Conflict: conflict"},
		"next page": {[]refusal{{200, ""}, {400, "token"}}, "status 400 Bad Request: token"},
	} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
				requests++
				refusal := test.refusals[min(requests, len(test.refusals))-1]
				if refusal.status == 200 {
					return respond(200, pageBody("a", "2"))
				}
				return respond(refusal.status, fmt.Sprintf(`{"message":%q}`, refusal.message))
			})
			if _, err := readAll(someCalls(t.Context(), client)); fmt.Sprint(err) != test.want || requests != len(test.refusals) {
				t.Errorf("%s: error %v after %d requests, want %s after %d", name, err, requests, test.want, len(test.refusals))
			}
			if limit := client.limit("/workspaces/w/channels/c/calls"); limit != 1000 {
				t.Errorf("%s: a limit of %d is remembered", name, limit)
			}
		})
	}
}

func TestFetchRetriesOnlyTheFailedPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := make(map[string]int)
		client := newFakeClient(Config{MaxRetries: 2}, func(req *http.Request) (*http.Response, error) {
			token := req.URL.Query().Get("pageToken")
			requests[token]++
			switch {
			case token == "":
				return respond(200, pageBody("a", "2="))
			case requests["2="] < 3:
				return respond(503, "")
			case token == "2=":
				return respond(200, pageBody("b", "3="))
			}
			return respond(200, pageBody("c", ""))
		})
		ids, err := readAll(someCalls(t.Context(), client))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, ids); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"": 1, "2=": 3, "3=": 1}, requests); diff != "" {
			t.Errorf("requests by token (-want +got):\n%s", diff)
		}
	})
}

// Full jitter: the n-th wait is anything from nothing to a bound that doubles.
func TestFetchWaitsDoubleWithFullJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pages, retries = 400, 5
		var waits [retries + 1][]time.Duration
		var last time.Time
		requests, wait := 0, time.Duration(0)
		client := newFakeClient(Config{
			MaxRetries: retries,
			OnRetry: func(_ context.Context, retry Retry) {
				waits[retry.Attempt] = append(waits[retry.Attempt], retry.Wait)
				wait = retry.Wait
			},
		}, func(*http.Request) (*http.Response, error) {
			if requests++; requests%(retries+1) != 1 && time.Since(last) != wait {
				t.Errorf("an attempt began after %s, the wait was %s", time.Since(last), wait)
			}
			last = time.Now()
			if requests%(retries+1) != 0 {
				return respond(503, "")
			}
			if n := requests / (retries + 1); n < pages {
				return respond(200, pageBody(fmt.Sprint(n), fmt.Sprint(n)))
			}
			return respond(200, pageBody("last", ""))
		})
		if _, err := readAll(someCalls(t.Context(), client)); err != nil {
			t.Fatal(err)
		}
		for attempt := 1; attempt <= retries; attempt++ {
			var sum, highest time.Duration
			lowest := time.Hour
			for _, wait := range waits[attempt] {
				sum, highest, lowest = sum+wait, max(highest, wait), min(lowest, wait)
			}
			// At least as long as the pause of everyone, which doubles as well.
			bound := 500 * time.Millisecond << (attempt - 1)
			if highest > bound || highest < bound*9/10 || lowest != bound/5 || (sum/pages-bound*52/100).Abs() > bound/10 {
				t.Errorf("wait %d is from %s to %s, %s on average; want all between %s and %s", attempt, lowest, highest, sum/pages, bound/5, bound)
			}
		}
	})
}

func TestFetchWaitsAsLongAsRetryAfterSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		header func() string
		want   time.Duration
	}{
		"seconds of a 503": {503, func() string { return "7" }, 7 * time.Second},
		"seconds of a 429": {429, func() string { return "45" }, 45 * time.Second},
		"date of a 503":    {503, func() string { return time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat) }, 30 * time.Second},
		"date of a 429":    {429, func() string { return time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat) }, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now() // a whole second in a bubble
				requests := 0
				client := newFakeClient(Config{MaxRetries: 1, RequestsPerSecond: 50}, func(*http.Request) (*http.Response, error) {
					if requests++; requests == 1 {
						return respond(test.status, "", "Retry-After", test.header())
					}
					return respond(200, pageBody("a", ""))
				})
				if _, err := readAll(someCalls(t.Context(), client)); err != nil {
					t.Fatal(err)
				}
				wantElapsed(t, started, test.want)
			})
		})
	}
}

// A date is one of the service's clock, which the response shows. The own clock may
// be wrong.
func TestFetchWaitsByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, time.Hour} {
		for name, header := range map[string]func(now time.Time) (name, value string){
			"date of Retry-After": func(now time.Time) (string, string) {
				return "Retry-After", now.Add(30 * time.Second).UTC().Format(http.TimeFormat)
			},
			"reset in Unix time": func(now time.Time) (string, string) {
				return "X-RateLimit-Reset", fmt.Sprint(now.Add(30 * time.Second).Unix())
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				requests := 0
				client := newFakeClient(Config{MaxRetries: 1}, func(*http.Request) (*http.Response, error) {
					if requests++; requests == 1 {
						now := started.Add(ahead)
						name, value := header(now)
						return respond(429, "", name, value, "X-RateLimit-Remaining", "0", "Date", now.UTC().Format(http.TimeFormat))
					}
					return respond(200, pageBody("a", ""))
				})
				if _, err := readAll(someCalls(t.Context(), client)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(started); took != 30*time.Second {
					t.Errorf("%s, %s ahead: a wait of %s, want 30 s", name, ahead, took)
				}
			})
		}
	}
}

// closer counts how often a body is closed.
type closer struct {
	io.Reader
	closed *int
}

func (c closer) Close() error {
	*c.closed++
	return nil
}

// A body that is not closed keeps its connection for good.
func TestFetchClosesEveryBody(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() (*http.Response, error){
		"a page":      func() (*http.Response, error) { return respond(200, pageBody("a", "")) },
		"HTML":        func() (*http.Response, error) { return respond(200, "<html>") },
		"broken body": brokenBody,
		"404":         func() (*http.Response, error) { return respond(404, "{}") },
	} {
		synctest.Test(t, func(t *testing.T) {
			closed := 0
			client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
				resp, err := fail()
				resp.Body = closer{resp.Body, &closed}
				return resp, err
			})
			_, _ = readAll(someCalls(t.Context(), client))
			if closed != 1 {
				t.Errorf("%s: the body was closed %d times", name, closed)
			}
		})
	}
}

// Everyone waits after a failure of the service, and nobody where it has only this
// request to complain of.
func TestFetchPausesTheWorkspaceWhereTheServiceFails(t *testing.T) {
	t.Parallel()
	for name, fail := range passing {
		want := 100 * time.Millisecond
		switch name {
		case "408", "425":
			want = 0
		case "429":
			want = 250 * time.Millisecond
		}
		synctest.Test(t, func(t *testing.T) {
			client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) { return fail() })
			if _, err := readAll(someCalls(t.Context(), client)); err == nil {
				t.Errorf("%s: no error", name)
			}
			if got := client.throttle("w").PauseLeft(); got != want {
				t.Errorf("%s: a pause of %s, want %s", name, got, want)
			}
			if other := client.throttle("other").PauseLeft(); other != 0 {
				t.Errorf("%s: another workspace waits %s", name, other)
			}
		})
	}
}

// The last page of a list, which may be short, says nothing of the latency.
func TestFetchMeasuresTheLatencyOfFullPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newFakeClient(Config{RequestsPerSecond: 50}, func(req *http.Request) (*http.Response, error) {
			switch req.URL.Query().Get("pageToken") {
			case "":
				time.Sleep(100 * time.Millisecond)
				return respond(200, pageBody("a", "2"))
			case "2":
				time.Sleep(3 * time.Second)
				return respond(200, pageBody("b", "3"))
			}
			time.Sleep(time.Millisecond)
			return respond(200, pageBody("c", ""))
		})
		if _, err := readAll(someCalls(t.Context(), client)); err != nil {
			t.Fatal(err)
		}
		// 100 ms need 10 requests in flight. The second page took longer, so it is
		// fewer; the short one says nothing, or it would be 2.
		if got := client.throttle("w").Places(); got != 4 {
			t.Errorf("%d requests may be in flight, want 4", got)
		}
	})
}

// Calls and channels of a workspace are under one limit.
func TestFetchOfChannelsPausesTheWorkspace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
			return respond(503, "", "Retry-After", "20")
		})
		for _, err := range client.Channels(watchdog.Bounded(t.Context()), "w", ChannelsQuery{}) {
			if statusCode(err) != 503 {
				t.Errorf("error %v, want the 503", err)
			}
		}
		if got := client.throttle("w").PauseLeft(); got != 20*time.Second {
			t.Errorf("a pause of %s, want 20 s", got)
		}
	})
}

// A 429 is no failed attempt until no page has arrived for more than 30 seconds.
func TestFetchCountsA429OnlyWhereNoPageArrives(t *testing.T) {
	t.Parallel()
	for asked, fails := range map[string]bool{"30": false, "31": true} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
				switch requests++; requests {
				case 1:
					return respond(200, pageBody("a", "2"))
				case 2, 3:
					return respond(429, "", "Retry-After", asked)
				}
				return respond(200, pageBody("b", ""))
			})
			if ids, err := readAll(someCalls(t.Context(), client)); (statusCode(err) == 429) != fails || !fails && len(ids) != 2 {
				t.Errorf("second 429 after %s seconds without a page: calls %v, error %v", asked, ids, err)
			}
		})
	}
}

func TestFetchAlsoHoldsOtherReadsOfTheWorkspace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limited := false
		client := newFakeClient(Config{MaxRetries: 1}, func(*http.Request) (*http.Response, error) {
			if !limited {
				limited = true
				return respond(429, "", "Retry-After", "20")
			}
			return respond(200, pageBody("a", ""))
		})
		started := time.Now()
		first := make(chan error)
		go func() {
			_, err := readAll(someCalls(t.Context(), client))
			first <- err
		}()
		synctest.Wait()
		if _, err := readAll(someCalls(t.Context(), client)); err != nil {
			t.Error(err)
		}
		if d := time.Since(started); d < 20*time.Second || d > 21*time.Second {
			t.Errorf("another read was held for %s, want 20 s", d)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// What a caller cancels is no failure of the service.
func TestFetchThatIsCancelledHoldsNoOtherRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newFakeClient(Config{MaxRetries: 1}, func(req *http.Request) (*http.Response, error) {
			if strings.Contains(req.URL.Path, "/slow/") {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return respond(200, pageBody("a", ""))
		})
		interrupted := errors.New("interrupted")
		_, err := readAll(client.ChannelCalls(cancelAfter(t, 3*time.Second, interrupted), "w", "slow", CallsQuery{}))
		if !errors.Is(err, interrupted) {
			t.Errorf("error %v, want that of the context", err)
		}
		next := time.Now()
		if _, err := readAll(someCalls(t.Context(), client)); err != nil {
			t.Error(err)
		}
		wantElapsed(t, next, 0)
	})
}

func TestFetchWaitsEndWithTheContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	hang := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	hangInBody := func(req *http.Request) (*http.Response, error) {
		reader, writer := io.Pipe()
		context.AfterFunc(req.Context(), func() { writer.CloseWithError(req.Context().Err()) })
		return respondWith(200, io.MultiReader(strings.NewReader(`{"results":[`), reader))
	}
	always := func(status int, header ...string) roundTrip {
		return func(*http.Request) (*http.Response, error) { return respond(status, `{"code":"Busy"}`, header...) }
	}
	for name, test := range map[string]struct {
		respond  roundTrip
		deadline time.Duration // of the context, or
		cancel   time.Duration // when it is cancelled
		want     error
		after    time.Duration // so long, or at most so long where negative
		status   int           // of the attempt that the error reports
	}{
		"request, cancelled":              {hang, 0, 3 * time.Second, interrupted, 3 * time.Second, 0},
		"request, deadline":               {hang, 3 * time.Second, 0, context.DeadlineExceeded, 3 * time.Second, 0},
		"body, cancelled":                 {hangInBody, 0, 3 * time.Second, interrupted, 3 * time.Second, 0},
		"body, deadline":                  {hangInBody, 3 * time.Second, 0, context.DeadlineExceeded, 3 * time.Second, 0},
		"backoff, cancelled":              {always(503), 0, 20 * time.Second, interrupted, 20 * time.Second, 503},
		"backoff, deadline":               {always(503), 20 * time.Second, 0, ErrDeadline, -20 * time.Second, 503},
		"Retry-After, cancelled":          {always(503, "Retry-After", "3600"), 0, 3 * time.Second, interrupted, 3 * time.Second, 503},
		"Retry-After within the deadline": {always(503, "Retry-After", "4"), 11 * time.Second, 0, ErrDeadline, 8 * time.Second, 503},
		"Retry-After beyond the deadline": {always(503, "Retry-After", "60"), 59 * time.Second, 0, ErrDeadline, 0, 503},
		"the same of a 429":               {always(429, "Retry-After", "60"), 59 * time.Second, 0, ErrDeadline, 0, 429},
		"Retry-After of a 429, cancelled": {always(429, "Retry-After", "60"), 0, 3 * time.Second, interrupted, 3 * time.Second, 429},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ctx context.Context
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(t.Context(), test.deadline)
					defer cancel()
				} else {
					ctx = cancelAfter(t, test.cancel, interrupted)
				}
				var retried atomic.Bool
				client := newFakeClient(Config{MaxRetries: 1000, OnRetry: func(context.Context, Retry) { retried.Store(true) }}, test.respond)
				started := time.Now()
				_, err := readAll(someCalls(ctx, client))
				if retried.Load() != (test.status > 0) {
					t.Errorf("a retry was reported: %t, of an attempt with status %d", retried.Load(), test.status)
				}
				if !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				if took := time.Since(started); test.after >= 0 {
					wantElapsed(t, started, test.after)
				} else if took > -test.after {
					t.Errorf("%s passed, want %s at most", took, -test.after)
				}
				if status := statusCode(err); status != test.status {
					t.Errorf("error %v reports status %d, want %d", err, status, test.status)
				}
			})
		})
	}
}

func TestFetchCancelledBeforehandSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return respond(200, pageBody("a", ""))
	})
	if _, err := readAll(someCalls(ctx, client)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// manyPages responds with pages without an end, each after a second. A bubble
// ends only with its last goroutine, so that it also shows what is left over.
func manyPages(requests *atomic.Int32) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		n := requests.Add(1)
		select {
		case <-time.After(time.Second):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		return respond(200, fmt.Sprintf(`{"results":[{"id":"%d","createdAt":"2024-02-01T00:00:00Z"}],"nextPageToken":"%d"}`, n, n))
	}
}

func TestReadWindowEndsWithTheLoop(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]CallsQuery{
		"in sequence":  {},
		"side by side": {StartAt: someStart, EndAt: someNow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int32
				client := newFakeClient(Config{}, manyPages(&requests))
				pages := 0
				for _, err := range client.ChannelCalls(watchdog.Bounded(t.Context()), "w", "c", query) {
					if err != nil {
						t.Fatal(err)
					}
					if pages++; pages == 3 {
						break
					}
				}
				sent := requests.Load()
				time.Sleep(time.Minute)
				if more := requests.Load() - sent; more > 0 {
					t.Errorf("%d requests after the loop", more)
				}
			})
		})
	}
}

// All reads of a workspace share its rate; those of another do not.
func TestClientHasAThrottleForEachWorkspace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		at := make(map[string][]time.Duration)
		started := time.Now()
		client := newFakeClient(Config{RequestsPerSecond: 10, MaxRetries: 3}, func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			workspace := strings.Split(req.URL.Path, "/")[2]
			at[workspace] = append(at[workspace], time.Since(started))
			if workspace == "paused" && len(at[workspace]) == 1 {
				return respond(429, "", "Retry-After", "100")
			}
			return respond(200, pageBody("a", ""))
		})
		var reads sync.WaitGroup
		for i := range 60 {
			reads.Go(func() {
				if _, err := readAll(client.ChannelCalls(watchdog.Bounded(t.Context()), []string{"v", "w", "paused"}[i%3], fmt.Sprint(i), CallsQuery{})); err != nil {
					t.Error(err)
				}
			})
		}
		reads.Wait()
		for _, workspace := range []string{"v", "w"} {
			if most, last := busiest(at[workspace]), at[workspace][19]; most > 10 || last > 2100*time.Millisecond {
				t.Errorf("workspace %s: %d requests in a second, the last after %s", workspace, most, last)
			}
		}
		if paused := at["paused"]; len(paused) != 21 || paused[len(paused)-20] < 100*time.Second {
			t.Errorf("requests of the workspace that has to wait: %v", paused)
		}
	})
}

func TestCursorRefusesATokenThatComesTwice(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string]map[string]string{
		"at once": {"": "a", "a": "a"},
		"later":   {"": "a", "a": "b", "b": "c", "c": "a"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newFakeClient(Config{MaxRetries: 5}, func(req *http.Request) (*http.Response, error) {
					token := req.URL.Query().Get("pageToken")
					return respond(200, pageBody("call "+token, tokens[token]))
				})
				ids, err := readAll(someCalls(t.Context(), client))
				if _, ok := errors.AsType[*ResponseError](err); !ok || !strings.Contains(err.Error(), "token was repeated") {
					t.Errorf("error %v, want one of a token that was repeated", err)
				}
				if len(ids) != len(tokens)-1 {
					t.Errorf("%d calls before the error, want %d", len(ids), len(tokens)-1)
				}
			})
		})
	}
}
