package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// wantAttributes fails the test unless calls are the whole ones with only these
// attributes and the id.
func wantAttributes(t *testing.T, whole, calls []tftypes.Value, known, names []string) {
	t.Helper()
	if len(calls) != len(whole) {
		t.Fatalf("%d calls, want %d", len(calls), len(whole))
	}
	for i := range calls {
		got, want := attributesOf(t, calls[i]), attributesOf(t, whole[i])
		for _, name := range known {
			got, want := got[name], want[name]
			if name != "id" && !slices.Contains(names, name) {
				want = tftypes.NewValue(want.Type(), nil)
			}
			if !got.Equal(want) {
				t.Fatalf("call %d with %q: %s is %s, want %s", i, names, name, got, want)
			}
		}
	}
}

func TestReadCallsSetsAttributesThatAreNotNamedToNull(t *testing.T) {
	t.Parallel()
	s := configured(t, awkwardServer(t), object{"max_requests_per_second": 1000})
	known := s.callAttributes()
	sets := [][]string{nil, {"duration", "status", "direction", "created_at"}, known}
	for _, name := range known {
		sets = append(sets, []string{name})
	}
	kinds := s.kindsWith("attributes")
	if len(kinds) != 4 {
		t.Fatalf("%v take attributes, want two data sources and two ephemeral resources", kinds)
	}
	for _, k := range kinds {
		whole := s.calls(k, s.required(k))
		for _, name := range known {
			if !slices.ContainsFunc(whole, func(call tftypes.Value) bool { return !attributeOf(t, call, name).IsNull() }) {
				t.Errorf("%s is null in every call, so nothing is shown of it", name)
			}
		}
		for _, names := range sets {
			config := s.required(k)
			config["attributes"] = nil
			if names == nil {
				names = known // without the argument
			} else {
				config["attributes"] = names
			}
			wantAttributes(t, whole, s.calls(k, config), known, names)
		}
	}
}

func TestReadCallsCombinesAttributesAndPersonalData(t *testing.T) {
	t.Parallel()
	s := configured(t, awkwardServer(t), object{"pseudonym_key": strings.Repeat("k", 32)})
	names := []string{"from", "originator", "status"}
	for _, personal := range []string{"keep", "omit", "pseudonymize"} {
		for _, k := range s.kindsWith("attributes") {
			config := s.required(k)
			config["personal_data"] = personal
			whole := s.calls(k, config)
			config["attributes"] = names
			wantAttributes(t, whole, s.calls(k, config), s.callAttributes(), names)
		}
	}
}

// A call that came twice is the later one, and a filter is checked against the
// calls, though neither updated_at nor status is returned.
func TestReadCallsUsesAttributesThatAreNotReturned(t *testing.T) {
	t.Parallel()
	server := servePages(t,
		`{"results":[{"id":"1","status":"busy","createdAt":"2024-02-28T18:00:00Z","updatedAt":"2024-02-28T18:54:47.7Z","duration":1}],"nextPageToken":"2"}`,
		`{"results":[{"id":"1","status":"busy","createdAt":"2024-02-28T18:00:00Z","updatedAt":"2024-02-28T18:54:47.77Z","duration":2}]}`)
	s := configured(t, server, nil)
	call := s.calls(kind{name: "bird_channel_calls"}, channel(object{"attributes": []string{"duration"}, "status": "busy"}))
	if len(call) != 1 {
		t.Fatalf("%d calls, want one", len(call))
	}
	if got := attributeOf(t, call[0], "duration"); !got.Equal(tftypes.NewValue(tftypes.Number, 2)) {
		t.Errorf("the duration is %s, want that of the later version, 2", got)
	}
	expectDiagnostic(t, s, channel(object{"attributes": []string{"duration"}, "status": "failed"}), "Filter not applied by Bird")
}

