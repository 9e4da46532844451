package provider_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func exampleProvider(t *testing.T, _ string) {
	probeExample(t, readFile(t, firstBlock), "Bearer "+birdtest.DefaultToken, nil)
}

func exampleAccessKey(t *testing.T, dir string) {
	probeExample(t, withProvider(t, filepath.Join(dir, "main.tf")), "AccessKey "+birdtest.DefaultAccessKey, config.Variables{
		"bird_access_key": config.StringVariable(birdtest.DefaultAccessKey),
	})
}

// withProvider returns the first block with the content of a file in place of its
// provider block.
func withProvider(t *testing.T, file string) string {
	t.Helper()
	before, after, found := strings.Cut(readFile(t, firstBlock), "provider \"bird\" {}\n")
	if !found {
		t.Fatal("the first block has no empty provider block")
	}
	return before + readFile(t, file) + after
}

// probe reads with the provider and the variables of the first block.
const probe = `
data "bird_channel_calls" "probe" {
  workspace_id = var.workspace_id
  channel_id   = var.channel_id
}

output "probe" {
  value = length(data.bird_channel_calls.probe.calls)
}
`

// probeExample reads with the provider that a configuration sets up, and reports
// whether it sends the right credential.
func probeExample(t *testing.T, configuration, authorization string, variables config.Variables) {
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 3})})
	useServer(t, server)
	step := exampleStep("", outputs{"probe": 3})
	step.ConfigDirectory, step.Config = nil, configuration+probe
	maps.Copy(step.ConfigVariables, variables)
	acceptance(t, step)
	for _, request := range server.Requests() {
		if got := request.Header.Get("Authorization"); got != authorization {
			t.Errorf("a request was sent with the authorization %q", got)
		}
	}
}

