package provider_test

import (
	gocmp "cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
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
)

// expectedSummary computes what a summary of the calls says without groups, as Terraform
// writes it, from the definitions alone.
func expectedSummary(calls []bird.Call) map[string]any {
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
	want := map[string]any{
		"groups":        nil,
		"first_call_at": nil,
		"last_call_at":  nil,

		"by_status":             by(func(c bird.Call) string { return text(c.Status) }),
		"by_direction":          by(func(c bird.Call) string { return text(c.Direction) }),
		"by_type":               by(func(c bird.Call) string { return text(c.Type) }),
		"by_hangup_source":      by(func(c bird.Call) string { return text(c.HangupSource) }),
		"by_hangup_cause_code":  by(causeCode),
		"by_hangup_sip_code":    by(sipCode),
		"by_originator_country": by(func(c bird.Call) string { return country(c.Originator) }),
		"by_receiver_country":   by(func(c bird.Call) string { return country(c.Receiver) }),
		"by_day":                by(func(c bird.Call) string { return (*c.CreatedAt)[:10] }),
		"by_channel":            by(func(c bird.Call) string { return text(c.ChannelID) }),
	}
	if len(calls) > 0 { // they are sorted
		want["first_call_at"], want["last_call_at"] = *calls[0].CreatedAt, *calls[len(calls)-1].CreatedAt
	}
	maps.Copy(want, groupStatistics(calls))
	return want
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func causeCode(c bird.Call) string {
	if c.HangupCauseCode == nil {
		return ""
	}
	return fmt.Sprint(*c.HangupCauseCode)
}

func sipCode(c bird.Call) string {
	if c.SIPInsights == nil {
		return text(c.HangupSIPCode)
	}
	return gocmp.Or(text(c.HangupSIPCode), text(c.SIPInsights.HangupSIPCode))
}

// groupStatistics computes those statistics that a group has, too.
func groupStatistics(calls []bird.Call) map[string]any {
	number := func(matches func(bird.Call) bool) float64 {
		n := 0.0
		for _, call := range calls {
			if matches(call) {
				n++
			}
		}
		return n
	}
	isReal := func(at *string) bool { return at != nil }
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
		return !isPending(c) && (isAnswered(c) || isAbandoned(c) || slices.Contains([]string{"busy", "no-answer"}, text(c.Status)) ||
			slices.Contains([]string{"17", "18", "19", "21"}, causeCode(c)) ||
			(causeCode(c) == "" || causeCode(c) == "0") && slices.Contains([]string{"480", "486", "600", "603"}, sipCode(c)))
	}
	hasLength := func(c bird.Call) bool { return isAnswered(c) && text(c.Status) != "ongoing" && c.Duration != nil }
	var total float64
	var lengths []float64
	for _, call := range calls {
		if hasLength(call) {
			total += float64(*call.Duration)
			lengths = append(lengths, float64(*call.Duration))
		}
	}
	share := func(part, whole float64) any {
		if whole == 0 {
			return nil
		}
		return part / whole
	}
	// A distribution of what value returns, of which some measure; false is none.
	distribution := func(value func(bird.Call) (float64, bool), measures func(float64) bool) any {
		var values []float64
		unmeasured := 0.0
		for _, call := range calls {
			switch v, ok := value(call); {
			case !ok:
			case measures(v):
				values = append(values, v)
			default:
				unmeasured++
			}
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
	quality := func(field func(*bird.QualityInsights) *string) func(bird.Call) (float64, bool) {
		return func(c bird.Call) (float64, bool) {
			if c.QualityInsights == nil || field(c.QualityInsights) == nil {
				return 0, false
			}
			v, err := strconv.ParseFloat(*field(c.QualityInsights), 64)
			if err != nil {
				v = math.NaN()
			}
			return v, true
		}
	}
	peak, at := peakOf(calls)
	decided, answered := number(func(c bird.Call) bool { return !isPending(c) }), number(isAnswered)
	return map[string]any{
		"total_calls":     float64(len(calls)),
		"child_calls":     number(func(c bird.Call) bool { return c.ParentID != nil }),
		"pending_calls":   number(isPending),
		"answered_calls":  answered,
		"abandoned_calls": number(isAbandoned),
		"short_calls":     number(func(c bird.Call) bool { return hasLength(c) && *c.Duration <= 6 }),

		"answer_seizure_ratio":        share(answered, decided),
		"network_effectiveness_ratio": share(number(isDelivered), decided),

		"total_duration":   total,
		"average_duration": share(total, float64(len(lengths))),
		"duration": distribution(func(c bird.Call) (float64, bool) {
			if !hasLength(c) {
				return 0, false
			}
			return float64(*c.Duration), true
		}, func(float64) bool { return true }),
		"time_to_answer": distribution(func(c bird.Call) (float64, bool) {
			if !isAnswered(c) || !isReal(c.RingingAt) || !isReal(c.AnsweredAt) {
				return 0, false
			}
			return float64(milliseconds(*c.AnsweredAt)-milliseconds(*c.RingingAt)) / 1000, true
		}, func(v float64) bool { return v >= 0 }),
		"post_dial_delay": distribution(quality(func(q *bird.QualityInsights) *string { return q.PDD }), func(v float64) bool { return v >= 0 }),
		"mos":             distribution(quality(func(q *bird.QualityInsights) *string { return q.MOS }), func(v float64) bool { return v >= 1 && v <= 5 }),

		"peak_concurrent_calls": peak,
		"peak_concurrent_at":    at,
	}
}

// milliseconds reads a time of a data set, which has no more than those.
func milliseconds(at string) int64 {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

// peakOf counts how many calls more, or fewer, are under way from each
// millisecond on.
func peakOf(calls []bird.Call) (peak float64, at any) {
	const never = math.MaxInt64
	more := map[int64]float64{}
	for _, c := range calls {
		from := milliseconds(*c.CreatedAt)
		if c.ScheduledFor != nil {
			from = max(from, milliseconds(*c.ScheduledFor))
		}
		until := int64(never)
		switch text(c.Status) {
		case "accepted", "scheduled":
			continue
		case "starting", "ringing", "ongoing":
			if c.EndedAt != nil {
				until = milliseconds(*c.EndedAt)
			}
		default:
			if c.EndedAt == nil {
				continue
			}
			until = milliseconds(*c.EndedAt)
		}
		if from < until {
			more[from]++
			more[until]--
		}
	}
	now := 0.0
	for _, when := range slices.Sorted(maps.Keys(more)) {
		if now += more[when]; now > peak {
			peak, at = now, time.UnixMilli(when).UTC().Format("2006-01-02T15:04:05.999Z07:00")
		}
	}
	return peak, at
}

// closeTo compares means, whose last digits depend on the order of a sum.
var closeTo = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
})

// summaryInState returns the statistics of the data source of a name in a state
// file.
func summaryInState(t *testing.T, state, name string) map[string]any {
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
	for _, resource := range file.Resources {
		if resource.Name == name {
			return resource.Instances[0].Attributes
		}
	}
	t.Fatalf("no data source %s in the state", name)
	return nil
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
	got := statisticsOf(t, "bird_channel_call_summary", summaryInState(t, w.read("terraform.tfstate"), "test"))
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

// dimensionsOf computes the value that a call has of each dimension, "" for
// none, where the clocks are so much after UTC when it was created.
func dimensionsOf(call bird.Call, after func(time.Time) time.Duration) map[string]string {
	created := time.UnixMilli(milliseconds(*call.CreatedAt)).UTC()
	clock := created.Add(after(created)).Format("2006-01-02 15 Monday")
	date, rest, _ := strings.Cut(clock, " ")
	hour, day, _ := strings.Cut(rest, " ")
	week := []string{"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	return map[string]string{
		"month": date[:7], "day": date, "weekday": strconv.Itoa(slices.Index(week, day)), "hour": hour,
		"channel_id": text(call.ChannelID), "direction": text(call.Direction), "status": text(call.Status), "type": text(call.Type),
		"hangup_source": text(call.HangupSource), "hangup_cause_code": causeCode(call), "hangup_sip_code": sipCode(call),
		"originator_country": country(call.Originator), "receiver_country": country(call.Receiver),
	}
}

func utc(time.Time) time.Duration { return 0 }

// newYork is how far the clocks of New York are after UTC in 2024, by the law:
// summer time begins on March 10 at 2 o'clock of winter time, and ends on
// November 3 at 2 o'clock of summer time.
func newYork(at time.Time) time.Duration {
	if at.Before(time.Date(2024, 3, 10, 7, 0, 0, 0, time.UTC)) || !at.Before(time.Date(2024, 11, 3, 6, 0, 0, 0, time.UTC)) {
		return -5 * time.Hour
	}
	return -4 * time.Hour
}

// groupsOf computes the groups of calls, from the definitions alone.
func groupsOf(calls []bird.Call, after func(time.Time) time.Duration, groupBy ...string) []any {
	members := map[string][]bird.Call{}
	for _, call := range calls {
		dimensions := dimensionsOf(call, after)
		key := ""
		for _, name := range groupBy { // no value of a data set holds the separator
			key += dimensions[name] + "\x00"
		}
		members[key] = append(members[key], call)
	}
	groups := []any{}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		group := groupStatistics(members[key])
		for name, value := range dimensionsOf(members[key][0], after) {
			group[name] = nil
			if slices.Contains(groupBy, name) && value != "" {
				group[name] = value
			}
		}
		groups = append(groups, group)
	}
	return groups
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
	case ty.Is(tftypes.Number):
		var number big.Float
		as(&number)
		f, _ := number.Float64()
		return f
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
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled})
	ungrouped := expectedSummary(calls)
	for name, test := range map[string]struct {
		groupBy []string
		zone    any
		after   func(time.Time) time.Duration
		atLeast int // so many groups
	}{
		"day":                         {[]string{"day"}, nil, utc, 9},
		"day of UTC":                  {[]string{"day"}, "UTC", utc, 9},
		"day in New York":             {[]string{"day"}, "America/New_York", newYork, 9},
		"hour in New York":            {[]string{"hour"}, "America/New_York", newYork, 24},
		"day and hour in New York":    {[]string{"day", "hour"}, "America/New_York", newYork, 150},
		"hour, then day, in New York": {[]string{"hour", "day"}, "America/New_York", newYork, 150},
		"weekday and month":           {[]string{"weekday", "month"}, "America/New_York", newYork, 9},
		"channel":                     {[]string{"channel_id"}, nil, utc, 2},
		"country and status":          {[]string{"receiver_country", "status"}, nil, utc, 50},
		"codes":                       {[]string{"hangup_cause_code", "hangup_sip_code"}, nil, utc, 15},
		"all else":                    {[]string{"hangup_source", "type", "direction", "originator_country"}, nil, utc, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := configured(t, server, nil)
			state, _ := plain(t, s.state("bird_workspace_call_summary", object{
				"workspace_id": birdtest.DefaultWorkspaceID, "group_by": test.groupBy, "time_zone": test.zone,
			})).(map[string]any)
			want := maps.Clone(ungrouped)
			byDay := map[string]any{}
			for _, call := range calls {
				day := dimensionsOf(call, test.after)["day"]
				n, _ := byDay[day].(float64)
				byDay[day] = n + 1
			}
			groups := groupsOf(calls, test.after, test.groupBy...)
			if len(groups) < test.atLeast {
				t.Fatalf("%d groups, too few to show anything", len(groups))
			}
			want["by_day"], want["groups"] = byDay, groups
			got := statisticsOf(t, "bird_workspace_call_summary", state)
			if diff := cmp.Diff(want, got, closeTo); diff != "" {
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
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 10_000})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Descending, Repeat: 50})
	w := newWorkspace(t, server, strings.Replace(dataChannelCalls("  start_at = \"2024-02-01T00:00:00Z\""), "bird_channel_calls", "bird_channel_call_summary", 1))
	peak := w.peakHeap(func() { w.run("apply", "-auto-approve", "-input=false") })

	state := w.read("terraform.tfstate")
	if len(state) > 20_000 {
		t.Errorf("the state has %d bytes", len(state))
	}
	want := without(expectedSummary(calls), "by_channel")
	if diff := cmp.Diff(want, statisticsOf(t, "bird_channel_call_summary", summaryInState(t, state, "test")), closeTo); diff != "" {
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
	for name, test := range tests {
		got := statisticsOf(t, "bird_workspace_call_summary", summaryInState(t, state, name))
		if diff := cmp.Diff(expectedSummary(test.want), got, closeTo); diff != "" {
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