// A later version of a call is as private as the first.
func TestReadCallsProtectsACallThatCameTwice(t *testing.T) {
	t.Parallel()
	server := servePages(t,
		`{"results":[{"id":"1","from":"Alice, early","updatedAt":"2024-02-28T18:54:47Z"}],"nextPageToken":"2"}`,
		`{"results":[{"id":"1","from":"Alice, late","updatedAt":"2024-02-28T18:54:48Z"}]}`)
	s := configured(t, server, object{"pseudonym_key": strings.Repeat("k", 32)})
	for _, personal := range []string{"omit", "pseudonymize"} {
		for _, k := range s.kindsWith("personal_data") {
			config := s.required(k)
			config["personal_data"] = personal
			for _, call := range s.calls(k, config) {
				if text := call.String(); strings.Contains(text, "Alice") || !strings.Contains(text, "18:54:48Z") {
					t.Errorf("%s, %s: %s", k, personal, text)
				}
			}
		}
	}
}

func TestReadCallsComparesNumbersThatAreNotReturned(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 200, Body: `{"results":[{"id":"1","from":"+31970","to":"31971"},{"id":"2","from":"31970","to":"31972"}]}`}
	}})
	s := configured(t, server, nil)
	for _, k := range s.kindsWith("attributes") {
		config := s.required(k)
		config["attributes"], config["from"], config["to"] = []string{"duration"}, "31970", nil
		if text := s.diagnose(k, config); text != "" {
			t.Errorf("%s: %s", k, text)
		}
		config["to"] = "31972"
		if text := s.diagnose(k, config); strings.Count(text, "WARNING") != 1 || !strings.Contains(text, "1 of 2 calls have another to than the argument") {
			t.Errorf("%s: one of the calls is to another number: %q", k, text)
		}
	}
}

func TestReadCallsEndsWithTheFirstCallTooMany(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 60}), PageSize: 10})
	s := configured(t, server, nil)
	expectDiagnostic(t, s, channel(object{"max_calls": 15}), "More calls than max_calls", "stopped after 20 calls")
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestReadCallsSetsTheSameStateHoweverTheServerLists(t *testing.T) {
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
						s := configured(t, birdtest.NewServer(t, birdtest.Options{
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

func TestReadCallsReturnsAllCallsThroughFaults(t *testing.T) {
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
			state := configured(t, server, nil).state("bird_channel_calls", channel(object{"start_at": "2024-02-01T00:00:00Z"}))
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

func TestReadCallsRefusesMoreThanMaxCalls(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 150}), PageSize: 100})
	s := configured(t, server, nil)
	expectDiagnostic(t, s, channel(object{"max_calls": 149}), "More calls than max_calls", "stopped after 150 calls", "max_calls is 149", "Narrow the window", "raise max_calls")
	if got := len(elements(t, s.state("bird_channel_calls", channel(object{"max_calls": 150})), "calls")); got != 150 {
		t.Errorf("%d calls, not 150", got)
	}
}

func TestReadCallsCountsCallsWithOtherNumbers(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 300})
	// A call that is listed twice is one call.
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 100, Repeat: 3, Ignore: []string{"from", "to"}}), nil)
	for _, filter := range bird.CallFilters {
		if !filter.Number {
			continue
		}
		argument := filter.Parameter
		number := func(call bird.Call) string { return strings.TrimPrefix(*filter.Field(&call), "+") }
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
			for _, word := range []string{"WARNING: Calls with other numbers", fmt.Sprintf("AttributeName(%q)", argument), fmt.Sprintf("%d of 300 calls have another %s than", others, argument)} {
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

func TestReadCallsOfAllChannelsOfAWorkspace(t *testing.T) {
	t.Parallel()
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 120}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 90, ChannelID: other}),
	)
	bird.SortCalls(calls)
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled, PageSize: 100}), nil)
	resp := s.read(context.Background(), "bird_workspace_calls", object{"workspace_id": birdtest.DefaultWorkspaceID})
	if text := diagnosticsText(resp.Diagnostics); text != "" {
		t.Fatal(text)
	}
	list := elements(t, s.value(s.schema.DataSourceSchemas["bird_workspace_calls"].ValueType(), resp.State), "calls")
	if len(list) != len(calls) {
		t.Fatalf("%d calls, not %d", len(list), len(calls))
	}
	for i, call := range list {
		var id string
		if err := attributeOf(t, call, "id").As(&id); err != nil || id != calls[i].ID {
			t.Fatalf("call %d is %s, not %s (%v)", i, id, calls[i].ID, err)
		}
	}
}
