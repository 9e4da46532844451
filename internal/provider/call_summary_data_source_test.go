package provider_test

import (
	gocmp "cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

// figures computes what a summary of the calls says, as Terraform writes it, from
// the definitions alone.
func figures(calls []bird.Call) map[string]any {
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	by := func(key func(bird.Call) string) map[string]any {
		counts := map[string]any{}
		for _, call := range calls {
			if k := key(call); k != "" { // no call of a test has an empty text for a key
				n, _ := counts[k].(float64)
				counts[k] = n + 1
			}
		}
		return counts
	}
	number := func(matches func(bird.Call) bool) float64 {
		n := 0.0
		for _, call := range calls {
			if matches(call) {
				n++
			}
		}
		return n
	}
	isReal := func(at *string) bool { return at != nil && !strings.HasPrefix(*at, "0001") }
	isPending := func(c bird.Call) bool {
		return slices.Contains([]string{"accepted", "scheduled", "starting", "ringing"}, text(c.Status))
	}
	isUnanswered := func(c bird.Call) bool {
		return slices.Contains([]string{"no-answer", "busy", "failed", "cancelled"}, text(c.Status))
	}
	isAnswered := func(c bird.Call) bool {
		switch {
		case isPending(c), isUnanswered(c):
			return false
		case text(c.Status) == "ongoing", text(c.Status) == "completed":
			return true
		default:
			return isReal(c.AnsweredAt)
		}
	}
	isAbandoned := func(c bird.Call) bool { return text(c.Status) == "cancelled" && isReal(c.RingingAt) }
	isDelivered := func(c bird.Call) bool {
		if isPending(c) {
			return false
		}
		cause := int64(0)
		if c.HangupCauseCode != nil {
			cause = *c.HangupCauseCode
		}
		return isAnswered(c) || isAbandoned(c) || text(c.Status) == "busy" || text(c.Status) == "no-answer" ||
			cause == 17 || cause == 18 || cause == 19 || cause == 21
	}
	var duration, known float64
	for _, call := range calls {
		if isAnswered(call) && call.Duration != nil {
			duration += float64(*call.Duration)
			known++
		}
	}
	share := func(part, whole float64) any {
		if whole == 0 {
			return nil
		}
		return part / whole
	}
	// A distribution of the texts that have a value, of which some measure.
	distribution := func(value func(*bird.QualityInsights) *string, measures func(float64) bool) any {
		var values []float64
		unmeasured := 0.0
		for _, call := range calls {
			if call.QualityInsights == nil || value(call.QualityInsights) == nil {
				continue
			}
			v, err := strconv.ParseFloat(*value(call.QualityInsights), 64)
			if err != nil || !measures(v) {
				unmeasured++
				continue
			}
			values = append(values, v)
		}
		if len(values) == 0 && unmeasured == 0 {
			return nil
		}
		d := map[string]any{"count": float64(len(values)), "unmeasured": unmeasured, "mean": nil, "min": nil, "max": nil, "p50": nil, "p95": nil}
		if len(values) > 0 {
			slices.Sort(values)
			sum := 0.0
			for _, v := range values {
				sum += v
			}
			rank := func(p float64) float64 { return values[int(math.Ceil(p*float64(len(values))))-1] }
			d["mean"], d["min"], d["max"] = sum/float64(len(values)), values[0], values[len(values)-1]
			d["p50"], d["p95"] = rank(0.50), rank(0.95)
		}
		return d
	}
	total, pending, answered := float64(len(calls)), number(isPending), number(isAnswered)
	want := map[string]any{
		"total_calls":      total,
		"child_calls":      number(func(c bird.Call) bool { return c.ParentID != nil }),
		"pending_calls":    pending,
		"answered_calls":   answered,
		"abandoned_calls":  number(isAbandoned),
		"first_call_at":    nil,
		"last_call_at":     nil,
		"total_duration":   duration,
		"average_duration": share(duration, known),

		"answer_seizure_ratio":        share(answered, total-pending),
		"network_effectiveness_ratio": share(number(isDelivered), total-pending),

		"by_status":        by(func(c bird.Call) string { return text(c.Status) }),
		"by_direction":     by(func(c bird.Call) string { return text(c.Direction) }),
		"by_type":          by(func(c bird.Call) string { return text(c.Type) }),
		"by_hangup_source": by(func(c bird.Call) string { return text(c.HangupSource) }),
		"by_hangup_cause_code": by(func(c bird.Call) string {
			if c.HangupCauseCode == nil {
				return ""
			}
			return fmt.Sprint(*c.HangupCauseCode)
		}),
		"by_hangup_sip_code": by(func(c bird.Call) string {
			if c.SIPInsights == nil {
				return text(c.HangupSIPCode)
			}
			return gocmp.Or(text(c.HangupSIPCode), text(c.SIPInsights.HangupSIPCode))
		}),
		"by_originator_country": by(func(c bird.Call) string { return country(c.Originator) }),
		"by_receiver_country":   by(func(c bird.Call) string { return country(c.Receiver) }),
		"by_day":                by(func(c bird.Call) string { return (*c.CreatedAt)[:10] }),
		"by_channel":            by(func(c bird.Call) string { return text(c.ChannelID) }),

		"mos":             distribution(func(q *bird.QualityInsights) *string { return q.MOS }, func(v float64) bool { return v >= 1 && v <= 5 }),
		"post_dial_delay": distribution(func(q *bird.QualityInsights) *string { return q.PDD }, func(v float64) bool { return v >= 0 }),
	}
	if len(calls) > 0 { // they are sorted
		want["first_call_at"], want["last_call_at"] = *calls[0].CreatedAt, *calls[len(calls)-1].CreatedAt
	}
	return want
}

// closeTo compares means, whose last digits depend on the order of a sum.
var closeTo = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
})

