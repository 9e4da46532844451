package provider

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

func TestStatusRemedy(t *testing.T) {
	t.Parallel()
	proxy, err := bird.ParseBaseURL("https://proxy.example/bird")
	if err != nil {
		t.Fatal(err)
	}
	plain := bird.New(bird.Config{Credential: bird.BearerToken("t0")})
	proxied := bird.New(bird.Config{Credential: bird.BearerToken("t0"), BaseURL: proxy})
	newer := bird.New(bird.Config{Credential: bird.AccessKey("bk_0")})
	for _, test := range []struct {
		status    int
		client    *bird.Client
		want, not string // words
	}{
		{300, plain, "Redirects are refused", "request id"},
		{399, plain, "Redirects are refused", "request id"},
		{400, plain, "did not understand the request", "request id"},
		{200, plain, "Check the arguments", "The server failed"},
		{401, plain, "complete and not revoked", "bk_"},
		{401, plain, "The credential comes from the attribute token. Check", "bk_"},
		{401, newer, "The credential comes from the attribute token. The credential", "not revoked"},
		{401, plain, "access role whose policies allow viewing /workspaces/*/channels/*/calls", "list of channels"},
		{401, newer, "starts with bk_, so it belongs to Bird's newer platform", "not revoked"},
		{403, plain, "/workspaces/*/channels/*/calls", "request id"},
		{403, newer, "/workspaces/*/channels/calls", "bk_"},
		{404, plain, "Check workspace_id and channel_id", "base_url"},
		{404, proxied, "Check base_url too", "request id"},
		{408, plain, "the network or a proxy is slow", "request id"},
		{409, plain, "Check the arguments", "The server failed"},
		{422, plain, "Correct the argument that the server names", "request id"},
		{429, plain, "Lower max_requests_per_second", "request id"},
		{500, plain, "The server failed", "overloaded"},
		{501, plain, "The server failed", "overloaded"},
		{502, plain, "overloaded or down", "The server failed"},
		{503, plain, "overloaded or down", "The server failed"},
		{504, plain, "overloaded or down", "The server failed"},
		{599, plain, "The server failed", "overloaded"},
	} {
		got := statusRemedy(test.status, &providerData{client: test.client, credentialSource: "the attribute token"}, arguments{}.listing())
		if !strings.Contains(got, test.want) || strings.Contains(got, test.not) || !strings.HasSuffix(got, ".") {
			t.Errorf("the remedy for %d is %q, want one with %q and without %q", test.status, got, test.want, test.not)
		}
	}
}

func TestConnectionRemedy(t *testing.T) {
	t.Parallel()
	proxy := func(status int) error { return &bird.ProxyError{Proxy: "proxy.example:3128", StatusCode: status} }
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	const noProxy = "add 2001:db8::1 to the environment variable NO_PROXY"
	for _, test := range []struct {
		err       error
		want, not string // words
	}{
		{proxy(407), "Set the user name and the password of the proxy in the environment variable HTTPS_PROXY", "Ask whoever"},
		{proxy(407), noProxy, "base_url"},
		{proxy(403), "allow connections to 2001:db8::1. To connect", "user name"},
		{proxy(404), noProxy, "base_url"},
		{proxy(429), "allow connections", "user name"},
		{proxy(503), "Try again later", "allow connections"},
		{proxy(502), noProxy, "base_url"},
		{&bird.ProxyError{Proxy: "proxy.example:3128", Err: unknown}, "Check the address, the user name and the password of the proxy", "base_url"},
		{unknown, "Check the host in base_url", "NO_PROXY"},
		{&net.DNSError{Err: "server misbehaving", IsTemporary: true}, "Check the network", "NO_PROXY"},
		{errors.New("connection refused"), "Check the network", "NO_PROXY"},
	} {
		got := connectionRemedy(&bird.ConnectionError{Host: "[2001:db8::1]:443", Err: test.err})
		if !strings.Contains(got, test.want) || strings.Contains(got, test.not) || !strings.HasSuffix(got, ".") {
			t.Errorf("the remedy for %v is %q, want one with %q and without %q", test.err, got, test.want, test.not)
		}
	}
}
