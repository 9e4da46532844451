package birdtest_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestNewDataSetIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	options := birdtest.DataSetOptions{Seed: 42, Calls: 100}
	if diff := cmp.Diff(birdtest.NewDataSet(options), birdtest.NewDataSet(options)); diff != "" {
		t.Errorf("the same seed (-first +second):\n%s", diff)
	}
	other := options
	other.Seed++
	if cmp.Equal(birdtest.NewDataSet(options), birdtest.NewDataSet(other)) {
		t.Error("another seed makes the same calls")
	}
}

func TestNewDataSetHoldsWhatItsOptionsSay(t *testing.T) {
	t.Parallel()
	start := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 1000, Start: start, Days: 10, ChannelID: "other", Burst: 0.9})
	if len(calls) != 1000 {
		t.Errorf("%d calls", len(calls))
	}
	busiest := make(map[time.Time]int)
	seen := make(map[string]bool)
	for _, call := range calls {
		at, err := bird.ParseTime(*call.CreatedAt)
		if err != nil || at.Before(start) || !at.Before(start.AddDate(0, 0, 10)) {
			t.Errorf("created at %s (%v)", at, err)
		}
		if *call.ChannelID != "other" || seen[call.ID] {
			t.Errorf("call %s of channel %s", call.ID, *call.ChannelID)
		}
		seen[call.ID] = true
		busiest[at.Truncate(time.Hour)]++
	}
	if n := busiest[start.AddDate(0, 0, 5)]; n < 850 || n > 950 {
		t.Errorf("%d calls in the hour in the middle, want nine in ten", n)
	}
	sorted := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 1000})
	bird.SortCalls(sorted)
	if diff := cmp.Diff(ids(birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 1000})), ids(sorted)); diff != "" {
		t.Errorf("order (-made +sorted):\n%s", diff)
	}
	if got := birdtest.NewDataSet(birdtest.DataSetOptions{}); len(got) != 0 {
		t.Errorf("%d calls where none are asked for", len(got))
	}
}

// An option that changed other fields, too, would break the tests that rest on
// them, and so would a draw that fields share.
func TestNewDataSetChangesOnlyTheFieldsOfAnOption(t *testing.T) {
	t.Parallel()
	times := []string{"CreatedAt", "UpdatedAt", "RingingAt", "AnsweredAt", "EndedAt", "ScheduledFor"}
	base := birdtest.DataSetOptions{Seed: 9, Calls: 500}
	calls := make(map[string]bird.Call)
	for _, call := range birdtest.NewDataSet(base) {
		calls[call.ID] = call
	}
	for name, test := range map[string]struct {
		change  func(*birdtest.DataSetOptions)
		changed []string // fields
		calls   func(bird.Call) bool
	}{
		"more calls": {change: func(o *birdtest.DataSetOptions) { o.Calls = 900 }},
		"channel":    {change: func(o *birdtest.DataSetOptions) { o.ChannelID = "other" }, changed: []string{"ChannelID"}},
		"start":      {change: func(o *birdtest.DataSetOptions) { o.Start = birdtest.DefaultStart.AddDate(1, 0, 0) }, changed: times},
		"days":       {change: func(o *birdtest.DataSetOptions) { o.Days = 3 }, changed: times},
		"burst":      {change: func(o *birdtest.DataSetOptions) { o.Burst = 0.5 }, changed: times},
		"office":     {change: func(o *birdtest.DataSetOptions) { o.Office = time.UTC }, changed: times},
		"long tail": {
			change:  func(o *birdtest.DataSetOptions) { o.LongTail = true },
			changed: []string{"From", "To", "Originator", "Receiver", "Duration", "EndedAt", "UpdatedAt"},
		},
		"settled": {change: func(o *birdtest.DataSetOptions) { o.Settled = true }, calls: func(call bird.Call) bool {
			return call.HangupCauseCode != nil || call.QualityInsights != nil // it is over
		}},
	} {
		options := base
		test.change(&options)
		compared, differ := 0, make(map[string]int)
		for _, call := range birdtest.NewDataSet(options) {
			before, ok := calls[call.ID]
			if !ok || test.calls != nil && !test.calls(before) {
				continue
			}
			compared++
			for field := range reflect.TypeFor[bird.Call]().Fields() {
				one, other := reflect.ValueOf(before).FieldByIndex(field.Index), reflect.ValueOf(call).FieldByIndex(field.Index)
				if !reflect.DeepEqual(one.Interface(), other.Interface()) {
					differ[field.Name]++
				}
			}
		}
		if compared < 400 {
			t.Errorf("%s: %d calls with the same ids", name, compared)
		}
		for _, field := range test.changed {
			if differ[field] == 0 {
				t.Errorf("%s: no %s changed", name, field)
			}
			delete(differ, field)
		}
		if len(differ) > 0 {
			t.Errorf("%s: other fields changed: %v", name, differ)
		}
	}
}

