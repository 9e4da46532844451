// Package bird reads voice calls from the Bird API (formerly MessageBird).
//
// A [Client] reads every call that a [CallsQuery] asks for, page by page, with
// retries, within the API's rate limit, and either gives all of them or an
// error. The package knows nothing of Terraform.
package bird

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
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

	// DefaultMaxRetries is how often a page is asked for again after a
	// failure that may pass.
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
	config Config
	http   *http.Client
	gate   *gate
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
		gate: newGate(config.RequestsPerSecond),
	}
}

// Credential gives the credential that the client asks with.
func (c *Client) Credential() Credential { return c.config.Credential }

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

// Credential is what the API is asked with. However it is formatted, it does
// not show its secret.
type Credential struct {
	scheme string
	secret *string // a pointer, since fmt passes over Format in an unexported field
}

// Token returns the credential for a bearer token.
func Token(token string) Credential { return Credential{"Bearer", &token} }

// AccessKey returns the credential for an access key.
func AccessKey(key string) Credential { return Credential{"AccessKey", &key} }

func (c Credential) text() string {
	if c.secret == nil {
		return ""
	}
	return *c.secret
}

// OfNewerPlatform tells whether the credential looks like one of Bird's newer
// platform (keys that start with bk_), which this API does not accept.
func (c Credential) OfNewerPlatform() bool { return strings.HasPrefix(c.text(), "bk_") }

// Check returns an error, without the secret in it, for a secret that cannot
// travel in an HTTP header.
func (c Credential) Check() error {
	if strings.ContainsFunc(c.text(), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("it holds a space, a line break or another character that a credential cannot hold; was it copied with something around it?")
	}
	return nil
}

const redacted = "[redacted]"

// Format implements [fmt.Formatter].
func (Credential) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue implements [slog.LogValuer].
func (Credential) LogValue() slog.Value { return slog.StringValue(redacted) }

// redact takes the secret out of what a server said.
func (c Credential) redact(s string) string {
	if c.text() == "" {
		return s
	}
	return strings.ReplaceAll(s, c.text(), redacted)
}

// redactCut does the same for a text that may be cut within the secret.
func (c Credential) redactCut(s string) string {
	s = c.redact(s)
	const tells = 4 // characters of a secret tell something of it
	for secret := c.text(); len(secret) > tells; secret = secret[:len(secret)-1] {
		if rest, ok := strings.CutSuffix(s, secret); ok {
			return rest + redacted
		}
	}
	return s
}

// do sends one GET request. The caller closes the answer's body.
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

// ConnectionError is a request that got no whole answer: no connection, a
// connection that broke, or a certificate that is not trusted.
type ConnectionError struct {
	Host    string
	Problem string // in words, without the credential
	Err     error
}

// newConnectionError takes the credential out of the words of err: those about
// an answer that is not HTTP quote it, and it may quote the request.
func (c *Client) newConnectionError(err error) *ConnectionError {
	return &ConnectionError{Host: c.config.BaseURL.Host, Problem: c.config.Credential.redact(err.Error()), Err: err}
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("no whole answer from %s: %s", e.Host, e.Problem)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// temporary tells whether another attempt may succeed.
func (e *ConnectionError) temporary() bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](e.Err)
	_, plain := errors.AsType[tls.RecordHeaderError](e.Err)
	_, address := errors.AsType[*net.AddrError](e.Err)
	return !untrusted && !plain && !address && !errors.Is(e.Err, http.ErrSchemeMismatch)
}
