// Package bird reads voice calls from the Bird API (formerly MessageBird).
//
// A [Client] reads every call that a [CallsQuery] selects, page by page, with
// retries and within the API's rate limit. It returns either all of them or an
// error. The package knows nothing about Terraform.
package bird

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/birdvoice/terraform-provider-bird/internal/stall"
	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

// DefaultBaseURL is the base URL of the Bird API.
const DefaultBaseURL = "https://api.bird.com"

const (
	// DefaultRequestsPerSecond is the documented limit of GET requests a
	// second in a workspace, for all its channels together.
	DefaultRequestsPerSecond = 50

	// DefaultMaxRetries is the maximum number of retries for a page: enough to
	// outlast an outage of 20 seconds.
	DefaultMaxRetries = 10
)

// Config configures a [Client].
type Config struct {
	Credential        Credential
	BaseURL           *url.URL // from ParseBaseURL; nil is DefaultBaseURL
	UserAgent         string
	RequestsPerSecond float64 // in a workspace, for all reads of the client together; 0 is no limit
	MaxRetries        int     // for each page

	// Transport sends the requests; nil is NewTransport. Its requests end when their
	// context does, and it follows no redirect, which would take the credential to
	// another place.
	Transport http.RoundTripper

	// OnRetry is called for each failed attempt that can be retried, even if the
	// deadline then comes before the end of the wait, and OnFallback for each window
	// that cannot be read in parts. They may be nil. They are called concurrently.
	OnRetry    func(ctx context.Context, retry Retry)
	OnFallback func(ctx context.Context, fallback Fallback)
}

// Retry describes a failed attempt that can be retried.
type Retry struct {
	Attempt int           // the one that failed, from 1
	Wait    time.Duration // until the next one, at least
	Err     error
}

// Fallback describes a window that the client reads page by page, because its parts
// may not contain all of its calls.
type Fallback struct {
	StartAt time.Time
	EndAt   time.Time // zero for a window without an end
	Reason  FallbackReason
}

// Client reads from the Bird API. It is safe for concurrent use. All reads of a
// workspace share its rate limit.
type Client struct {
	config    Config
	transport http.RoundTripper
	reached   atomic.Bool // a response has come

	mu        sync.Mutex
	throttles map[string]*throttle.Throttle // by workspace
	limits    map[string]int                // calls or channels in a page, by path, where it is not pageSize
	rulers    map[string]times              // what was measured, by path
}

// New returns a client. It makes no network call.
func New(config Config) *Client {
	if config.BaseURL == nil {
		config.BaseURL, _ = url.Parse(DefaultBaseURL)
	}
	if config.Transport == nil {
		config.Transport = NewTransport()
	}
	return &Client{
		config:    config,
		transport: stall.Transport{Next: config.Transport, Timeout: stallTimeout},
		throttles: make(map[string]*throttle.Throttle),
		limits:    make(map[string]int),
		rulers:    make(map[string]times),
	}
}

// throttle returns the throttle of a workspace.
func (c *Client) throttle(workspaceID string) *throttle.Throttle {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.throttles[workspaceID]
	if !ok {
		t = throttle.New(c.config.RequestsPerSecond)
		c.throttles[workspaceID] = t
	}
	return t
}

// limit returns how many elements a page of a list may have, as far as is known.
func (c *Client) limit(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.limits[path], pageSize)
}

// setLimit sets it for the client's other reads of the list.
func (c *Client) setLimit(path string, limit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits[path] = limit
}

// Credential returns the credential of the client.
func (c *Client) Credential() Credential { return c.config.Credential }

// BaseURL returns the base URL that the client reads from.
func (c *Client) BaseURL() string { return c.config.BaseURL.String() }

// Close closes the connections that are idle.
func (c *Client) Close() {
	if transport, ok := c.config.Transport.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}

// ParseBaseURL parses a base URL and checks that the credential can be sent to
// it: https, or http to a loopback host, without user information, query or
// fragment. A path is kept as a prefix. Its errors do not repeat the URL, which
// may contain a secret.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case !strings.Contains(s, "//"):
		return nil, errors.New("it must begin with https://, such as " + DefaultBaseURL + ", or with http:// on a loopback host")
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.User != nil:
		return nil, errors.New("it must not contain a user name or a password: the credential has its own attributes")
	case u.Hostname() == "":
		return nil, errors.New("it must be absolute, such as " + DefaultBaseURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("it must not contain a query or a fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, errors.New("it must be https, or http on a loopback host, because every request carries the credential")
	}
	if err := checkHost(u); err != nil {
		return nil, err
	}
	return u, nil
}

// checkHost returns an error if the host or the port of a URL cannot be connected
// to.
func checkHost(u *url.URL) error {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return errors.New("its port must be from 1 to 65535")
	}
	if strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r >= utf8.RuneSelf }) {
		return errors.New("its host contains a character outside ASCII, which may only look like the right one; the ASCII form of an international name begins with xn--")
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
