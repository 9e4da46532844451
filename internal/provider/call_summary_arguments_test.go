package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics/figures"
)

func TestCallSummaryArgumentsThatNeedOthers(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	window := object{"start_at": "2024-02-01T00:00:00Z", "end_at": "2024-03-01T00:00:00Z"}
	with := func(arguments object) object {
		all := maps.Clone(window)
		maps.Copy(all, arguments)
		return all
	}
	for name, test := range map[string]struct {
		arguments object
		words     []string // of the error; none if it is valid
	}{
		"gaps of days":                 {with(object{"fill_gaps": true, "group_by": []string{"day"}}), nil},
		"gaps of all times":            {with(object{"fill_gaps": true, "group_by": statistics.TimeDimensions}), nil},
		"gaps of unknown dimensions":   {with(object{"fill_gaps": true, "group_by": unknown}), nil},
		"gaps of an unknown dimension": {with(object{"fill_gaps": true, "group_by": []string{"day", unknown}}), nil},
		"gaps of an unknown window":    {object{"start_at": unknown, "end_at": unknown, "fill_gaps": true, "group_by": []string{"day"}}, nil},
		"gaps of no groups":            {with(object{"fill_gaps": true}), []string{"Invalid fill_gaps", "group_by is not set", "month, day, weekday, hour"}},
		"gaps of channels":             {with(object{"fill_gaps": true, "group_by": []string{"day", "channel_id"}}), []string{"Invalid fill_gaps", `"channel_id"`}},
		"gaps of channels alone":       {with(object{"fill_gaps": true, "group_by": []string{"channel_id"}}), []string{"Invalid fill_gaps", `"channel_id"`}},
		"gaps of no window":            {object{"fill_gaps": true, "group_by": []string{"day"}}, []string{"Invalid fill_gaps", "start_at or end_at is not set"}},
		"gaps without an end":          {object{"start_at": "2024-02-01T00:00:00Z", "fill_gaps": true, "group_by": []string{"day"}}, []string{"Invalid fill_gaps"}},
		"gaps without a start":         {object{"end_at": "2024-02-01T00:00:00Z", "fill_gaps": true, "group_by": []string{"day"}}, []string{"Invalid fill_gaps"}},
		"no gaps of channels":          {object{"fill_gaps": false, "group_by": []string{"channel_id"}}, nil},
		"sorted":                       {object{"sort_by": "total_calls", "group_by": []string{"channel_id"}}, nil},
		"sorted by unknown groups":     {object{"sort_by": "total_calls", "group_by": unknown}, nil},
		"sorted by a distribution":     {object{"sort_by": "duration", "group_by": []string{"day"}}, []string{"Unknown name", "sort_by"}},
		"misspelt":                     {object{"sort_by": "total_call", "group_by": []string{"day"}}, []string{`Did you mean "total_calls"?`}},
	} {
		for _, k := range s.kindsWith("fill_gaps") {
			config := s.required(k)
			maps.Copy(config, test.arguments)
			diagnostics := s.validate(k, config)
			if text := diagnosticsText(diagnostics); len(diagnostics) > 1 || (len(diagnostics) > 0) != (test.words != nil) {
				t.Errorf("%s: %s: %s", k, name, text)
			} else {
				for _, word := range test.words {
					if !strings.Contains(text, word) {
						t.Errorf("%s: %s: %q is not in the diagnostic:\n%s", k, name, word, text)
					}
				}
			}
		}
	}
	for _, name := range statistics.Sortable() {
		config := s.required(s.kindsWith("sort_by")[0])
		config["group_by"], config["sort_by"] = []string{"day"}, name
		if text := diagnosticsText(s.validate(s.kindsWith("sort_by")[0], config)); text != "" {
			t.Errorf("sorted by %s: %s", name, text)
		}
	}
}

