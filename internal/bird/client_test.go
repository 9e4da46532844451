package bird

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// newTestClient returns a client for a server on loopback.
func newTestClient(t *testing.T, baseURL string, credential Credential) *Client {
	t.Helper()
	base, err := ParseBaseURL(baseURL)
	if err != nil {
		t.Fatal(err)
	}
	client := New(Config{Credential: credential, BaseURL: base, UserAgent: "test/1.0 (+https://example.com)"})
	client.config.OnRetry = func(_ context.Context, retry Retry) {
		if retry.Attempt > client.config.MaxRetries {
			t.Errorf("attempt %d is retried: %v", retry.Attempt, retry.Err)
			runtime.Goexit() // the reader, which might never end
		}
	}
	t.Cleanup(client.Close)
	return client
}

// newHTTPServer starts a server that keeps its complaints to itself.
func newHTTPServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return server
}

func TestClientMakesRequestsAsTheAPIWantsThem(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []*http.Request
	server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, req)
		next := ""
		if req.URL.Query().Get("pageToken") == "" {
			next = "a+b/c&limit=1=="
		}
		_, _ = fmt.Fprintf(w, `{"results":[],"nextPageToken":%q}`, next)
	})
	server.Start()
	for name, test := range map[string]struct {
		prefix        string
		credential    Credential
		workspace     string
		channel       string
		query         CallsQuery
		path          string
		values        url.Values
		authorization string
	}{
		"least": {
			"", BearerToken("t0ken"), "w", "c", CallsQuery{},
			"/workspaces/w/channels/c/calls", url.Values{"limit": {"1000"}}, "Bearer t0ken",
		},
		"most": {
			"/prefix/v1/", AccessKey("k3y"), "a/b", "c?d#e%2Ff g",
			CallsQuery{
				EndAt:  time.Date(2024, 2, 28, 16, 54, 33, 241_000_100, time.UTC),
				Status: "no-answer", Type: "pstn", Direction: "incoming", From: "+31 97&", To: "client:é",
			},
			"/prefix/v1/workspaces/a%2Fb/channels/c%3Fd%23e%252Ff%20g/calls",
			url.Values{
				"limit": {"1000"}, "endAt": {"2024-02-28T16:54:33.2410001Z"},
				"status": {"no-answer"}, "type": {"pstn"}, "direction": {"incoming"}, "from": {"+31 97&"}, "to": {"client:é"},
			},
			"AccessKey k3y",
		},
		"window in another zone": {
			"/p%2Fq", BearerToken("t0ken"), "w", "c",
			CallsQuery{
				StartAt: time.Date(2024, 2, 28, 0, 30, 0, 5e8, time.FixedZone("", 2*3600)),
				EndAt:   time.Date(2024, 2, 28, 0, 30, 1, 0, time.FixedZone("", -3600)),
			},
			"/p%2Fq/workspaces/w/channels/c/calls",
			url.Values{"limit": {"1000"}, "startAt": {"2024-02-27T22:30:00.5Z"}, "endAt": {"2024-02-28T01:30:01Z"}}, "Bearer t0ken",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			client := newTestClient(t, server.URL+test.prefix, test.credential)
			if _, err := readAll(client.ChannelCalls(t.Context(), test.workspace, test.channel, test.query)); err != nil || len(got) != 2 {
				t.Fatalf("%d requests, error %v, want one for each page", len(got), err)
			}
			for i, req := range got {
				if i == 1 {
					test.values.Set("pageToken", "a+b/c&limit=1==")
				}
				if diff := gocmp.Diff(test.values, req.URL.Query()); diff != "" {
					t.Errorf("query of request %d (-want +got):\n%s", i+1, diff)
				}
				if strings.ContainsAny(req.URL.RawQuery, ": /") {
					t.Errorf("query %s is not percent-encoded", req.URL.RawQuery)
				}
				if req.Method != "GET" || req.URL.EscapedPath() != test.path {
					t.Errorf("request %s %s, want GET %s", req.Method, req.URL.EscapedPath(), test.path)
				}
				want := http.Header{
					"Authorization":   {test.authorization},
					"Accept":          {"application/json"},
					"User-Agent":      {"test/1.0 (+https://example.com)"},
					"Accept-Encoding": {"gzip"},
				}
				if diff := gocmp.Diff(want, req.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestClientWithoutABaseURLReadsFromBird(t *testing.T) {
	t.Parallel()
	client := newFakeClient(Config{}, func(req *http.Request) (*http.Response, error) {
		if got := req.URL.String(); got != "https://api.bird.com/workspaces/w/channels/c/calls?limit=1000" {
			t.Errorf("requested %s", got)
		}
		return respond(200, pageBody("a", ""))
	})
	if _, err := readAll(someCalls(t.Context(), client)); err != nil {
		t.Error(err)
	}
}

func TestClientRefusesRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := newHTTPServer(t, func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("the other server got a request, with Authorization %q", req.Header.Get("Authorization"))
	})
	elsewhere.Start()
	for _, want := range []int{301, 302, 303, 307, 308} {
		for name, location := range map[string]string{"another server": elsewhere.URL + "/", "the same server": "/other", "no URL": "http://[%zz"} {
			t.Run(fmt.Sprint(want, " to ", name), func(t *testing.T) {
				t.Parallel()
				server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
					if req.URL.Path == "/other" {
						t.Error("the redirect was followed")
					}
					w.Header().Set("Location", location)
					w.WriteHeader(want)
				})
				server.Start()
				client := newTestClient(t, server.URL, BearerToken(secret))
				client.config.MaxRetries = 5 // that change nothing
				_, err := readAll(someCalls(t.Context(), client))
				if got := statusCode(err); got != want || strings.Contains(err.Error(), "attempts") {
					t.Errorf("error %v, want status %d at once", err, want)
				}
			})
		}
	}
}

