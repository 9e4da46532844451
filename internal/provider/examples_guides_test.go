package provider_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func exampleAudit(t *testing.T, dir string) {
	const until = "2024-02-15T00:00:00Z"
	options := birdtest.DataSetOptions{Seed: 11, Calls: 2500, Start: time.Date(2024, 1, 11, 0, 0, 0, 0, time.UTC), Days: 35}
	good := slices.DeleteFunc(birdtest.NewDataSet(options), func(call bird.Call) bool { return *call.Status == "failed" })
	for i := range good {
		good[i].QualityInsights = nil
	}
	options.Incidents = []birdtest.Incident{birdtest.NewCountry, birdtest.SlowAnswers}
	bad := birdtest.NewDataSet(options)
	// One country was called at the first instant of the four weeks before, and one a
	// second earlier.
	var few byHand
	few.add(1, "2024-01-10T23:59:59Z", between("NL", "MC"))
	few.add(1, "2024-01-11T00:00:00Z", between("NL", "LI"))
	few.add(4, "2024-02-10T12:00:00Z", between("NL", "AD"))
	for _, country := range []string{"LI", "MC"} {
		few.add(5, "2024-02-10T12:00:00Z", between("NL", country))
	}
	for _, call := range few {
		call.ChannelID = new(birdtest.DefaultChannelID)
		bad = append(bad, call)
	}
	bird.SortCalls(bad)

	audit := func(calls []bird.Call, want checks, expect map[string]config.Variable) resource.TestStep {
		f := expectedSummary(within(t, calls, "2024-02-08T00:00:00Z", until))
		failed, _ := f["by_status"].(map[string]any)["failed"].(float64)
		step := exampleStep(dir, outputs{"audit": fmt.Sprintf("%v calls in the seven days before 15 Feb 2024, %v answered, %v failed, %v at once at most.",
			f["total_calls"], f["answered_calls"], failed, f["peak_concurrent_calls"])})
		step.ConfigVariables["until"] = config.StringVariable(until[:10])
		step.ConfigVariables["expect"] = config.ObjectVariable(expect)
		step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{want}
		return step
	}
	stop := func(step resource.TestStep, sentence string) resource.TestStep {
		step.ConfigStateChecks, step.ConfigPlanChecks.PreApply = nil, nil
		step.ExpectError = wrapped(sentence)
		return step
	}

	t.Run("good", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: good}))
		f := expectedSummary(within(t, good, "2024-02-08T00:00:00Z", until))
		acceptance(t, audit(good, checks{"service_level": "", "failed_calls": "", "sound": "", "countries": "", "lines": ""}, map[string]config.Variable{
			"lines": config.FloatVariable(f["peak_concurrent_calls"].(float64)),
		}))
	})
	t.Run("bad", func(t *testing.T) {
		week := within(t, bad, "2024-02-08T00:00:00Z", until)
		f := expectedSummary(week)
		// A channel that had no call before, so that every country is new.
		const newChannel = "5f1c9a52-7d44-4c0e-9a55-000000000000"
		ofBoth := slices.Clone(bad)
		for _, call := range week {
			call.ChannelID, call.ID = new(newChannel), "new "+call.ID
			ofBoth = append(ofBoth, call)
		}
		var countries []string
		for country, calls := range f["by_receiver_country"].(map[string]any) {
			if calls.(float64) >= 5 {
				countries = append(countries, country)
			}
		}
		slices.Sort(countries)
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: ofBoth}))
		var level float64
		for _, group := range expectedGroups(week, time.UTC, "direction") {
			if group := group.(map[string]any); group["direction"] == "incoming" {
				level = 100 * group["service_level"].(float64)
			}
		}
		poor := 100 * f["poor_mos_calls"].(float64) / f["mos"].(map[string]any)["count"].(float64)
		failed := 100 * f["by_status"].(map[string]any)["failed"].(float64) / f["total_calls"].(float64)
		lines := f["peak_concurrent_calls"].(float64)
		everything := checks{
			"service_level": fmt.Sprintf("%.1f %% of the callers were answered within 20 seconds, and we want %v %%.", level, math.Ceil(level)),
			"failed_calls":  fmt.Sprintf("%v of %v calls failed, more than %v %%. Callers hear nothing or a tone, so ask the carrier.", f["by_status"].(map[string]any)["failed"], f["total_calls"], math.Floor(failed)),
			"sound":         fmt.Sprintf("%.1f %% of the calls sounded poor, more than %v %%.", poor, math.Floor(poor)),
			"countries":     "Five calls or more to countries that were not called in the four weeks before: MC, SO. It may be fraud.",
			"lines": fmt.Sprintf("%v calls were in progress at once (%s), and there are %v lines. Further callers hear that the line is busy.",
				lines, f["peak_concurrent_at"], lines-1),
		}
		acceptance(t,
			stop(audit(bad, nil, map[string]config.Variable{"answered": config.IntegerVariable(80)}),
				fmt.Sprintf("Only %v of %v calls were answered. Find out why before anything else changes.", f["answered_calls"], decided(f))),
			stop(onChannel(audit(bad, nil, nil), birdtest.EmptyChannelID), "There was no call in the last seven days. The line may be dead: call it, and see."),
			// The next whole percent to either side.
			audit(bad, everything, map[string]config.Variable{
				"service_level": config.FloatVariable(math.Ceil(level)), "failed": config.FloatVariable(math.Floor(failed)),
				"poor_sound": config.FloatVariable(math.Floor(poor)), "lines": config.FloatVariable(lines - 1),
			}),
			onChannel(audit(bad, checks{
				"service_level": "", "failed_calls": "", "sound": "", "lines": "",
				"countries": "Five calls or more to countries that were not called in the four weeks before: " + strings.Join(countries, ", ") + ". It may be fraud.",
			}, map[string]config.Variable{
				"answered": config.FloatVariable(math.Floor(100 * f["answer_seizure_ratio"].(float64))), "service_level": config.FloatVariable(math.Floor(level)),
				"failed": config.FloatVariable(math.Ceil(failed)), "poor_sound": config.FloatVariable(math.Ceil(poor)), "lines": config.FloatVariable(lines),
			}), newChannel),
		)
	})
	t.Run("its own tests", func(t *testing.T) { testExample(t, dir, "4 passed, 0 failed") })
	t.Run("exit codes", func(t *testing.T) {
		now := time.Now().UTC()
		// Calls keep arriving while Terraform plans.
		calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 600, Start: now.AddDate(0, 0, -30)})
		for i := len(calls) - 100; i < len(calls); i++ {
			calls[i].CreatedAt = new(now.Add(time.Duration(i) * time.Millisecond).Format(time.RFC3339Nano))
		}
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Arriving: 100})
		w := newExampleWorkspace(t, server, dir, "channel_id="+birdtest.DefaultChannelID)
		plan := func(want int, arguments ...string) {
			t.Helper()
			if code, output := w.try(append([]string{"plan", "-input=false", "-detailed-exitcode"}, arguments...)...); code != want {
				t.Errorf("plan %v ends with exit code %d, not %d\n%s", arguments, code, want, output)
			}
		}
		yesterday := "-var=until=" + now.AddDate(0, 0, -1).Format(time.DateOnly)
		today := func() int { return time.Now().UTC().Day() }
		for began, day := today(), 0; began != day; { // again where midnight passes
			began = today()
			w.run("apply", "-input=false", "-auto-approve")
			code, output := w.try("plan", "-input=false", "-detailed-exitcode")
			if day = today(); began == day && code != 0 {
				t.Errorf("a second plan of the same day ends with exit code %d\n%s", code, output)
			}
		}
		plan(2, yesterday)
		plan(1, `-var=expect={"answered":101}`)
	})
}

