package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

// dataChannelCalls is the configuration of the fake server's channel.
func dataChannelCalls(more string) string {
	return fmt.Sprintf("data \"bird_channel_calls\" \"test\" {\n  workspace_id = %q\n  channel_id   = %q\n%s\n}\n",
		birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, more)
}

// serveBody starts a fake server whose first page is body; the next one, where
// body names one, is empty.
func serveBody(t testing.TB, body string) *birdtest.Server {
	t.Helper()
	return servePages(t, body, `{"results":[]}`)
}

// servePages starts a fake server with a first page and a next one.
func servePages(t testing.TB, first, next string) *birdtest.Server {
	t.Helper()
	return birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		if r.Page != "" {
			return birdtest.Fault{Status: 200, Body: next}
		}
		return birdtest.Fault{Status: 200, Body: first}
	}})
}

func payload(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile("../bird/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestCallsSchemaAndStructNameTheSameAttributes(t *testing.T) {
	ctx := context.Background()
	var resp datasource.SchemaResponse
	provider.NewChannelCallsDataSource().Schema(ctx, datasource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(ctx); diags.HasError() {
		t.Fatal(diags)
	}
	state := tfsdk.State{Schema: resp.Schema, Raw: tftypes.NewValue(resp.Schema.Type().TerraformType(ctx), nil)}
	for name, calls := range map[string][]bird.Call{
		"empty":  {{}},
		"filled": birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 200}),
	} {
		if diags := state.SetAttribute(ctx, path.Root("calls"), calls); diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// flatten returns the leaves of decoded JSON by path, with field names in
// snake_case.
func flatten(prefix string, value any, leaves map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			flatten(prefix+"."+snakeCase(name), member, leaves)
		}
	case []any:
		for i, element := range value {
			flatten(fmt.Sprintf("%s[%d]", prefix, i), element, leaves)
		}
	default:
		leaves[prefix] = value
	}
}