func exampleWindow(t *testing.T, dir string) {
	calls := recentCalls(400, time.Now(), 7*24*time.Hour)
	// A call in each half hour: days of UTC have others than those of Amsterdam.
	for i := range calls {
		calls[i].CreatedAt = new(time.Now().Add(time.Duration(i-len(calls)) * 30 * time.Minute).UTC().Format(time.RFC3339Nano))
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	applied, midnight := applyOnOneDay(t, server, dir, "channel_id="+birdtest.DefaultChannelID)
	week := since(calls, midnight.AddDate(0, 0, -7))
	week = slices.DeleteFunc(week, func(call bird.Call) bool { return createdAt(call).After(midnight) })
	conversations, seconds := 0, int64(0)
	for _, call := range week {
		if call.ParentID == nil {
			conversations++
		}
		if call.Duration != nil {
			seconds += *call.Duration
		}
	}
	if conversations == len(week) {
		t.Fatal("the data set has no legs")
	}
	expectOutputs(t, applied, outputs{"calls": len(week), "conversations": conversations, "seconds": seconds})
	expectOutputs(t, applyExample(t, server, dir, "channel_id="+birdtest.EmptyChannelID), outputs{"calls": 0, "conversations": 0, "seconds": 0})
}

func exampleFailed(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	calls, failed := recentCalls(400, now, week), 0
	for i := range calls { // the code in one place or the other, or in none
		if *calls[i].Status != "failed" {
			continue
		}
		failed++
		if failed%5 == 0 {
			calls[i].HangupCauseCode = nil
		}
		switch code, insights := new("503"), new(bird.SIPInsights); failed % 4 {
		case 0:
			calls[i].HangupSIPCode, calls[i].SIPInsights = code, insights
		case 1:
			calls[i].HangupSIPCode, calls[i].SIPInsights = code, nil
		case 2:
			calls[i].HangupSIPCode, calls[i].SIPInsights = nil, &bird.SIPInsights{HangupSIPCode: code}
		case 3:
			calls[i].HangupSIPCode, calls[i].SIPInsights = nil, insights
		}
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	list := []any{}
	byCause := map[string]int{}
	for _, call := range since(calls, now.Add(-week)) {
		if *call.Status != "failed" {
			continue
		}
		var status any
		cause := "Unknown"
		if call.HangupCauseCode != nil {
			cause = causeNames[*call.HangupCauseCode]
		}
		byCause[cause]++
		sip := call.HangupSIPCode
		if sip == nil && call.SIPInsights != nil {
			sip = call.SIPInsights.HangupSIPCode
		}
		if sip != nil {
			status = "Service Unavailable" // the one code of the calls above
		}
		list = append(list, map[string]any{"id": call.ID, "created_at": call.CreatedAt, "cause": cause, "sip_status": status})
	}
	if len(list) < 4 || len(byCause) < 2 || byCause["Unknown"] == 0 {
		t.Fatal("the data set has too few failed calls")
	}
	acceptance(t, exampleStep(dir, outputs{"failed_calls": list, "failed_by_cause": byCause}))
}

func exampleLastSevenDays(t *testing.T, dir string) {
	now := time.Now()
	calls := recentCalls(150, now, 7*24*time.Hour)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	byDay := map[string]int{}
	for _, call := range since(calls, now.Add(-7*24*time.Hour)) {
		byDay[createdAt(call).UTC().Format(time.DateOnly)]++
	}
	if len(byDay) < 7 {
		t.Fatal("the data set has too few days")
	}
	acceptance(t, exampleStep(dir, outputs{"calls_by_day": byDay}))
}

func exampleChecks(t *testing.T, dir string) {
	const day = 24 * time.Hour
	now := time.Now()
	bad := recentCalls(300, now, day)
	isFailed := func(call bird.Call) bool { return *call.Status == "failed" }
	soundsBad := func(call bird.Call) bool {
		if call.QualityInsights == nil || call.QualityInsights.MOS == nil {
			return false
		}
		score, err := strconv.ParseFloat(*call.QualityInsights.MOS, 64)
		return err == nil && score >= 1 && score < 2
	}
	clean := slices.DeleteFunc(slices.Clone(bad), soundsBad)
	lastDay := since(clean, now.Add(-day))
	// withFailed returns the calls that sound good, with n that failed in the last day.
	withFailed := func(n int) []bird.Call {
		return slices.DeleteFunc(slices.Clone(clean), func(call bird.Call) bool {
			if isFailed(call) && !createdAt(call).Before(now.Add(-day)) {
				n--
				return n < 0
			}
			return false
		})
	}
	most := (len(lastDay) - count(lastDay, isFailed)) / 19 // 5 % of those and themselves
	for name, calls := range map[string][]bird.Call{"good": withFailed(most), "bad": bad, "failing": withFailed(most + 1)} {
		t.Run(name, func(t *testing.T) {
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
			read := since(calls, now.Add(-day))
			failed, low := count(read, isFailed), count(read, soundsBad)
			if len(read) < 100 || (name == "good") == (failed*20 > len(read)) || (name == "bad") != (low > 0) {
				t.Fatalf("the data set does not fit: %d calls, %d failed, %d sound bad", len(read), failed, low)
			}
			want := checks{"few_calls_fail": "", "calls_sound_good": ""}
			if name != "good" {
				want["few_calls_fail"] = fmt.Sprintf("%d of %d calls failed: more than 5 %%.", failed, len(read))
			}
			if name == "bad" {
				want["calls_sound_good"] = fmt.Sprintf("%d calls have a mean opinion score below 2.", low)
			}
			// Terraform plans and applies in spite of a check that fails.
			step := exampleStep(dir, outputs{})
			step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{want}
			acceptance(t, step)
		})
	}
}

func examplePostconditions(t *testing.T, dir string) {
	const day = 24 * time.Hour
	now := time.Now()
	all := recentCalls(100, now, day)
	called := func(call bird.Call) string { return cmp.Or(country(call.Receiver), "unknown") }
	isOutgoing := func(call bird.Call) bool { return *call.Direction == "outgoing" }
	abroad := func(call bird.Call) bool {
		return isOutgoing(call) && called(call) != "NL" && called(call) != "BE"
	}
	home := slices.DeleteFunc(slices.Clone(all), abroad)
	somewhere := slices.DeleteFunc(slices.Clone(all), func(call bird.Call) bool { return abroad(call) && called(call) != "unknown" })
	countries := map[string]bool{}
	for _, call := range all {
		countries[called(call)] = true
	}
	var allowed []config.Variable
	for _, code := range slices.Sorted(maps.Keys(countries)) {
		allowed = append(allowed, config.StringVariable(code))
	}
	outgoing := func(calls []bird.Call) int { return count(since(calls, now.Add(-day)), isOutgoing) }
	if outgoing(home) == 0 || outgoing(somewhere) == outgoing(home) || outgoing(all) == outgoing(somewhere) {
		t.Fatal("the data set does not fit")
	}

	broken := exampleStep(dir, nil)
	broken.ExpectError = regexp.MustCompile(`Calls\s+went\s+to\s+countries\s+outside\s+of\s+BE,\s+NL\.`)
	t.Run("broken", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: all}))
		silent := onChannel(exampleStep(dir, nil), birdtest.EmptyChannelID)
		silent.ExpectError = regexp.MustCompile(`Nobody\s+was\s+called\s+in\s+a\s+day`)
		wider := exampleStep(dir, outputs{"audited_calls": outgoing(all)})
		wider.ConfigVariables["countries"] = config.SetVariable(allowed...)
		acceptance(t, broken, silent, wider)
	})
	t.Run("broken by numbers without a country", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: somewhere}))
		acceptance(t, broken)
	})
	t.Run("kept", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: home}))
		acceptance(t, exampleStep(dir, outputs{"audited_calls": outgoing(home)}))
	})
}

