package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// expectDiagnostic reads, and wants one error whose text holds all the words.
// It never holds a credential.
func expectDiagnostic(t *testing.T, s *session, config object, words ...string) {
	t.Helper()
	resp := s.read(context.Background(), "bird_channel_calls", config)
	text := diagnosticsText(resp.Diagnostics)
	if len(resp.Diagnostics) != 1 {
		t.Fatalf("%d diagnostics, not 1\n%s", len(resp.Diagnostics), text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in the diagnostic:\n%s", word, text)
		}
	}
	for _, secret := range []string{birdtest.DefaultToken, birdtest.DefaultAccessKey, birdtest.ForbiddenToken} {
		if strings.Contains(text, secret) {
			t.Errorf("the credential is in the diagnostic:\n%s", text)
		}
	}
	if resp.State != nil {
		value := s.value(s.schema.DataSourceSchemas["bird_channel_calls"].ValueType(), resp.State)
		if !value.IsNull() && !attributeOf(t, value, "calls").IsNull() {
			t.Error("an error carries calls")
		}
	}
}

func TestDiagnosticsOfErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	ids := []string{birdtest.DefaultChannelID, birdtest.DefaultWorkspaceID, "0 calls in 0 pages"}
	html := "<!DOCTYPE html><title>Proxy says no</title>"
	always := func(fault birdtest.Fault) func(birdtest.Request) birdtest.Fault {
		return func(birdtest.Request) birdtest.Fault { return fault }
	}
	for name, test := range map[string]struct {
		config   object // of the provider
		argument object
		fault    func(birdtest.Request) birdtest.Fault
		want     []string
	}{
		"401":             {object{"token": "wrong-token-0123456789"}, nil, nil, []string{"Unable to list calls", "Status 401", "code 2", "access_key: Request not allowed", "Check that the credential"}},
		"403":             {object{"token": birdtest.ForbiddenToken}, nil, nil, []string{"Status 403", "code Forbidden", "the access role may not read calls", "request id req-", "/workspaces/*/channels/*/calls", "/workspaces/*/channels/calls"}},
		"404":             {nil, object{"channel_id": "11111111-1111-4111-8111-111111111111"}, nil, []string{"Status 404", "code ResourceNotFound", "Check workspace_id and channel_id"}},
		"409, any other":  {nil, nil, always(birdtest.Fault{Status: 409, Body: `{"code":"Conflict","message":"no"}`}), []string{"Status 409", "code Conflict: no", "Check the arguments"}},
		"429":             {object{"max_retries": 1}, nil, always(birdtest.Fault{Status: 429, Body: `{"message":"slow down"}`, Header: map[string][]string{"Retry-After": {"0"}}}), []string{"After 2 attempts", "status 429", "slow down", "max_requests_per_second"}},
		"500":             {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 500}), []string{"Status 500", "the body is empty", "The server failed"}},
		"302":             {nil, nil, always(birdtest.Fault{Status: 302, Header: map[string][]string{"Location": {"http://127.0.0.1:1/"}}}), []string{"Status 302", "Redirects are refused", "base_url"}},
		"302 to nowhere":  {nil, nil, always(birdtest.Fault{Status: 302, Header: map[string][]string{"Location": {"http://[::1/%zz"}}}), []string{"Status 302", "Redirects are refused", "base_url"}},
		"200 with errors": {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"errors":[{"code":21,"description":"Bad request (window too long)","parameter":"startAt"}]}`, Header: map[string][]string{"X-Request-Id": {"req-7"}}}), []string{"Status 200", "code 21; startAt: Bad request (window too long)", "request id req-7", "Check the arguments"}},
		"HTML":            {nil, nil, always(birdtest.Fault{Status: 200, Body: html, ContentType: "text/html"}), []string{"HTML where JSON should be", "Proxy says no", "base_url"}},
		"HTML of a 502":   {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 502, Body: html, ContentType: "text/html"}), []string{"Status 502", "Proxy says no"}},
		"broken JSON":     {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results": [}`}), []string{"not a list in JSON", "not shown, because it contains JSON"}},
		"other JSON":      {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"data": []}`}), []string{"not a list in JSON", "no field results"}},
		"binary":          {nil, nil, always(birdtest.Fault{Status: 200, Body: strings.Repeat("\xff\xfe\x00", 50)}), []string{"neither JSON nor HTML"}},
		"wrong type":      {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[{"id":"call-1","duration":"long"}]}`}), []string{"call-1", "field duration is not a whole number", "report"}},
		"over 64 MiB":     {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"padding":"` + strings.Repeat("x", 64<<20) + `","results":[]}`}), []string{"larger than 64 MiB"}},
		"token comes twice": {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[],"nextPageToken":"again"}`}),
			[]string{"repeats its token", "0 calls in 1 page"}},
		"lost response": {object{"max_retries": 1}, nil, func(r birdtest.Request) birdtest.Fault {
			switch {
			case r.Page == "":
				return birdtest.Fault{Status: 200, Body: `{"results":[],"nextPageToken":"once"}`}
			case r.Attempt == 1:
				return birdtest.Fault{Status: 502}
			}
			return birdtest.Fault{Status: 200, Body: `{"results":[]}`}
		}, []string{"After 2 attempts", "empty last page", "Run Terraform again", "0 calls in 1 page"}},
		"a body that is truncated each time": {object{"max_retries": 0}, nil, always(birdtest.Fault{Truncate: 5}), []string{"No complete response", "Check the network"}},
		"a connection that is reset":         {object{"max_retries": 0}, nil, always(birdtest.Fault{Drop: true}), []string{"No complete response", "Check the network"}},
		"timeout while the server hangs":     {nil, object{"timeouts": object{"read": "50ms"}}, always(birdtest.Fault{Hang: true}), []string{"timed out", "The read took longer than 50ms.", "limited to 50ms", "timeouts block"}},
		"timeout while waiting to retry":     {nil, object{"timeouts": object{"read": "1h"}}, always(birdtest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"7200"}}}), []string{"timed out", "Waiting 2h0m0s for the next attempt", "status 503"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Fault: test.fault})
			want := test.want
			if name != "token comes twice" && name != "lost response" {
				want = slices.Concat(want, ids)
				if id, ok := test.argument["channel_id"]; ok {
					want = slices.Replace(want, len(test.want), len(test.want)+1, id.(string))
				}
			}
			expectDiagnostic(t, configured(t, server, test.config), channel(test.argument), want...)
		})
	}
}