func snakeCase(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func decodeNumbers(t testing.TB, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// callsInState runs terraform apply and returns the calls of its state.
func callsInState(t *testing.T, server *birdtest.Server) []any {
	t.Helper()
	w := newWorkspace(t, server, dataChannelCalls(""))
	w.run("apply", "-auto-approve", "-input=false")
	state := decodeNumbers(t, w.read("terraform.tfstate")).(map[string]any)
	instance := state["resources"].([]any)[0].(map[string]any)["instances"].([]any)[0].(map[string]any)
	return instance["attributes"].(map[string]any)["calls"].([]any)
}

func TestCallsDataSourceSetsEachFieldOfACall(t *testing.T) {
	t.Parallel()
	full := payload(t, "channel_call_full.json")
	want, got := make(map[string]any), make(map[string]any)
	flatten("", decodeNumbers(t, full).(map[string]any)["results"].([]any)[0], want)
	if len(want) != 59 {
		t.Fatalf("the published call has %d leaves, not 59", len(want))
	}
	calls := callsInState(t, serveBody(t, full))
	if len(calls) != 1 {
		t.Fatalf("%d calls, not 1", len(calls))
	}
	flatten("", calls[0], got)
	maps.DeleteFunc(got, func(_ string, value any) bool { return value == nil }) // not of the published call
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("published call (-), state (+):\n%s", diff)
	}
}

func TestCallsDataSourceSetsAbsentFieldsToNull(t *testing.T) {
	t.Parallel()
	sparse := payload(t, "channel_calls_sparse.json")
	want := make(map[string]map[string]any)
	for _, result := range decodeNumbers(t, sparse).(map[string]any)["results"].([]any) {
		leaves := make(map[string]any)
		flatten("", result, leaves)
		want[leaves[".id"].(string)] = leaves
	}
	calls := callsInState(t, serveBody(t, sparse))
	if len(calls) != len(want) || len(calls) == 0 {
		t.Fatalf("%d calls, not %d", len(calls), len(want))
	}
	for _, call := range calls {
		got := make(map[string]any)
		flatten("", call, got)
		id := got[".id"].(string)
		nulls := 0
		for leaf, value := range got {
			if _, ok := want[id][leaf]; !ok {
				if value != nil {
					t.Errorf("call %s: %s is %#v, but the API did not send it", id, leaf, value)
				}
				delete(got, leaf)
				nulls++
			}
		}
		if nulls == 0 {
			t.Errorf("call %s is not sparse", id)
		}
		if diff := cmp.Diff(want[id], got); diff != "" {
			t.Errorf("call %s as sent (-), in the state (+):\n%s", id, diff)
		}
	}
}

func TestCallsDataSourceKeepsEmptyLists(t *testing.T) {
	t.Parallel()
	s := stand(t, serveBody(t, `{"results":[
		{"id":"a","createdAt":"2024-01-01T00:00:00Z","tags":[],"callFlow":{"commands":[]},"originator":{},"reason":""},
		{"id":"b","createdAt":"2024-01-01T00:00:00Z","tags":null,"callFlow":{"commands":null},"originator":null,"reason":null}]}`), nil)
	calls := elements(t, s.state("bird_channel_calls", channel(nil)), "calls")
	for i, null := range []bool{false, true} {
		for _, name := range []string{"tags", "originator", "reason"} {
			if attributeOf(t, calls[i], name).IsNull() != null {
				t.Errorf("call %d: null is %v of %s", i, !null, name)
			}
		}
		if attributeOf(t, attributeOf(t, calls[i], "call_flow"), "commands").IsNull() != null {
			t.Errorf("call %d: null is %v of call_flow.commands", i, !null)
		}
	}
	if tags := elements(t, calls[0], "tags"); len(tags) != 0 {
		t.Errorf("tags are %v, not empty", tags)
	}
}

func TestCallsDataSourceHasTheSameStateHoweverTheServerLists(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 7, Calls: 69})
	var ids []string
	for _, call := range calls {
		ids = append(ids, call.ID)
	}
	var first []byte
	for _, order := range []birdtest.Order{birdtest.Ascending, birdtest.Descending, birdtest.Shuffled} {
		for _, exclusive := range []bool{false, true} {
			for _, repeat := range []int{0, 3} {
				for _, empty := range []int{0, 2} {
					for _, window := range []object{nil, {"start_at": "2024-01-31T23:00:00Z", "end_at": "2024-03-05T00:00:00+01:00"}} {
						s := stand(t, birdtest.NewServer(t, birdtest.Options{
							Calls: calls, Order: order, StartExclusive: exclusive, EndExclusive: exclusive, Repeat: repeat, EmptyPages: empty, PageSize: 20,
						}), object{"max_requests_per_second": 1000})
						name := fmt.Sprintf("order %d, exclusive %v, repeat %d, empty pages %d, window %v", order, exclusive, repeat, empty, window)
						state := s.state("bird_channel_calls", channel(window))
						list := elements(t, state, "calls")
						var got []string
						for _, call := range list {
							var id string
							if err := attributeOf(t, call, "id").As(&id); err != nil {
								t.Fatal(err)
							}
							got = append(got, id)
						}
						if !slices.Equal(got, ids) {
							t.Fatalf("%s: other calls, or in another order: %d, not %d", name, len(got), len(ids))
						}
						encoded := encode(t, attributeOf(t, state, "calls"))
						if first == nil {
							first = encoded
						}
						if !bytes.Equal(encoded, first) {
							t.Errorf("%s: another state", name)
						}
					}
				}
			}
		}
	}
}

