package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// planned is what a plan says.
type planned struct {
	Checks []struct {
		Address   struct{ Kind, Name string }
		Instances []struct {
			Address  struct{ Module string }
			Problems []struct{ Message string }
		}
	}
	Values struct {
		Outputs map[string]struct{ Value any }
	} `json:"planned_values"`
}

// phoneNumber finds a text that is a phone number of a data set.
var phoneNumber = regexp.MustCompile(`"\+?\d*` + birdtest.NumberPattern + `\d*"`)

// plan plans, and returns what the plan says, which has no number of a person.
func plan(t *testing.T, w *workspace) (p planned) {
	t.Helper()
	w.run("plan", "-input=false", "-out=plan")
	shown := w.run("show", "-json", "plan")
	if found := phoneNumber.FindString(shown); found != "" {
		t.Errorf("the plan has the number of a person: %s", found)
	}
	if err := json.Unmarshal([]byte(shown), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// warnings returns the messages of the checks that warn in each module.
func (p planned) warnings() map[string]map[string]string {
	messages := make(map[string]map[string]string)
	for _, check := range p.Checks {
		for _, instance := range check.Instances {
			module := messages[instance.Address.Module]
			if module == nil {
				module = make(map[string]string)
				messages[instance.Address.Module] = module
			}
			for _, problem := range instance.Problems {
				module[check.Address.Name] += problem.Message
			}
		}
	}
	return messages
}

// compareWarnings compares the checks that warn. Of a message, want has a part.
func compareWarnings(t *testing.T, name string, want, have map[string]string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(have))); diff != "" {
		t.Errorf("the checks that warn of %s (-want +have):\n%s%v", name, diff, have)
	}
	for check, message := range want {
		if !strings.Contains(have[check], message) {
			t.Errorf("%s: %s says %q, without %q", name, check, have[check], message)
		}
	}
}

// line is a channel with the week that ends before a date, the checks that warn of
// it, and the output. Without a date, the last week of all channels is read.
type line struct {
	calls  []bird.Call
	until  string
	want   map[string]string
	output map[string]any // nil if it is not compared
}