// The environment names the proxy, so this test is not parallel.
func TestDiagnosticsOfAProxy(t *testing.T) {
	for status, words := range map[int][]string{
		http.StatusProxyAuthRequired:  {"status 407 Proxy Authentication Required", "Set the user name and the password"},
		http.StatusForbidden:          {"status 403 Forbidden", "allow connections to api.bird.com"},
		http.StatusServiceUnavailable: {"status 503 Service Unavailable", "Try again later"},
	} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		host := strings.TrimPrefix(proxy.URL, "http://")
		t.Setenv("HTTPS_PROXY", "http://me:password-1@"+host)
		t.Setenv("NO_PROXY", "")
		s := newSession(t)
		if text := s.configure(object{"token": birdtest.DefaultToken, "max_retries": 0}, nil); text != "" {
			t.Fatal(text)
		}
		expectDiagnostic(t, s, channel(nil), append(words, "No complete response from api.bird.com: the proxy "+host+" responded", "NO_PROXY")...)
		if text := s.diagnose(kind{name: "bird_channel_calls"}, channel(nil)); strings.Contains(text, "password-1") {
			t.Errorf("the password is in the diagnostic:\n%s", text)
		}
		proxy.Close()
	}
}

// Whoever has forgotten a variable of the environment learns that it is set.
func TestDiagnosticsOfABaseURLFromTheEnvironment(t *testing.T) {
	const unreachable, says = "http://127.0.0.1:1", "Its value comes from the environment variable BIRD_BASE_URL."
	t.Setenv("BIRD_BASE_URL", unreachable)
	for _, config := range []object{{}, {"base_url": unreachable}} {
		s := newSession(t)
		config["token"], config["max_retries"] = birdtest.DefaultToken, 0
		if text := s.configure(config, nil); text != "" {
			t.Fatal(text)
		}
		if text := s.diagnose(kind{name: "bird_channel_calls"}, channel(nil)); !strings.Contains(text, "Check the network") || strings.Contains(text, says) != (config["base_url"] == nil) {
			t.Errorf("%v: %s", config, text)
		}
	}
}