func encode(t testing.TB, value tftypes.Value) []byte {
	t.Helper()
	encoded, err := value.MarshalMsgPack(value.Type()) //nolint:staticcheck // there is no other way
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestCallsDataSourceReturnsAllCallsThroughFaults(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 60})
	// Each page comes after two failures.
	for name, fault := range map[string]birdtest.Fault{
		"503":                    {Status: 503},
		"truncated":              {Truncate: 10_000},
		"reset":                  {Drop: true},
		"429":                    {Status: 429},
		"429 that says how long": {Status: 429, Header: map[string][]string{"Retry-After": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 30, Fault: func(r birdtest.Request) birdtest.Fault {
				if r.Attempt <= 2 {
					return fault
				}
				return birdtest.Fault{}
			}})
			state := stand(t, server, nil).state("bird_channel_calls", channel(object{"start_at": "2024-02-01T00:00:00Z"}))
			var got, want []string
			for _, call := range elements(t, state, "calls") {
				var id string
				if err := attributeOf(t, call, "id").As(&id); err != nil {
					t.Fatal(err)
				}
				got = append(got, id)
			}
			for _, call := range calls {
				want = append(want, call.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d calls, or others, want %d", len(got), len(want))
			}
			if n := len(server.Requests()); n != 6 {
				t.Errorf("%d requests for 2 pages with 2 failures each", n)
			}
		})
	}
}

// diagnose validates and reads, or opens, a kind, and returns the diagnostics of
// the reading as text.
func (s *session) diagnose(k kind, config object) string {
	s.t.Helper()
	if k.ephemeral {
		_, text := s.open(s.t.Context(), k.name, config)
		return text
	}
	return diagnosticsText(s.read(s.t.Context(), k.name, config).Diagnostics)
}

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

func TestCallsDataSourceReportsErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	ids := []string{birdtest.DefaultChannelID, birdtest.DefaultWorkspaceID, "page 1", "0 calls in 0 pages"}
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
		"401":              {object{"token": "wrong-token-0123456789"}, nil, nil, []string{"Unable to list calls", "Status 401", "code 2", "access_key: Request not allowed", "Check that the credential"}},
		"401 of a bk_ key": {object{"token": "bk_0123456789"}, nil, nil, []string{"Status 401", "starts with bk_", "newer platform"}},
		"403":              {object{"token": birdtest.ForbiddenToken}, nil, nil, []string{"Status 403", "code Forbidden", "the access role may not read calls", "request id req-", "/workspaces/*/channels/*/calls", "/workspaces/*/channels/calls"}},
		"404":              {nil, object{"channel_id": "11111111-1111-4111-8111-111111111111"}, nil, []string{"Status 404", "code ResourceNotFound", "Check workspace_id and channel_id"}},
		"409, any other":   {nil, nil, always(birdtest.Fault{Status: 409, Body: `{"code":"Conflict","message":"no"}`}), []string{"Status 409", "code Conflict: no", "Check the arguments"}},
		"429":              {object{"max_retries": 1}, nil, always(birdtest.Fault{Status: 429, Body: `{"message":"slow down"}`, Header: map[string][]string{"Retry-After": {"0"}}}), []string{"After 2 attempts", "status 429", "slow down", "max_requests_per_second"}},
		"500":              {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 500}), []string{"Status 500", "the body is empty", "The server failed"}},
		"302":              {nil, nil, always(birdtest.Fault{Status: 302, Header: map[string][]string{"Location": {"http://127.0.0.1:1/"}}}), []string{"Status 302", "Redirects are refused", "base_url"}},
		"HTML":             {nil, nil, always(birdtest.Fault{Status: 200, Body: html, ContentType: "text/html"}), []string{"HTML where JSON should be", "Proxy says no", "base_url"}},
		"HTML of a 502":    {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 502, Body: html, ContentType: "text/html"}), []string{"Status 502", "Proxy says no"}},
		"broken JSON":      {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results": [}`}), []string{"not a list in JSON", "not shown, because it is JSON"}},
		"other JSON":       {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"data": []}`}), []string{"not a list in JSON", "no field results"}},
		"binary":           {nil, nil, always(birdtest.Fault{Status: 200, Body: strings.Repeat("\xff\xfe\x00", 50)}), []string{"the body is not text"}},
		"wrong type":       {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[{"id":"call-1","duration":"long"}]}`}), []string{"call-1", "field duration is not a whole number", "report"}},
		"over 64 MiB":      {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"padding":"` + strings.Repeat("x", 64<<20) + `","results":[]}`}), []string{"larger than 64 MiB"}},
		"token comes twice": {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[],"nextPageToken":"again"}`}),
			[]string{"repeats its token", "page 2", "0 calls in 1 page"}},
		"a body that is truncated each time": {object{"max_retries": 0}, nil, always(birdtest.Fault{Truncate: 5}), []string{"No complete response", "Check the network"}},
		"a connection that is reset":         {object{"max_retries": 0}, nil, always(birdtest.Fault{Drop: true}), []string{"No complete response", "Check the network"}},
		"timeout while the server hangs":     {nil, object{"timeouts": object{"read": "50ms"}}, always(birdtest.Fault{Hang: true}), []string{"timed out", "limited to 50ms", "timeouts block"}},
		"timeout while waiting to retry":     {nil, object{"timeouts": object{"read": "1h"}}, always(birdtest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"7200"}}}), []string{"timed out", "Waiting 2h0m0s for the next attempt", "status 503"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Fault: test.fault})
			want := test.want
			if name != "token comes twice" {
				want = slices.Concat(want, ids)
				if id, ok := test.argument["channel_id"]; ok {
					want = slices.Replace(want, len(test.want), len(test.want)+1, id.(string))
				}
			}
			expectDiagnostic(t, stand(t, server, test.config), channel(test.argument), want...)
		})
	}
}

