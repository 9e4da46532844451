package statistics_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

func summarize(t testing.TB, calls []bird.Call, zone string, groupBy ...string) statistics.Summary {
	t.Helper()
	location, err := statistics.ParseTimeZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := statistics.NewSummarizer(statistics.Options{GroupBy: groupBy, TimeZone: location, Thresholds: statistics.DefaultThresholds})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(bird.Page[bird.Call]{Items: calls}); err != nil {
		t.Fatal(err)
	}
	return s.Summary()
}

// groupTexts writes the values of the dimensions of each group and how many calls
// it has.
func groupTexts(t testing.TB, groups []statistics.Group, dimensions ...string) []string {
	t.Helper()
	var texts []string
	for _, group := range groups {
		value := reflect.ValueOf(group)
		var words []string
		for _, field := range reflect.VisibleFields(value.Type()) {
			name, text := field.Tag.Get("tfsdk"), "-"
			is, ok := value.FieldByIndex(field.Index).Interface().(*string)
			if !ok || len(field.Index) > 1 {
				continue // a statistic
			}
			if is != nil {
				text = *is
			}
			switch wanted := strings.Contains(" "+strings.Join(dimensions, " ")+" ", " "+name+" "); {
			case wanted:
				words = append(words, text)
			case is != nil:
				t.Errorf("%s is %s, though calls are not grouped by it", name, text)
			}
		}
		texts = append(texts, fmt.Sprintf("%s: %d", strings.Join(words, " "), group.TotalCalls))
	}
	return texts
}

func TestGroupsByTimesOfATimeZone(t *testing.T) {
	t.Parallel()
	var calls []bird.Call
	for _, created := range []string{
		"2024-02-29T22:59:59.999Z", "2024-02-29T23:00:00Z", // midnight in Amsterdam
		"2024-02-29T23:59:59.999Z", "2024-03-01T00:00:00Z", // in UTC
		"2024-03-01T00:30:00+01:00", "2024-02-29T18:30:00-05:00", // one instant
		"2024-02-29T18:29:59Z", "2024-02-29T18:30:00Z", // in Kolkata
		"2024-02-29T23:59:60Z", // a leap second is the instant that follows it
		"0001-01-01T00:00:00Z",
	} {
		calls = append(calls, bird.Call{CreatedAt: &created})
	}
	calls = append(calls, bird.Call{})
	for _, test := range []struct {
		zone       string
		dimensions []string
		want       []string
	}{
		{"UTC", []string{"day"}, []string{"-: 2", "2024-02-29: 7", "2024-03-01: 2"}},
		{"Europe/Amsterdam", []string{"day"}, []string{"-: 2", "2024-02-29: 3", "2024-03-01: 6"}},
		{"Asia/Kolkata", []string{"day"}, []string{"-: 2", "2024-02-29: 1", "2024-03-01: 8"}},
		{"America/New_York", []string{"day", "hour"}, []string{"- -: 2", "2024-02-29 13: 2", "2024-02-29 17: 1", "2024-02-29 18: 4", "2024-02-29 19: 2"}},
		{"UTC", []string{"month", "weekday"}, []string{"- -: 2", "2024-02 4: 7", "2024-03 5: 2"}},
	} {
		got := summarize(t, calls, test.zone, test.dimensions...)
		if diff := cmp.Diff(test.want, groupTexts(t, got.Groups, test.dimensions...)); diff != "" {
			t.Errorf("%v in %s (-want +got):\n%s", test.dimensions, test.zone, diff)
		}
		byDay := map[string]int64{}
		for _, group := range summarize(t, calls, test.zone, "day").Groups {
			if group.Day != nil {
				byDay[*group.Day] = group.TotalCalls
			}
		}
		if diff := cmp.Diff(byDay, got.ByDay); diff != "" {
			t.Errorf("by_day in %s, of the groups (-), as it is (+):\n%s", test.zone, diff)
		}
	}
}

func TestGroupsByWeekdayAreThoseOfISO8601(t *testing.T) {
	t.Parallel()
	monday := time.Date(2024, 2, 26, 12, 0, 0, 0, time.UTC)
	for i, want := range []string{"1", "2", "3", "4", "5", "6", "7", "1"} {
		call := bird.Call{CreatedAt: new(monday.AddDate(0, 0, i).Format(time.RFC3339))}
		if got := summarize(t, []bird.Call{call}, "UTC", "weekday").Groups[0].Weekday; *got != want {
			t.Errorf("%s is weekday %s, not %s", *call.CreatedAt, *got, want)
		}
	}
}