// Whatever the last attempt met, what ended the read was its time.
func TestDiagnosticsOfATimeout(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: status, Header: map[string][]string{"Retry-After": {"3600"}}}
		}})
		expectDiagnostic(t, configured(t, server, nil), channel(nil), "Reading calls timed out", "Raise read in the timeouts block", fmt.Sprintf("status %d", status))
	}
}

func TestDiagnosticsOfAFilterThatBirdDoesNotApply(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 300})
	const other = "b839d30b-8171-471c-9df4-591d4dd7bee5"
	type test struct {
		argument string
		value    any
	}
	tests := map[string]test{
		"channelId": {"channel_ids", []string{other}}, "startAt": {"start_at", "2025-01-01T00:00:00Z"}, "endAt": {"end_at", "2024-01-01T00:00:00Z"},
	}
	for _, filter := range bird.CallFilters {
		if !filter.Number {
			tests[filter.Parameter] = test{filter.Parameter, valueOf(filter, calls)}
		}
	}
	for _, filter := range bird.ChannelFilters {
		if _, ok := tests[filter.Parameter]; !ok {
			tests[filter.Parameter] = test{filter.Parameter, "line"}
		}
	}
	for parameter, test := range tests {
		t.Run(test.argument, func(t *testing.T) {
			t.Parallel()
			s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Ignore: []string{parameter}}), nil)
			for _, k := range s.kindsWith(test.argument) {
				config := s.required(k)
				config[test.argument] = test.value
				text := s.diagnose(k, config)
				for _, word := range []string{"Filter not applied by Bird", `AttributeName("` + test.argument + `")`, "did not apply the filter " + parameter, "Leave out " + test.argument} {
					if !strings.Contains(text, word) {
						t.Errorf("%s: %q is not in the diagnostic:\n%s", k, word, text)
					}
				}
			}
		})
	}
}

func TestDiagnosticsNameTheCallsOfTheArguments(t *testing.T) {
	t.Parallel()
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 400} }}), nil)
	for _, k := range s.kindsWith("start_at") {
		config, selected := selecting(t, s, k)
		text := s.diagnose(k, config)
		for _, selection := range selected {
			if !strings.Contains(text, selection.named) {
				t.Errorf("%s: %q is not in the diagnostic:\n%s", k, selection.named, text)
			}
		}
	}
	for _, k := range s.kindsWith("channel_ids") {
		if text, words := s.diagnose(k, s.required(k)), "calls of all channels in workspace "+birdtest.DefaultWorkspaceID+" ("; !strings.Contains(text, words) {
			t.Errorf("%s: %q is not in the diagnostic:\n%s", k, words, text)
		}
	}
}

// Each list has remedies of its own.
func TestDiagnosticsHaveTheRemediesOfTheirList(t *testing.T) {
	t.Parallel()
	type remedies struct{ role, notFound, timeout string }
	ofCalls := remedies{
		"viewing /workspaces/*/channels/*/calls (for the calls of a channel) and /workspaces/*/channels/calls (for those of a workspace).",
		"Check workspace_id and channel_id: no such workspace, or no such voice channel in it, is visible to the credential.",
		"ask for less, with a narrower window or a filter.",
	}
	of := map[string]remedies{
		"bird_channel_calls": ofCalls, "bird_workspace_calls": ofCalls, "bird_channel_call_summary": ofCalls, "bird_workspace_call_summary": ofCalls,
		"bird_channels": {
			"viewing /workspaces/*/channels. Without it, read bird_workspace_calls or bird_workspace_call_summary",
			"Check workspace_id: no such workspace is visible to the credential.",
			"ask for less, with a platform or a status.",
		},
	}
	for _, k := range newSession(t).kinds() {
		want, ok := of[k.name]
		if !ok {
			t.Errorf("no remedy is expected of %s", k)
		}
		for status, words := range map[int]string{401: want.role, 403: want.role, 404: want.notFound, 503: want.timeout} {
			s := configured(t, birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
				return birdtest.Fault{Status: status, Header: map[string][]string{"Retry-After": {"3600"}}} // longer than the read may take
			}}), nil)
			if text := s.diagnose(k, s.required(k)); !strings.Contains(text, words) {
				t.Errorf("%s: status %d: %q is not in the diagnostic:\n%s", k, status, words, text)
			}
		}
	}
}
