package bird

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
)

// The tests of this file set the environment, so they are not parallel.

const proxyPassword = "hunter2-of-the-proxy"

// setProxy sets the environment variables of a proxy for the test.
func setProxy(t *testing.T, httpsProxy, noProxy string) {
	for name, value := range map[string]string{"HTTPS_PROXY": httpsProxy, "NO_PROXY": noProxy, "HTTP_PROXY": "", "https_proxy": "", "http_proxy": "", "no_proxy": ""} {
		t.Setenv(name, value)
	}
}

// newConnectProxy starts a proxy that responds to CONNECT with a status, sets the
// environment, and counts the requests.
func newConnectProxy(t *testing.T, status int) (host string, requests *atomic.Int32) {
	requests = new(atomic.Int32)
	server := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		requests.Add(1)
		user, password, ok := parseProxyAuth(req)
		if req.Method != http.MethodConnect || req.Host != "api.bird.com:443" || req.Header.Get("Authorization") != "" || !ok || user != "me" || password != proxyPassword {
			t.Errorf("the proxy got %s %s with %v", req.Method, req.Host, req.Header)
		}
		w.WriteHeader(status)
	})
	server.Start()
	host = strings.TrimPrefix(server.URL, "http://")
	setProxy(t, "http://me:"+proxyPassword+"@"+host, "")
	return host, requests
}

func parseProxyAuth(req *http.Request) (user, password string, ok bool) {
	return (&http.Request{Header: http.Header{"Authorization": req.Header["Proxy-Authorization"]}}).BasicAuth()
}

func TestProxyThatRefusesIsAskedOnce(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 407, 302} {
		host, requests := newConnectProxy(t, status)
		client := New(Config{Credential: BearerToken(secret), MaxRetries: 1}) // that changes nothing
		if err := client.CheckProxy(); err != nil {
			t.Errorf("CheckProxy: %v", err)
		}
		_, err := readAll(someCalls(t.Context(), client))
		proxyErr, ok := errors.AsType[*ProxyError](err)
		if !ok || proxyErr.Proxy != host || proxyErr.StatusCode != status || requests.Load() != 1 {
			t.Errorf("status %d: error %v after %d requests, want one of the proxy after 1", status, err, requests.Load())
		}
		want := fmt.Sprintf("no complete response from api.bird.com: the proxy %s responded with status %d %s", host, status, http.StatusText(status))
		if fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
		// A second login may lock the account; the other refusals may be about the host.
		_, err = readAll(someCalls(t.Context(), client))
		if again := requests.Load() - 1; fmt.Sprint(err) != want || again != map[bool]int32{true: 0, false: 1}[status == 407] {
			t.Errorf("status %d: another read made %d requests, error %v", status, again, err)
		}
	}
}

func TestProxyThatFailsIsAskedAgain(t *testing.T) {
	for _, status := range []int{429, 500, 502, 503, 504} {
		_, requests := newConnectProxy(t, status)
		_, err := readAll(someCalls(t.Context(), New(Config{Credential: BearerToken(secret), MaxRetries: 1})))
		if proxyErr, ok := errors.AsType[*ProxyError](err); !ok || proxyErr.StatusCode != status || requests.Load() != 2 {
			t.Errorf("status %d: error %v after %d requests, want 2", status, err, requests.Load())
		}
	}
}

// newSOCKSProxy starts a proxy that wants a password, and responds to it, and to
// the request after it, with these bytes.
func newSOCKSProxy(t *testing.T, login byte, reply []byte) (host string, logins *atomic.Int32) {
	logins = new(atomic.Int32)
	host = listen(t, func(conn net.Conn) {
		// RFC 1928 and RFC 1929: versions, methods; user, password; request.
		_, _ = io.ReadFull(conn, make([]byte, 4))
		_, _ = conn.Write([]byte{5, 2})
		_, _ = io.ReadFull(conn, make([]byte, 1+1+len("me")+1+len(proxyPassword)))
		logins.Add(1)
		_, _ = conn.Write([]byte{1, login})
		if login == 0 {
			_, _ = io.ReadFull(conn, make([]byte, 4+1+len("api.bird.com")+2))
			_, _ = conn.Write(reply)
		}
	})
	setProxy(t, "socks5://me:"+proxyPassword+"@"+host, "")
	return host, logins
}