func exampleSeveralChannels(t *testing.T, dir string) {
	now := time.Now()
	calls := recentTwoChannels(now, month)
	channels := fmt.Sprintf(`channel_ids={ sales = %q, support = %q, unused = %q }`, birdtest.DefaultChannelID, secondChannelID, birdtest.EmptyChannelID)
	applied := applyExample(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), dir, channels)
	calls = since(calls, now.Add(-month))
	isSecond := func(call bird.Call) bool { return *call.ChannelID == secondChannelID }
	second, longest := count(calls, isSecond), int64(0)
	for _, call := range calls {
		if call.Duration != nil {
			longest = max(longest, *call.Duration)
		}
	}
	expectOutputs(t, applied, outputs{
		"calls_by_channel": map[string]int{"sales": len(calls) - second, "support": second, "unused": 0},
		"longest_call":     longest,
	})
}

func examplePseudonyms(t *testing.T, dir string) {
	const key = "an example's key, which has 32 characters or more"
	now := time.Now()
	calls := recentCalls(500, now, month)
	// Calls without a number, and anonymous ones, are nobody's.
	const anonymous = "anonymous@anonymous.invalid"
	for i := range calls {
		switch i % 10 {
		case 0:
			calls[i].From = nil
		case 1:
			calls[i].From = new(anonymous)
			calls[i].Originator = &bird.Party{Number: &bird.Number{Anonymous: new(true)}}
		case 2:
			calls[i].From, calls[i].Originator = new("+3197"+birdtest.NumberPattern+"000199"), nil
		}
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	t.Setenv("BIRD_PSEUDONYM_KEY", key)
	callers := map[string]int{}
	for _, call := range since(calls, now.Add(-month)) {
		hidden := call.Originator != nil && call.Originator.Number.Anonymous != nil && *call.Originator.Number.Anonymous
		if *call.Direction == "incoming" && call.From != nil && !hidden {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write([]byte(strings.TrimPrefix(*call.From, "+")))
			callers[hex.EncodeToString(mac.Sum(nil))[:32]]++
		}
	}
	maps.DeleteFunc(callers, func(_ string, n int) bool { return n == 1 })
	if len(callers) == 0 {
		t.Fatal("nobody in the data set called twice")
	}
	acceptance(t, exampleStep(dir, outputs{"repeat_callers": callers}))
}

func exampleSummary(t *testing.T, dir string) {
	now := time.Now()
	calls := recentCalls(300, now, month)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	read := since(calls, now.Add(-month))
	f := expectedSummary(read)
	causes := map[string]int{}
	for _, call := range read {
		if call.HangupCauseCode != nil {
			causes[causeNames[*call.HangupCauseCode]]++
		}
	}
	byDay, most := f["by_day"].(map[string]any), 0.0
	for _, n := range byDay {
		most = max(most, n.(float64))
	}
	maps.DeleteFunc(byDay, func(_ string, n any) bool { return n != most })
	acceptance(t,
		exampleStep(dir, outputs{
			"conversations":   count(read, func(call bird.Call) bool { return call.ParentID == nil }),
			"answered":        answerRate(f),
			"busiest_days":    slices.Sorted(maps.Keys(byDay)),
			"why_calls_ended": causes,
		}),
		onChannel(exampleStep(dir, outputs{"conversations": 0, "answered": "no calls", "busiest_days": []int{}, "why_calls_ended": map[string]int{}}), birdtest.EmptyChannelID),
	)
}

func exampleChannels(t *testing.T, dir string) {
	const id = "44444444-4444-4444-8444-44444444444"
	useServer(t, birdtest.NewServer(t, birdtest.Options{Channels: []bird.Channel{
		{ID: id + "3", Name: new("Support"), PlatformID: new("whatsapp"), Status: new("active")},
		{ID: id + "2", Name: new("Support"), PlatformID: new(birdtest.VoicePlatform), Status: new("inactive")},
		{ID: id + "1"},
	}}))
	acceptance(t, withoutChannel(exampleStep(dir, outputs{"channels": []string{
		id + "1  -  -  -", id + "2  " + birdtest.VoicePlatform + "  inactive  Support", id + "3  whatsapp  active  Support",
	}})))
}

func exampleChannelByName(t *testing.T, dir string) {
	now := time.Now()
	calls := recentCalls(150, now, 7*24*time.Hour)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	byDay := map[string]int{}
	for _, call := range since(calls, now.Add(-7*24*time.Hour)) {
		byDay[createdAt(call).UTC().Format(time.DateOnly)]++
	}
	named := func(name string, want statecheck.StateCheck) resource.TestStep {
		step := withoutChannel(exampleStep(dir, want))
		step.ConfigVariables["channel"] = config.StringVariable(name)
		return step
	}
	nobody := named("No such line", nil)
	nobody.ExpectError = wrapped(`0 channels have this name or number; exactly one is needed. There are ["Main line","Spare line"].`)
	// A channel of another platform has the same name.
	elsewhere := named("Main line", outputs{"calls_by_day": map[string]int{}})
	elsewhere.ConfigVariables["platform"] = config.StringVariable("whatsapp")
	number := "+3197" + birdtest.NumberPattern + "000100"
	acceptance(t, nobody, named("Main line", outputs{"calls_by_day": byDay}), named(number, outputs{"calls_by_day": byDay}), named("Spare line", outputs{"calls_by_day": map[string]int{}}), elsewhere)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Channels: []bird.Channel{
		{ID: birdtest.DefaultChannelID, Name: new("Line"), PlatformID: new(birdtest.VoicePlatform)},
		{ID: secondChannelID, Name: new("Line"), PlatformID: new(birdtest.VoicePlatform)},
	}}))
	both := named("Line", nil)
	both.ExpectError = wrapped("2 channels have this name or number; exactly one is needed.")
	acceptance(t, both)
}