// An office that is open on five days makes a fifth of its calls on each, and has
// its lunch at noon.
func TestNewDataSetOfAnOffice(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	hours, days := make(map[int]int), make(map[time.Weekday]int)
	// Four weeks, across the change of the clock.
	options := birdtest.DataSetOptions{Seed: 2, Calls: 5000, Start: time.Date(2024, 2, 26, 0, 0, 0, 0, time.UTC), Days: 28, Office: zone}
	for _, call := range birdtest.NewDataSet(options) {
		at, err := bird.ParseTime(*call.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		hours[at.In(zone).Hour()]++
		days[at.In(zone).Weekday()]++
	}
	if morning := hours[9] + hours[10] + hours[11]; morning < 1500 || hours[12] >= min(hours[11], hours[13]) || hours[20] > 200 || hours[3] > 0 {
		t.Errorf("by hour: %v", hours)
	}
	for day := time.Monday; day <= time.Friday; day++ {
		if days[day] < 800 || days[day] > 1050 {
			t.Errorf("%d calls on %s", days[day], day)
		}
	}
	if days[time.Saturday] < 230 || days[time.Saturday] > 380 || days[time.Sunday] < 100 || days[time.Sunday] > 210 {
		t.Errorf("%d calls on Saturdays, %d on Sundays", days[time.Saturday], days[time.Sunday])
	}
}

// textsOf calls use with each text of a value and the path of its field.
func textsOf(value any, path string, use func(path, text string)) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			textsOf(v, path+"."+name, use)
		}
	case []any:
		for _, v := range value {
			textsOf(v, path, use)
		}
	case string:
		use(strings.TrimPrefix(path, "."), value)
	}
}

// isNumber reports whether a field holds a phone number, and not an address of
// another kind.
func isNumber(path, text string) bool {
	switch path {
	case "from", "to", "originator.number.number", "receiver.number.number":
		return !strings.Contains(text, "-") // that of a browser is a UUID
	case "originator.number.identity", "receiver.number.identity", "originator.contact.identifierValue", "receiver.contact.identifierValue":
		return true
	}
	return false
}

func TestDataSetThatIsSettledIsOverButForTheLastDay(t *testing.T) {
	t.Parallel()
	start := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 5000, Start: start, Days: 10, Settled: true})
	unfinished := map[bool]int{}
	for _, call := range calls {
		at, err := bird.ParseTime(*call.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains([]string{"accepted", "scheduled", "starting", "ringing", "ongoing"}, *call.Status) {
			unfinished[at.Before(start.AddDate(0, 0, 9))]++
		}
	}
	if unfinished[true] > 0 || unfinished[false] == 0 {
		t.Errorf("%d calls before the last day are not over, and %d of the last day", unfinished[true], unfinished[false])
	}
}

func TestNumberPatternIsInEachNumberAndInNothingElse(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(slices.Concat(
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}),
		birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 6, Calls: 3000, Days: 7, LongTail: true, Incidents: []birdtest.Incident{birdtest.NewCountry, birdtest.OneRing, birdtest.OneNumber}}),
	))
	if err != nil {
		t.Fatal(err)
	}
	var calls []any
	if err := json.Unmarshal(encoded, &calls); err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]int)
	textsOf(calls, "", func(path, text string) {
		want := isNumber(path, text)
		if want {
			numbers[path]++
		}
		if strings.Contains(text, birdtest.NumberPattern) != want {
			t.Errorf("%s is %q", path, text)
		}
	})
	if len(numbers) != 8 {
		t.Errorf("numbers are in %v, want all 8 places", numbers)
	}
}