// Whatever the last attempt met, what ended the read was its time.
func TestCallsDataSourceReportsATimeoutAsOne(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: status, Header: map[string][]string{"Retry-After": {"3600"}}}
		}})
		expectDiagnostic(t, stand(t, server, nil), channel(nil), "Reading calls timed out", "Raise read in the timeouts block", fmt.Sprintf("status %d", status))
	}
}

func TestCallsDataSourceRefusesMoreThanMaxCalls(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 150}), PageSize: 100})
	s := stand(t, server, nil)
	expectDiagnostic(t, s, channel(object{"max_calls": 149}), "More calls than max_calls", "stopped after 150 calls", "max_calls is 149", "Narrow the window", "raise max_calls")
	if got := len(elements(t, s.state("bird_channel_calls", channel(object{"max_calls": 150})), "calls")); got != 150 {
		t.Errorf("%d calls, not 150", got)
	}
}

func TestCallsDataSourceReportsAFilterThatBirdDoesNotApply(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 300})
	const other = "b839d30b-8171-471c-9df4-591d4dd7bee5"
	tried := map[string]bool{"from": true, "to": true} // which are not checked
	for parameter, test := range map[string]struct {
		argument string
		value    any
	}{
		"status": {"status", "busy"}, "platform": {"platform", "line"}, "type": {"type", "sip"}, "direction": {"direction", "outgoing"},
		"channelId": {"channel_ids", []string{other}}, "startAt": {"start_at", "2025-01-01T00:00:00Z"}, "endAt": {"end_at", "2024-01-01T00:00:00Z"},
	} {
		tried[test.argument] = true
		t.Run(test.argument, func(t *testing.T) {
			t.Parallel()
			s := stand(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Ignore: []string{parameter}}), nil)
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
	for name := range filters {
		if !tried[name] {
			t.Errorf("the filter %s is not tried", name)
		}
	}
}