func exampleEachChannel(t *testing.T, dir string) {
	now := time.Now()
	calls := recentTwoChannels(now, month)
	applied := applyExample(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), dir)
	read := since(calls, now.Add(-month))
	second := count(read, func(call bird.Call) bool { return *call.ChannelID == secondChannelID })
	expectOutputs(t, applied, outputs{"calls_by_channel": map[string]int{
		"Main line (" + birdtest.DefaultChannelID + ")": len(read) - second, "Line 5f1c9a52 (" + secondChannelID + ")": second,
	}})
}

func exampleWorkspace(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	calls := recentTwoChannels(now, week)
	bird.SortCalls(calls)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	all, some := []any{}, []any{}
	for _, call := range since(calls, now.Add(-week)) {
		if call.Duration == nil || *call.Duration <= 300 {
			continue
		}
		long := map[string]any{"id": call.ID, "channel_id": call.ChannelID, "seconds": call.Duration}
		all = append(all, long)
		if *call.ChannelID == secondChannelID {
			some = append(some, long)
		}
	}
	if len(some) == 0 || len(some) == len(all) {
		t.Fatal("the data set has too few long calls")
	}
	second := withoutChannel(exampleStep(dir, outputs{"long_calls": some}))
	second.ConfigVariables["channel_ids"] = config.ListVariable(config.StringVariable(secondChannelID))
	acceptance(t, withoutChannel(exampleStep(dir, outputs{"long_calls": all})), second)
}