func TestParseBaseURLAcceptsOnlyWhatMayHaveTheCredential(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://api.bird.com", "https://api.bird.com/", "HTTPS://api.bird.com:8443/prefix/v1", "https://10.0.0.1", "https://api.bird.com:65535", "https://xn--80ak6aa92e.example",
		"http://localhost:8080", "http://LOCALHOST", "http://127.0.0.1:1234/prefix", "http://127.8.9.10", "http://[::1]:80", "http://[::ffff:127.0.0.1]",
	} {
		if u, err := ParseBaseURL(good); err != nil || !strings.EqualFold(u.String(), good) {
			t.Errorf("ParseBaseURL(%q) = %v, %v, want it", good, u, err)
		}
	}
	const password = "hunter2"
	for bad, want := range map[string]string{
		"https://api.bird.com:65536":          "port must be from 1 to 65535",
		"https://api.bird.com:0":              "port must be from 1 to 65535",
		"http://localhost:99999999999":        "port must be from 1 to 65535",
		"https://\u0430pi.bird.com":           "outside ASCII", // a Cyrillic a
		"https://%D0%B0pi.bird.com":           "outside ASCII",
		"https://api\u0080.bird.com":          "outside ASCII",
		"http://api.bird.com":                 "must be https",
		"http://10.0.0.1":                     "must be https",
		"http://0.0.0.0":                      "must be https",
		"http://localhost.evil.example":       "must be https",
		"http://evillocalhost":                "must be https",
		"http://localhost.":                   "must be https",
		"http://evil.localhost":               "must be https",
		"http://169.254.169.254":              "must be https", // link-local
		"http://[fe80::1]":                    "must be https",
		"http://[fe80::1%25lo]":               "must be https",
		"http://[::]":                         "must be https",
		"http://[::ffff:10.0.0.1]":            "must be https",
		"http://[::ffff:0.0.0.0]":             "must be https",
		"http://128.0.0.1":                    "must be https",
		"http://2130706433":                   "must be https", // 127.0.0.1 to some
		"http://0x7f000001":                   "must be https",
		"http://127.0.0.1.evil.example":       "must be https",
		"http://[2001:db8::1]":                "must be https",
		"ftp://api.bird.com":                  "must be https",
		"//api.bird.com":                      "must be https",
		"https://user@api.bird.com":           "user name",
		"https://u:" + password + "@bird.com": "user name",
		"http://u:" + password + "@localhost": "user name",
		"https://@api.bird.com":               "user name",
		"https://api.bird.com?k=" + password:  "query",
		"https://api.bird.com?":               "query",
		"https://api.bird.com/#" + password:   "fragment",
		"":                                    "must begin with https://",
		"/prefix":                             "must begin with https://",
		"api.bird.com":                        "must begin with https://",
		"127.0.0.1:8080":                      "must begin with https://",
		"localhost:8080":                      "must begin with https://",
		"https:///prefix":                     "absolute",
		"https://:443":                        "absolute",
		"mailto:" + password + "@bird.com":    "must begin with https://",
		"https://api.bird.com:" + password:    "not a URL",
		"https://" + password + "%zz":         "not a URL",
		"https://api.bird.com/\n" + password:  "not a URL",
	} {
		u, err := ParseBaseURL(bad)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseBaseURL(%q) = %v, %v, want an error with %q", bad, u, err, want)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("the error %q repeats the URL", err)
		}
	}
}