// kinds counts what the fields of calls are: absent, empty or filled.
func kinds(value reflect.Value, path string, counts map[string]int) {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			counts[path+" absent"]++
		} else {
			counts[path+" there"]++
			kinds(value.Elem(), path, counts)
		}
	case reflect.Slice:
		switch {
		case value.IsNil():
			counts[path+" absent"]++
		case value.Len() == 0:
			counts[path+" empty"]++
		default:
			counts[path+" there"]++
			for i := range value.Len() {
				kinds(value.Index(i), path, counts)
			}
		}
	case reflect.Struct:
		for field := range value.Type().Fields() {
			kinds(value.FieldByName(field.Name), path+"."+field.Name, counts)
		}
	}
}

// publishedMembers returns the fields of a call by the API's own example.
func publishedMembers(t *testing.T) map[string]bool {
	t.Helper()
	body, err := os.ReadFile("../bird/testdata/channel_call_full.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Results []map[string]any }
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	fields := make(map[string]bool)
	for name := range page.Results[0] {
		fields[name] = true
	}
	return fields
}

func TestNewDataSetIsVariedLikeTheRealThing(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 2000})
	counts, byID := make(map[string]int), make(map[string]bool)
	kinds(reflect.ValueOf(calls), "", counts)
	for _, call := range calls {
		byID[call.ID] = true
	}
	counts = sometimes(calls, byID, counts)
	published := publishedMembers(t)
	// Each field is sometimes there, and those that the API does not promise
	// are sometimes absent.
	promised := map[string]bool{}
	for _, name := range []string{"ChannelID", "From", "To", "Status", "Type", "Direction", "CreatedAt", "UpdatedAt"} {
		promised["."+name] = true
	}
	for field := range reflect.TypeFor[bird.Call]().Fields() {
		path := "." + field.Name
		if field.Name == "ID" || !published[field.Tag.Get("json")] {
			continue
		}
		if counts[path+" there"] == 0 {
			t.Errorf("no call has %s", field.Name)
		}
		// Both parties are always known here.
		always := promised[path] || field.Name == "Originator" || field.Name == "Receiver"
		if absent := counts[path+" absent"]; (absent == 0) != always {
			t.Errorf("%d of %d calls lack %s", absent, len(calls), field.Name)
		}
	}
	for _, what := range []string{
		".Tags empty", ".CallFlow.Commands empty", ".CallFlow.Commands there", ".Originator.Contact there", ".Originator.Contact absent",
		".CallFlow.Commands.Conditions empty", ".CallFlow.Commands.Conditions there", ".CallFlow.Commands.Conditions absent",
		".CallFlow.Commands.Conditions.Value there", ".CallFlow.Commands.Conditions.Value absent",
		"tie in time", "parent in the data set", "text beyond ASCII", "time without trailing zeros", "browser",
		"status accepted", "status scheduled", "status starting", "status ringing", "status ongoing",
		"status completed", "status no-answer", "status busy", "status failed", "status cancelled",
		"hangup source caller", "hangup source callee", "hangup source api", "hangup source timeout", "hangup source media-timeout", "hangup source none", "hangup source absent",
		"no-answer answered 3 ms before it rang", "busy answered 3 ms before it rang", "cancelled answered 3 ms before it rang", "completed answered after it rang",
		"no-answer scored 0.00", "completed scored 0.00", "completed scored 1 to 5", "scored by no number", "delayed by a negative number",
		"SIP code in the insights only", "SIP code in both places", "SIP code in the call only", "SIP code nowhere",
		"rejected", "cancelled while it rang", "cancelled before it rang", "over, and ended at no time",
		"from with +", "from without +", "to with +", "to without +",
	} {
		if counts[what] == 0 {
			t.Errorf("nowhere: %s", what)
		}
	}
	for _, what := range []string{"pending answered", "pending ended", "pending with a cause", "incoming accepted"} {
		if n := counts[what]; n > 0 {
			t.Errorf("%d calls are %s", n, what)
		}
	}
	if counts["parent unknown"] > 0 {
		t.Errorf("%d parents are not in the data set", counts["parent unknown"])
	}
}