func exampleRules(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	calls := recentCalls(400, now, week)
	isAnswered := func(call bird.Call) bool { return *call.Status == "completed" || *call.Status == "ongoing" }
	isPending := func(call bird.Call) bool {
		return slices.Contains([]string{"accepted", "scheduled", "starting", "ringing"}, *call.Status)
	}
	decided := slices.DeleteFunc(since(calls, now.Add(-week)), isPending)
	pending := slices.DeleteFunc(slices.Clone(calls), func(call bird.Call) bool { return !isPending(call) })
	for i := range decided[:5] { // a few that are pending, which count in no ratio
		call := decided[i]
		call.ID, call.Status = fmt.Sprint("pending-", i), new("ringing")
		pending = append(pending, call)
	}
	answered := slices.DeleteFunc(slices.Clone(decided), func(call bird.Call) bool { return !isAnswered(call) })
	others := slices.DeleteFunc(slices.Clone(decided), isAnswered)
	if len(answered) < 60 || len(others) < 41 {
		t.Fatalf("the data set has too few calls: %d answered, %d not", len(answered), len(others))
	}
	for name, test := range map[string]struct {
		calls   []bird.Call
		warning string
	}{
		"60 %":         {slices.Concat(answered[:60], others[:40], pending), ""},
		"under 60 %":   {slices.Concat(answered[:60], others[:41], pending), "Fewer than 60 % of the calls of a week were answered."},
		"none decided": {pending, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bird.SortCalls(test.calls)
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: test.calls}))
			step := exampleStep(dir, outputs{})
			step.ConfigVariables["answered"] = config.IntegerVariable(60)
			step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{checks{"answered": test.warning}}
			acceptance(t, step)
		})
	}
	t.Run("no calls", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
		step := onChannel(exampleStep(dir, nil), birdtest.EmptyChannelID)
		step.ExpectError = wrapped("There was no call in a week: is the line dead?")
		acceptance(t, step)
	})
}

func exampleGroups(t *testing.T, dir string) {
	const window = 28 * 24 * time.Hour
	now := time.Now()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	atNight := func(call bird.Call) bool { return createdAt(call).In(zone).Hour() < 5 }
	calls := slices.DeleteFunc(recentCalls(400, now, window), atNight)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	empty := func() outputs {
		byHour := func(value any) map[string]any {
			hours := map[string]any{}
			for hour := range 24 {
				hours[fmt.Sprintf("%02d", hour)] = value
			}
			return hours
		}
		return outputs{"calls_by_hour": byHour(0), "answer_rate_by_hour": byHour(nil), "lines_by_hour": byHour(0)}
	}
	want := empty()
	groups := expectedGroups(since(calls, now.Add(-window)), zone, "hour")
	if len(groups) != 19 {
		t.Fatalf("the data set has calls in %d hours", len(groups))
	}
	for _, group := range groups {
		group := group.(map[string]any)
		for output, statistic := range map[string]string{"calls_by_hour": "total_calls", "answer_rate_by_hour": "answer_seizure_ratio", "lines_by_hour": "peak_concurrent_calls"} {
			want[output].(map[string]any)[group["hour"].(string)] = group[statistic]
		}
	}
	acceptance(t, exampleStep(dir, want), onChannel(exampleStep(dir, empty()), birdtest.EmptyChannelID))
}

func exampleWorkspaceSummary(t *testing.T, dir string) {
	now := time.Now()
	calls := recentTwoChannels(now, month)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	f := expectedSummary(since(calls, now.Add(-month)))
	if len(f["by_channel"].(map[string]any)) != 2 {
		t.Fatal("the data set does not have two channels")
	}
	acceptance(t, withoutChannel(exampleStep(dir, outputs{"calls_by_channel": f["by_channel"], "average_duration": f["average_duration"]})))
}

