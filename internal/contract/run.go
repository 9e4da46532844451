package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

const userAgent = "terraform-provider-bird/contract"

// attemptTimeout is the time limit for one request and its response.
const attemptTimeout = time.Minute

// run is one run: what it has read and found so far.
type run struct {
	Service
	ctx      context.Context //nolint:containedctx // of the run, which is all there is to it
	budget   *budget
	findings []Finding

	known    map[string]*call // every call that came, by id
	bodies   [][]byte         // of every page that came
	envelope tally            // fields beside results and nextPageToken
	totals   []total          // of the lists that were read to their end

	limit    int    // calls that a page is asked for
	refused  int    // the status of the refusal of a limit of 1000, or 0
	sample   []page // of the list without bounds, in its order; nil if it cannot be read
	pageSize int    // the most calls in a page of the sample
	sorted   bool   // the sample is in the order of some time

	start, end  time.Time               // the window that later checks ask for
	within      []*call                 // its calls, by time of creation
	noWindow    string                  // why there is none, or ""
	loose       bool                    // some of them lie outside of it
	early, late int                     // calls outside of a window that was too large
	compared    map[string][]assumption // what the bounds can be compared with, by their names
}

func newRun(ctx context.Context, s Service, end context.CancelFunc) *run {
	if s.transport == nil {
		s.transport = bird.NewTransport()
	}
	return &run{
		Service: s, ctx: ctx, limit: 1000,
		budget:   &budget{next: s.transport, limiter: rate.NewLimiter(s.perSecond, 1), end: end, headers: make(map[string]bool)},
		known:    make(map[string]*call),
		envelope: make(tally),
		compared: make(map[string][]assumption),
	}
}

// clientConfig returns the configuration of a client of the provider that sends its
// requests through a transport.
func (r *run) clientConfig(transport http.RoundTripper) bird.Config {
	return bird.Config{Credential: r.credential, BaseURL: r.baseURL, UserAgent: userAgent, Transport: transport}
}

// What a check may need.

func needsList(r *run) string {
	if r.sample == nil {
		return "the list cannot be read"
	}
	return ""
}

func needsCalls(r *run) string {
	if len(r.known) == 0 {
		return "there are no calls"
	}
	return ""
}

func needsWindow(r *run) string {
	switch {
	case r.sample == nil:
		return "the list cannot be read"
	case r.noWindow != "":
		return r.noWindow
	case len(r.within) == 0:
		return "the window has no calls"
	}
	return ""
}

// statusError is a response that is not a list.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// response is a response in whole.
type response struct {
	status int
	body   []byte
}

// get sends a request, up to three times if the failure is transient. Its errors
// hold no part of the response or of the URL.
func (r *run) get(authorization, path string, query url.Values) (response, error) {
	for attempt := 1; ; attempt++ {
		result, wait, err := r.attempt(authorization, path, query)
		transient := err != nil || result.status == http.StatusTooManyRequests || result.status >= 500
		switch {
		case r.budget.left() == 0 && r.ctx.Err() != nil:
			return response{}, errNoRequestsLeft
		case r.ctx.Err() != nil:
			return response{}, errors.New("the run was interrupted")
		case !transient || attempt == 3:
			return result, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			timer.Stop()
		}
	}
}

// attempt sends a request once. It returns how long to wait before the next one.
func (r *run) attempt(authorization, path string, query url.Values) (result response, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(r.ctx, attemptTimeout)
	defer cancel()
	u := r.baseURL.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return result, 0, errors.New("the request cannot be made")
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	wait = time.Second
	resp, err := r.budget.RoundTrip(req)
	if err != nil {
		return result, wait, errors.New("no response")
	}
	defer resp.Body.Close()
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		wait = time.Duration(min(max(seconds, 0), 30)) * time.Second
	}
	result.status = resp.StatusCode
	if result.body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20)); err != nil {
		return result, wait, errors.New("no whole response")
	}
	return result, wait, nil
}

// page is a page of calls as it came.
type page struct {
	query url.Values // that it came for
	calls []*call
	next  string
	total float64 // that its envelope claims; -1 for none
}

// page requests a page.
func (r *run) page(path string, query url.Values) (page, error) {
	query = maps.Clone(query)
	query.Set("limit", strconv.Itoa(r.limit))
	resp, err := r.get(r.authorization, path, query)
	if err != nil {
		return page{}, err
	}
	if resp.status != http.StatusOK {
		return page{}, statusError(resp.status)
	}
	var object map[string]any
	if json.Unmarshal(resp.body, &object) != nil {
		return page{}, errors.New("the response is not a JSON object")
	}
	results, ok := object["results"].([]any)
	if !ok {
		return page{}, errors.New("the response has no list named results")
	}
	r.bodies = append(r.bodies, resp.body)
	for name := range object {
		if name != "results" && name != "nextPageToken" {
			r.envelope[fieldName(name)]++
		}
	}
	p := page{query: query, next: textAt(object, "nextPageToken"), total: -1}
	if n, ok := object["total"].(float64); ok {
		p.total = n
	}
	for _, element := range results {
		fields, _ := element.(map[string]any)
		c := newCall(fields)
		p.calls = append(p.calls, c)
		r.known[c.id] = c
	}
	return p, nil
}

// read reads a list to its end, or so many pages of it. Each call is returned
// once.
func (r *run) read(path string, query url.Values, pages int) (calls []*call, complete bool, err error) {
	query = maps.Clone(query)
	tokens := make(map[string]bool)
	var read []page
	for range pages {
		p, err := r.page(path, query)
		if err != nil {
			return nil, false, err
		}
		read = append(read, p)
		if p.next == "" {
			calls = distinct(read)
			r.noteTotal(p.total, len(calls))
			return calls, true, nil
		}
		if tokens[p.next] {
			return nil, false, errors.New("a page token came twice")
		}
		tokens[p.next] = true
		query.Set("pageToken", p.next)
	}
	return distinct(read), false, nil
}

// distinct returns each call of the pages once.
func distinct(pages []page) (calls []*call) {
	seen := make(map[string]bool)
	for _, p := range pages {
		for _, c := range p.calls {
			if !seen[c.id] {
				seen[c.id] = true
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// windowQuery asks for the calls between two times, and for what the names and
// values by turns say.
func windowQuery(start, end time.Time, pairs ...string) url.Values {
	query := url.Values{"startAt": {start.UTC().Format(time.RFC3339Nano)}, "endAt": {end.UTC().Format(time.RFC3339Nano)}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return query
}

// readWindow reads a window of the channel that should be no larger than that of
// the run.
func (r *run) readWindow(start, end time.Time, pairs ...string) ([]*call, error) {
	calls, _, err := r.read(r.channelPath(r.channelID), windowQuery(start, end, pairs...), 3)
	return calls, err
}
