package bird

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

const (
	// connectTimeout is the time limit for a connection, and then for its TLS
	// handshake.
	connectTimeout = 15 * time.Second

	// stallTimeout is the longest time that an attempt waits for a byte of the
	// response.
	stallTimeout = 30 * time.Second

	// An HTTP/2 connection that is silent for pingAfter is pinged, and closed if
	// it stays silent for pingTimeout. Together they are less than stallTimeout;
	// otherwise the next attempt would use the dead connection.
	pingAfter   = 10 * time.Second
	pingTimeout = 10 * time.Second
)

// NewTransport returns the transport of a client whose [Config] has none. It uses
// the proxy that the environment names at the time of the call.
func NewTransport() *http.Transport {
	p := newProxy()
	return &http.Transport{
		Proxy:                  p.of,
		OnProxyConnectResponse: p.checkResponse,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		MaxIdleConnsPerHost:    throttle.MaxInFlight,
		IdleConnTimeout:        time.Minute,
	}
}

// stallTransport ends a request when no byte of its response has arrived for
// timeout. What cancels a request is its error, before the response and in its
// body.
type stallTransport struct {
	next    http.RoundTripper
	timeout time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (t stallTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stall := time.AfterFunc(t.timeout, func() { cancel(fmt.Errorf("no byte arrived for %s", t.timeout)) })
	body := &stallBody{ctx: ctx, cancel: cancel, stall: stall, timeout: t.timeout}
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = body.cause(err)
		body.end()
		return nil, err
	}
	stall.Reset(t.timeout)
	body.ReadCloser, resp.Body = resp.Body, body
	return resp, nil
}

// stallBody is the body of a response of a [stallTransport]. Its errors, other
// than io.EOF, are of type [bodyError].
type stallBody struct {
	io.ReadCloser
	ctx     context.Context //nolint:containedctx // of the request, whose cause Read reports
	cancel  context.CancelCauseFunc
	stall   *time.Timer
	timeout time.Duration
}

func (b *stallBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.stall.Reset(b.timeout)
	if err != nil && err != io.EOF {
		err = bodyError{b.cause(err)}
	}
	return n, err
}

func (b *stallBody) Close() error {
	b.end()
	return b.ReadCloser.Close()
}

// end stops the timer and frees the context.
func (b *stallBody) end() {
	b.stall.Stop()
	b.cancel(nil)
}

// cause returns what cancelled the request, or err if nothing did.
func (b *stallBody) cause(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	return err
}

// bodyError is an error of the connection while the body of a response is read, as
// opposed to one about what the body says.
type bodyError struct{ error }

func (e bodyError) Unwrap() error { return e.error }

// watchResent returns a context for one request, and whether its transport has sent
// the request again: an [http.Transport] does so, without an error, if a connection
// that was used before breaks before the response.
func watchResent(ctx context.Context) (context.Context, *atomic.Bool) {
	var sent, resent atomic.Bool
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
		GotConn: func(httptrace.GotConnInfo) {
			if sent.Load() {
				resent.Store(true)
			}
		},
	}), &resent
}