func exampleLargeChannels(t *testing.T, dir string) {
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 500, Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Days: 366})
	midnight := calls[len(calls)-1]
	midnight.ID, midnight.CreatedAt = "at-midnight", new("2024-06-01T00:00:00Z") // in May and in June
	calls = append(calls, midnight)
	byMonth := map[string]int{"2024-05": 1}
	for _, call := range calls {
		byMonth[createdAt(call).UTC().Format("2006-01")]++
	}
	applied := applyExample(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), dir, "channel_id="+birdtest.DefaultChannelID, "year=2024")
	expectOutputs(t, applied, outputs{"calls_by_month": byMonth, "calls": len(calls)})
}

func exampleFleet(t *testing.T, dir string) {
	const unlisted = "99999999-9999-4999-8999-999999999999"
	calls := slices.Concat(twoChannels(), birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 13, Calls: 60, ChannelID: unlisted}))
	calls = slices.DeleteFunc(calls, func(call bird.Call) bool { // a channel where nobody answers has no score
		return *call.ChannelID == unlisted && call.QualityInsights != nil
	})
	bird.SortCalls(calls)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Channels: []bird.Channel{
		{ID: secondChannelID, Name: new("Support | nights"), PlatformID: new(birdtest.VoicePlatform)},
		{ID: birdtest.DefaultChannelID, Name: new("Sales"), PlatformID: new(birdtest.VoicePlatform)},
		{ID: birdtest.EmptyChannelID, PlatformID: new(birdtest.VoicePlatform)},
		{ID: "22222222-2222-4222-8222-222222222221", Name: new("Chat"), PlatformID: new("whatsapp")},
	}}))
	read := within(t, calls, "2024-02-10T00:00:00Z", "2024-02-20T00:00:00Z")
	var want strings.Builder
	const form = "| %-36s | %5s | %8s | %9s | %12s | %7s | %5s |\n"
	fmt.Fprintf(&want, form, "Channel", "Calls", "Answered", "Delivered", "Average call", "At once", "Sound")
	want.WriteString("| ------------------------------------ | ----: | -------: | --------: | -----------: | ------: | ----: |\n")
	for _, line := range []struct {
		name string
		is   func(id string) bool
	}{
		{birdtest.EmptyChannelID, func(id string) bool { return id == birdtest.EmptyChannelID }}, // a channel without a name is the first
		{"Sales", func(id string) bool { return id == birdtest.DefaultChannelID }},
		{`Support \| nights`, func(id string) bool { return id == secondChannelID }},
		{unlisted, func(id string) bool { return id == unlisted }},
		{"All channels", func(string) bool { return true }},
	} {
		f := expectedSummary(slices.DeleteFunc(slices.Clone(read), func(call bird.Call) bool { return !line.is(*call.ChannelID) }))
		answered, delivered, average, sound := "-", "-", "-", "-"
		if decided(f) > 0 {
			answered, delivered = answerRate(f), percent(f["network_effectiveness_ratio"], 1.0)
		}
		if seconds, ok := f["average_duration"].(float64); ok {
			average = fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
		}
		if mos, ok := f["mos"].(map[string]any); ok {
			sound = fmt.Sprintf("%.2f", mos["mean"])
		}
		fmt.Fprintf(&want, form, line.name, fmt.Sprint(f["total_calls"]), answered, delivered, average, fmt.Sprint(f["peak_concurrent_calls"]), sound)
	}
	step := withoutChannel(exampleStep(dir, outputs{"fleet": want.String()}))
	step.ConfigVariables["until"] = config.StringVariable("2024-02-20")
	step.ConfigVariables["days"] = config.IntegerVariable(10)
	acceptance(t, step)
}