func TestCallsDataSourceCountsCallsWithOtherNumbers(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 300})
	s := stand(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Ignore: []string{"from", "to"}}), nil)
	for argument, number := range map[string]func(bird.Call) string{
		"from": func(call bird.Call) string { return strings.TrimPrefix(*call.From, "+") },
		"to":   func(call bird.Call) string { return strings.TrimPrefix(*call.To, "+") },
	} {
		others := 0
		for _, call := range calls {
			if number(call) != number(calls[7]) {
				others++
			}
		}
		for _, k := range s.kindsWith(argument) {
			config := s.required(k)
			config[argument] = "+" + number(calls[7])
			text := s.diagnose(k, config)
			for _, word := range []string{"WARNING: Calls with other numbers", fmt.Sprintf("AttributeName(%q)", argument), fmt.Sprintf("%d of 300 have a value of %s", others, argument)} {
				if !strings.Contains(text, word) {
					t.Errorf("%s: %q is not in the diagnostics:\n%s", k, word, text)
				}
			}
			if strings.Count(text, "WARNING") != 1 || strings.Contains(text, "ERROR") || strings.Contains(text, birdtest.NumberPattern) {
				t.Errorf("%s: diagnostics\n%s", k, text)
			}
			config[argument] = nil
			if text := s.diagnose(k, config); text != "" {
				t.Errorf("%s: without the filter: %s", k, text)
			}
		}
	}
}

// filters are arguments that select calls, and how messages name them: from and
// to without their values, which may be phone numbers.
var filters = map[string]struct{ value, named string }{
	"start_at":  {"2024-02-28T17:54:33.241+01:00", ", from 2024-02-28T16:54:33.241Z"},
	"end_at":    {"2024-03-01T00:00:00.5Z", ", until 2024-03-01T00:00:00.5Z"},
	"status":    {"no-answer", ", with status no-answer"},
	"type":      {"sip", ", with type sip"},
	"direction": {"incoming", ", with direction incoming"},
	"from":      {"client:a b&c=d", ", filtered by from and to"},
	"to":        {"31970000", ", filtered by from and to"},
}

func TestCallsDataSourceNamesTheCallsOfItsArguments(t *testing.T) {
	t.Parallel()
	config := channel(nil)
	var named []string
	for name, filter := range filters {
		config[name] = filter.value
		named = append(named, filter.named)
	}
	s := stand(t, birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 400} }}), nil)
	expectDiagnostic(t, s, config, named...)
	others := []string{"attributes", "max_calls", "personal_data"} // which select no calls
	for _, attribute := range s.schema.DataSourceSchemas["bird_channel_calls"].Block.Attributes {
		if _, ok := filters[attribute.Name]; !ok && attribute.Optional && !slices.Contains(others, attribute.Name) {
			t.Errorf("the filter %s is not tried", attribute.Name)
		}
	}
	other := strings.Replace(birdtest.DefaultChannelID, "-4", "-5", 1)
	for _, k := range s.kindsWith("channel_ids") {
		for words, ids := range map[string]any{
			"calls of all channels in workspace " + birdtest.DefaultWorkspaceID:                                                  nil,
			"calls of the channels " + birdtest.DefaultChannelID + ", " + other + " in workspace " + birdtest.DefaultWorkspaceID: []string{birdtest.DefaultChannelID, other},
		} {
			config := s.required(k)
			config["channel_ids"] = ids
			if text := s.diagnose(k, config); !strings.Contains(text, words) {
				t.Errorf("%s: %q is not in the diagnostics:\n%s", k, words, text)
			}
		}
	}
}

func TestCallsDataSourceSendsTheQueryOfItsArguments(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	config := channel(nil)
	for name, filter := range filters {
		config[name] = filter.value
	}
	stand(t, server, nil).state("bird_channel_calls", config)
	requests := server.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests, not 1", len(requests))
	}
	got := make(map[string]string)
	for name, values := range requests[0].Query {
		got[name] = strings.Join(values, ",")
	}
	want := map[string]string{
		"limit": "1000", "startAt": "2024-02-28T16:54:33.241Z", "endAt": "2024-03-01T00:00:00.5Z",
		"status": "no-answer", "type": "sip", "direction": "incoming", "from": "client:a b&c=d", "to": "31970000",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 1+len(filters) {
		t.Errorf("want (-), got (+), of %d filters:\n%s", len(filters), diff)
	}
	agent := requests[0].Header.Get("User-Agent")
	if !regexp.MustCompile(`^Terraform/1\.11\.4 \(\+https://www\.terraform\.io\) terraform-provider-bird/test \(\+https://\S+\)$`).MatchString(agent) {
		t.Errorf("User-Agent %q", agent)
	}
}

