package bird

import (
	"context"
	"crypto/tls"
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