func TestSOCKSProxyThatRefusesIsAskedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		login byte
		reply []byte
		tries int32
		want  string
	}{
		"login":   {1, nil, 1, "username/password authentication failed"},
		"rule":    {0, []byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}, 1, "connection not allowed by ruleset"},
		"failure": {0, []byte{5, 1, 0, 1, 0, 0, 0, 0, 0, 0}, 2, "general SOCKS server failure"},
		"silence": {0, nil, 2, "EOF"},
	} {
		host, logins := newSOCKSProxy(t, test.login, test.reply)
		_, err := readAll(someCalls(t.Context(), New(Config{Credential: BearerToken(secret), MaxRetries: 1})))
		if text := fmt.Sprint(err); logins.Load() != test.tries || !strings.Contains(text, "the proxy "+host+" cannot be used: ") || !strings.Contains(text, test.want) || strings.Contains(text, proxyPassword) {
			t.Errorf("%s: error %v after %d logins, want %d", name, err, logins.Load(), test.tries)
		}
	}
}

// What fails on the way to the proxy names the proxy.
func TestProxyThatIsNotThereIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		cause    error
		requests int // with one retry
	}{
		"unknown host": {&net.DNSError{Err: "no such host", Name: "proxy.example", IsNotFound: true}, 1},
		"refused":      {os.NewSyscallError("connect", syscall.ECONNREFUSED), 2},
		"unreachable":  {os.NewSyscallError("connect", syscall.EHOSTUNREACH), 2},
	} {
		setProxy(t, "http://me:"+proxyPassword+"@proxy.example:3128", "")
		synctest.Test(t, func(t *testing.T) {
			transport := NewTransport()
			requests := 0
			transport.DialContext = func(_ context.Context, network, address string) (net.Conn, error) {
				if requests++; address != "proxy.example:3128" {
					t.Errorf("%s: dialed %s", name, address)
				}
				return nil, &net.OpError{Op: "dial", Net: network, Err: test.cause}
			}
			_, err := readAll(someCalls(t.Context(), New(Config{Credential: BearerToken(secret), MaxRetries: 1, Transport: transport})))
			if proxyErr, ok := errors.AsType[*ProxyError](err); !ok || proxyErr.Proxy != "proxy.example:3128" || proxyErr.StatusCode != 0 || !errors.Is(err, test.cause) {
				t.Errorf("%s: error %v, want one of the proxy", name, err)
			}
			if text := fmt.Sprint(err); requests != test.requests || !strings.Contains(text, "the proxy proxy.example:3128 cannot be used: dial") || strings.Contains(text, proxyPassword) {
				t.Errorf("%s: error %v after %d requests, want %d", name, err, requests, test.requests)
			}
		})
	}
}

