package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"
)

// pageSize is the largest that the API allows.
const pageSize = 1000

// CallsQuery says which calls to read. Members that are zero do not restrict.
type CallsQuery struct {
	WorkspaceID string   // required
	ChannelID   string   // of the one channel; "" reads the calls log of the workspace
	ChannelIDs  []string // of the calls log
	Tags        []string // of the calls log
	StartAt     time.Time
	EndAt       time.Time
	Status      string
	Type        string
	Direction   string
	From        string
	To          string
}

// path gives the path of the list, relative to the base URL.
func (q CallsQuery) path() string {
	path := "workspaces/" + url.PathEscape(q.WorkspaceID) + "/channels/"
	if q.ChannelID != "" {
		path += url.PathEscape(q.ChannelID) + "/"
	}
	return path + "calls"
}

// values gives the query parameters of the page that token names.
func (q CallsQuery) values(token string) url.Values {
	values := url.Values{"limit": {strconv.Itoa(pageSize)}}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	setTime := func(name string, t time.Time) {
		if !t.IsZero() {
			values.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	setTime("startAt", q.StartAt)
	setTime("endAt", q.EndAt)
	set("status", q.Status)
	set("type", q.Type)
	set("direction", q.Direction)
	set("from", q.From)
	set("to", q.To)
	for _, id := range q.ChannelIDs {
		values.Add("channelId", id)
	}
	for _, tag := range q.Tags {
		values.Add("tag", tag)
	}
	set("pageToken", token)
	return values
}

// matches checks the filters whose meaning leaves no doubt, so that a server
// that passes over them cannot make the result wrong.
func (q CallsQuery) matches(call *Call) bool {
	is := func(want string, have *string) bool { return want == "" || have != nil && *have == want }
	inChannels := len(q.ChannelIDs) == 0 || call.ChannelID != nil && slices.Contains(q.ChannelIDs, *call.ChannelID)
	return is(q.Status, call.Status) && is(q.Direction, call.Direction) && inChannels
}

// Page is a part of the calls that a query asks for.
type Page struct {
	Calls    []Call        // those that no earlier page held
	Number   int           // of the page in the order of arrival, from 1
	Attempts int           // that it took
	Duration time.Duration // of all attempts, waits included
}

// Calls reads every call that the query asks for: each once, in no particular
// order. A sequence that ends without an error held all of them; an error is
// its last element. Errors are [*APIError], [*AnswerError], [*MemberError],
// [*ConnectionError], [ErrDeadline], or that of ctx, which ends every wait at
// once.
//
// A window with a start that needs many pages is divided by time and its parts
// are read side by side; see [progress.divide].
func (c *Client) Calls(ctx context.Context, query CallsQuery) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		group, ctx := errgroup.WithContext(ctx)
		arrived := make(chan Page)
		read := &reading{client: c, query: query, group: group, arrived: arrived}
		group.Go(func() error {
			return read.window(ctx, newProgress(window{start: query.StartAt, end: query.EndAt}, firstReach, 0))
		})

		var err error
		go func() {
			err = group.Wait()
			close(arrived)
		}()
		seen := make(map[string]struct{})
		number, wanted := 0, true
		for page := range arrived {
			if !wanted {
				continue // until the parts that were under way have ended
			}
			page.Calls = slices.DeleteFunc(page.Calls, func(call Call) bool {
				_, twice := seen[call.ID]
				if twice || !query.matches(&call) {
					return true
				}
				seen[call.ID] = struct{}{}
				return false
			})
			number++
			page.Number = number
			if wanted = yield(page, nil); !wanted {
				cancel()
			}
		}
		if wanted && err != nil {
			yield(Page{}, err)
		}
	}
}

// reading is one run of [Client.Calls].
type reading struct {
	client  *Client
	query   CallsQuery
	group   *errgroup.Group
	arrived chan<- Page
	open    atomic.Int32 // windows that are being read
}

// window reads a window to its end by its own page tokens, or divides it.
func (r *reading) window(ctx context.Context, p *progress) error {
	r.open.Add(1)
	defer r.open.Add(-1)
	for {
		if divided, err := r.divide(ctx, p); divided || err != nil {
			return err
		}
		if more, err := r.page(ctx, p); !more || err != nil {
			return err
		}
	}
}

