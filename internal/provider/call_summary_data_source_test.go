package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics/figures"
)

// expectedSummary computes what a summary of calls says without groups, as Terraform
// writes it, from the definitions alone.
func expectedSummary(calls []bird.Call) map[string]any {
	return figures.Summary(figures.Calls(calls), figures.Options{})
}

// expectedGroups computes the groups of calls, from the definitions alone.
func expectedGroups(calls []bird.Call, zone *time.Location, groupBy ...string) []any {
	groups, _ := figures.Summary(figures.Calls(calls), figures.Options{GroupBy: groupBy, Zone: zone})["groups"].([]any)
	return groups
}

// closeTo compares means, whose last digits depend on the order of a sum.
var closeTo = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
})

// differ returns the first lines of how statistics differ, "" if they do not.
func differ(want, got any) string {
	const most = 40
	lines := strings.SplitAfter(cmp.Diff(want, got, closeTo), "\n")
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more lines\n", more))
	}
	return strings.Join(lines, "")
}

// summariesInState returns the attributes of each data source in a state file, by
// name.
func summariesInState(t *testing.T, state string) map[string]map[string]any {
	t.Helper()
	var file struct {
		Resources []struct {
			Name      string
			Instances []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(state), &file); err != nil {
		t.Fatal(err)
	}
	summaries := make(map[string]map[string]any)
	for _, resource := range file.Resources {
		summaries[resource.Name] = resource.Instances[0].Attributes
	}
	return summaries
}

func without(attributes map[string]any, names ...string) map[string]any {
	rest := maps.Clone(attributes)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// statisticsOf returns the attributes of a data source that are no arguments.
func statisticsOf(t *testing.T, name string, attributes map[string]any) map[string]any {
	t.Helper()
	block := newSession(t).schema.DataSourceSchemas[name].Block
	rest := maps.Clone(attributes)
	for _, attribute := range block.Attributes {
		if !attribute.Computed {
			delete(rest, attribute.Name)
		}
	}
	for _, nested := range block.BlockTypes {
		delete(rest, nested.TypeName)
	}
	return rest
}

func TestCallSummaryOfCallsAsTheAPISendsThem(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 2000})
	for i := range calls {
		if i%50 == 0 { // answered or not, as answered_at says
			calls[i].Status = new("status-of-tomorrow")
		}
	}
	want := expectedSummary(calls)
	for _, name := range []string{"pending_calls", "abandoned_calls", "child_calls", "total_duration"} {
		if want[name] == 0.0 {
			t.Fatalf("%s is 0, so nothing is shown of it", name)
		}
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	w := newWorkspace(t, server, strings.Replace(dataChannelCalls(""), "bird_channel_calls", "bird_channel_call_summary", 1))
	w.run("apply", "-auto-approve", "-input=false")
	got := statisticsOf(t, "bird_channel_call_summary", summariesInState(t, w.read("terraform.tfstate"))["test"])
	for name, value := range without(want, "by_channel") {
		if diff := differ(value, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("not computed here: %v", got)
	}
}

// plain turns a value into what its JSON would decode to.
func plain(t testing.TB, value tftypes.Value) any {
	t.Helper()
	as := func(target any) {
		t.Helper()
		if err := value.As(target); err != nil {
			t.Fatal(err)
		}
	}
	switch ty := value.Type(); {
	case value.IsNull():
		return nil
	case ty.Is(tftypes.String):
		var text string
		as(&text)
		return text
	case ty.Is(tftypes.Bool):
		var yes bool
		as(&yes)
		return yes
	case ty.Is(tftypes.Number):
		var number big.Float
		as(&number)
		f, _ := number.Float64()
		return f
	case ty.Is(tftypes.Bool):
		var is bool
		as(&is)
		return is
	case ty.Is(tftypes.List{}):
		var values []tftypes.Value
		as(&values)
		list := []any{}
		for _, v := range values {
			list = append(list, plain(t, v))
		}
		return list
	default:
		var values map[string]tftypes.Value
		as(&values)
		object := map[string]any{}
		for name, v := range values {
			object[name] = plain(t, v)
		}
		return object
	}
}

// zoneArgument is null for "", which is UTC.
func zoneArgument(name string) any {
	if name == "" {
		return nil
	}
	return name
}

func TestCallSummaryInGroups(t *testing.T) {
	t.Parallel()
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 700, Days: 3}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 500, Days: 3, ChannelID: other}),
		// Both changes of the clocks of New York are in the middle of a day here.
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 400, Start: time.Date(2024, 3, 9, 12, 0, 0, 0, time.UTC), Days: 2}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 4, Calls: 400, Start: time.Date(2024, 11, 2, 12, 0, 0, 0, time.UTC), Days: 2}),
	)
	bird.SortCalls(calls)
	asJSON := figures.Calls(calls)
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled})
	for name, test := range map[string]struct {
		groupBy []string
		zone    string
		atLeast int // so many groups
	}{
		"day":                         {[]string{"day"}, "", 9},
		"day of UTC":                  {[]string{"day"}, "UTC", 9},
		"day in New York":             {[]string{"day"}, "America/New_York", 9},
		"hour in New York":            {[]string{"hour"}, "America/New_York", 24},
		"day and hour in New York":    {[]string{"day", "hour"}, "America/New_York", 150},
		"hour, then day, in New York": {[]string{"hour", "day"}, "America/New_York", 150},
		"weekday and month":           {[]string{"weekday", "month"}, "America/New_York", 9},
		"channel":                     {[]string{"channel_id"}, "", 2},
		"country and status":          {[]string{"receiver_country", "status"}, "", 50},
		"codes":                       {[]string{"hangup_cause_code", "hangup_sip_code"}, "", 15},
		"all else":                    {[]string{"hangup_source", "type", "direction", "originator_country"}, "", 60},
	} {
		if testing.Short() && len(test.groupBy) == 1 {
			continue // each takes a while
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := configured(t, server, nil)
			state, _ := plain(t, s.state("bird_workspace_call_summary", object{
				"workspace_id": birdtest.DefaultWorkspaceID, "group_by": test.groupBy, "time_zone": zoneArgument(test.zone),
			})).(map[string]any)
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			want := figures.Summary(asJSON, figures.Options{GroupBy: test.groupBy, Zone: zone})
			if groups := want["groups"].([]any); len(groups) < test.atLeast {
				t.Fatalf("%d groups, too few to show anything", len(groups))
			}
			got := statisticsOf(t, "bird_workspace_call_summary", state)
			if diff := differ(want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func TestCallSummaryOfNoCallsHasNoGroups(t *testing.T) {
	t.Parallel()
	s := configured(t, birdtest.NewServer(t, birdtest.Options{}), nil)
	state := plain(t, s.state("bird_channel_call_summary", channel(object{"group_by": []string{"day"}})))
	if groups := state.(map[string]any)["groups"]; !cmp.Equal(groups, []any{}) {
		t.Errorf("groups are %v, not an empty list", groups)
	}
}

func TestCallSummaryInTooManyGroupsIsAnError(t *testing.T) {
	t.Parallel()
	calls := make([]bird.Call, 11_000)
	for i := range calls {
		created := time.Date(2024, 2, 1+i%5, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
		calls[i] = bird.Call{ID: fmt.Sprint(i), ChannelID: new(birdtest.DefaultChannelID), CreatedAt: &created, HangupSource: new(fmt.Sprint("source ", i))}
	}
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), nil)
	for _, test := range []struct {
		groupBy       []string
		words, others []string
	}{
		{[]string{"day", "hangup_source", "status"}, []string{"Leave hangup_source out of group_by", "day, hangup_source, status"}, nil},
		{[]string{"hangup_source"}, []string{"Narrow the window"}, []string{"Leave"}},
	} {
		resp := s.read(context.Background(), "bird_channel_call_summary", channel(object{"group_by": test.groupBy}))
		diagnostics := diagnosticsText(resp.Diagnostics)
		for _, word := range append(test.words, "ERROR: Too many groups", `"group_by"`, "more than 10000 groups", "hangup_source has the most values, 10000", "11000 calls", birdtest.DefaultChannelID) {
			if !strings.Contains(diagnostics, word) {
				t.Errorf("by %v: %q is not in the diagnostic:\n%s", test.groupBy, word, diagnostics)
			}
		}
		for _, word := range append(test.others, birdtest.NumberPattern) {
			if strings.Contains(diagnostics, word) {
				t.Errorf("by %v: %q is in the diagnostic:\n%s", test.groupBy, word, diagnostics)
			}
		}
		if state := s.value(s.schema.DataSourceSchemas["bird_channel_call_summary"].ValueType(), resp.State); !attributeOf(t, state, "groups").IsNull() {
			t.Errorf("by %v: the response has groups", test.groupBy)
		}
	}
}

// Calls that are kept would take over a kilobyte each.
func TestCallSummaryKeepsNoCall(t *testing.T) {
	t.Parallel()
	needTerraform(t)
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 10_000})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Descending, Repeat: 50})
	w := newWorkspace(t, server, strings.Replace(dataChannelCalls("  start_at = \"2024-02-01T00:00:00Z\""), "bird_channel_calls", "bird_channel_call_summary", 1))
	peak := w.peakHeap(func() { w.run("apply", "-auto-approve", "-input=false") })

	state := w.read("terraform.tfstate")
	if len(state) > 20_000 {
		t.Errorf("the state has %d bytes", len(state))
	}
	want := without(expectedSummary(calls), "by_channel")
	if diff := differ(want, statisticsOf(t, "bird_channel_call_summary", summariesInState(t, state)["test"])); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	noPersonalData(t, calls, state)
	if most := 10 << 20; peak > most {
		t.Errorf("%d MiB were in use, more than %d MiB", peak>>20, most>>20)
	}
	t.Logf("%d MiB were in use at most", peak>>20)
}

