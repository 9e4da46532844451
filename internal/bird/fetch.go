package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Page is a part of the list that a query asks for.
type Page[T any] struct {
	Items    []T           // those that no earlier page held
	Repeats  []T           // the others; they may have changed since
	Number   int           // of the page in the order of arrival, from 1
	Attempts int           // that it took
	Duration time.Duration // of all attempts, waits included
}

// list is a list of the API: an endpoint, and what is asked of it.
type list[T any] struct {
	client *Client
	path   string
	values url.Values // without the page token
}

// cursor is how far a list was read by its page tokens.
type cursor[T any] struct {
	list[T]
	next   string              // page token
	tokens map[string]struct{} // those that came
	done   bool
}

// page reads the next page.
func (c *cursor[T]) page(ctx context.Context) (Page[T], error) {
	page, next, err := c.fetch(ctx, c.next)
	if err != nil {
		return page, err
	}
	if c.tokens == nil {
		c.tokens = make(map[string]struct{})
	}
	if _, twice := c.tokens[next]; twice {
		return page, &ResponseError{Problem: "the page token came twice, so the pages would never end"}
	}
	c.tokens[next], c.next, c.done = struct{}{}, next, next == ""
	return page, nil
}

// pages reads the list page after page.
func (l list[T]) pages(ctx context.Context) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		c := cursor[T]{list: l}
		for number := 1; !c.done; number++ {
			page, err := c.page(ctx)
			page.Number = number
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// fetch reads the page that a token names, in as many attempts as it takes and
// is allowed. It returns the token of the next page, "" at the end.
func (l list[T]) fetch(ctx context.Context, token string) (Page[T], string, error) {
	// With a randomization factor of 1 a wait is anything from 0 to twice the
	// interval: full jitter.
	intervals := backoff.NewExponentialBackOff()
	intervals.InitialInterval = 250 * time.Millisecond
	intervals.RandomizationFactor = 1
	intervals.Multiplier = 2
	intervals.MaxInterval = 15 * time.Second

	c := l.client
	started := time.Now()
	var page Page[T]
	var lastErr error
	result, err := backoff.Retry(ctx, func() (response[T], error) {
		page.Attempts++
		result, err := l.attempt(ctx, token)
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
		page.Items, page.Duration = result.items, time.Since(started)
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
func (l list[T]) attempt(ctx context.Context, token string) (response[T], error) {
	c := l.client
	release, err := c.throttle.acquire(ctx)
	if err != nil {
		return response[T]{}, err
	}
	defer release()
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
	if resp.StatusCode == http.StatusTooManyRequests {
		apiErr := newAPIError(resp, c.config.Credential)
		c.throttle.slowDown(apiErr.RetryAfter)
		return response[T]{}, apiErr
	}
	c.throttle.speedUp()
	if resp.StatusCode != http.StatusOK {
		return response[T]{}, newAPIError(resp, c.config.Credential)
	}
	body := &bodyReader{body: resp.Body}
	result, err := decodeResponse[T](body)
	if err == nil {
		return result, nil
	}
	_, isField := errors.AsType[*FieldError](err)
	switch {
	case body.err != nil:
		return response[T]{}, c.newConnectionError(body.err)
	case body.size > maxResponse:
		return response[T]{}, &ResponseError{Problem: fmt.Sprintf("the response is larger than %d MiB", maxResponse>>20)}
	case isField:
		return response[T]{}, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return response[T]{}, c.newConnectionError(errors.New("the response is truncated"))
	}
	_, _ = io.CopyN(io.Discard, body, 4*maxShown) // the decoder may have read a few bytes only
	responseErr := &ResponseError{
		// What the decoder says may name fields of the response.
		Problem: "the response is not a list in JSON: " + shown(c.config.Credential.redact(err.Error())),
		Excerpt: excerpt(body.first, c.config.Credential),
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" || strings.HasPrefix(strings.TrimSpace(string(body.first)), "<") {
		// What the decoder has to say of HTML helps nobody.
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
		return nil, errors.New("the request could not be made")
	}
	req.Header.Set("Authorization", c.config.Credential.scheme+" "+c.config.Credential.text())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.config.UserAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		// The URL in a url.Error holds the filters, which may be phone numbers.
		if urlErr, ok := errors.AsType[*url.Error](err); ok {
			err = urlErr.Err
		}
		return nil, c.newConnectionError(err)
	}
	return resp, nil
}

// bodyReader reads the body of a response up to maxResponse, and keeps its
// first bytes and the error that is not its end.
type bodyReader struct {
	body  io.Reader
	first []byte
	size  int
	err   error
}

func (r *bodyReader) Read(p []byte) (int, error) {
	if r.size > maxResponse {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	if room := 4*maxShown - len(r.first); room > 0 {
		r.first = append(r.first, p[:min(n, room)]...)
	}
	r.size += n
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
