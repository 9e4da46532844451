package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// calls reads or opens a kind that must succeed, and returns its calls.
func (s *session) calls(k kind, config object) []tftypes.Value {
	s.t.Helper()
	if !k.ephemeral {
		return elements(s.t, s.state(k.name, config), "calls")
	}
	result, text := s.open(s.t.Context(), k.name, config)
	if text != "" {
		s.t.Fatal(text)
	}
	return elements(s.t, result, "calls")
}

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
			if kept := name == "id" || slices.Contains(names, name); kept && !got.Equal(want) || !kept && !got.IsNull() {
				t.Fatalf("call %d with %q: %s is %s, of %s", i, names, name, got, want)
			}
		}
	}
}

func TestReadCallsSetsAttributesThatAreNotNamedToNull(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 40})
	s := stand(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled, Repeat: 7}), object{"max_requests_per_second": 1000})
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
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 40})
	s := stand(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), object{"pseudonym_key": strings.Repeat("k", 32)})
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
	s := stand(t, server, nil)
	call := s.calls(kind{name: "bird_channel_calls"}, channel(object{"attributes": []string{"duration"}, "status": "busy"}))
	if len(call) != 1 || !attributeOf(t, call[0], "duration").Equal(tftypes.NewValue(tftypes.Number, 2)) {
		t.Errorf("calls %s", call)
	}
	expectDiagnostic(t, s, channel(object{"attributes": []string{"duration"}, "status": "failed"}), "Filter not applied by Bird")
}

// A later version of a call is as private as the first.
func TestReadCallsProtectsACallThatCameTwice(t *testing.T) {
	t.Parallel()
	server := servePages(t,
		`{"results":[{"id":"1","from":"Alice, early","updatedAt":"2024-02-28T18:54:47Z"}],"nextPageToken":"2"}`,
		`{"results":[{"id":"1","from":"Alice, late","updatedAt":"2024-02-28T18:54:48Z"}]}`)
	s := stand(t, server, object{"pseudonym_key": strings.Repeat("k", 32)})
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
	s := stand(t, server, nil)
	for _, k := range s.kindsWith("attributes") {
		config := s.required(k)
		config["attributes"], config["from"], config["to"] = []string{"duration"}, "31970", nil
		if text := s.diagnose(k, config); text != "" {
			t.Errorf("%s: %s", k, text)
		}
		config["to"] = "31972"
		if text := s.diagnose(k, config); strings.Count(text, "WARNING") != 1 || !strings.Contains(text, "1 of 2 have a value of to") {
			t.Errorf("%s: one of the calls is to another number: %q", k, text)
		}
	}
}

func TestReadCallsEndsWithTheFirstCallTooMany(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 60}), PageSize: 10})
	s := stand(t, server, nil)
	expectDiagnostic(t, s, channel(object{"max_calls": 15}), "More calls than max_calls", "stopped after 20 calls")
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}