// The hour that comes twice is one group; the one that is skipped has no calls.
func TestGroupsByHourOverTheChangesOfSummerTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from string // six hours, a call in each half
		want []string
	}{
		{"2024-03-10T04:00:00Z", []string{"2024-03-09 23: 2", "2024-03-10 00: 2", "2024-03-10 01: 2", "2024-03-10 03: 2", "2024-03-10 04: 2", "2024-03-10 05: 2"}},
		{"2024-11-03T04:00:00Z", []string{"2024-11-03 00: 2", "2024-11-03 01: 4", "2024-11-03 02: 2", "2024-11-03 03: 2", "2024-11-03 04: 2"}},
	} {
		from, err := time.Parse(time.RFC3339, test.from)
		if err != nil {
			t.Fatal(err)
		}
		var calls []bird.Call
		for i := range 12 {
			calls = append(calls, bird.Call{CreatedAt: new(from.Add(time.Duration(i) * 30 * time.Minute).Format(time.RFC3339))})
		}
		got := groupTexts(t, summarize(t, calls, "America/New_York", "day", "hour").Groups, "day", "hour")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", test.from, diff)
		}
	}
}

func TestGroupsAreSortedInTheOrderOfTheDimensions(t *testing.T) {
	t.Parallel()
	var calls []bird.Call
	for _, status := range []*string{new("b"), nil, new("a"), new("A")} {
		for _, source := range []*string{new("9"), new("10"), nil} {
			calls = append(calls, bird.Call{Status: status, HangupSource: source})
		}
	}
	type pair struct{ status, source string }
	for _, test := range []struct {
		groupBy []string
		want    []pair
	}{
		{[]string{"status", "hangup_source"}, []pair{
			{"-", "-"}, {"-", "10"}, {"-", "9"}, {"A", "-"}, {"A", "10"}, {"A", "9"}, {"a", "-"}, {"a", "10"}, {"a", "9"}, {"b", "-"}, {"b", "10"}, {"b", "9"},
		}},
		{[]string{"hangup_source", "status"}, []pair{
			{"-", "-"}, {"A", "-"}, {"a", "-"}, {"b", "-"}, {"-", "10"}, {"A", "10"}, {"a", "10"}, {"b", "10"}, {"-", "9"}, {"A", "9"}, {"a", "9"}, {"b", "9"},
		}},
	} {
		var got []pair
		text := func(p *string) string {
			if p == nil {
				return "-"
			}
			return *p
		}
		for _, group := range summarize(t, calls, "UTC", test.groupBy...).Groups {
			got = append(got, pair{text(group.Status), text(group.HangupSource)})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("by %v: %v, want %v", test.groupBy, got, test.want)
		}
	}
}

// Values that look like two when they stand side by side are apart.
func TestGroupsDoNotMixValues(t *testing.T) {
	t.Parallel()
	var calls []bird.Call
	for _, values := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"\x00", "\x00"}, {"a\x03b", "c"}} {
		calls = append(calls, bird.Call{Status: &values[0], Type: &values[1]})
	}
	calls = append(calls, bird.Call{Status: new("abc")}, bird.Call{Type: new("abc")}, bird.Call{}, bird.Call{Status: new("\x00")}, bird.Call{Type: new("\x00")}, bird.Call{Status: new("\x00\x00")})
	if got := len(summarize(t, calls, "UTC", "status", "type").Groups); got != len(calls) {
		t.Errorf("%d groups, want %d", got, len(calls))
	}
}

func TestGroupsOfNoCallsAreEmptyAndOfNoDimensionNil(t *testing.T) {
	t.Parallel()
	if got := summarize(t, nil, "UTC", "day").Groups; got == nil || len(got) != 0 {
		t.Errorf("%d groups of no calls (nil: %t), want an empty list", len(got), got == nil)
	}
	if got := summarize(t, make([]bird.Call, 3), "UTC").Groups; got != nil {
		t.Errorf("%d groups by nothing, want nil", len(got))
	}
}

func TestGroupsByWhatIsNoDimensionAreAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "from", "to", "tags", "Day", "year"} {
		if _, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"day", name}}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("grouped by %q: %v", name, err)
		}
	}
}

