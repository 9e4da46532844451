package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

const (
	// The wait before a retry is random, up to a bound that doubles with each
	// failure (full jitter).
	firstRetryWait = 500 * time.Millisecond
	maxRetryWait   = 15 * time.Second

	// A 429 counts as a failure only if no page of the workspace has arrived for
	// this long.
	patience = 30 * time.Second

	// A refused connection is retried for this long if no response has ever come
	// from the host: its program may be starting, or base_url may be wrong.
	refusedPatience = 5 * time.Second
)

const (
	// pageSize is the largest page that the API allows, as its documentation of
	// calls says. Its general page about lists says smallPageSize.
	pageSize      = 1000
	smallPageSize = 100
)

// Page is a part of the list that a query selects.
type Page[T any] struct {
	Items    []T           // those that are in no earlier page
	Repeats  []Repeat[T]   // the others; they may have changed since
	Total    int           // elements of the list, as the service counts them; 0 if it does not say
	Attempts int           // to read the page
	Duration time.Duration // of all attempts, including waits

	// ByUpdate is true for one page of a read of several whose elements come in the
	// order of their last update, not of their creation: such a list skips elements
	// that are updated while it is read.
	ByUpdate bool
}

// Repeat is an element that was listed before.
type Repeat[T any] struct {
	Of   int // the number of that element in the order of arrival, from 0
	Item T
}

// list is a list of the API: an endpoint with a query.
type list[T any] struct {
	client   *Client
	throttle *throttle.Throttle
	path     string
	values   url.Values // without the page token and the limit
	limit    int        // elements in a page; 0 before the first page
}

// cursor is a position in a list that is read by its page tokens.
type cursor[T any] struct {
	list[T]
	next   string              // page token
	tokens map[string]struct{} // seen so far
	done   bool
}

// nextPage reads the next page.
func (c *cursor[T]) nextPage(ctx context.Context) (Page[T], error) {
	var page Page[T]
	var next string
	var err error
	if c.limit == 0 {
		page, next, err = c.firstPage(ctx)
	} else {
		page, next, err = c.fetch(ctx, c.next)
	}
	if err != nil {
		return page, err
	}
	if c.tokens == nil {
		c.tokens = make(map[string]struct{})
	}
	if _, twice := c.tokens[next]; twice {
		return page, &ResponseError{Problem: "the page token was repeated, so the pages would never end"}
	}
	c.tokens[next], c.next, c.done = struct{}{}, next, next == ""
	return page, nil
}

// firstPage reads the first page, and sets the limit for the pages that follow. If
// the service may have refused the limit, it asks once more with a small one.
func (c *cursor[T]) firstPage(ctx context.Context) (Page[T], string, error) {
	started := time.Now()
	c.limit = c.client.limit(c.path)
	page, next, err := c.fetch(ctx, "")
	if c.limit == smallPageSize || !mayBeAboutLimit(err) {
		return page, next, err
	}
	c.limit = smallPageSize
	if c.client.config.OnRetry != nil {
		c.client.config.OnRetry(ctx, Retry{Attempt: page.Attempts, Err: fmt.Errorf("%w; the next attempt asks for %d in a page", err, c.limit)})
	}
	small, next, smallErr := c.fetch(ctx, "")
	if mayBeAboutLimit(smallErr) {
		return page, "", err // it is about something else
	}
	if smallErr == nil {
		c.client.setLimit(c.path, smallPageSize)
	}
	small.Attempts += page.Attempts
	small.Duration = time.Since(started)
	return small, next, smallErr
}