// summaryInState gives the figures of the only data source in a state file.
func summaryInState(t *testing.T, state string) map[string]any {
	t.Helper()
	var file struct {
		Resources []struct {
			Instances []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(state), &file); err != nil {
		t.Fatal(err)
	}
	return file.Resources[0].Instances[0].Attributes
}

func without(attributes map[string]any, names ...string) map[string]any {
	rest := maps.Clone(attributes)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

func arguments(more ...string) []string {
	return append([]string{"workspace_id", "start_at", "end_at", "status", "type", "direction", "from", "to", "timeouts"}, more...)
}

func TestASummaryOfCallsAsTheAPISendsThem(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 6000})
	for i := range calls {
		if i%50 == 0 { // answered or not, as answered_at says
			calls[i].Status = new("status-of-tomorrow")
		}
	}
	want := figures(calls)
	for _, name := range []string{"pending_calls", "abandoned_calls", "child_calls", "total_duration"} {
		if want[name] == 0.0 {
			t.Fatalf("%s is 0, so nothing is shown of it", name)
		}
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	w := newWorkspace(t, server, strings.Replace(dataChannelCalls(""), "bird_channel_calls", "bird_channel_call_summary", 1))
	w.run("apply", "-auto-approve", "-input=false")
	got := without(summaryInState(t, w.read("terraform.tfstate")), arguments("channel_id")...)
	for name, value := range without(want, "by_channel") {
		if diff := cmp.Diff(value, got[name], closeTo); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("not computed here: %v", got)
	}
}

func TestASummaryOf200000Calls(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 200_000})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Descending, Repeat: 50})
	w := newWorkspace(t, server, strings.Replace(dataChannelCalls("  start_at = \"2024-02-01T00:00:00Z\""), "bird_channel_calls", "bird_channel_call_summary", 1))
	peak := w.peakMemory(func() { w.run("apply", "-auto-approve", "-input=false") })

	state := w.read("terraform.tfstate")
	if len(state) > 20_000 {
		t.Errorf("the state has %d bytes", len(state))
	}
	want := without(figures(calls), "by_channel")
	if diff := cmp.Diff(want, without(summaryInState(t, state), arguments("channel_id")...), closeTo); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	noPersonalData(t, calls, state)
	if bound := len(calls)*150 + 64<<20; peak > bound {
		t.Errorf("the provider took %d MiB, which is more than %d MiB", peak>>20, bound>>20)
	} else {
		t.Logf("the provider took %d MiB of %d MiB", peak>>20, bound>>20)
	}
}

func TestSummariesOfWorkspaces(t *testing.T) {
	t.Parallel()
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 1500}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 700, ChannelID: other}),
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
	for name, test := range map[string]struct {
		arguments string
		want      []bird.Call
	}{
		"all channels":                          {"", calls},
		"one channel":                           {fmt.Sprintf("channel_ids = [%q]", other), of(other)},
		"two channels":                          {fmt.Sprintf("channel_ids = [%q, %q]", other, birdtest.DefaultChannelID), calls},
		"tags":                                  {`tags = ["kampagne-ä", "2024"]`, tagged("kampagne-ä", "2024")},
		"a channel without calls has no figure": {fmt.Sprintf("channel_ids = [%q]", birdtest.EmptyChannelID), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
			w := newWorkspace(t, server, fmt.Sprintf("data \"bird_workspace_call_summary\" \"test\" {\n  workspace_id = %q\n  %s\n}\n", birdtest.DefaultWorkspaceID, test.arguments))
			w.run("apply", "-auto-approve", "-input=false")
			got := without(summaryInState(t, w.read("terraform.tfstate")), arguments("channel_ids", "tags")...)
			if diff := cmp.Diff(figures(test.want), got, closeTo); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			w.run("plan", "-input=false", "-detailed-exitcode") // 2 where the figures differ
		})
	}
}

func TestWorkspaceCallsAreThoseOfAllChannels(t *testing.T) {
	t.Parallel()
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 1200}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 900, ChannelID: other}),
	)
	bird.SortCalls(calls)
	s := stand(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled}), nil)
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

func TestASummaryIsOfAllCallsOrAnError(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{
		Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 2500}),
		Fault: func(r birdtest.Request) birdtest.Fault {
			if r.Page != "" {
				return birdtest.Fault{Status: 400, Body: `{"message":"no more"}`}
			}
			return birdtest.Fault{}
		},
	})
	resp := stand(t, server, nil).read(context.Background(), "bird_channel_call_summary", channel(nil))
	text := diagnosticsText(resp.Diagnostics)
	for _, word := range []string{"Unable to list calls", "page 2", "1000 calls in 1 page so far", "no more"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in the diagnostic:\n%s", word, text)
		}
	}
}

func TestSummarySchemaAndStructNameTheSameAttributes(t *testing.T) {
	t.Parallel()
	var resp datasource.SchemaResponse
	provider.NewWorkspaceCallSummaryDataSource().Schema(context.Background(), datasource.SchemaRequest{}, &resp)
	names := make(map[string]any)
	for name := range resp.Schema.Attributes {
		names[name] = nil
	}
	got := slices.Sorted(maps.Keys(without(names, arguments("channel_ids", "tags")...)))
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[bird.Summary]()) {
		if !field.Anonymous {
			want = append(want, field.Tag.Get("tfsdk"))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("struct (-), schema (+):\n%s", diff)
	}
}