func TestTooManyGroupsErrorNamesTheDimensionWithTheMostValues(t *testing.T) {
	t.Parallel()
	s, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"type", "channel_id", "direction", "hangup_source", "status"}})
	if err != nil {
		t.Fatal(err)
	}
	add := func(i int) error {
		fifty := new(fmt.Sprint(i / 10 % 50))
		call := bird.Call{Type: new(fmt.Sprint(i % 10)), Direction: fifty, HangupSource: fifty, Status: new(fmt.Sprint(i / 500))}
		if i/10%50 > 0 {
			call.ChannelID = fifty
		}
		return s.Add(bird.Page[bird.Call]{Items: []bird.Call{call}})
	}
	for i := range statistics.MaxGroups {
		if err := add(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(0); err != nil { // of a group that is there
		t.Fatal(err)
	}
	if got := s.Summary(); len(got.Groups) != statistics.MaxGroups || got.TotalCalls != statistics.MaxGroups+1 {
		t.Errorf("%d calls in %d groups", got.TotalCalls, len(got.Groups))
	}
	// 10 types, 49 channels and calls without one, 50 directions, as many sources, and 20
	// statuses: the first of the most.
	if diff := cmp.Diff(error(&statistics.TooManyGroupsError{Dimension: "direction", Values: 50}), add(statistics.MaxGroups)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// A row has 16 bits for a value.
func TestSummaryOfTooManyValuesOfAFieldIsAnError(t *testing.T) {
	t.Parallel()
	fields := map[string]func(*bird.Call, string){
		"status":        func(c *bird.Call, value string) { c.Status = &value },
		"direction":     func(c *bird.Call, value string) { c.Direction = &value },
		"type":          func(c *bird.Call, value string) { c.Type = &value },
		"channel_id":    func(c *bird.Call, value string) { c.ChannelID = &value },
		"hangup_source": func(c *bird.Call, value string) { c.HangupSource = &value },
		"hangup_cause_code": func(c *bird.Call, value string) {
			code, _ := strconv.ParseInt(value, 10, 64)
			c.HangupCauseCode = &code
		},
		"hangup_sip_code": func(c *bird.Call, value string) { c.HangupSIPCode = &value },
		"amd_result":      func(c *bird.Call, value string) { c.AMDResult = &bird.AMDResult{Result: &value} },
		"originator_country": func(c *bird.Call, value string) {
			c.Originator = &bird.Party{Number: &bird.Number{CountryISOCode: &value}}
		},
		"receiver_country": func(c *bird.Call, value string) {
			c.Receiver = &bird.Party{Number: &bird.Number{CountryISOCode: &value}}
		},
	}
	for field := range reflect.TypeFor[statistics.Summary]().Fields() {
		name, counts := strings.CutPrefix(field.Tag.Get("tfsdk"), "by_")
		if !counts || name == "day" {
			continue
		}
		if name == "channel" {
			name = "channel_id"
		}
		set, ok := fields[name]
		if !ok {
			t.Errorf("no call has a value of %s", name)
			continue
		}
		s, err := statistics.NewSummarizer(statistics.Options{})
		if err != nil {
			t.Fatal(err)
		}
		add := func(value int) error {
			var call bird.Call
			set(&call, strconv.Itoa(value))
			return s.Add(bird.Page[bird.Call]{Items: []bird.Call{call}})
		}
		const most = 1<<16 - 1
		for value := range most {
			if err := add(value); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(0); err != nil { // which is there
			t.Errorf("%d values of %s: %v", most, name, err)
		}
		if err := add(most); err == nil || !strings.Contains(err.Error(), "values of "+name) {
			t.Errorf("%d values of %s: error %v, want one that names the field", most+1, name, err)
		}
	}
}

// Bit for bit: as text, in which -0 is not 0.
func TestGroupsDoNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 3000, Days: 2})
	for i, value := range []string{"0.1", "0.2", "0.3", "1e15", "0.7", "-0.00", "0.00", "NaN", "1e300", "4.7"} {
		calls[i].QualityInsights = &bird.QualityInsights{MOS: &value, PDD: &value}
		calls[i].CreatedAt = []*string{new("2024-02-01T10:00:00Z"), new("2024-02-01T11:00:00+01:00")}[i%2]
	}
	text := func() string {
		text, err := json.Marshal(summarize(t, calls, "America/New_York", "day", "receiver_country"), json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := text()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		if got := text(); got != want {
			t.Fatalf("in another order (-want +got):\n%s", cmp.Diff(want, got))
		}
	}
}
