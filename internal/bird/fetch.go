package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// The wait before a retry is random, up to a bound that doubles with each
	// failure (full jitter).
	firstRetryWait = 500 * time.Millisecond
	maxRetryWait   = 15 * time.Second

	// A 429 counts as a failure only if no page of the workspace has arrived for
	// this long.
	patience = 30 * time.Second
)

// Page is a part of the list that a query selects.
type Page[T any] struct {
	Items    []T           // those that are in no earlier page
	Repeats  []T           // the others; they may have changed since
	Number   int           // of the page in the order of arrival, from 1
	Attempts int           // to read the page
	Duration time.Duration // of all attempts, including waits
}

// list is a list of the API: an endpoint with a query.
type list[T any] struct {
	client   *Client
	throttle *throttle
	path     string
	values   url.Values // without the page token
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
	page, next, err := c.fetch(ctx, c.next)
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

// pages reads the list page by page.
func (l list[T]) pages(ctx context.Context) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		c := cursor[T]{list: l}
		for number := 1; !c.done; number++ {
			page, err := c.nextPage(ctx)
			page.Number = number
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
func (l list[T]) fetch(ctx context.Context, token string) (Page[T], string, error) {
	started := time.Now()
	var page Page[T]
	var last error // of the previous attempt
	for failures := 0; ; {
		page.Attempts++
		response, err := l.attempt(ctx, token)
		if err == nil {
			page.Items, page.Duration = response.items, time.Since(started)
			return page, response.next, nil
		}
		if ctx.Err() != nil || errors.Is(err, ErrDeadline) {
			return page, "", interrupted(ctx, err, last)
		}
		wait := time.Duration(0)
		if statusCode(err) != http.StatusTooManyRequests || l.throttle.idle() > patience {
			wait = rand.N(min(firstRetryWait<<min(failures, 10), maxRetryWait)) // full jitter
			failures++
		}
		if !transient(err) || failures > l.client.config.MaxRetries {
			if page.Attempts > 1 {
				err = fmt.Errorf("after %d attempts: %w", page.Attempts, err)
			}
			return page, "", err
		}
		wait, last = max(wait, l.throttle.pauseLeft()), err
		if l.client.config.OnRetry != nil {
			l.client.config.OnRetry(ctx, Retry{Attempt: page.Attempts, Wait: wait, Err: err})
		}
		if err := sleep(ctx, wait); err != nil {
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

// attempt requests a page once.
func (l list[T]) attempt(ctx context.Context, token string) (response[T], error) {
	sent, err := l.throttle.acquire(ctx)
	if err != nil {
		return response[T]{}, err
	}
	defer l.throttle.release()
	response, err := l.request(ctx, token)
	switch status, wait := statusCode(err), retryAfter(err); {
	case err == nil:
		l.throttle.succeeded(sent, response.next != "")
	case status == http.StatusTooManyRequests:
		l.throttle.rejectedFor(sent, wait)
	case ctx.Err() == nil && (status == 0 || status >= 500) && transient(err):
		l.throttle.failedFor(sent, wait)
	}
	return response, err
}

// request sends one request for a page and decodes the response. It gives up when
// no byte has arrived for stallTimeout.
func (l list[T]) request(ctx context.Context, token string) (response[T], error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer stall.Stop()

	c := l.client
	values := l.values
	if token != "" {
		values = maps.Clone(values)
		values.Set("pageToken", token)
	}
	resp, err := c.do(ctx, l.path, values)
	if err != nil {
		return response[T]{}, err
	}
	defer resp.Body.Close()
	body := &bodyReader{body: resp.Body, arrived: func() { stall.Reset(stallTimeout) }}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	body.arrived()
	l.throttle.observe(resp.Header)
	if resp.StatusCode != http.StatusOK {
		return response[T]{}, newAPIError(resp, c.config.Credential)
	}
	result, err := decodeResponse[T](body)
	switch {
	case err == nil && token != "" && result.next == token && len(result.items) == 0:
		return response[T]{}, &ResponseError{Problem: "the page is empty and repeats its token, so the pages would never end", transient: true}
	case err == nil:
		return result, nil
	}
	_, isField := errors.AsType[*FieldError](err)
	switch {
	case body.err != nil:
		return response[T]{}, c.newConnectionError(ctx, body.err)
	case body.size > maxResponse:
		return response[T]{}, &ResponseError{Problem: fmt.Sprintf("the response is larger than %d MiB", maxResponse>>20)}
	case isField:
		return response[T]{}, c.config.Credential.redactElement(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return response[T]{}, c.newConnectionError(ctx, errors.New("the response is truncated"))
	}
	_, _ = io.CopyN(io.Discard, body, 4*maxShown) // the decoder may have read a few bytes only
	responseErr := &ResponseError{
		// The decoder's error may name fields of the response.
		Problem: "the response is not a list in JSON: " + shown(c.config.Credential.redact(err.Error())),
		Excerpt: excerpt(body.first, c.config.Credential),
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" || strings.HasPrefix(strings.TrimSpace(string(body.first)), "<") {
		// The decoder's error about HTML helps nobody.
		responseErr.Problem = "the response is HTML where JSON should be; a proxy or a wrong base URL may be the cause"
	}
	return response[T]{}, responseErr
}

// do sends one GET request. The caller closes the body of the response.
func (c *Client) do(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	u := c.config.BaseURL.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the request could not be created")
	}
	req.Header.Set("Authorization", c.config.Credential.scheme+" "+c.config.Credential.text())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.config.UserAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		// The URL in a url.Error contains the filters, which may be phone numbers.
		if urlErr, ok := errors.AsType[*url.Error](err); ok {
			err = urlErr.Err
		}
		return nil, c.newConnectionError(ctx, err)
	}
	return resp, nil
}

// bodyReader reads the body of a response up to maxResponse. It keeps the first
// bytes, and any error but io.EOF.
type bodyReader struct {
	body  io.Reader
	first []byte
	size  int
	err   error

	arrived func() // called after each read
}

func (r *bodyReader) Read(p []byte) (int, error) {
	if r.size > maxResponse {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	r.first = append(r.first, p[:min(n, 4*maxShown-len(r.first))]...)
	r.size += n
	r.arrived()
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