func exampleEphemeralGate(t *testing.T, dir string) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	const day = 24 * time.Hour
	now := time.Now()
	calls := recentCalls(100, now, day)
	germany := func(call bird.Call) bool {
		return *call.Direction == "outgoing" && strings.HasPrefix(strings.TrimPrefix(*call.To, "+"), "49")
	}
	calls = slices.DeleteFunc(calls, germany)
	called := calls[len(calls)-1]
	called.Direction, called.To = new("outgoing"), new("client:0190f6a5-5f4e-7d3c-8b2a-1f0e9d8c7b6a")
	called.ID = "a-browser"
	calls = append(calls, called)
	numbers := func(prefixes ...string) config.Variable {
		var variables []config.Variable
		for _, prefix := range prefixes {
			variables = append(variables, config.StringVariable(prefix))
		}
		return config.SetVariable(variables...)
	}
	// Each form of a number breaks a rule in either form.
	for _, stored := range []string{"4915900000725", "+4915900000725"} {
		t.Run(stored, func(t *testing.T) {
			bad := called
			bad.ID, bad.To = "premium-rate", &stored
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: append(slices.Clone(calls), bad)}))
			var steps []resource.TestStep
			for _, prefix := range []string{"+49159", "+49 159", "4915900000725", "+4915900000725"} {
				step := exampleStep(dir, nil)
				step.ConfigVariables["premium_rate"] = numbers("+31909", prefix)
				step.ExpectError = regexp.MustCompile(`Somebody\s+called\s+a\s+premium-rate\s+number`)
				steps = append(steps, step)
			}
			malformed := exampleStep(dir, nil)
			malformed.ConfigVariables["premium_rate"] = numbers("49159")
			malformed.ExpectError = wrapped("Write each beginning of a number with +")
			acceptance(t, append(steps, malformed)...)
		})
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	other := exampleStep(dir, outputs{"not_called": []string{"+49159"}})
	other.ConfigVariables["premium_rate"] = numbers("+49159")
	acceptance(t, exampleStep(dir, outputs{"not_called": []string{"+31900", "+31906", "+31909"}}), other)
}

func exampleEphemeralCheck(t *testing.T, dir string) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	const day = 24 * time.Hour
	now := time.Now()
	calls := recentCalls(700, now, day)
	// One number is called most, in both forms.
	pestered := calls[len(calls)-1]
	pestered.Direction = new("outgoing")
	for i, to := range []string{"31201234567", "+31201234567", "31201234567", "+31201234567", "31201234567", "+31201234567", "31201234567"} {
		pestered.ID, pestered.To = fmt.Sprint("pestered-", i), &to
		calls = append(calls, pestered)
	}
	bird.SortCalls(calls)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	byNumber, most := map[string]int{}, 0
	for _, call := range since(calls, now.Add(-day)) {
		if *call.Direction == "outgoing" {
			number := strings.TrimPrefix(*call.To, "+")
			byNumber[number]++
			most = max(most, byNumber[number])
		}
	}
	if most != 7 {
		t.Fatalf("somebody else in the data set was called %d times in a day", most)
	}
	step := func(limit int, warning string) resource.TestStep {
		step := withoutChannel(exampleStep(dir, outputs{}))
		step.ConfigVariables["most_calls"] = config.IntegerVariable(limit)
		step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{checks{"nobody_is_pestered": warning}}
		return step
	}
	acceptance(t, step(most, ""), step(most-1, fmt.Sprintf("A number was called more than %d times in a day.", most-1)))
}

func exampleHangupCause(t *testing.T, dir string) {
	acceptance(t, exampleStep(dir, outputs{
		"cause":  "Normal call clearing",
		"causes": []string{"User busy", "No circuit/channel available", "Cause 10"},
	}))
}

func exampleSIPStatus(t *testing.T, dir string) {
	acceptance(t, exampleStep(dir, outputs{
		"status":   "Busy Here",
		"statuses": []string{"OK", "Service Unavailable", "Status 299"},
	}))
}

func exampleLocalTime(t *testing.T, dir string) {
	acceptance(t, exampleStep(dir, outputs{
		"local": "2024-02-28T17:54:33+01:00",
		"day":   []string{"2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00"},
	}))
}

func exampleE164(t *testing.T, dir string) {
	acceptance(t, exampleStep(dir, outputs{
		"one_form": []string{"+31201234567", "+31201234567", "+31201234567"},
		"numbers":  []string{"+31201234567"},
		"is_dutch": true,
	}))
}
