// Package bird reads voice calls from the Bird API (formerly MessageBird).
//
// A [Client] reads every call that a [CallsQuery] asks for, page by page, with
// retries, within the API's rate limit, and returns either all of them or an
// error. The package knows nothing of Terraform.
package bird

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// DefaultBaseURL is where the Bird API answers.
const DefaultBaseURL = "https://api.bird.com"

const (
	// DefaultRequestsPerSecond is the documented limit of GET requests a
	// second in a workspace, all its channels together.
	DefaultRequestsPerSecond = 50

	// DefaultMaxRetries is how often a page is retried after a transient
	// failure: enough to live through half a minute without the service.
	DefaultMaxRetries = 10
)

const (
	// connectTimeout is how long a connection, and then its TLS handshake, may
	// take.
	connectTimeout = 15 * time.Second

	// stallTimeout is how long an attempt may go without a byte of the response.
	stallTimeout = 30 * time.Second

	// pingAfter is how long an HTTP/2 connection may be silent before it is
	// pinged, and pingTimeout how long it may then stay so. Together they are
	// less than stallTimeout, or the next attempt would use the dead connection.
	pingAfter   = 10 * time.Second
	pingTimeout = 10 * time.Second
)

// Config configures a [Client].
type Config struct {
	Credential        Credential
	BaseURL           *url.URL // from ParseBaseURL; nil is DefaultBaseURL
	UserAgent         string
	RequestsPerSecond float64 // of a workspace, for all reads of the client together; 0 is no limit
	MaxRetries        int     // for each page

	// OnRetry is called for each failed attempt that will be repeated, and
	// OnReadOn for each window that cannot be read in parts. They may be nil.
	// Reads run side by side, so they are called concurrently.
	OnRetry  func(ctx context.Context, retry Retry)
	OnReadOn func(ctx context.Context, readOn ReadOn)
}

// Retry describes a failed attempt that will be repeated.
type Retry struct {
	Attempt int           // the one that failed, from 1
	Wait    time.Duration // until the next one, at least
	Err     error
}

// ReadOn describes a window whose parts lacked calls that the window itself
// had, so that it is read on page after page.
type ReadOn struct {
	StartAt time.Time
	EndAt   time.Time // zero for a window without an end
	Missing int       // calls
}

// Client reads from the Bird API. It is safe for concurrent use; its rate
// limit holds for all reads of a workspace together.
type Client struct {
	config Config
	http   *http.Client

	mu        sync.Mutex
	throttles map[string]*throttle // by workspace
}

// New returns a client. It makes no network call.
func New(config Config) *Client {
	if config.BaseURL == nil {
		config.BaseURL, _ = url.Parse(DefaultBaseURL)
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		MaxIdleConnsPerHost: maxInFlight,
		IdleConnTimeout:     time.Minute,
	}
	return &Client{
		config: config,
		http: &http.Client{
			Transport: transport,
			// The credential must not travel to another place.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		throttles: make(map[string]*throttle),
	}
}

// throttle returns the throttle of a workspace.
func (c *Client) throttle(workspaceID string) *throttle {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.throttles[workspaceID]
	if !ok {
		t = newThrottle(c.config.RequestsPerSecond)
		c.throttles[workspaceID] = t
	}
	return t
}

// Credential returns the credential that the client asks with.
func (c *Client) Credential() Credential { return c.config.Credential }

// BaseURL returns the base URL that the client reads from.
func (c *Client) BaseURL() string { return c.config.BaseURL.String() }

// Close closes the connections that are idle.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ParseBaseURL checks that a base URL can be trusted with the credential: https,
// or http to a loopback host; without user information, query or fragment. A
// path is kept as a prefix. Its errors do not repeat the URL, which may hold a
// secret.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.User != nil:
		return nil, errors.New("it must not hold a user name or password: the credential has its own attributes")
	case u.Hostname() == "":
		return nil, errors.New("it must be absolute, such as " + DefaultBaseURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("it must not hold a query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	default:
		return nil, errors.New("it must be https, or http on a loopback host: the credential travels with each request")
	}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