// Gaps that are too many groups are an error before a request is sent.
func TestCallSummaryWithTooManyGaps(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	resp := configured(t, server, nil).read(t.Context(), "bird_channel_call_summary", channel(object{
		"start_at": "2020-01-01T00:00:00Z", "end_at": "2024-01-01T00:00:00Z", "group_by": []string{"day", "hour"}, "fill_gaps": true,
	}))
	text := diagnosticsText(resp.Diagnostics)
	for _, word := range []string{"Too many groups", "more than 10000 groups", "Leave day out of group_by"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in the diagnostic:\n%s", word, text)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Forty configurations with random options, through the real Terraform: every
// statistic is what the definitions say.
func TestCallSummaryOfRandomOptions(t *testing.T) {
	t.Parallel()
	needTerraform(t)
	const configurations = 40
	other := "b839d30b-8171-471c-9df4-591d4dd7bee5"
	calls := slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 21, Calls: 300, Days: 2, Start: time.Date(2024, 3, 30, 0, 0, 0, 0, time.UTC), Burst: 0.3}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 22, Calls: 100, Days: 3, Start: time.Date(2024, 3, 29, 0, 0, 0, 0, time.UTC), ChannelID: other}),
	)
	bird.SortCalls(calls)
	asJSON := figures.Calls(calls)
	random := rand.New(rand.NewPCG(31, 32))
	names, zones := statistics.Dimensions(), []string{"UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"}
	thresholds := slices.Sorted(maps.Keys(newSession(t).types(kind{name: "bird_workspace_call_summary"})["thresholds"].(tftypes.Object).AttributeTypes))
	whole := func(highest int) func() float64 {
		return func() float64 { return float64(1 + random.IntN(highest)) }
	}
	values := map[string]func() float64{
		"short_call": whole(60), "long_call": whole(600), "answer_within": whole(30),
		"poor_mos": func() float64 { return float64(100+random.IntN(400)) / 100 },
	}
	wants := map[string]map[string]any{}
	var config strings.Builder
	for i := range configurations {
		name, zone := fmt.Sprint("test", i), zones[i%len(zones)]
		location, err := statistics.ParseTimeZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		options := figures.Options{Zone: location}
		lines := []string{fmt.Sprintf("time_zone = %q", zone), `start_at = "2024-03-29T00:00:00Z"`, `end_at = "2024-04-02T00:00:00Z"`}
		if i%4 > 0 {
			options.GroupBy = append(options.GroupBy, names[i/2%len(names)]) // each is the first one once
			if second := names[random.IntN(len(names))]; !slices.Contains(options.GroupBy, second) {
				options.GroupBy = append(options.GroupBy, second)
			}
			if i%4 == 1 {
				options.GroupBy = slices.Clone(statistics.TimeDimensions)[i/4%4:]
				options.Gaps = [2]time.Time{time.Date(2024, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2024, 4, 2, 0, 0, 0, 0, time.UTC)}
				lines = append(lines, "fill_gaps = true")
			}
			if i%4 == 2 {
				options.SortBy = statistics.Sortable()[i/4*3%len(statistics.Sortable())]
				lines = append(lines, fmt.Sprintf("sort_by = %q", options.SortBy))
			}
			lines = append(lines, `group_by = ["`+strings.Join(options.GroupBy, `", "`)+`"]`)
		}
		if i%2 == 0 {
			var set []string
			for _, threshold := range thresholds {
				if random.IntN(4) == 0 {
					continue // its default
				}
				value, ok := values[threshold]
				if !ok {
					t.Fatalf("no value of the threshold %s is tried", threshold)
				}
				number := value()
				field := func(name string) bool { return strings.EqualFold(name, strings.ReplaceAll(threshold, "_", "")) }
				reflect.ValueOf(&options.Thresholds).Elem().FieldByNameFunc(field).Set(reflect.ValueOf(&number))
				set = append(set, fmt.Sprintf("%s = %v", threshold, number))
			}
			lines = append(lines, "thresholds = { "+strings.Join(set, ", ")+" }")
		}
		wants[name] = figures.Summary(asJSON, options)
		fmt.Fprintf(&config, "data \"bird_workspace_call_summary\" %q {\n  workspace_id = %q\n  %s\n}\n\n", name, birdtest.DefaultWorkspaceID, strings.Join(lines, "\n  "))
	}
	w := newWorkspace(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled, Repeat: 7}), config.String())
	w.run("apply", "-auto-approve", "-input=false")
	state := w.read("terraform.tfstate")
	summaries := summariesInState(t, state)
	for name, want := range wants {
		got := statisticsOf(t, "bird_workspace_call_summary", summaries[name])
		if diff := differ(want, got); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
	if found := regexp.MustCompile(birdtest.NumberPattern + `000\d{3}"`).FindString(state); found != "" { // as text, for a mean may end so
		t.Errorf("the number …%s is in the state", found)
	}
}