// page reads the next page of a window and tells whether there are more.
func (r *reading) page(ctx context.Context, p *progress) (more bool, err error) {
	query := r.query
	query.StartAt, query.EndAt = p.start, p.end
	page, next, err := r.client.page(ctx, query, p.next)
	if err != nil {
		return false, err
	}
	p.add(page.Calls)
	select {
	case r.arrived <- page:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	if _, twice := p.tokens[next]; twice {
		return false, &AnswerError{Problem: "the page token came twice, so the pages would never end"}
	}
	p.tokens[next], p.next = struct{}{}, next
	return next != "", nil
}

// divide divides a window, of which some pages were read, where that is worth
// it. The parts read these pages again: that they hold all calls up to some
// time would rest on the order.
func (r *reading) divide(ctx context.Context, p *progress) (bool, error) {
	// Parts of a list without order are nearly even. While there are as many of
	// them as can be read at once, dividing them would only cost requests.
	if r.open.Load() >= maxInFlight && p.order() == mixed {
		return false, nil
	}
	d := p.divide(time.Now())
	if d == nil {
		return false, nil
	}
	if d.far != nil {
		far := newProgress(*d.far, 2*p.reach, 0)
		more, err := r.page(ctx, far)
		if err != nil {
			return false, err
		}
		if !d.confirm(p, far, more, time.Now()) {
			p.refuse(d, more)
			return false, nil
		}
		if more {
			r.group.Go(func() error { return r.window(ctx, far) })
		}
	}
	for _, part := range d.parts(time.Now()) {
		r.group.Go(func() error { return r.window(ctx, newProgress(part, firstReach, d.quiet)) })
	}
	return true, nil
}

// page reads one page, in as many attempts as it takes and is allowed.
//
// GET /workspaces/{workspaceId}/channels/{channelId}/calls and, for the calls
// log, GET /workspaces/{workspaceId}/channels/calls.
func (c *Client) page(ctx context.Context, query CallsQuery, token string) (Page, string, error) {
	// With a randomization factor of 1 a wait is anything from 0 to twice the
	// interval: full jitter.
	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval = 250 * time.Millisecond
	intervals.RandomizationFactor = 1
	intervals.Multiplier = 2
	intervals.MaxInterval = 15 * time.Second

	started := time.Now()
	var page Page
	var lastErr error
	result, err := backoff.Retry(ctx, func() (answer, error) {
		page.Attempts++
		result, err := c.attempt(ctx, query, token)
		if err == nil || ctx.Err() != nil {
			return result, err
		}
		lastErr = err
		return result, retryable(ctx, err)
	},
		backoff.WithBackOff(intervals),
		backoff.WithMaxTries(uint(max(c.config.MaxRetries, 0))+1),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			if c.config.OnRetry != nil {
				c.config.OnRetry(ctx, Retry{Attempt: page.Attempts, Wait: wait, Err: lastErr})
			}
		}),
	)
	switch {
	case err == nil:
		page.Calls, page.Duration = result.calls, time.Since(started)
		return page, result.next, nil
	case ctx.Err() != nil && lastErr != nil:
		return page, "", fmt.Errorf("%w; attempt %d had failed: %w", context.Cause(ctx), page.Attempts, lastErr)
	case ctx.Err() != nil:
		return page, "", context.Cause(ctx)
	case lastErr != nil && !errors.Is(err, ErrDeadline):
		err = lastErr // without the marks for the retry
	}
	if page.Attempts > 1 {
		err = fmt.Errorf("after %d attempts: %w", page.Attempts, err)
	}
	return page, "", err
}

// retryable marks an error of an attempt for [backoff.Retry].
func retryable(ctx context.Context, err error) error {
	var temporary interface{ temporary() bool }
	if !errors.As(err, &temporary) || !temporary.temporary() {
		return backoff.Permanent(err)
	}
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.RetryAfter > 0 {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < apiErr.RetryAfter {
			return backoff.Permanent(fmt.Errorf("waiting %s as the server asked: %w: %w", apiErr.RetryAfter, ErrDeadline, err))
		}
		return errors.Join(err, &backoff.RetryAfterError{Duration: apiErr.RetryAfter})
	}
	return err
}

// attempt asks for a page once.
func (c *Client) attempt(ctx context.Context, query CallsQuery, token string) (answer, error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return answer{}, err
	}
	defer leave()
	resp, err := c.do(ctx, query.path(), query.values(token))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests {
		apiErr := newAPIError(resp, c.config.Credential)
		c.gate.slowDown(apiErr.RetryAfter)
		return answer{}, apiErr
	}
	c.gate.speedUp()
	if resp.StatusCode != http.StatusOK {
		return answer{}, newAPIError(resp, c.config.Credential)
	}
	body := &bodyReader{body: resp.Body}
	result, err := decodeAnswer(body)
	if err == nil {
		return result, nil
	}
	_, isMember := errors.AsType[*MemberError](err)
	switch {
	case body.err != nil:
		return answer{}, c.newConnectionError(body.err)
	case body.size > maxAnswer:
		return answer{}, &AnswerError{Problem: fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20)}
	case isMember:
		return answer{}, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return answer{}, c.newConnectionError(errors.New("the answer breaks off"))
	}
	_, _ = io.CopyN(io.Discard, body, 4*maxExcerpt) // the decoder may have read a few bytes only
	answerErr := &AnswerError{
		// What the decoder says may name members of the answer.
		Problem: "the answer is not a list of calls in JSON: " + c.config.Credential.redact(err.Error()),
		Excerpt: excerpt(body.first, c.config.Credential),
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" || strings.HasPrefix(strings.TrimSpace(string(body.first)), "<") {
		// What the decoder has to say of HTML helps nobody.
		answerErr.Problem = "the answer is HTML where JSON should be; a proxy or a wrong base URL may be the cause"
	}
	return answer{}, answerErr
}

// bodyReader reads an answer's body up to maxAnswer, and keeps its first bytes
// and the error that is not its end.
type bodyReader struct {
	body  io.Reader
	first []byte
	size  int
	err   error
}

func (r *bodyReader) Read(p []byte) (int, error) {
	if r.size > maxAnswer {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	if room := 4*maxExcerpt - len(r.first); room > 0 {
		r.first = append(r.first, p[:min(n, room)]...)
	}
	r.size += n
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
