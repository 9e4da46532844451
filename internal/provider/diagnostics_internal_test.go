package provider

import (
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// Each error of the client has a remedy of its own.
func TestListDiagnosticOfEachErrorOfTheClient(t *testing.T) {
	t.Parallel()
	connection := func(err error) error { return &bird.ConnectionError{Host: "api.bird.com", Problem: "no", Err: err} }
	tests := map[string]struct {
		err    error
		remedy string
	}{
		"APIError":        {&bird.APIError{StatusCode: 500}, "The server failed. Try again later"},
		"ConnectionError": {connection(errors.New("no")), "Check the network, the proxy settings"},
		"ProxyError":      {connection(&bird.ProxyError{Proxy: "proxy.example:3128", Err: errors.New("no")}), "Check the address, the user name and the password of the proxy"},
		"ResponseError":   {&bird.ResponseError{Problem: "no"}, "Check that base_url is the address of the Bird API"},
		"FieldError":      {&bird.FieldError{Noun: "call", Field: "status", Problem: "is no text"}, "The call does not have the form that Bird documents"},
		"FilterError":     {&bird.FilterError{Parameter: "endAt", Noun: "call"}, "Leave out end_at and filter the calls in Terraform"},
		"ErrDeadline":     {bird.ErrDeadline, "Raise read in the timeouts block"},
		"ErrLostResponse": {bird.ErrLostResponse, "Run Terraform again. Only a page whose first response is lost"},
	}
	files, err := filepath.Glob("../bird/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^(?:type ([A-Z]\w*Error) |(?:var|\t) ?(Err\w+) +=)`).FindAllStringSubmatch(string(content), -1) {
			names = append(names, match[1]+match[2])
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, slices.Sorted(maps.Keys(tests))); diff != "" {
		t.Errorf("errors (-of the client +that are tried):\n%s", diff)
	}
	data := &providerData{client: bird.New(bird.Config{Credential: bird.BearerToken("t0")})}
	for name, test := range tests {
		if got := listDiagnostic(t.Context(), data, arguments{}.listing(), progress{noun: "call"}, test.err).Detail(); !strings.Contains(got, test.remedy) {
			t.Errorf("%s: %q is not in the diagnostic:\n%s", name, test.remedy, got)
		}
	}
}

// A list that is too large has a remedy that its own arguments allow.
func TestListsHaveARemedyOfTheirOwn(t *testing.T) {
	t.Parallel()
	remedies := map[string]string{
		"calls":    "narrow the window, filter, name the attributes that you need, or use a call summary",
		"groups":   "Group by fewer dimensions, narrow the window, or filter.",
		"channels": "set platform or status.",
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(lists)), slices.Sorted(maps.Keys(remedies))); diff != "" {
		t.Errorf("lists (-that are passed on +that have a remedy here):\n%s", diff)
	}
	for name, list := range lists {
		if !strings.Contains(list.TooLarge, remedies[name]) {
			t.Errorf("the remedy for too many %s is %q, without %q", name, list.TooLarge, remedies[name])
		}
	}
}

// Calls that cannot be counted are an error of the argument that groups them, if one
// does.
func TestSummaryDiagnosticOfEachError(t *testing.T) {
	t.Parallel()
	args := arguments{scope: ofWorkspace, workspaceID: "a1b7c9d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d", groupBy: []string{"day", "status"}}
	for name, test := range map[string]struct {
		err   error
		at    path.Path
		words []string
	}{
		"groups": {&statistics.TooManyGroupsError{Dimension: "day", Values: 400}, path.Root("group_by"), []string{"day has the most values, 400", "Leave day out of group_by"}},
		"values": {errors.New("the calls so far have more than 65535 values of status"), path.Empty(), []string{"more than 65535 values of status", "Narrow the window with start_at and end_at, or filter."}},
	} {
		d := summaryDiagnostic(args, progress{noun: "call", elements: 70_000}, test.err)
		at := path.Empty()
		if with, ok := d.(diag.DiagnosticWithPath); ok {
			at = with.Path()
		}
		if !at.Equal(test.at) {
			t.Errorf("%s: the diagnostic is at %q, want %q", name, at, test.at)
		}
		for _, word := range append(test.words, args.workspaceID, "stopped after 70000 calls") {
			if !strings.Contains(d.Detail(), word) {
				t.Errorf("%s: %q is not in the diagnostic:\n%s", name, word, d.Detail())
			}
		}
	}
}

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