func exampleDemo(t *testing.T, dir string) {
	calls := publishedMonth()
	calls[len(calls)-2].From = new("client:0190f6a5-5f4e-7d3c-8b2a-1f0e9d8c7b6a")
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))

	statuses, directions, counts := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, call := range calls {
		statuses[*call.Status], directions[*call.Direction] = true, true
		counts[*call.Status+" "+*call.Direction]++
	}
	var want strings.Builder
	f := expectedSummary(calls)
	peak, err := time.Parse(time.RFC3339Nano, f["peak_concurrent_at"].(string))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&want, "Calls     %d\nAnswered  %s of those that are not pending\nBusiest   %v at once, at %s (UTC)\n\n%-14s",
		len(calls), answerRate(f), f["peak_concurrent_calls"], peak.Format(time.DateTime), "status")
	columns := slices.Sorted(maps.Keys(directions))
	for _, direction := range columns {
		fmt.Fprintf(&want, "%10s", direction)
	}
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		fmt.Fprintf(&want, "\n%-14s", status)
		for _, direction := range columns {
			fmt.Fprintf(&want, "%10d", counts[status+" "+direction])
		}
	}
	header := []any{"created (UTC)", "direction", "from", "to", "status", "seconds"}
	rows := [][]any{header}
	for i := range 5 {
		call := calls[len(calls)-1-i]
		seconds := "-"
		if call.Duration != nil {
			seconds = strconv.FormatInt(*call.Duration, 10)
		}
		rows = append(rows, []any{createdAt(call).Format(time.DateTime), *call.Direction, *call.From, *call.To, *call.Status, seconds})
	}
	fmt.Fprint(&want, "\n\nThe latest five\n")
	for _, row := range rows {
		fmt.Fprint(&want, "\n")
		for i := range row {
			width := 0
			for _, other := range rows {
				width = max(width, len(other[i].(string)))
			}
			if i < 5 {
				fmt.Fprintf(&want, "%-*s  ", width, row[i])
			} else {
				fmt.Fprintf(&want, "%*s", width, row[i])
			}
		}
	}
	none := "Calls     0\nAnswered  -\nBusiest   -\n\n" + fmt.Sprintf("%-14s", "status") + "\n\nThe latest five\n\ncreated (UTC)  direction  from  to  status  seconds"
	acceptance(t,
		exampleStep(dir, outputs{"summary": want.String() + "\n"}),
		onChannel(exampleStep(dir, outputs{"summary": none + "\n"}), birdtest.EmptyChannelID),
	)
}