// Go drops a proxy that is not valid, and would send the request past it.
func TestCheckProxyRefusesWhatIsNoProxy(t *testing.T) {
	const usable, excluded = "", "other.example, api.bird.com"
	for _, test := range []struct {
		proxy, noProxy string
		want           string // of the error
	}{
		{"http://me:" + proxyPassword + "#@proxy.example:3128", "", "it is not the URL of a proxy"},
		{"http://me:" + proxyPassword + "%@proxy.example:3128", "", "it is not the URL of a proxy"},
		{"http://me:" + proxyPassword + "/@proxy.example:3128", "", "it is not the URL of a proxy"},
		{"http://me:" + proxyPassword + "@proxy.example:port", "", "it is not the URL of a proxy"},
		{"http://", "", "it is not the URL of a proxy"},
		{"http:/proxy.example:3128", "", "it is not the URL of a proxy"},
		{":3128", "", "it is not the URL of a proxy"},
		{"ftp://proxy.example", "", "it must be an http, https, socks5 or socks5h URL"},
		{"http://proxy.example:65536", "", "its port must be from 1 to 65535"},
		{"http://pr\u043exy.example:3128", "", "outside ASCII"},
		{"http://", excluded, usable},
		{"http://", "*", usable},
		{"http://", "other.example", "it is not the URL of a proxy"},
		{"proxy.example", "", usable},
		{"proxy.example:3128", "", usable},
		{"me:pa%23ss@proxy.example:3128", "", usable},
		{"https://proxy.example/", "", usable},
		{"socks5h://[2001:db8::1]:1080", "", usable},
		{"", "", usable},
	} {
		setProxy(t, test.proxy, test.noProxy)
		client := New(Config{MaxRetries: 5, Credential: BearerToken(secret)})
		err := client.CheckProxy()
		if (err == nil) != (test.want == usable) || err != nil && (!strings.HasPrefix(err.Error(), "the environment variable HTTPS_PROXY cannot be used: ") || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("proxy %q, except for %q: error %v, want %q", test.proxy, test.noProxy, err, test.want)
		}
		if err == nil {
			continue
		}
		if strings.Contains(err.Error(), proxyPassword) {
			t.Errorf("the error repeats the password: %v", err)
		}
		if _, readErr := readAll(someCalls(t.Context(), client)); fmt.Sprint(readErr) != "no complete response from api.bird.com: "+err.Error() {
			t.Errorf("proxy %q: a read ends with %v", test.proxy, readErr)
		}
		if base, _ := ParseBaseURL("https://127.0.0.1:1"); New(Config{BaseURL: base}).CheckProxy() != nil {
			t.Errorf("proxy %q: it is used for a loopback host", test.proxy)
		}
	}
	setProxy(t, "", "")
	t.Setenv("https_proxy", "http://")
	if err := New(Config{}).CheckProxy(); err == nil || !strings.Contains(err.Error(), "variable https_proxy cannot") {
		t.Errorf("error %v, want one that names the variable as it is written", err)
	}
	if err := New(Config{Transport: roundTrip(nil)}).CheckProxy(); err != nil {
		t.Errorf("error %v of a transport that is not ours", err)
	}
}

// The proxy is the one that the variable names, whatever form it has.
func TestNewTransportUsesTheProxyOfTheEnvironment(t *testing.T) {
	for text, want := range map[string]string{
		"proxy.example:3128":            "http://proxy.example:3128",
		"https://u:pa%23ss@proxy:3128/": "https://u:pa%23ss@proxy:3128/",
		"socks5://proxy.example":        "socks5://proxy.example",
	} {
		setProxy(t, text, "excluded.example")
		transport := NewTransport()
		for host, want := range map[string]string{"api.bird.com": want, "excluded.example": ""} {
			got, err := transport.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
			if err != nil || (got == nil) != (want == "") || got != nil && got.String() != want {
				t.Errorf("proxy of %s is %v, %v, want %s", host, got, err, want)
			}
		}
	}
}

// A proxy that connects carries the request, and the login of the proxy goes to the
// proxy alone.
func TestProxyThatConnectsCarriesTheRequest(t *testing.T) {
	service := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Host != "api.bird.com" || req.Header.Get("Authorization") != "Bearer "+secret || req.Header.Get("Proxy-Authorization") != "" {
			t.Errorf("the service got a request for %s with %v", req.Host, req.Header)
		}
		_, _ = io.WriteString(w, pageBody("a", ""))
	})
	service.StartTLS()
	var connects atomic.Int32
	proxy := newHTTPServer(t, func(w http.ResponseWriter, req *http.Request) {
		connects.Add(1)
		if user, password, ok := parseProxyAuth(req); !ok || user != "me" || password != proxyPassword {
			t.Errorf("the proxy got %v", req.Header)
		}
		there, err := new(net.Dialer).DialContext(req.Context(), "tcp", service.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, buffered)
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	})
	proxy.Start()
	setProxy(t, "http://me:"+proxyPassword+"@"+strings.TrimPrefix(proxy.URL, "http://"), "")
	transport := NewTransport()
	transport.TLSClientConfig.InsecureSkipVerify = true
	client := New(Config{Credential: BearerToken(secret), Transport: transport})
	ids, err := readAll(someCalls(t.Context(), client))
	client.Close()
	if err != nil || len(ids) != 1 || connects.Load() != 1 {
		t.Errorf("calls %v over %d connections, error %v", ids, connects.Load(), err)
	}
}