// planLines plans an example once, with each of the lines.
func planLines(t *testing.T, dir string, lines map[string]line) {
	t.Helper()
	var calls []bird.Call
	arguments := make(map[string]map[string]any)
	for i, name := range slices.Sorted(maps.Keys(lines)) {
		id := fmt.Sprintf("5f1c9a52-7d44-4c0e-9a55-%012d", i)
		arguments[name] = map[string]any{"channel_id": id, "until": lines[name].until}
		if lines[name].until == "" {
			arguments[name] = map[string]any{"channel_id": nil, "until": nil}
		}
		for _, call := range lines[name].calls {
			call.ChannelID, call.ID = &id, name+" "+call.ID
			calls = append(calls, call)
		}
	}
	bird.SortCalls(calls)
	w := newEmptyWorkspace(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	if err := os.Mkdir(filepath.Join(w.dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("rules/main.tf", readFile(t, filepath.Join(dir, "main.tf")))
	// A module with for_each configures no provider.
	w.write("rules/terraform.tf", strings.Replace(readFile(t, filepath.Join(dir, "terraform.tf")), `provider "bird" {}`, "", 1))
	w.write("lines.json", toJSON(arguments))
	w.write("lines.tf", `
module "line" {
  source       = "./rules"
  for_each     = jsondecode(file("lines.json"))
  workspace_id = "`+birdtest.DefaultWorkspaceID+`"
  channel_id   = each.value.channel_id
  until        = each.value.until
}

output "lines" {
  value = module.line
}
`)
	w.run("init", "-input=false")
	p := plan(t, w)
	warnings := p.warnings()
	if len(warnings) != len(lines) {
		t.Errorf("there are checks of %v", slices.Sorted(maps.Keys(warnings)))
	}
	outputs, _ := p.Values.Outputs["lines"].Value.(map[string]any)
	for name, line := range lines {
		compareWarnings(t, name, line.want, warnings["module.line["+strconv.Quote(name)+"]"])
		if diff := cmp.Diff(toJSON(line.output), toJSON(outputs[name])); line.output != nil && diff != "" {
			t.Errorf("the output of %s (-want +have):\n%s", name, diff)
		}
	}
}

// linesOf returns a line without calls, one of a good week and one of each incident,
// with the warnings that the rules compute here.
func linesOf(t *testing.T, example string) map[string]line {
	t.Helper()
	until := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)
	lines := map[string]line{"empty": {until: until.Format(time.DateOnly)}}
	for _, set := range ruleSets {
		if set.example != example {
			continue
		}
		add := func(name, found string, incidents ...birdtest.Incident) {
			r := rules{traffic(7, set.weeks, until, incidents...), until, expectations(t, example)}
			want := make(map[string]string)
			for check, warns := range set.warns(r) {
				if warns {
					want[check] = ""
				}
			}
			if _, ok := want[found]; ok != (found != "") || found == "" && len(want) > 0 {
				t.Errorf("%s: the checks that warn of %s are %v", example, name, want)
			}
			lines[name] = line{calls: r.calls, until: until.Format(time.DateOnly), want: want}
		}
		add("good", "")
		for incident, check := range set.incidents {
			add(string(incident), check, incident)
		}
	}
	return lines
}

// byHand are calls that a test makes one by one.
type byHand []bird.Call

// add adds n calls from a time on, one a second, each as the changes say.
func (calls *byHand) add(n int, from string, changes ...func(*bird.Call)) {
	first, err := time.Parse(time.RFC3339, from)
	if err != nil {
		panic(err)
	}
	for i := range n {
		created := new(first.Add(time.Duration(i) * time.Second).UTC().Format(time.RFC3339))
		call := bird.Call{
			ID: fmt.Sprint(len(*calls)), CreatedAt: created, UpdatedAt: created, Status: new("completed"), Direction: new("outgoing"), Type: new("pstn"),
			From: number(0), To: number(2 + len(*calls)),
		}
		for _, change := range changes {
			change(&call)
		}
		*calls = append(*calls, call)
	}
}

func number(n int) *string {
	return new(fmt.Sprintf("3197%s000%04d", birdtest.NumberPattern, n))
}

// after returns a time of a call after its creation.
func after(call *bird.Call, seconds float64) *string {
	return new(createdAt(*call).Add(time.Duration(seconds * float64(time.Second))).UTC().Format(time.RFC3339Nano))
}

// The changes.

func incoming(call *bird.Call) { call.Direction = new("incoming") }
func leg(call *bird.Call)      { call.ParentID = new("5f1c9a52-7d44-4c0e-9a55-2b8f6f0f3c11") }

func lasting(seconds int64) func(*bird.Call) {
	return func(call *bird.Call) { call.Duration, call.EndedAt = &seconds, after(call, float64(seconds)) }
}

func answeredAfter(seconds float64) func(*bird.Call) {
	return func(call *bird.Call) { call.RingingAt, call.AnsweredAt = after(call, 0), after(call, seconds) }
}

// unanswered is a call that rang in vain; one that rang for no time did not ring.
func unanswered(status string, seconds float64) func(*bird.Call) {
	return func(call *bird.Call) {
		call.Status, call.EndedAt = &status, after(call, seconds)
		if seconds > 0 {
			call.RingingAt = after(call, 0)
		}
	}
}

func between(from, to string) func(*bird.Call) {
	return func(call *bird.Call) {
		call.Originator = &bird.Party{Number: &bird.Number{CountryISOCode: &from}}
		call.Receiver = &bird.Party{Number: &bird.Number{CountryISOCode: &to}}
	}
}

// lately adds 20 calls at eleven in each of four days of the last week.
func lately(changes ...func(*bird.Call)) (calls byHand) {
	for days := range 4 {
		calls.add(20, time.Now().UTC().AddDate(0, 0, -2-days).Format(time.DateOnly)+"T11:00:00Z", changes...)
	}
	return calls
}

func exampleCarrierSurcharges(t *testing.T, dir string) {
	lines := linesOf(t, "carrier-surcharges")
	for beyond, name := range []string{"at the limits", "beyond the limits"} {
		var calls byHand
		const at = "2024-05-02T10:00:00Z"
		// 15 % of the answered calls is 6, and of all calls 7.
		calls.add(6+beyond, at, lasting(6))
		calls.add(33-beyond, at, lasting(7))
		calls.add(1, at, lasting(int64(933-40*beyond)))
		calls.add(7+beyond, at, unanswered("cancelled", 5))
		calls.add(3, at, unanswered("cancelled", 0))
		// Others do not count.
		calls.add(40, at, lasting(1), leg)
		calls.add(40, at, lasting(1), incoming)
		calls.add(40, "2024-04-28T23:59:00Z", lasting(1))
		calls.add(40, "2024-05-06T00:00:01Z", lasting(1))
		lines[name] = line{calls: calls, until: "2024-05-06"}
	}
	lines["by default"] = line{calls: lately(lasting(6)), want: map[string]string{
		"short_calls": "80 of 80 answered calls lasted 6 seconds at most", "average_duration": "Calls lasted 6.0 seconds on average",
	}}
	within, beyond := lines["at the limits"], lines["beyond the limits"]
	within.output = map[string]any{"calls": 50, "left": map[string]any{"short_calls": 0, "abandoned_calls": 0, "seconds": 0}}
	average := 1159. / 40
	beyond.output = map[string]any{"calls": 51, "left": map[string]any{"short_calls": -1, "abandoned_calls": -1, "seconds": average - 30}}
	beyond.want = map[string]string{
		"short_calls":      "7 of 40 answered calls lasted 6 seconds at most, and the carrier bills extra beyond 15 %.",
		"abandoned_calls":  "11 of 51 calls were given up before an answer, and the carrier bills extra beyond 20 %.",
		"average_duration": "Calls lasted 29.0 seconds on average, and the carrier bills extra below 30.",
	}
	lines["at the limits"], lines["beyond the limits"] = within, beyond
	planLines(t, dir, lines)
}

func exampleFraud(t *testing.T, dir string) {
	lines := linesOf(t, "fraud")
	for beyond, name := range []string{"at the limits", "beyond the limits"} {
		var calls byHand
		home, to := between("NL", "NL"), func(call *bird.Call) { call.To = number(1) }
		calls.add(12, "2024-04-01T00:00:00Z", home, to)
		calls.add(12+beyond, "2024-04-29T12:00:00Z", home, to)
		calls.add(4+beyond, "2024-04-30T10:00:00Z", between("NL", "FR"))

		calls.add(4+beyond, "2024-04-30T11:00:00Z", incoming, between("TN", "NL"), unanswered("no-answer", 3))
		calls.add(5, "2024-04-30T11:10:00Z", incoming, between("LY", "NL"), unanswered("no-answer", 3.001))
		calls.add(5, "2024-04-30T11:20:00Z", incoming, between("DZ", "NL"), unanswered("cancelled", 1))
		calls.add(5, "2024-04-30T11:30:00Z", incoming, between("DZ", "NL"), answeredAfter(1), lasting(60))
		calls.add(2, "2024-04-30T11:40:00Z", incoming, between("EG", "NL"), unanswered("no-answer", 1))
		calls.add(3, "2024-04-30T11:50:00Z", incoming, between("EG", "NL"), unanswered("no-answer", 30))

		// Summer time: two hours before UTC.
		calls.add(4, "2024-04-30T22:00:00+02:00", home, lasting(3600))
		calls.add(beyond, "2024-05-01T05:59:59+02:00", home, lasting(3600))
		calls.add(5, "2024-05-01T05:00:00+02:00", home, lasting(3599))
		calls.add(5, "2024-05-01T06:00:00+02:00", home, lasting(7200))
		calls.add(5, "2024-05-01T21:59:50+02:00", home, lasting(7200))

		calls.add(5+beyond, "2024-05-03T09:00:00Z", home, func(call *bird.Call) { call.CreatedAt = new("2024-05-03T09:00:00.5Z") })
		examined := count(calls, func(call bird.Call) bool {
			return !createdAt(call).Before(time.Date(2024, 4, 29, 0, 0, 0, 0, time.UTC))
		})
		lines[name] = line{calls: calls, until: "2024-05-06", output: map[string]any{"calls": examined}}
	}
	lines["by default"] = line{calls: lately(between("NL", "FR")), want: map[string]string{"new_countries": "80 to FR"}}
	beyond := lines["beyond the limits"]
	beyond.want = map[string]string{
		"new_countries":       "Calls to countries that were not called in the four weeks before: 5 to FR.",
		"frequent_numbers":    "More calls to one number than in the four weeks before: 13 to one in NL.",
		"single_rings":        "rang once: 5 from TN.",
		"long_calls_at_night": "5 long calls began between 22:00 and 06:00.",
		"calls_per_second":    "6 calls began in the second 2024-05-03T09:00:00Z.",
	}
	lines["beyond the limits"] = beyond
	planLines(t, dir, lines)
}

func exampleServiceLevel(t *testing.T, dir string) {
	lines := linesOf(t, "service-level")
	lines["by default"] = line{calls: lately(incoming, answeredAfter(30)), want: map[string]string{"service_level": "0 of", "each_hour": ":00 (0 of 20)"}}
	for beyond, name := range []string{"rung out, at the limit", "rung out, beyond the limit"} {
		var calls byHand
		const at = "2024-05-02T12:00:00+02:00"
		calls.add(10-beyond, at, incoming, answeredAfter(1))
		calls.add(10+beyond, at, incoming, unanswered("no-answer", 60))
		calls.add(10, at, incoming, func(call *bird.Call) { call.Status = new("ringing") })
		// Others do not count.
		calls.add(40, at, incoming, unanswered("no-answer", 60), leg)
		calls.add(40, "2024-05-02T20:00:00+02:00", incoming, unanswered("no-answer", 60))
		l := line{calls: calls, until: "2024-05-06", output: map[string]any{"calls": 20, "service_level": map[string]any{"Thu 12:00": fmt.Sprintf("%d of %[1]d", 10-beyond)}}}
		if beyond == 1 {
			l.want = map[string]string{"answered": "9 of 20 calls were answered, and we want 50 %."}
		}
		lines[name] = l
	}
	// The days in the weeks in which summer time begins and ends, with their offsets.
	for _, week := range []struct{ name, before, thursday, friday, saturday, monday, until string }{
		{"spring", "2024-03-26T%s+01:00", "2024-03-28T%s+01:00", "2024-03-29T%s+01:00", "2024-03-30T%s+01:00", "2024-04-01T%s+02:00", "2024-04-03T%s+02:00"},
		{"autumn", "2024-10-22T%s+02:00", "2024-10-24T%s+02:00", "2024-10-25T%s+02:00", "2024-10-26T%s+02:00", "2024-10-28T%s+01:00", "2024-10-30T%s+01:00"},
	} {
		for beyond, name := range []string{"at the limits", "beyond the limits"} {
			var calls byHand
			add := func(day, hour string, n int, change func(*bird.Call)) {
				calls.add(n, fmt.Sprintf(day, hour), incoming, change)
			}
			within, slow, abandoned := answeredAfter(20), answeredAfter(20.001), unanswered("cancelled", 10)
			add(week.thursday, "09:00:00", 12-beyond, within)
			add(week.thursday, "09:10:00", 3, slow)
			add(week.thursday, "09:20:00", 5+beyond, abandoned)
			add(week.friday, "10:00:00", 11, within) // too few callers for a rule about the hour
			add(week.friday, "10:10:00", 2, slow)
			add(week.friday, "10:20:00", 6, abandoned)
			add(week.monday, "16:58:00", 57, within)
			add(week.monday, "16:59:00", 4, abandoned)
			// Others do not count.
			add(week.thursday, "08:59:20", 40, slow)
			add(week.monday, "17:00:00", 40, slow)
			add(week.monday, "08:59:20", 40, abandoned)
			add(week.thursday, "17:00:00", 40, abandoned)
			add(week.saturday, "10:00:00", 40, slow)
			add(week.before, "10:00:00", 40, slow)
			add(week.until, "10:00:00", 40, slow)
			calls.add(40, fmt.Sprintf(week.thursday, "10:00:00"), incoming, leg, slow)
			calls.add(40, fmt.Sprintf(week.thursday, "10:00:00"), slow)
			l := line{calls: calls, until: week.until[:10], output: map[string]any{"calls": 100, "service_level": map[string]any{
				"Thu 09:00": fmt.Sprintf("%d of 20", 12-beyond), "Fri 10:00": "11 of 19", "Mon 16:00": "57 of 61",
			}}}
			if beyond == 1 {
				l.want = map[string]string{
					"service_level":   "79 of 100 callers were answered within 20 seconds, and we want 80 %.",
					"each_hour":       "There are too few people to answer in these hours: Thu 09:00 (11 of 20).",
					"abandoned_calls": "16 of 100 callers gave up, more than 15 %.",
				}
			}
			lines[week.name+", "+name] = l
		}
	}
	planLines(t, dir, lines)
}

func exampleDeadLines(t *testing.T, dir string) {
	// A week from a Wednesday on, over Easter and the beginning of summer time.
	until := time.Date(2024, 4, 3, 0, 0, 0, 0, time.UTC)
	var channels []bird.Channel
	var calls []bird.Call
	add := func(name, status string, of []bird.Call) {
		id := fmt.Sprintf("5f1c9a52-7d44-4c0e-9a55-%012d", len(channels))
		channels = append(channels, bird.Channel{ID: id, Name: &name, Status: &status, PlatformID: new(birdtest.VoicePlatform)})
		for _, call := range of {
			call.ChannelID, call.ID = &id, name+" "+call.ID
			calls = append(calls, call)
		}
	}
	byDays := func(n int) (calls byHand) { // none on Tuesday
		calls.add(n, "2024-03-27T00:00:00+01:00", incoming)
		calls.add(10, "2024-03-28T12:00:00+01:00", incoming)
		calls.add(10, "2024-03-29T23:59:50+01:00", incoming)
		calls.add(10, "2024-03-31T12:00:00+02:00", incoming)
		calls.add(10, "2024-04-01T23:59:50+02:00", incoming)
		calls.add(10, "2024-04-02T12:00:00+02:00") // outgoing calls do not count
		return calls
	}
	add("Sales", "active", traffic(1, 1, until))
	add("Support | nights", "active", traffic(2, 1, until, birdtest.DeadDay))
	add("Fax", "active", traffic(3, 2, until, birdtest.DeadLine))
	add("Busy enough", "active", byDays(10))
	add("Seldom called", "active", byDays(9))
	var outgoing byHand
	outgoing.add(10, "2024-04-02T12:00:00+02:00")
	add("Unreachable", "active", outgoing)
	add("Spare", "inactive", nil)
	bird.SortCalls(calls)
	w := newExampleWorkspace(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Channels: channels}), dir, "until=2024-04-03")
	p := plan(t, w)
	total := func(channel int) int {
		return count(within(t, calls, "2024-03-27T00:00:00+01:00", "2024-04-02T23:59:59+02:00"), func(call bird.Call) bool {
			return *call.ChannelID == channels[channel].ID && *call.Direction == "incoming"
		})
	}
	want := fmt.Sprintf(`| Line | Calls | Days without calls |
| ---- | ----: | ------------------ |
| Busy enough | 50 | 2024-04-02 |
| Fax | 0 | 2024-03-27, 2024-03-28, 2024-03-29, 2024-04-01, 2024-04-02 |
| Sales | %d |  |
| Seldom called | 49 | 2024-04-02 |
| Support \| nights | %d | 2024-04-01 |
| Unreachable | 0 | 2024-03-27, 2024-03-28, 2024-03-29, 2024-04-01, 2024-04-02 |`, total(0), total(1))
	if diff := cmp.Diff(want, p.Values.Outputs["lines"].Value); diff != "" {
		t.Errorf("the table (-want +have):\n%s", diff)
	}
	compareWarnings(t, "the lines", map[string]string{
		"dead_lines": "Lines that nobody called in 7 days: Fax, Unreachable.",
		"dead_days":  "Busy lines without a call: Busy enough on 2024-04-02, Support | nights on 2024-04-01.",
	}, p.warnings()[""])
	if _, output := w.try("plan", "-input=false", "-var", "platform=voice"); !wrapped("There is no active channel of the platform voice.").MatchString(output) {
		t.Errorf("no channel:\n%s", output)
	}
}