// mayBeAboutLimit reports whether an error may be that the limit is too large.
// Which words say so is not documented.
func mayBeAboutLimit(err error) bool {
	status := statusCode(err)
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// pages reads the list page by page.
func (l list[T]) pages(ctx context.Context) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		c := cursor[T]{list: l}
		for !c.done {
			page, err := c.nextPage(ctx)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// fetch reads the page of a token, with retries. It returns the token of the next
// page, or "" at the end.
//
// A request with a 429 was not processed and says nothing about the page, so it
// counts as a failed attempt only if no page of the workspace has arrived for a
// while.
//
// A page token may work only once. If a response to it was lost, an empty last page
// may mean that the service has no more to say to this token, so it is an error.
func (l list[T]) fetch(ctx context.Context, token string) (Page[T], string, error) {
	started := time.Now()
	var page Page[T]
	var last error // of the previous attempt
	lost := false  // a response
	for failures := 0; ; {
		page.Attempts++
		got, err := l.attempt(ctx, token)
		lost = lost || got.resent
		if err == nil && token != "" && len(got.items) == 0 && got.next == "" && lost {
			err = ErrLostResponse
		}
		if err == nil {
			page.Items, page.Total, page.Duration = got.items, got.total, time.Since(started)
			return page, got.next, nil
		}
		lost = lost || mayBeLost(err)
		if ctx.Err() != nil || errors.Is(err, ErrDeadline) {
			return page, "", interrupted(ctx, err, last)
		}
		wait := time.Duration(0)
		if statusCode(err) != http.StatusTooManyRequests || l.throttle.SinceSuccess() > patience {
			wait = rand.N(min(firstRetryWait<<min(failures, 10), maxRetryWait)) // full jitter
			failures++
		}
		wait = max(wait, l.throttle.PauseLeft())
		soon := time.Since(started)+wait <= refusedPatience
		if !transient(err) || failures > l.client.config.MaxRetries || refused(err) && !soon {
			if page.Attempts > 1 {
				err = fmt.Errorf("after %d attempts: %w", page.Attempts, err)
			}
			return page, "", err
		}
		last = err
		if l.client.config.OnRetry != nil {
			l.client.config.OnRetry(ctx, Retry{Attempt: page.Attempts, Wait: wait, Err: err})
		}
		if err := throttle.Sleep(ctx, wait); err != nil {
			return page, "", interrupted(ctx, err, last)
		}
	}
}

// interrupted returns the error of a fetch that its context or deadline ends.
func interrupted(ctx context.Context, err, last error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if last != nil {
		err = fmt.Errorf("%w; the last attempt failed: %w", err, last)
	}
	return err
}

// attempt requests a page once. With an error, too, the response says whether it was
// resent.
func (l list[T]) attempt(ctx context.Context, token string) (response[T], error) {
	sent, err := l.throttle.Acquire(ctx)
	if err != nil {
		return response[T]{}, err
	}
	defer l.throttle.Release()
	watched, resent := watchResent(ctx)
	got, err := l.request(watched, token)
	got.resent = resent.Load()
	switch status, wait := statusCode(err), retryAfter(err); {
	case err == nil:
		l.throttle.Succeeded(sent, got.next != "")
	case status == http.StatusTooManyRequests:
		l.throttle.Rejected(sent, wait)
	case ctx.Err() == nil && (status == 0 || status >= 500) && transient(err):
		l.throttle.Failed(sent, wait)
	}
	return got, err
}

// request sends one request for a page and decodes the response.
func (l list[T]) request(ctx context.Context, token string) (response[T], error) {
	resp, err := l.get(ctx, token)
	if err != nil {
		return response[T]{}, err
	}
	defer resp.Body.Close()
	l.throttle.Observe(resp.Header)
	credential := l.client.config.Credential
	if resp.StatusCode != http.StatusOK {
		return response[T]{}, newAPIError(resp, credential)
	}
	var first beginning
	body := io.TeeReader(http.MaxBytesReader(nil, resp.Body, maxResponse), &first)
	result, err := decodeResponse[T](body)
	if err != nil {
		_, _ = io.CopyN(io.Discard, body, maxBeginning) // the decoder may have read a few bytes only
		return response[T]{}, l.client.newResponseError(err, resp.Header, first)
	}
	if token != "" && result.next == token && len(result.items) == 0 {
		return response[T]{}, &ResponseError{Problem: "the page is empty and repeats its token, so the pages would never end", transient: true}
	}
	return result, nil
}

// get sends the request for the page of a token. The caller closes the body of the
// response.
func (l list[T]) get(ctx context.Context, token string) (*http.Response, error) {
	c, values := l.client, maps.Clone(l.values)
	values.Set("limit", strconv.Itoa(l.limit))
	if token != "" {
		values.Set("pageToken", token)
	}
	u := c.config.BaseURL.JoinPath(l.path)
	u.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the request could not be created")
	}
	req.Header.Set("Authorization", c.config.Credential.scheme+" "+c.config.Credential.text())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.config.UserAgent)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.newConnectionError(err)
	}
	c.reached.Store(true)
	return resp, nil
}

// maxBeginning is how many bytes of a body are kept for a message: enough for the
// head of a page of HTML.
const maxBeginning = 16 << 10

// beginning keeps the first bytes that are written to it.
type beginning []byte

func (b *beginning) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), maxBeginning-len(*b))]...)
	return len(p), nil
}
