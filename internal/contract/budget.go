package contract

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// MaxRequests is how many requests a run makes at most.
const MaxRequests = 60

var errNoRequestsLeft = errors.New("no requests are left")

// budget is a transport that counts the requests of a run, paces them, and ends
// the run instead of sending one too many.
type budget struct {
	next    http.RoundTripper
	limiter *rate.Limiter
	end     context.CancelFunc // of the run

	mu        sync.Mutex
	requests  int
	throttled int             // responses of status 429
	headers   map[string]bool // the names of those of all responses
	small     *smallPages     // nil for pages of the size that was asked for
}

// smallPages makes the pages of a read small, and counts the windows that it
// consists of.
type smallPages struct {
	size    int
	windows map[string]bool // by startAt
}

// shortWindow is longer than the windows that the client asks for to find out
// whether a read can be divided.
const shortWindow = 10 * time.Second

func (b *budget) RoundTrip(req *http.Request) (*http.Response, error) {
	req, err := b.take(req)
	if err != nil {
		return nil, err
	}
	if err := b.limiter.Wait(req.Context()); err != nil {
		return nil, err
	}
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if resp.StatusCode == http.StatusTooManyRequests {
		b.throttled++
	}
	for name := range resp.Header {
		b.headers[name] = true
	}
	return resp, nil
}

// take counts a request, and returns it as it is sent.
func (b *budget) take(req *http.Request) (*http.Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.requests == MaxRequests {
		b.end()
		return nil, errNoRequestsLeft
	}
	b.requests++
	if b.small == nil {
		return req, nil
	}
	query := req.URL.Query()
	start, _ := time.Parse(time.RFC3339Nano, query.Get("startAt"))
	end, _ := time.Parse(time.RFC3339Nano, query.Get("endAt"))
	if end.Sub(start) > shortWindow {
		b.small.windows[query.Get("startAt")] = true
	}
	query.Set("limit", strconv.Itoa(b.small.size))
	req = req.Clone(req.Context())
	req.URL.RawQuery = query.Encode()
	return req, nil
}

func (b *budget) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}

// responses returns the names of the headers of all responses, and how many were of
// status 429.
func (b *budget) responses() (headers []string, throttled int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.headers)), b.throttled
}

func (b *budget) left() int { return MaxRequests - b.count() }

// withSmallPages calls read while each page has at most size calls. It returns how
// many windows and requests that took.
func (b *budget) withSmallPages(size int, read func()) (windows, requests int) {
	small := &smallPages{size, make(map[string]bool)}
	set := func(pages *smallPages) int {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.small = pages
		return b.requests
	}
	before := set(small)
	read()
	after := set(nil)
	return len(small.windows), after - before
}
