package bird

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/net/http/httpproxy"
)

// ProxyError is a request that did not get past the proxy of the environment.
type ProxyError struct {
	Proxy      string // host and port, or "" if HTTPS_PROXY is not valid
	StatusCode int    // of its response, or 0
	Err        error  // if there is no response
}

func (e *ProxyError) Error() string {
	switch {
	case e.StatusCode != 0:
		return fmt.Sprintf("the proxy %s responded with status %d %s", e.Proxy, e.StatusCode, http.StatusText(e.StatusCode))
	case e.Proxy != "":
		return fmt.Sprintf("the proxy %s cannot be used: %s", e.Proxy, e.Err)
	}
	return e.Err.Error()
}

func (e *ProxyError) Unwrap() error { return e.Err }

// hopeless reports whether the proxy will refuse the same request again. A SOCKS
// proxy says so in words only.
func (e *ProxyError) hopeless() bool {
	if e.StatusCode != 0 {
		return !transientStatus(e.StatusCode)
	}
	if _, isNet := errors.AsType[net.Error](e.Err); isNet {
		return false
	}
	text := e.Err.Error()
	return e.Proxy == "" || strings.Contains(text, "authentication") || strings.Contains(text, "not allowed by ruleset")
}

// proxy is the proxy that the environment names in HTTPS_PROXY, except for the
// hosts in NO_PROXY. There is no proxy for HTTP, which goes to loopback hosts only.
type proxy struct {
	find         func(*url.URL) (*url.URL, error)
	invalid      *ProxyError                // nil if HTTPS_PROXY is valid
	refusedLogin atomic.Pointer[ProxyError] // a login that the proxy refused
}

// newProxy reads the environment.
func newProxy() *proxy {
	p := &proxy{}
	config := httpproxy.FromEnvironment()
	if config.HTTPSProxy != "" {
		u, err := parseProxy(config.HTTPSProxy)
		if err != nil {
			// The package would drop it, and send the request past the proxy.
			p.invalid = &ProxyError{Err: fmt.Errorf("the environment variable %s cannot be used: %w", httpsProxyVariable(), err)}
			u = &url.URL{Scheme: "http", Host: "proxy.invalid"}
		}
		config.HTTPSProxy = u.String()
	}
	p.find = config.ProxyFunc()
	return p
}

// httpsProxyVariable returns the name of the variable that is set.
func httpsProxyVariable() string {
	if os.Getenv("HTTPS_PROXY") != "" {
		return "HTTPS_PROXY"
	}
	return "https_proxy"
}

// parseProxy parses a URL, or a host and a port without a scheme. Its errors do not
// repeat the text, which may contain a password.
func parseProxy(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") {
		return nil, errors.New("it is not the URL of a proxy, such as http://proxy.example:3128; percent-encode special characters of a password, such as # as %23")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, checkHost(u)
	}
	return nil, errors.New("it must be an http, https, socks5 or socks5h URL")
}

// of returns the proxy for a request, or nil. It does not send a second login to a
// proxy that has refused one: that could lock the account.
func (p *proxy) of(req *http.Request) (*url.URL, error) {
	u, err := p.find(req.URL)
	switch {
	case err != nil || u == nil:
		return nil, err
	case p.invalid != nil:
		return nil, p.invalid
	}
	if err := p.refusedLogin.Load(); err != nil {
		return nil, err
	}
	return u, nil
}

// checkResponse returns an error for a response of the proxy that is no connection.
func (p *proxy) checkResponse(_ context.Context, u *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	err := &ProxyError{Proxy: u.Host, StatusCode: resp.StatusCode}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		p.refusedLogin.Store(err)
	}
	return err
}

// proxy returns the proxy for the base URL, or nil.
func (c *Client) proxy() (*url.URL, error) {
	transport, ok := c.config.Transport.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return nil, nil
	}
	return transport.Proxy(&http.Request{URL: c.config.BaseURL})
}

// CheckProxy returns an error if the environment names a proxy for the base URL
// that is not valid. Every request would end with it.
func (c *Client) CheckProxy() error {
	_, err := c.proxy()
	return err
}

// nameProxy turns an error of [http.Transport] about the proxy into a [*ProxyError].
func (c *Client) nameProxy(err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "proxyconnect" && op.Op != "socks connect" {
		return err
	}
	u, _ := c.proxy() // an error would have ended the request before
	if u == nil {
		return err
	}
	return &ProxyError{Proxy: u.Host, Err: op.Err}
}