// A response that is no list of calls is an error that shows what it is.
func TestClientShowsWhatIsNoListOfCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ contentType, body, want string }{
		"HTML":                              {"application/json", " <!doctype html><title>Sign in</title>Hello\n  there", `the response is HTML where JSON should be; a proxy or a wrong base URL may be the cause; it says "Sign in Hello there"`},
		"HTML that shows nothing":           {"", " <!doctype html>", `the response is HTML where JSON should be; a proxy or a wrong base URL may be the cause; ` + bodyNoText},
		"HTML by type alone":                {"text/html", "Hello there", `the response is not a list in JSON: its JSON is invalid, at byte 0; ` + bodyOther},
		"other JSON":                        {"application/json", `{"data":[]}`, `the response is not a list in JSON: it has no field results; ` + bodyJSON},
		"an array of calls":                 {"", "\uFEFF [{\"from\":\"31970001234567\"}]", "its JSON is invalid, at byte 0; " + bodyJSON},
		"text of JSON":                      {"", `"31970001234567"`, "it is not a JSON object; " + bodyJSON},
		"empty":                             {"application/json", "", "the response is not a list in JSON: it has no JSON; the body is empty"},
		"white space":                       {"application/json", " \n", "the response is not a list in JSON: it has no JSON; the body is empty"},
		"a field named like the credential": {"", `{"` + secret + `":1,"` + secret + `":2}`, `: a name is twice in an object, at byte 29; ` + bodyJSON},
		"a field named like a person":       {"", `{"results":[{"id":"a","Ann Bee":1,"Ann Bee":2}]}`, `: a name is twice in an object, at byte 34; ` + bodyJSON},
		"a nested field":                    {"", `{"results":[{"id":"a","Ann Bee":{"x":}}]}`, `: its JSON is invalid, at byte 37; ` + bodyJSON},
		"a token that is a list":            {"", `{"results":[],"nextPageToken":["Ann Bee"]}`, `: its field nextPageToken is not a string; ` + bodyJSON},
		"no UTF-8":                          {"", "{\"results\":[{\"Ann Bee\":{\"x\":\"\xff\"}}]}", `: its text is not UTF-8, at byte 29; ` + bodyJSON},
		"broken among calls":                {"application/json", `{"results":[{"id":"a","from":"31970001234567","to":"\ud800"}]}`, `: its JSON is invalid, at byte 52; ` + bodyJSON},
		"with the credential":               {"", "<p>you are " + secret, `; it says "you are [redacted]"`},
		"with a number and an escape":       {"", "<p>from 31970001234567\x1b[J", `; it says "from [number]\\x1b[J"`},
		"long":                              {"", "<p>x" + strings.Repeat("é", 5000), strings.Repeat("é", 99) + `…"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newFakeClient(Config{Credential: BearerToken(secret)}, func(*http.Request) (*http.Response, error) {
				return respond(200, test.body, "Content-Type", test.contentType)
			})
			_, err := readAll(someCalls(t.Context(), client))
			if _, ok := errors.AsType[*ResponseError](err); !ok || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("error %v, want an ResponseError that ends with %s", err, test.want)
			}
		})
	}
}

// A response that names an error is that error, whatever its status.
func TestClientReportsErrorsInAResponseWithStatus200(t *testing.T) {
	t.Parallel()
	const list = `"results":[{"id":"a"}]`
	for body, want := range map[string]string{
		`{"errors":[{"code":21,"description":"no","parameter":"startAt"}]}`: "status 200 OK, code 21; startAt: no (request id r7)",
		`{"error":{"type":"t","message":"no"}}`:                             "status 200 OK, code t: no (request id r7)",
		`{"error":"no"}`:                                                    "status 200 OK: no (request id r7)",
		`{"code":"c","message":"no","details":{"from":["bad"]}}`:            "status 200 OK, code c: no; from: bad (request id r7)",
		`{"message":"no ` + secret + `, +49 151 234 56789"}`:                "status 200 OK: no [redacted], +[number] (request id r7)",
		// A list beside an error may not be whole.
		`{` + list + `,"errors":[{"description":"a shard is down"}]}`: "status 200 OK; a shard is down (request id r7)",
		`{"error":{"message":"a shard is down"},` + list + `}`:        "status 200 OK: a shard is down (request id r7)",
		`{"results":null,"errors":["no"]}`:                            "status 200 OK; no (request id r7)",
		// No error.
		`{` + list + `,"errors":[]}`: "", `{` + list + `,"errors":null,"error":null}`: "", `{` + list + `,"error":"","code":200,"message":"OK"}`: "", `{` + list + `,"error":{}}`: "",
		`{"errors":[]}`: "the response is not a list in JSON: it has no field results; " + bodyJSON,
	} {
		attempts := 0
		client := newFakeClient(Config{Credential: BearerToken(secret), MaxRetries: 3}, func(*http.Request) (*http.Response, error) {
			attempts++
			return respond(200, body, "X-Request-Id", "r7")
		})
		ids, err := readAll(someCalls(t.Context(), client))
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && (err != nil || len(ids) != 1) {
			t.Errorf("%s: %d calls, error %s, want %s", body, len(ids), got, want)
		}
		if attempts != 1 {
			t.Errorf("%s: %d attempts", body, attempts)
		}
	}
}

// A redirect is refused, wherever it leads.
func TestClientRefusesEveryRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{"", "/", "https://example.com/", "http://[::1/%zz", "%", "://", "http://example.com:port/", "\x7f"} {
			attempts := 0
			client := newFakeClient(Config{MaxRetries: 3}, func(*http.Request) (*http.Response, error) {
				attempts++
				return respond(status, "", "Location", location)
			})
			_, err := readAll(someCalls(t.Context(), client))
			if e, ok := errors.AsType[*APIError](err); !ok || e.StatusCode != status || attempts != 1 {
				t.Errorf("status %d to %q: error %v after %d attempts", status, location, err, attempts)
			}
		}
	}
}

// Wherever the reading of a body stops, no part of the credential is shown.
func TestClientExcerptHoldsNoPartOfTheCredential(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("L0ngT0ken.", 150)
	for _, token := range []string{secret, long} {
		for _, status := range []int{200, 404} {
			for _, before := range []string{"x", " "} {
				for _, n := range []int{0, 1, 30, 50, 60, 63, 150, 190, 199, maxBeginning - 40, maxBeginning - 20, maxBeginning - 10, maxBeginning - 3, maxErrorBody - 10} {
					client := newFakeClient(Config{Credential: BearerToken(token)}, func(*http.Request) (*http.Response, error) {
						return respond(status, "<p>"+strings.Repeat(before, n)+token+" and "+token)
					})
					_, err := readAll(someCalls(t.Context(), client))
					if err == nil || strings.Contains(err.Error(), token[:6]) {
						t.Errorf("status %d, %d times %q: error %v", status, n, before, err)
					}
				}
			}
		}
	}
}

// padding is JSON for the elements of an array after the first, which is quick to
// skip.
var padding = strings.Repeat(`,"`+strings.Repeat("x", 1000)+`"`, 100)

func TestClientRefusesAResponseOver64MiBAsItArrives(t *testing.T) {
	t.Parallel()
	body := &endless{text: padding}
	client := newFakeClient(Config{MaxRetries: 3}, func(*http.Request) (*http.Response, error) {
		return respondWith(200, io.MultiReader(strings.NewReader(`{"results":[{"id":"a"}],"padding":[0`), body))
	})
	_, err := readAll(someCalls(t.Context(), client))
	if _, ok := errors.AsType[*ResponseError](err); !ok || err.Error() != "the response is larger than 64 MiB" {
		t.Errorf("error %v, want one of a response over 64 MiB", err)
	}
	if body.read < 64<<20-100 || body.read > 65<<20 {
		t.Errorf("%d bytes were read, want little more than 64 MiB, once", body.read)
	}
}

func TestClientReadsAResponseOf64MiB(t *testing.T) {
	t.Parallel()
	const begin, end = `{"results":[{"id":"a"}],"padding":[0`, `]}`
	left := 64<<20 - len(begin) - len(end)
	client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
		filler := io.LimitReader(&endless{text: padding}, int64(left-left%len(padding)))
		return respondWith(200, io.MultiReader(strings.NewReader(begin), filler, strings.NewReader(strings.Repeat(" ", left%len(padding))+end)))
	})
	if ids, err := readAll(someCalls(t.Context(), client)); err != nil || len(ids) != 1 {
		t.Errorf("calls %v, error %v", ids, err)
	}
}

// newTLSServer starts a server with a certificate that nobody trusts.
func newTLSServer(t *testing.T, config *tls.Config) *httptest.Server {
	server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		t.Errorf("a request arrived, with Authorization %q", req.Header.Get("Authorization"))
	})
	server.TLS = config
	server.StartTLS()
	return server
}

func TestClientRefusesConnectionsThatCannotBeTrustedAtOnce(t *testing.T) {
	t.Parallel()
	plain := newHTTPServer(t, func(http.ResponseWriter, *http.Request) {})
	plain.Start()
	shell := listen(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-server\r\n") })
	for name, test := range map[string]struct {
		url, want string
		retries   int // that change nothing
	}{
		"TLS 1.1":             {newTLSServer(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).URL, "protocol version not supported", 0},
		"unknown certificate": {newTLSServer(t, nil).URL, "certificate", 5},
		"HTTP for HTTPS":      {strings.Replace(plain.URL, "http:", "https:", 1), "HTTP response to HTTPS client", 5},
		"SSH":                 {"https://" + shell, "does not look like a TLS handshake", 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newTestClient(t, test.url, BearerToken(secret))
			client.config.MaxRetries = test.retries
			_, err := readAll(someCalls(t.Context(), client))
			connectionErr, ok := errors.AsType[*ConnectionError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "attempts") {
				t.Fatalf("error %v, want one with %q after one attempt", err, test.want)
			}
			if base, _ := url.Parse(test.url); connectionErr.Host != base.Host {
				t.Errorf("the error names host %s", connectionErr.Host)
			}
		})
	}
}

// Lists are large, so they travel compressed. Errors may, too.
func TestClientReadsCompressedResponses(t *testing.T) {
	t.Parallel()
	server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		if !strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
			t.Errorf("Accept-Encoding is %q, want gzip", req.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		body := pageBody("a", "2")
		if req.URL.Query().Has("pageToken") {
			w.WriteHeader(http.StatusForbidden)
			body = `{"code":"Forbidden"}`
		}
		compressed := gzip.NewWriter(w)
		_, _ = io.WriteString(compressed, body)
		_ = compressed.Close()
	})
	server.Start()
	ids, err := readAll(someCalls(t.Context(), newTestClient(t, server.URL, BearerToken(secret))))
	apiErr, ok := errors.AsType[*APIError](err)
	if len(ids) != 1 || ids[0] != "a" || !ok || apiErr.Code != "Forbidden" {
		t.Errorf("calls %v, error %v, want the call a and the error Forbidden", ids, err)
	}
}

func TestConnectionErrorWrapsItsCause(t *testing.T) {
	t.Parallel()
	cause := &net.OpError{Op: "dial", Err: os.ErrPermission}
	synctest.Test(t, func(t *testing.T) {
		_, err := readAll(someCalls(t.Context(), newFakeClient(Config{}, func(*http.Request) (*http.Response, error) { return nil, cause })))
		if got, ok := errors.AsType[*net.OpError](err); !ok || got != cause || !errors.Is(err, os.ErrPermission) {
			t.Errorf("error %v does not wrap %v", err, cause)
		}
	})
}

// The errors of connections leave out the URL: its filters hold phone numbers.
func TestClientConnectionErrorsHoldNoFilter(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	query := CallsQuery{From: "31970001234567"}
	_, err = readAll(newTestClient(t, "http://"+listener.Addr().String(), BearerToken(secret)).ChannelCalls(t.Context(), "w", "c", query))
	if err == nil || strings.Contains(err.Error(), query.From) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v, want a refused connection without the number", err)
	}
}

// What responds may not be an HTTP server, and may send back what it received.
func TestClientConnectionErrorsDoNotHoldTheCredential(t *testing.T) {
	t.Parallel()
	host := listen(t, func(conn net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", req.Header.Get("Authorization"))
		}
	})
	client := newTestClient(t, "http://"+host, BearerToken(secret))
	client.config.MaxRetries = 0
	_, err := readAll(someCalls(t.Context(), client))
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "Bearer [redacted]") {
		t.Errorf("error %v, want one that quotes the response without the credential", err)
	}
}
