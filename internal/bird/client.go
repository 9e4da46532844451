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
	"time"
)

// DefaultBaseURL is where the Bird API answers.
const DefaultBaseURL = "https://api.bird.com"

const (
	// DefaultRequestsPerSecond is the documented limit of GET requests a
	// second in a workspace, all its channels together.
	DefaultRequestsPerSecond = 50

	// DefaultMaxRetries is how often a page is retried after a transient
	// failure.
	DefaultMaxRetries = 5
)

const (
	// maxInFlight is how many requests of one client are under way at once.
	maxInFlight = 8

	// connectTimeout is how long a connection, and then its TLS handshake, may
	// take.
	connectTimeout = 15 * time.Second

	// answerTimeout is how long a server may take before its answer begins;
	// then the attempt counts as failed.
	answerTimeout = time.Minute
)

// Config configures a [Client].
type Config struct {
	Credential        Credential
	BaseURL           *url.URL // from ParseBaseURL; nil is DefaultBaseURL
	UserAgent         string
	RequestsPerSecond float64 // for all reads of the client together; 0 is no limit
	MaxRetries        int     // for each page

	// OnRetry is told of each failed attempt that will be repeated; it may
	// be nil. Reads run side by side, so it is called concurrently.
	OnRetry func(ctx context.Context, retry Retry)
}

// Retry describes a failed attempt that will be repeated.
type Retry struct {
	Attempt int           // the one that failed, from 1
	Wait    time.Duration // until the next one, at least
	Err     error
}

// Client reads from the Bird API. It is safe for concurrent use; its rate
// limit holds for all reads together.
type Client struct {
	config   Config
	http     *http.Client
	throttle *throttle
}

// New returns a client. It makes no network call.
func New(config Config) *Client {
	if config.BaseURL == nil {
		config.BaseURL, _ = url.Parse(DefaultBaseURL)
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     true,
		ResponseHeaderTimeout: answerTimeout,
		MaxIdleConnsPerHost:   maxInFlight,
		IdleConnTimeout:       time.Minute,
	}
	return &Client{
		config: config,
		http: &http.Client{
			Transport: transport,
			// The credential must not travel to another place.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		throttle: newThrottle(config.RequestsPerSecond),
	}
}

// Credential gives the credential that the client asks with.
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
