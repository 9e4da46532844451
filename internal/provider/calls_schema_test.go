package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

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

// The values that an argument names are those of the attribute, and the statistics
// know each status: an answered_at makes no difference to it.
func TestCallsSchemaNamesTheDocumentedValues(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	k := kind{name: "bird_channel_calls"}
	description := func(attributes []*tfprotov6.SchemaAttribute, name string) string {
		return attributes[slices.IndexFunc(attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })].Description
	}
	attributes := s.block(k).Attributes
	ofCall := attributes[slices.IndexFunc(attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "calls" })].NestedType.Attributes
	checked := 0
	for _, filter := range bird.CallFilters {
		if filter.Number {
			continue
		}
		known, _, _ := strings.Cut(description(attributes, filter.Parameter), ", or a value that Bird has added since")
		for _, value := range regexp.MustCompile("`[^`]+`").FindAllString(known, -1) {
			checked++
			if text := description(ofCall, filter.Parameter); !strings.Contains(text, value) {
				t.Errorf("the description of %s of a call does not have %s: %s", filter.Parameter, value, text)
			}
			if filter.Parameter != "status" {
				continue
			}
			status := new(strings.Trim(value, "`"))
			summary := func(call bird.Call) statistics.Statistics {
				summarizer, err := statistics.NewSummarizer(statistics.Options{})
				if err == nil {
					err = summarizer.Add(bird.Page[bird.Call]{Items: []bird.Call{call}})
				}
				if err != nil {
					t.Fatal(err)
				}
				return summarizer.Summary().Statistics
			}
			if diff := cmp.Diff(summary(bird.Call{Status: status}), summary(bird.Call{Status: status, AnsweredAt: new("2024-02-28T16:54:33Z")})); diff != "" {
				t.Errorf("%s is a new status for the statistics (-without answered_at +with it):\n%s", value, diff)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d documented values were found", checked)
	}
}

func payload(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile("../bird/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
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

func TestCallsSchemaHasEachFieldOfACall(t *testing.T) {
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

func TestCallsSchemaHasNullForAbsentFields(t *testing.T) {
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

func TestCallsSchemaHasEmptyLists(t *testing.T) {
	t.Parallel()
	s := configured(t, serveBody(t, `{"results":[
		{"id":"a","createdAt":"2024-01-01T00:00:00Z","tags":[],"callFlow":{"commands":[]},"originator":{},"reason":""},
		{"id":"b","createdAt":"2024-01-01T00:00:00Z","tags":null,"callFlow":{"commands":null},"originator":null,"reason":null}]}`), nil)
	calls := elements(t, s.state("bird_channel_calls", channel(nil)), "calls")
	for i, null := range []bool{false, true} {
		if !attributeOf(t, calls[i], "reason").IsNull() {
			t.Errorf("call %d: the reason, which is empty or null, is not null", i)
		}
		for _, name := range []string{"tags", "originator"} {
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