func sometimes(calls []bird.Call, byID map[string]bool, counts map[string]int) map[string]int {
	text := func(value *string) string {
		if value == nil {
			return "absent"
		}
		return *value
	}
	for i, call := range calls {
		status := *call.Status
		counts["status "+status]++
		counts["hangup source "+text(call.HangupSource)]++
		if i > 0 && *call.CreatedAt == *calls[i-1].CreatedAt {
			counts["tie in time"]++
		}
		if call.HangupCauseCode != nil && call.EndedAt == nil {
			counts["over, and ended at no time"]++
		}
		if call.ParentID != nil {
			if byID[*call.ParentID] && *call.ParentID != call.ID {
				counts["parent in the data set"]++
			} else {
				counts["parent unknown"]++
			}
		}
		if len(*call.CreatedAt) < len("2024-02-28T16:54:33.241Z") {
			counts["time without trailing zeros"]++
		}
		if strings.HasPrefix(*call.From, "client:") {
			counts["browser"]++
		}
		if name := call.Receiver.Number.CallerIDName; name != nil && strings.ContainsFunc(*name, func(r rune) bool { return r > unicode.MaxASCII }) {
			counts["text beyond ASCII"]++
		}
		for side, number := range map[string]string{"from": *call.From, "to": *call.To} {
			if strings.HasPrefix(number, "+") {
				counts[side+" with +"]++
			} else {
				counts[side+" without +"]++
			}
		}

		times := make(map[string]time.Time)
		for name, value := range map[string]*string{"ringing_at": call.RingingAt, "answered_at": call.AnsweredAt, "ended_at": call.EndedAt, "scheduled_for": call.ScheduledFor} {
			if value == nil {
				continue
			}
			times[name], _ = bird.ParseTime(*value)
		}
		rang, hasRung := times["ringing_at"]
		answered, hasAnswered := times["answered_at"]
		if hasRung && hasAnswered {
			if wait := answered.Sub(rang); wait == -3*time.Millisecond {
				counts[status+" answered 3 ms before it rang"]++
			} else if wait > 0 {
				counts[status+" answered after it rang"]++
			}
		}
		switch status {
		case "accepted", "scheduled", "starting", "ringing":
			if hasAnswered {
				counts["pending answered"]++
			}
			if _, ended := times["ended_at"]; ended {
				counts["pending ended"]++
			}
			if call.HangupCauseCode != nil {
				counts["pending with a cause"]++
			}
			if status == "accepted" && *call.Direction == "incoming" {
				counts["incoming accepted"]++
			}
		case "cancelled":
			if hasRung {
				counts["cancelled while it rang"]++
			} else {
				counts["cancelled before it rang"]++
			}
		}
		if quality := call.QualityInsights; quality != nil {
			switch score, err := strconv.ParseFloat(text(quality.MOS), 64); {
			case text(quality.MOS) == "0.00":
				counts[status+" scored 0.00"]++
			case err == nil && score >= 1 && score <= 5:
				counts[status+" scored 1 to 5"]++
			case quality.MOS != nil:
				counts["scored by no number"]++
			}
			if strings.HasPrefix(text(quality.PDD), "-") {
				counts["delayed by a negative number"]++
			}
		}
		insights := call.SIPInsights != nil && call.SIPInsights.HangupSIPCode != nil
		switch {
		case call.HangupSIPCode == nil && insights:
			counts["SIP code in the insights only"]++
		case call.HangupSIPCode != nil && insights:
			counts["SIP code in both places"]++
		case call.HangupSIPCode != nil:
			counts["SIP code in the call only"]++
		default:
			counts["SIP code nowhere"]++
		}
		if call.HangupCauseCode != nil && *call.HangupCauseCode == 21 && insights && *call.SIPInsights.HangupSIPCode == "603" {
			counts["rejected"]++
		}
	}
	return counts
}

func TestNewDataSetHasEachFieldOfACall(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 2000})
	for field := range reflect.TypeFor[bird.Call]().Fields() {
		has := func(call bird.Call) bool { return !reflect.ValueOf(call).FieldByIndex(field.Index).IsZero() }
		if !slices.ContainsFunc(calls, has) {
			t.Errorf("no call has a %s", field.Name)
		}
	}
}