func exampleTesting(t *testing.T, dir string) {
	w := newExampleWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), dir, "channel_id="+birdtest.DefaultChannelID)
	empty := w.env // leads to a server without calls
	// Mocks and the fake-server command need neither a credential nor the variables of the example.
	offline := slices.DeleteFunc(slices.Clone(w.env), func(variable string) bool {
		return strings.HasPrefix(variable, "BIRD_") || strings.HasPrefix(variable, "TF_VAR_")
	})
	for _, test := range []struct {
		name      string
		env       []string
		arguments []string
		code      int
		says      string
	}{
		{"mocks", offline, []string{"-filter=mocks.tftest.hcl"}, 0, "4 passed, 0 failed"},
		{"a server without calls", empty, []string{"-filter=server.tftest.hcl"}, 1, "There was no call in a week: is the line dead?"},
		{"another rule", offline, []string{"-filter=mocks.tftest.hcl", "-var=answered=10"}, 1, `run "few_calls_are_answered"... fail`},
	} {
		w.env = test.env
		code, output := w.try(append([]string{"test"}, test.arguments...)...)
		if code != test.code || !strings.Contains(output, test.says) {
			t.Errorf("%s: exit code %d, not %d, or without %q:\n%s", test.name, code, test.code, test.says, output)
		}
	}
	testExample(t, dir, "7 passed, 0 failed")
}

// TestExamplesOfMocksCannotFillLists checks what the page about tests says of mocks.
func TestExamplesOfMocksCannotFillLists(t *testing.T) {
	needTerraform(t)
	if strings.Contains(filepath.Base(terraform), "tofu") {
		t.Skip("the page quotes Terraform")
	}
	if !strings.Contains(readFile(t, "../../docs/guides/testing.md"), `("incompatible types")`) {
		t.Error("the page does not say what the error is")
	}
	w := newWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), dataChannelCalls("")+`
output "calls" {
  value = length(data.bird_channel_calls.test.calls)
}
`)
	w.write("mocks.tftest.hcl", `
mock_provider "bird" {}

run "no_value" {
  assert {
    condition     = output.calls == 0
    error_message = "There are ${output.calls} calls."
  }
}

run "a_value" {
  override_data {
    target = data.bird_channel_calls.test
    values = {
      calls = [{ id = "1" }]
    }
  }
}
`)
	code, output := w.try("test")
	if code != 1 || !strings.Contains(output, `run "no_value"... pass`) || !wrapped("incompatible types").MatchString(output) {
		t.Errorf("exit code %d\n%s", code, output)
	}
}

// testExample runs the tests of an example as its page says: with the fake-server
// command, and without a credential of the user's own.
func testExample(t *testing.T, dir, says string) {
	t.Helper()
	w := newExampleWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), dir)
	if code, output := w.withFakeServer(nil, "test"); code != 0 || !strings.Contains(output, says) {
		t.Errorf("fake-server terraform test: exit code %d, or without %q:\n%s", code, says, output)
	}
}

// withFakeServer runs terraform with the fake-server command and its flags, without a
// credential or variables of the user's own. It returns the exit code and what
// terraform printed.
func (w *workspace) withFakeServer(flags []string, args ...string) (int, string) {
	w.t.Helper()
	w.env = slices.DeleteFunc(w.env, func(variable string) bool {
		return strings.HasPrefix(variable, "BIRD_BASE_URL=") || strings.HasPrefix(variable, "BIRD_TOKEN=") || strings.HasPrefix(variable, "TF_VAR_")
	})
	cmd, output := w.command(args...)
	fakeServer, err := buildFakeServer()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Path, cmd.Args = fakeServer, slices.Concat([]string{fakeServer}, flags, cmd.Args)
	err = cmd.Run()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), output.String()
}