// An id is the same in upper case, and Bird writes ids in lower case.
func TestCallsDataSourceSendsAndNamesIDsInLowerCase(t *testing.T) {
	t.Parallel()
	const one, two = "c839d30b-8171-471c-9df4-591d4dd7bee5", "d839d30b-8171-471c-9df4-591d4dd7bee5"
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 400} }})
	s := stand(t, server, nil)
	for k, test := range map[kind]struct {
		config object
		path   string
		ids    []string
		named  string
	}{
		{name: "bird_workspace_calls"}: {
			object{"channel_ids": []string{strings.ToUpper(one), two}, "tags": []string{"vip", "late"}},
			"/workspaces/" + birdtest.DefaultWorkspaceID + "/channels/calls", []string{one, two},
			"calls of the channels " + one + ", " + two + " in workspace " + birdtest.DefaultWorkspaceID + ", with tags vip, late",
		},
		{name: "bird_channel_calls"}: {
			object{"channel_id": strings.ToUpper(one)},
			"/workspaces/" + birdtest.DefaultWorkspaceID + "/channels/" + one + "/calls", nil,
			"calls of channel " + one + " in workspace " + birdtest.DefaultWorkspaceID + " (",
		},
	} {
		test.config["workspace_id"] = strings.ToUpper(birdtest.DefaultWorkspaceID)
		if text := s.diagnose(k, test.config); !strings.Contains(text, test.named) {
			t.Errorf("%s: %q is not in the diagnostic:\n%s", k, test.named, text)
		}
		requests := server.Requests()
		last := requests[len(requests)-1]
		if !strings.HasSuffix(last.Path, test.path) || !slices.Equal(last.Query["channelId"], test.ids) {
			t.Errorf("%s: requested %s of the channels %q", k, last.Path, last.Query["channelId"])
		}
	}
}

func TestCallsDataSourcePlansNoChangesAfterTheApply(t *testing.T) {
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 120})}))
	// terraform-plugin-testing fails where a plan after the apply has changes, those
	// of outputs too.
	acceptance(t, resource.TestStep{
		Config: dataChannelCalls("") + "output \"latest\" {\n  value = data.bird_channel_calls.test.calls[119].id\n}\n",
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("calls"), knownvalue.ListSizeExact(120)),
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("max_calls"), knownvalue.Null()),
		},
	})
}

func TestCallsDataSourceReturnsAnEmptyListWithoutCalls(t *testing.T) {
	useServer(t, birdtest.NewServer(t, birdtest.Options{}))
	acceptance(t, resource.TestStep{
		Config: strings.Replace(dataChannelCalls(""), birdtest.DefaultChannelID, birdtest.EmptyChannelID, 1),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("calls"), knownvalue.ListSizeExact(0)),
		},
	})
}

func TestCallsDataSourceValidatesWithoutReading(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	w := newWorkspace(t, server, dataChannelCalls(`  start_at = "2024-03-01T00:00:00Z"
  end_at   = "2024-02-01T00:00:00Z"`))
	code, output := w.try("validate")
	if code != 1 || !strings.Contains(output, "Window ends before it begins") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	w.write("main.tf", strings.Replace(w.read("main.tf"), "2024-02-01", "2024-04-01", 1))
	w.run("validate")
	if n := len(server.Requests()); n != 0 {
		t.Errorf("validate made %d requests", n)
	}
}

func TestCallsDataSourceEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"refresh"}} {
		t.Run(command[0], func(t *testing.T) {
			t.Parallel()
			began := make(chan struct{}, 100)
			server := birdtest.NewServer(t, birdtest.Options{
				Calls:    birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 150}),
				PageSize: 100,
				Fault: func(r birdtest.Request) birdtest.Fault {
					if r.Page == "" {
						return birdtest.Fault{}
					}
					began <- struct{}{}
					return birdtest.Fault{Hang: true}
				},
			})
			w := newWorkspace(t, server, dataChannelCalls(""))
			output := w.interrupt(began, append(command, "-input=false")...)
			if words := strings.Join(strings.Fields(strings.ReplaceAll(output, "│", "")), " "); !strings.Contains(words, "Reading calls was interrupted") || !strings.Contains(words, "100 calls in 1 page so far") {
				t.Errorf("terraform printed:\n%s", output)
			}
		})
	}
}

func TestCallsDataSourceShowsTheCredentialNowhere(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 120})
	echo := func(r birdtest.Request) birdtest.Fault {
		if r.Attempt == 1 {
			return birdtest.Fault{Status: 503, Body: `{"message":"you sent ` + r.Header.Get("Authorization") + `"}`}
		}
		return birdtest.Fault{}
	}
	for name, test := range map[string]struct {
		provider string
		fault    func(birdtest.Request) birdtest.Fault
		code     int
	}{
		"from the environment": {"", echo, 0},
		"from an attribute":    {"variable \"key\" {\n  sensitive = true\n}\n\nprovider \"bird\" {\n  access_key = var.key\n}\n", echo, 0},
		"in an error": {"", func(r birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: 403, Body: strings.Repeat("Forbidden for "+r.Header.Get("Authorization")+" ", 50)}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 100, Fault: test.fault})
			w := newWorkspace(t, server, test.provider+dataChannelCalls(""))
			w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log", "TF_VAR_key="+birdtest.DefaultAccessKey)
			if code, output := w.try("plan", "-input=false", "-out=saved.plan"); code != test.code {
				t.Fatalf("exit code %d, not %d\n%s", code, test.code, output)
			} else {
				w.write("plan.log", output)
			}
			if test.code == 0 {
				w.write("apply.log", w.run("apply", "-input=false", "saved.plan"))
				w.write("show.log", w.run("show", "-json"))
			}
			log := w.read("trace.log")
			proofs := []string{"[TRACE]", "provider.terraform-provider-bird"}
			if test.code == 0 {
				proofs = append(proofs, "An attempt failed and can be retried", "Read a page of calls")
			}
			for _, proof := range proofs {
				if !strings.Contains(log, proof) {
					t.Errorf("%q is not in the log, so this test proves nothing", proof)
				}
			}
			var lines []string
			for _, request := range server.Requests() {
				lines = append(lines, request.Method+" "+request.Path+"?"+request.Query.Encode())
			}
			w.write("requests.log", strings.Join(lines, "\n"))
			entries, err := os.ReadDir(w.dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if entry.IsDir() {
					continue
				}
				content := w.read(entry.Name())
				for _, secret := range []string{birdtest.DefaultToken, birdtest.DefaultAccessKey} {
					if strings.Contains(content, secret) || strings.Contains(content, secret[:len(secret)/2]) {
						t.Errorf("the credential is in %s", entry.Name())
					}
				}
				if entry.Name() == "trace.log" && strings.Contains(content, birdtest.NumberPattern+"000") {
					for line := range strings.SplitSeq(content, "\n") {
						if strings.Contains(line, birdtest.NumberPattern+"000") && strings.Contains(line, "provider.terraform-provider-bird") {
							t.Errorf("a phone number is in the provider's log: %.300s", line)
							break
						}
					}
				}
			}
		})
	}
}