func TestCallSummaryOfAWorkspace(t *testing.T) {
	t.Parallel()
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 900}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 400, ChannelID: other}),
	)
	bird.SortCalls(calls)
	tagged := func(tags ...string) []bird.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(c bird.Call) bool {
			return !slices.ContainsFunc(c.Tags, func(tag *string) bool { return slices.Contains(tags, *tag) })
		})
	}
	of := func(channels ...string) []bird.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(c bird.Call) bool { return !slices.Contains(channels, *c.ChannelID) })
	}
	tests := map[string]struct {
		arguments string
		want      []bird.Call
	}{
		"all":   {"", calls},
		"one":   {fmt.Sprintf("channel_ids = [%q]", other), of(other)},
		"two":   {fmt.Sprintf("channel_ids = [%q, %q]", other, birdtest.DefaultChannelID), calls},
		"tags":  {`tags = ["kampagne-ä", "2024"]`, tagged("kampagne-ä", "2024")},
		"empty": {fmt.Sprintf("channel_ids = [%q]", birdtest.EmptyChannelID), nil},
	}
	var config strings.Builder
	for name, test := range tests {
		fmt.Fprintf(&config, "data \"bird_workspace_call_summary\" %q {\n  workspace_id = %q\n  %s\n}\n\n", name, birdtest.DefaultWorkspaceID, test.arguments)
	}
	w := newWorkspace(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), config.String())
	w.run("apply", "-auto-approve", "-input=false")
	state := w.read("terraform.tfstate")
	summaries := summariesInState(t, state)
	for name, test := range tests {
		got := statisticsOf(t, "bird_workspace_call_summary", summaries[name])
		if diff := differ(expectedSummary(test.want), got); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
	w.run("plan", "-input=false", "-detailed-exitcode") // 2 if the statistics differ
}

