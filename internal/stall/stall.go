// Package stall ends HTTP requests whose response does not arrive any more, however
// long they may take while it does.
package stall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Transport is an [http.RoundTripper] that ends a request when no byte of its
// response has arrived for Timeout.
type Transport struct {
	Next    http.RoundTripper // whose requests end when their context does
	Timeout time.Duration
}

// RoundTrip implements [http.RoundTripper]. What cancels the request is its error,
// as [context.Cause] reports it. Errors while the body is read, other than io.EOF,
// are of type [*BodyError].
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(t.Timeout, func() { cancel(fmt.Errorf("no byte arrived for %s", t.Timeout)) })
	b := &body{ctx: ctx, cancel: cancel, timer: timer, timeout: t.Timeout}
	resp, err := t.Next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = b.cause(err)
		b.end()
		return nil, err
	}
	timer.Reset(t.Timeout)
	b.ReadCloser, resp.Body = resp.Body, b
	return resp, nil
}

// BodyError is an error of the connection while the body of a response is read, as
// opposed to one about what the body says.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return e.Err.Error() }

func (e *BodyError) Unwrap() error { return e.Err }

// body is the body of a response.
type body struct {
	io.ReadCloser
	ctx     context.Context //nolint:containedctx // of the request, whose cause Read reports
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
		b.timer.Reset(b.timeout)
	case errors.Is(err, io.EOF):
		b.timer.Stop()
	default:
		b.timer.Stop()
		err = &BodyError{b.cause(err)}
	}
	return n, err
}

func (b *body) Close() error {
	b.end()
	return b.ReadCloser.Close()
}

// end stops the timer and frees the context.
func (b *body) end() {
	b.timer.Stop()
	b.cancel(nil)
}

// cause returns what cancelled the request, or err if nothing did.
func (b *body) cause(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	return err
}