func TestCallsDataSourceLogsPagesAndTheTotal(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 12}), PageSize: 10})
	w := newWorkspace(t, server, dataChannelCalls(""))
	w.env = append(w.env, "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+w.dir+"/debug.log")
	w.run("plan", "-input=false")
	log := w.read("debug.log")
	for _, words := range [][]string{
		{"[DEBUG]", "Read a page of calls", "page=1", "calls=10", "attempts=1", "duration_ms=", "@module=bird.client"},
		{"[DEBUG]", "Read a page of calls", "page=2", "calls=12"},
		{"[INFO]", "Read all calls", "pages=2", "calls=12", "@module=bird.client"},
	} {
		told := false
		for line := range strings.SplitSeq(log, "\n") {
			told = told || !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		}
		if !told {
			t.Errorf("no line of the log holds %q", words)
		}
	}
	// The version that the binary was built with.
	if agent := server.Requests()[0].Header.Get("User-Agent"); !strings.Contains(agent, " terraform-provider-bird/0.0.1 (") {
		t.Errorf("User-Agent %q", agent)
	}
}

// logOf reads a kind, and returns what the provider logs at every level, one
// entry a line.
func (s *session) logOf(k kind, config object) string {
	s.t.Helper()
	var log bytes.Buffer
	s.read(tflogtest.RootLogger(s.t.Context(), &log), k.name, config)
	return log.String()
}

func TestCallsDataSourceLogsTheAttemptsOfEachPage(t *testing.T) {
	t.Parallel()
	server := serveBody(t, `{"results":[{"id":"1"},{"id":"2"}],"nextPageToken":"2"}`)
	log := stand(t, server, nil).logOf(kind{name: "bird_channel_calls"}, channel(nil))
	for _, words := range [][]string{{`"page":1`, `"calls":2`, `"attempts":1`}, {`"page":2`, `"calls":2`, `"attempts":1`}} {
		if !slices.ContainsFunc(strings.Split(log, "\n"), func(line string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		}) {
			t.Errorf("no line of the log holds %q:\n%s", words, log)
		}
	}
}

func TestCallsDataSourceLogsEachRetry(t *testing.T) {
	t.Parallel()
	// The wait would outlast the timeout, so it does not begin.
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"3600"}}}
	}})
	log := stand(t, server, nil).logOf(kind{name: "bird_channel_calls"}, channel(nil))
	var entry struct {
		Message string `json:"@message"`
		Level   string `json:"@level"`
		Attempt int    `json:"attempt"`
		Wait    int    `json:"wait_ms"`
		Error   string `json:"error"`
	}
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "can be retried") {
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	if entry.Level != "warn" || entry.Attempt != 1 || entry.Wait > 3600_000 || entry.Wait < 3000_000 || !strings.Contains(entry.Error, "status 503") {
		t.Errorf("logged %+v", entry)
	}
}

// The service compares the bounds with two times of a call, so the window cannot
// be divided.
func TestCallsDataSourceLogsAWindowThatIsReadOn(t *testing.T) {
	t.Parallel()
	start := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	end := start.Add(24 * time.Hour)
	var calls []bird.Call // one in each minute
	for i := range 900 {
		created := start.Add(time.Duration(i)*time.Minute + 10*time.Second)
		calls = append(calls, bird.Call{
			ID: fmt.Sprint(i), ChannelID: new(birdtest.DefaultChannelID),
			CreatedAt: new(created.Format(time.RFC3339)), EndedAt: new(created.Add(30 * time.Second).Format(time.RFC3339)),
		})
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, EndBy: birdtest.EndedAt, PageSize: 25})
	log := stand(t, server, object{"max_requests_per_second": 1000}).logOf(kind{name: "bird_channel_calls"}, channel(object{
		"start_at": start.Format(time.RFC3339), "end_at": end.Format(time.RFC3339),
	}))
	var entry struct {
		StartAt time.Time `json:"start_at"`
		EndAt   time.Time `json:"end_at"`
		Missing int       `json:"missing"`
	}
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "continues page by page") {
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !entry.StartAt.Equal(start) || !entry.EndAt.Equal(end) || entry.Missing < 1 {
		t.Errorf("logged %+v, want the window from %s to %s", entry, start, end)
	}
}