func TestCallSummaryIsOfAllCallsOrAnError(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{
		Calls:    birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 250}),
		PageSize: 100,
		Fault: func(r birdtest.Request) birdtest.Fault {
			if r.Page != "" {
				return birdtest.Fault{Status: 400, Body: `{"message":"no more"}`}
			}
			return birdtest.Fault{}
		},
	})
	resp := configured(t, server, nil).read(context.Background(), "bird_channel_call_summary", channel(nil))
	text := diagnosticsText(resp.Diagnostics)
	for _, word := range []string{"Unable to list calls", "100 calls in 1 page so far", "no more"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in the diagnostic:\n%s", word, text)
		}
	}
}

func TestCallSummarySchemaAndStructNameTheSameAttributes(t *testing.T) {
	t.Parallel()
	var resp datasource.SchemaResponse
	provider.NewWorkspaceCallSummaryDataSource().Schema(context.Background(), datasource.SchemaRequest{}, &resp)
	names := make(map[string]any)
	for name := range resp.Schema.Attributes {
		names[name] = nil
	}
	got := slices.Sorted(maps.Keys(statisticsOf(t, "bird_workspace_call_summary", names)))
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[statistics.Summary]()) {
		if !field.Anonymous {
			want = append(want, field.Tag.Get("tfsdk"))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("struct (-), schema (+):\n%s", diff)
	}
}
