package provider_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"math"
	"math/big"
	"os"
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

const examplesRoot = "../../examples"

// examples holds what is expected of each directory of examples.
var examples = map[string]func(t *testing.T, dir string){
	"demo":                                   exampleDemo,
	"audit":                                  exampleAudit,
	"fleet":                                  exampleFleet,
	"large-channels":                         exampleLargeChannels,
	"report":                                 exampleReport,
	"provider":                               exampleProvider,
	"provider/access_key":                    exampleAccessKey,
	"data-sources/bird_channel_calls":        exampleWindow,
	"data-sources/bird_channel_calls/failed": exampleFailed,
	"data-sources/bird_channel_calls/last_seven_days":  exampleLastSevenDays,
	"data-sources/bird_channel_calls/checks":           exampleChecks,
	"data-sources/bird_channel_calls/postconditions":   examplePostconditions,
	"data-sources/bird_channel_calls/several_channels": exampleSeveralChannels,
	"data-sources/bird_channel_calls/pseudonyms":       examplePseudonyms,
	"data-sources/bird_channel_call_summary":           exampleSummary,
	"data-sources/bird_channels":                       exampleChannels,
	"data-sources/bird_channels/by_name":               exampleChannelByName,
	"data-sources/bird_channels/each":                  exampleEachChannel,
	"data-sources/bird_workspace_calls":                exampleWorkspace,
	"data-sources/bird_workspace_call_summary":         exampleWorkspaceSummary,
	"ephemeral-resources/bird_channel_calls":           exampleEphemeralGate,
	"ephemeral-resources/bird_workspace_calls":         exampleEphemeralCheck,
	"functions/hangup_cause":                           exampleHangupCause,
	"functions/sip_status":                             exampleSIPStatus,
}

func TestExamples(t *testing.T) {
	dirs := exampleDirectories(t)
	for name := range examples {
		if !slices.Contains(dirs, name) {
			t.Errorf("examples/%s is expected and not there", name)
		}
	}
	for _, name := range dirs {
		t.Run(name, func(t *testing.T) {
			example, ok := examples[name]
			if !ok {
				t.Fatalf("nothing is expected of examples/%s: add it to the map examples", name)
			}
			example(t, filepath.Join(examplesRoot, filepath.FromSlash(name)))
		})
	}
}

// exampleDirectories gives the directories that hold Terraform files.
func exampleDirectories(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, file := range exampleFiles(t) {
		name, err := filepath.Rel(examplesRoot, filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.ToSlash(name)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func exampleFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(examplesRoot, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".terraform":
			return fs.SkipDir
		case filepath.Ext(file) == ".tf":
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestExamplesAreTheSnippets holds the snippets of the README and of the docs
// to the files that TestExamples runs.
func TestExamplesAreTheSnippets(t *testing.T) {
	var run []string
	for _, file := range exampleFiles(t) {
		run = append(run, strings.TrimSpace(readFile(t, file)))
	}
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	snippet := regexp.MustCompile("(?ms)^[ \t]*(?:```|~~~)(?:terraform|hcl|tf)\\s*$(.*?)^[ \t]*(?:```|~~~)")
	for _, page := range append(pages, "../../README.md", "../../docs/index.md") {
		snippets := snippet.FindAllStringSubmatch(readFile(t, page), -1)
		if len(snippets) == 0 {
			t.Errorf("%s shows no configuration", page)
		}
		for _, match := range snippets {
			if !slices.Contains(run, strings.TrimSpace(match[1])) {
				t.Errorf("%s shows a configuration that is no file under examples/:\n%s", page, match[1])
			}
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func exampleProvider(t *testing.T, dir string) {
	probeExample(t, dir, "Bearer "+birdtest.DefaultToken, nil)
}

func exampleAccessKey(t *testing.T, dir string) {
	probeExample(t, dir, "AccessKey "+birdtest.DefaultAccessKey, config.Variables{
		"bird_access_key": config.StringVariable(birdtest.DefaultAccessKey),
	})
}

// probeExample reads with the provider that an example sets up, and tells
// whether it asks with the right credential.
func probeExample(t *testing.T, dir, authorization string, variables config.Variables) {
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 3})})
	useServer(t, server)
	probed := t.TempDir()
	if err := os.CopyFS(probed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	probe := fmt.Sprintf(`
data "bird_channel_calls" "probe" {
  workspace_id = %q
  channel_id   = %q
}

output "probe" {
  value = length(data.bird_channel_calls.probe.calls)
}
`, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID)
	if err := os.WriteFile(filepath.Join(probed, "probe.tf"), []byte(probe), 0o600); err != nil {
		t.Fatal(err)
	}
	acceptance(t, resource.TestStep{
		ConfigDirectory:   config.StaticDirectory(probed),
		ConfigVariables:   variables,
		ConfigStateChecks: []statecheck.StateCheck{outputs{"probe": 3}},
	})
	for _, request := range server.Requests() {
		if got := request.Header.Get("Authorization"); got != authorization {
			t.Errorf("a request was sent with the authorization %q", got)
		}
	}
}

func exampleWindow(t *testing.T, dir string) {
	calls := publishedMonth()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	week := within(t, calls, "2024-02-05T00:00:00+01:00", "2024-02-12T00:00:00+01:00")
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
	acceptance(t,
		exampleStep(dir, outputs{"calls": len(week), "conversations": conversations, "seconds": seconds}),
		onChannel(exampleStep(dir, outputs{"calls": 0, "conversations": 0, "seconds": 0}), birdtest.EmptyChannelID),
	)
}

func exampleFailed(t *testing.T, dir string) {
	calls := publishedMonth()
	for i := range calls { // the code in one place or the other, or in none
		switch code, insights := new("503"), new(bird.SIPInsights); i % 4 {
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
	for _, call := range within(t, calls, "2024-02-05T00:00:00Z", "2024-02-12T00:00:00Z") {
		if *call.Status != "failed" {
			continue
		}
		cause := "unknown"
		if call.HangupCauseCode != nil {
			cause = strconv.FormatInt(*call.HangupCauseCode, 10)
		}
		byCause[cause]++
		sip := call.HangupSIPCode
		if sip == nil && call.SIPInsights != nil {
			sip = call.SIPInsights.HangupSIPCode
		}
		list = append(list, map[string]any{
			"id": call.ID, "created_at": call.CreatedAt, "hangup_cause_code": call.HangupCauseCode, "hangup_sip_code": sip,
		})
	}
	if len(byCause) < 2 {
		t.Fatal("the data set has too few failed calls")
	}
	acceptance(t, exampleStep(dir, outputs{"failed_calls": list, "failed_by_cause": byCause}))
}

func exampleLastSevenDays(t *testing.T, dir string) {
	now := time.Now()
	calls := recentMonth(400, now, 7*24*time.Hour)
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
	bad := recentMonth(6000, now, day)
	var good, failing []bird.Call
	isFailed := func(call bird.Call) bool { return *call.Status == "failed" }
	soundsBad := func(call bird.Call) bool {
		if call.QualityInsights == nil || call.QualityInsights.MOS == nil {
			return false
		}
		score, err := strconv.ParseFloat(*call.QualityInsights.MOS, 64)
		return err == nil && score >= 1 && score < 2
	}
	for _, call := range bad {
		if !soundsBad(call) {
			failing = append(failing, call)
			if !isFailed(call) {
				good = append(good, call)
			}
		}
	}
	for name, calls := range map[string][]bird.Call{"good": good, "bad": bad, "failing": failing} {
		t.Run(name, func(t *testing.T) {
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
			read := since(calls, now.Add(-day))
			failed, low := count(read, isFailed), count(read, soundsBad)
			if len(read) < 100 || (name == "good") == (failed > len(read)/20) || (name == "bad") != (low > 0) {
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
	all := recentMonth(1500, now, day)
	called := func(call bird.Call) string { return cmp.Or(country(call.Receiver), "unknown") }
	isOutgoing := func(call bird.Call) bool { return *call.Direction == "outgoing" }
	abroad := func(call bird.Call) bool {
		return isOutgoing(call) && called(call) != "NL" && called(call) != "BE"
	}
	home := slices.DeleteFunc(slices.Clone(all), abroad)
	countries := map[string]bool{}
	for _, call := range all {
		countries[called(call)] = true
	}
	var allowed []config.Variable
	for _, code := range slices.Sorted(maps.Keys(countries)) {
		allowed = append(allowed, config.StringVariable(code))
	}
	outgoing := func(calls []bird.Call) int { return count(since(calls, now.Add(-day)), isOutgoing) }
	if outgoing(home) == 0 || outgoing(home) == outgoing(all) || !countries["unknown"] {
		t.Fatal("the data set does not fit")
	}

	t.Run("broken", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: all}))
		broken := exampleStep(dir, nil)
		broken.ExpectError = regexp.MustCompile(`Calls\s+went\s+to\s+countries\s+outside\s+of\s+BE,\s+NL\.`)
		silent := onChannel(exampleStep(dir, nil), birdtest.EmptyChannelID)
		silent.ExpectError = regexp.MustCompile(`Nobody\s+was\s+called\s+in\s+a\s+day`)
		wider := exampleStep(dir, outputs{"audited_calls": outgoing(all)})
		wider.ConfigVariables["countries"] = config.SetVariable(allowed...)
		acceptance(t, broken, silent, wider)
	})
	t.Run("kept", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: home}))
		acceptance(t, exampleStep(dir, outputs{"audited_calls": outgoing(home)}))
	})
}

func exampleSeveralChannels(t *testing.T, dir string) {
	calls := twoChannels()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	calls = within(t, calls, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")
	isSecond := func(call bird.Call) bool { return *call.ChannelID == secondChannelID }
	second, longest := count(calls, isSecond), int64(0)
	for _, call := range calls {
		if call.Duration != nil {
			longest = max(longest, *call.Duration)
		}
	}
	step := exampleStep(dir, outputs{
		"calls_by_channel": map[string]int{"sales": len(calls) - second, "support": second, "unused": 0},
		"longest_call":     longest,
	})
	step.ConfigVariables = config.Variables{
		"workspace_id": config.StringVariable(birdtest.DefaultWorkspaceID),
		"channel_ids": config.MapVariable(map[string]config.Variable{
			"sales":   config.StringVariable(birdtest.DefaultChannelID),
			"support": config.StringVariable(secondChannelID),
			"unused":  config.StringVariable(birdtest.EmptyChannelID),
		}),
	}
	acceptanceForEach(t, step)
}

func examplePseudonyms(t *testing.T, dir string) {
	const key = "an example's key, which has 32 characters or more"
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 1500})
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	t.Setenv("BIRD_PSEUDONYM_KEY", key)
	callers := map[string]int{}
	for _, call := range within(t, calls, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z") {
		if *call.Direction == "incoming" {
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
	calls := publishedMonth()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	month := within(t, calls, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")
	f := figures(month)
	causes := map[string]int{}
	for _, call := range month {
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
			"conversations":   count(month, func(call bird.Call) bool { return call.ParentID == nil }),
			"answered":        answerRate(f),
			"busiest_days":    slices.Sorted(maps.Keys(byDay)),
			"why_calls_ended": causes,
		}),
		onChannel(exampleStep(dir, outputs{"conversations": 0, "answered": "no calls", "busiest_days": []int{}, "why_calls_ended": map[string]int{}}), birdtest.EmptyChannelID),
	)
}

// causeNames are the causes of the data sets, by ITU-T Q.850.
var causeNames = map[int64]string{
	1: "Unallocated (unassigned) number", 16: "Normal call clearing", 17: "User busy",
	18: "No user responding", 19: "No answer from user (user alerted)", 21: "Call rejected", 34: "No circuit/channel available",
	3: "No route to destination", 27: "Destination out of order", 38: "Network out of order", 41: "Temporary failure",
	102: "Recovery on timer expiry", 127: "Interworking, unspecified",
}

// decided is the number of calls that are not pending.
func decided(f map[string]any) float64 {
	return f["total_calls"].(float64) - f["pending_calls"].(float64)
}

// answerRate writes the share of the calls that were answered.
func answerRate(f map[string]any) string { return percent(f["answered_calls"], decided(f)) }

// percent writes a share as format("%.1f %%") does of the exact ratio.
func percent(part, whole any) string {
	ratio := new(big.Float).SetFloat64(part.(float64) / whole.(float64))
	return ratio.Mul(ratio, big.NewFloat(100)).Text('f', 1) + " %"
}

const secondChannelID = "5f1c9a52-7d44-4c0e-9a55-2b8f6f0f3c11"

// twoChannels gives calls of the default channel and of another one.
func twoChannels() []bird.Call {
	return slices.Concat(publishedMonth(), birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 321, ChannelID: secondChannelID}))
}

// ofWorkspace leaves the variables that an example over a workspace takes.
func ofWorkspace(step resource.TestStep) resource.TestStep {
	delete(step.ConfigVariables, "channel_id")
	return step
}

func exampleChannels(t *testing.T, dir string) {
	const id = "44444444-4444-4444-8444-44444444444"
	useServer(t, birdtest.NewServer(t, birdtest.Options{Channels: []bird.Channel{
		{ID: id + "3", Name: new("Support"), PlatformID: new("whatsapp"), Status: new("active")},
		{ID: id + "2", Name: new("Support"), PlatformID: new(birdtest.VoicePlatform), Status: new("inactive")},
		{ID: id + "1"},
	}}))
	acceptance(t, ofWorkspace(exampleStep(dir, outputs{"channels": []string{
		id + "1  -  -  -", id + "2  voice  inactive  Support", id + "3  whatsapp  active  Support",
	}})))
}

func exampleChannelByName(t *testing.T, dir string) {
	now := time.Now()
	calls := recentMonth(400, now, 7*24*time.Hour)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	byDay := map[string]int{}
	for _, call := range since(calls, now.Add(-7*24*time.Hour)) {
		byDay[createdAt(call).UTC().Format(time.DateOnly)]++
	}
	named := func(name string, want statecheck.StateCheck) resource.TestStep {
		step := ofWorkspace(exampleStep(dir, want))
		step.ConfigVariables["platform"] = config.StringVariable(birdtest.VoicePlatform)
		step.ConfigVariables["channel_name"] = config.StringVariable(name)
		return step
	}
	nobody := named("No such line", nil)
	nobody.ExpectError = regexp.MustCompile(`Not\s+one\s+channel\s+of\s+the\s+platform\s+has\s+this\s+name`)
	// A channel of another platform has the same name.
	acceptance(t, nobody, named("Main line", outputs{"calls_by_day": byDay}), named("Spare line", outputs{"calls_by_day": map[string]int{}}))
}

func exampleEachChannel(t *testing.T, dir string) {
	calls := twoChannels()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	month := within(t, calls, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")
	second := count(month, func(call bird.Call) bool { return *call.ChannelID == secondChannelID })
	step := ofWorkspace(exampleStep(dir, outputs{"calls_by_channel": map[string]int{
		"Main line (" + birdtest.DefaultChannelID + ")": len(month) - second, "Line 5f1c9a52 (" + secondChannelID + ")": second,
	}}))
	step.ConfigVariables["platform"] = config.StringVariable(birdtest.VoicePlatform)
	acceptanceForEach(t, step)
}

func exampleWorkspace(t *testing.T, dir string) {
	calls := twoChannels()
	bird.SortCalls(calls)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	all, some := []any{}, []any{}
	for _, call := range within(t, calls, "2024-02-05T00:00:00Z", "2024-02-12T00:00:00Z") {
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
	second := ofWorkspace(exampleStep(dir, outputs{"long_calls": some}))
	second.ConfigVariables["channel_ids"] = config.ListVariable(config.StringVariable(secondChannelID))
	acceptance(t, ofWorkspace(exampleStep(dir, outputs{"long_calls": all})), second)
}

func exampleWorkspaceSummary(t *testing.T, dir string) {
	calls := twoChannels()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	f := figures(within(t, calls, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"))
	if len(f["by_channel"].(map[string]any)) != 2 {
		t.Fatal("the data set does not have two channels")
	}
	acceptance(t, ofWorkspace(exampleStep(dir, outputs{"calls_by_channel": f["by_channel"], "average_duration": f["average_duration"]})))
}

func exampleEphemeralGate(t *testing.T, dir string) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	const day = 24 * time.Hour
	now := time.Now()
	calls := recentMonth(1500, now, day)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	isBlocked := func(call bird.Call) bool {
		return *call.Direction == "outgoing" && strings.HasPrefix(*call.To, "4915")
	}
	if count(since(calls, now.Add(-day)), isBlocked) == 0 {
		t.Fatal("nobody in the data set called Germany")
	}
	broken := exampleStep(dir, nil)
	broken.ConfigVariables["premium_rate"] = config.SetVariable(config.StringVariable("31909"), config.StringVariable("4915"))
	broken.ExpectError = regexp.MustCompile(`Somebody\s+called\s+a\s+premium-rate\s+number`)
	acceptance(t, exampleStep(dir, outputs{"not_called": []string{"31900", "31906", "31909"}}), broken)
}

func exampleEphemeralCheck(t *testing.T, dir string) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	const day = 24 * time.Hour
	now := time.Now()
	calls := recentMonth(6000, now, day)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	byNumber, most := map[string]int{}, 0
	for _, call := range since(calls, now.Add(-day)) {
		if *call.Direction == "outgoing" {
			byNumber[*call.To]++
			most = max(most, byNumber[*call.To])
		}
	}
	if most < 2 {
		t.Fatal("nobody in the data set was called twice in a day")
	}
	step := func(limit int, warning string) resource.TestStep {
		step := ofWorkspace(exampleStep(dir, outputs{}))
		step.ConfigVariables["most_calls"] = config.IntegerVariable(limit)
		step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{checks{"nobody_is_pestered": warning}}
		return step
	}
	acceptance(t, step(most, ""), step(most-1, fmt.Sprintf("A number was called more than %d times in a day.", most-1)))
}

func exampleHangupCause(t *testing.T, dir string) {
	acceptance(t, resource.TestStep{ConfigDirectory: config.StaticDirectory(dir), ConfigStateChecks: []statecheck.StateCheck{outputs{
		"cause":  "Normal call clearing",
		"causes": map[string]string{"17": "User busy", "34": "No circuit/channel available", "10": "Cause 10"},
	}}})
}

func exampleSIPStatus(t *testing.T, dir string) {
	acceptance(t, resource.TestStep{ConfigDirectory: config.StaticDirectory(dir), ConfigStateChecks: []statecheck.StateCheck{outputs{
		"status":   "Busy Here",
		"statuses": map[string]string{"200": "OK", "503": "Service Unavailable", "299": "Status 299"},
	}}})
}

func exampleAudit(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	bad := recentMonth(2000, now, week)
	good := slices.Clone(bad)
	for i := range good {
		if abroad := country(good[i].Originator); abroad != "" && abroad != "NL" {
			good[i].Originator = nil
		}
		good[i].QualityInsights = nil
	}
	good = slices.DeleteFunc(good, func(call bird.Call) bool { return *call.Status == "failed" })

	audited := func(calls []bird.Call) (map[string]any, string) {
		f := figures(since(calls, now.Add(-week)))
		failed, _ := f["by_status"].(map[string]any)["failed"].(float64)
		score := "unknown"
		if mos, ok := f["mos"].(map[string]any); ok {
			score = fmt.Sprintf("%.2f", mos["mean"])
		}
		return f, fmt.Sprintf("%v calls in seven days, %s answered, %v failed, mean opinion score %s.",
			f["total_calls"], answerRate(f), failed, score)
	}
	warn := func(sentence string, want checks, expect map[string]config.Variable) resource.TestStep {
		step := exampleStep(dir, outputs{"audit": sentence})
		step.ConfigVariables["expect"] = config.ObjectVariable(expect)
		step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{want}
		return step
	}

	t.Run("good", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: good}))
		_, sentence := audited(good)
		acceptance(t, warn(sentence, checks{"answer_rate": "", "failed_calls": "", "countries": "", "sound": ""}, nil))
	})
	t.Run("bad", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: bad}))
		f, sentence := audited(bad)
		answered := answerRate(f)
		var unexpected []string
		countries := f["by_originator_country"].(map[string]any)
		for _, code := range slices.Sorted(maps.Keys(countries)) {
			if code != "NL" {
				unexpected = append(unexpected, fmt.Sprintf("%v from %s", countries[code], code))
			}
		}
		some := checks{
			"answer_rate": "", "sound": "",
			"failed_calls": fmt.Sprintf("%v of %v calls failed, more than 5 %%. Callers hear nothing or a tone, so ask the carrier.", f["by_status"].(map[string]any)["failed"], f["total_calls"]),
			"countries":    "Calls came from countries where we expect none: " + strings.Join(unexpected, ", ") + ". It may be fraud, or a customer on holiday.",
		}
		all := maps.Clone(some)
		all["answer_rate"] = answered + " of the calls were answered, and we want 90 %. Callers hang up, or there are too few people to answer."
		all["sound"] = fmt.Sprintf("The calls sound worse than we want: the mean opinion score is %.2f of 5, and we want 4.50.", f["mos"].(map[string]any)["mean"])
		stopped := exampleStep(dir, nil)
		stopped.ConfigVariables["expect"] = config.ObjectVariable(map[string]config.Variable{"answered": config.IntegerVariable(80)})
		stopped.ExpectError = wrapped(fmt.Sprintf("Only %v of %v calls were answered (%s). With fewer than 80 %%, nothing may change until we know why.", f["answered_calls"], decided(f), answered))
		silent := onChannel(exampleStep(dir, nil), birdtest.EmptyChannelID)
		silent.ExpectError = wrapped("There was no call in the last seven days. The line may be dead: call it, and see.")
		acceptance(t, stopped, silent, warn(sentence, some, nil), warn(sentence, all, map[string]config.Variable{
			"usually_answered": config.IntegerVariable(90), "mean_opinion_score": config.FloatVariable(4.5),
		}))
	})
}

func country(party *bird.Party) string {
	if party == nil || party.Number == nil || party.Number.CountryISOCode == nil {
		return ""
	}
	return *party.Number.CountryISOCode
}

// wrapped finds a sentence in what Terraform prints, wherever it breaks lines.
func wrapped(sentence string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(sentence), " ", `\s+`))
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
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	step := exampleStep(dir, outputs{"calls_by_month": byMonth, "calls": len(calls)})
	step.ConfigVariables["year"] = config.IntegerVariable(2024)
	acceptanceForEach(t, step)
}

func exampleFleet(t *testing.T, dir string) {
	const days = 20
	now := time.Now()
	first := recentMonth(900, now, days*24*time.Hour)
	second := recentMonth(1800, now, days*24*time.Hour)[:1500]
	for i := range second {
		second[i].ID = "other-" + second[i].ID
		second[i].ChannelID = new(secondChannelID)
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: slices.Concat(first, second)}))
	channels := map[string][]bird.Call{
		"sales": since(first, now.AddDate(0, 0, -days)), "support | nights": since(second, now.AddDate(0, 0, -days)), "unused": nil,
	}
	var want strings.Builder
	const form = "| %-17s | %5s | %8s | %12s | %6s | %5s |\n"
	fmt.Fprintf(&want, form, "Channel", "Calls", "Answered", "Average call", "Failed", "Sound")
	want.WriteString("| ----------------- | ----: | -------: | -----------: | -----: | ----: |\n")
	var calls, settled, answered, failed float64
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		f := figures(channels[name])
		failures, _ := f["by_status"].(map[string]any)["failed"].(float64)
		calls, settled, answered, failed = calls+f["total_calls"].(float64), settled+decided(f), answered+f["answered_calls"].(float64), failed+failures
		share, average, sound := "-", "-", "-"
		if len(channels[name]) > 0 {
			seconds := int(f["average_duration"].(float64))
			share = answerRate(f)
			average = fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
			sound = fmt.Sprintf("%.2f", f["mos"].(map[string]any)["mean"])
		}
		fmt.Fprintf(&want, form, strings.ReplaceAll(name, "|", `\|`), fmt.Sprint(f["total_calls"]), share, average, fmt.Sprint(failures), sound)
	}
	fmt.Fprintf(&want, form, "All channels", fmt.Sprint(calls), percent(answered, settled), "", fmt.Sprint(failed), "")
	step := exampleStep(dir, outputs{"fleet": want.String()})
	step.ConfigVariables = config.Variables{
		"workspace_id": config.StringVariable(birdtest.DefaultWorkspaceID),
		"days":         config.IntegerVariable(days),
		"channel_ids": config.MapVariable(map[string]config.Variable{
			"sales": config.StringVariable(birdtest.DefaultChannelID), "support | nights": config.StringVariable(secondChannelID), "unused": config.StringVariable(birdtest.EmptyChannelID),
		}),
	}
	acceptanceForEach(t, step)
}

// exampleReport holds every word of the report to the data set. Where REPORT_DIR
// names a directory, the pages are left there for make test-report, each with
// its words.
func exampleReport(t *testing.T, dir string) {
	month := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 3300, Days: 29})
	month = slices.DeleteFunc(month, func(call bird.Call) bool { // offices rest on weekends
		day := createdAt(call).Weekday()
		return (day == time.Saturday || day == time.Sunday) && call.ID[0] > '4'
	})
	odd := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 1500, Days: 110})
	odd = slices.DeleteFunc(odd, func(call bird.Call) bool { return createdAt(call).YearDay()%9 == 0 })
	for i := range odd {
		switch i % 40 {
		case 0:
			odd[i].Status = new(`<script>alert("it's & it isn't")</script>`)
		case 1:
			odd[i].Status = new("a-status-that-is-new-at-the-API-and-has-a-name-without-any-place-to-break-it-on-a-phone")
		case 2, 3, 4, 5:
			odd[i].Status = new(fmt.Sprintf("new & strange %d", i%40))
		}
		if i%7 == 0 {
			odd[i].HangupCauseCode = new([]int64{3, 10, 27, 38, 41, 102, 127, 200, -1}[i/7%9])
		}
		if quality := odd[i].QualityInsights; quality != nil && quality.MOS != nil {
			quality.MOS = new("n/a")
		}
	}
	const page = `<h1>Calls & "more"</h1>`
	for name, test := range map[string]struct {
		calls []bird.Call
		title string
		days  int
	}{
		"month": {month, "Voice calls", 29},
		"odd":   {odd, page, 100},
		"quiet": {nil, "Nobody called", 29},
		"few":   {month[:3], "Three calls", 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls, until := test.calls, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
			switch name {
			case "odd":
				until = time.Date(2024, 5, 11, 0, 0, 0, 0, time.UTC)
			case "few":
				until = time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC)
			}
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
			start := until.AddDate(0, 0, -test.days)
			calls = within(t, calls, start.Format(time.RFC3339), until.Format(time.RFC3339))
			want := reportText(calls, test.title, start, test.days)
			report := reportPage{words: want, name: name}
			step := exampleStep(dir, report)
			step.ConfigVariables["title"] = config.StringVariable(test.title)
			step.ConfigVariables["until"] = config.StringVariable(until.Format(time.DateOnly))
			step.ConfigVariables["days"] = config.IntegerVariable(test.days)
			acceptance(t, step)
		})
	}
}

// reportPage checks that the output report is a page with these words.
type reportPage struct{ name, words string }

func (want reportPage) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	page, _ := req.State.Values.Outputs["report"].Value.(string)
	_, body, _ := strings.Cut(page, "<body>")
	have := strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
	if have != want.words {
		resp.Error = fmt.Errorf("the report says\n%s\nand not\n%s", have, want.words)
	} else if dir := os.Getenv("REPORT_DIR"); dir != "" {
		resp.Error = errors.Join(
			os.WriteFile(filepath.Join(dir, want.name+".html"), []byte(page), 0o600),
			os.WriteFile(filepath.Join(dir, want.name+".txt"), []byte(have), 0o600),
		)
	}
}

// reportText gives the words of a report of the calls.
func reportText(calls []bird.Call, title string, start time.Time, days int) string {
	f := figures(calls)
	total := f["total_calls"].(float64)
	byStatus := f["by_status"].(map[string]any)
	failed, _ := byStatus["failed"].(float64)
	grouped := func(n any) string {
		digits := fmt.Sprint(n)
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		return digits
	}
	share := func(n float64) string {
		if total == 0 {
			return "–"
		}
		return percent(n, total)
	}
	// ticks gives the marks of an axis from 0 to top: four or fewer above 0.
	ticks := func(top float64) (marks []float64) {
		for _, step := range []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200} {
			if step*4 >= top {
				for i := 0; i == 0 || float64(i-1)*step < top; i++ {
					marks = append(marks, float64(i)*step)
				}
				return marks
			}
		}
		panic(top)
	}

	var words []string
	say := func(format string, values ...any) { words = append(words, fmt.Sprintf(format, values...)) }
	say("%s %s to %s, days in UTC", title, start.Format("2 Jan 2006"), start.AddDate(0, 0, days-1).Format("2 Jan 2006"))
	say("Calls %s legs: %s", grouped(total), grouped(f["child_calls"]))
	rate := "–"
	if decided(f) > 0 {
		rate = answerRate(f)
	}
	say("Answered %s %s of %s", rate, grouped(f["answered_calls"]), grouped(decided(f)))
	average := "–"
	if seconds, ok := f["average_duration"].(float64); ok {
		average = fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
	}
	say("Average call %s in minutes", average)
	say("Failed %s %s of %s", share(failed), grouped(failed), grouped(total))

	say("Calls a day Saturdays and Sundays are muted.")
	byDay, most := f["by_day"].(map[string]any), 4.0
	for _, n := range byDay {
		most = max(most, n.(float64))
	}
	for _, mark := range ticks(most) {
		say("%s", grouped(mark))
	}
	for i := range days {
		day := start.AddDate(0, 0, i)
		n, _ := byDay[day.Format(time.DateOnly)].(float64)
		say("%s: %s", day.Format("Mon 2 Jan 2006"), grouped(n))
	}
	for i := range days {
		if step := (days + 4) / 5; i%step == step/2 {
			say("%s", start.AddDate(0, 0, i).Format("2 Jan"))
		}
	}

	list := func(counts map[string]any) {
		names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b].(float64), counts[a].(float64)), cmp.Compare(a, b))
		})
		others := 0.0
		for i, name := range names {
			if i < 8 {
				say("%s %s %s", name, grouped(counts[name]), share(counts[name].(float64)))
			} else {
				others += counts[name].(float64)
			}
		}
		if len(names) > 8 {
			say("%d others %s %s", len(names)-8, grouped(others), share(others))
		}
		if len(names) == 0 {
			say("None")
		}
	}
	say("By status How far the calls came")
	list(byStatus)
	byCause, caused := map[string]any{}, 0.0
	for code, n := range f["by_hangup_cause_code"].(map[string]any) {
		number, _ := strconv.ParseInt(code, 10, 64)
		byCause[cmp.Or(causeNames[number], "Unnamed cause")+" ("+code+")"] = n
		caused += n.(float64)
	}
	say("By hangup cause By ITU-T Q.850; known for %s", grouped(caused))
	list(byCause)

	measure := func(heading string, figures any, axis []float64) {
		d, ok := figures.(map[string]any)
		if !ok || d["count"] == 0.0 {
			return
		}
		say("%s; %s measured", heading, grouped(d["count"]))
		for _, mark := range axis {
			say("%s", strconv.FormatFloat(math.Round(mark*100)/100, 'f', -1, 64))
		}
		say("Median %.2f Mean %.2f 95th percentile %.2f Range %.2f to %.2f", d["p50"], d["mean"], d["p95"], d["min"], d["max"])
	}
	measure("Mean opinion score How calls sounded, 1 (bad) to 5 (excellent)", f["mos"], []float64{1, 2, 3, 4, 5})
	delay, longest := f["post_dial_delay"], 0.1
	if d, ok := delay.(map[string]any); ok && d["max"] != nil {
		longest = max(longest, d["max"].(float64))
	}
	measure("Post-dial delay Seconds from dialling to the first ring", delay, ticks(longest))
	say("Each call counts, also one that is a leg of another. Answered is the answer-seizure ratio of ITU-T E.411 , of the calls that are not pending. Read from Bird by Terraform.")
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

func exampleDemo(t *testing.T, dir string) {
	calls := publishedMonth()
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))

	statuses, directions, counts := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, call := range calls {
		statuses[*call.Status], directions[*call.Direction] = true, true
		counts[*call.Status+" "+*call.Direction]++
	}
	var want strings.Builder
	fmt.Fprintf(&want, "%d calls\n\n%-14s", len(calls), "status")
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
	const row = "\n%-21s %-10s %-20s %-20s %-14s %8s"
	fmt.Fprintf(&want, "\n\nThe latest five\n"+row, "created (UTC)", "direction", "from", "to", "status", "seconds")
	for i := range 5 {
		call := calls[len(calls)-1-i]
		seconds := "-"
		if call.Duration != nil {
			seconds = strconv.FormatInt(*call.Duration, 10)
		}
		fmt.Fprintf(&want, row, createdAt(call).Format(time.DateTime), *call.Direction, *call.From, *call.To, *call.Status, seconds)
	}
	none := "0 calls\n\n" + fmt.Sprintf("%-14s", "status") + "\n\nThe latest five\n" +
		fmt.Sprintf(row, "created (UTC)", "direction", "from", "to", "status", "seconds")
	acceptance(t,
		exampleStep(dir, outputs{"summary": want.String() + "\n"}),
		onChannel(exampleStep(dir, outputs{"summary": none + "\n"}), birdtest.EmptyChannelID),
	)
}

// exampleStep applies an example that takes the ids of a workspace and of a
// channel.
func exampleStep(dir string, want statecheck.StateCheck) resource.TestStep {
	return resource.TestStep{
		ConfigDirectory: config.StaticDirectory(dir),
		ConfigVariables: config.Variables{
			"workspace_id": config.StringVariable(birdtest.DefaultWorkspaceID),
			"channel_id":   config.StringVariable(birdtest.DefaultChannelID),
		},
		ConfigStateChecks: []statecheck.StateCheck{want},
	}
}

// acceptanceForEach runs a step with for_each: terraform-plugin-testing cannot
// end with a state that has such keys.
func acceptanceForEach(t *testing.T, step resource.TestStep) {
	t.Helper()
	acceptance(t, step, resource.TestStep{ConfigDirectory: step.ConfigDirectory, ConfigVariables: step.ConfigVariables, Destroy: true})
}

func onChannel(step resource.TestStep, id string) resource.TestStep {
	step.ConfigVariables["channel_id"] = config.StringVariable(id)
	return step
}

// publishedMonth gives the calls of February 2024, and some of March.
func publishedMonth() []bird.Call {
	return birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 400})
}

// recentMonth gives n calls of the 30 days before now, without those so close
// to the begin of the window that the run of a test could carry it past them.
func recentMonth(n int, now time.Time, window time.Duration) []bird.Call {
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: n, Start: now.AddDate(0, 0, -30)})
	return slices.DeleteFunc(calls, func(call bird.Call) bool {
		return createdAt(call).Sub(now.Add(-window)).Abs() < 30*time.Minute
	})
}

func createdAt(call bird.Call) time.Time {
	t, err := time.Parse(time.RFC3339Nano, *call.CreatedAt)
	if err != nil {
		panic(err)
	}
	return t
}

func since(calls []bird.Call, start time.Time) []bird.Call {
	return slices.DeleteFunc(slices.Clone(calls), func(call bird.Call) bool { return createdAt(call).Before(start) })
}

func within(t *testing.T, calls []bird.Call, start, end string) []bird.Call {
	t.Helper()
	from, err := time.Parse(time.RFC3339, start)
	if err != nil {
		t.Fatal(err)
	}
	until, err := time.Parse(time.RFC3339, end)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(since(calls, from), func(call bird.Call) bool { return createdAt(call).After(until) })
}

func count(calls []bird.Call, is func(bird.Call) bool) (n int) {
	for _, call := range calls {
		if is(call) {
			n++
		}
	}
	return n
}

// outputs checks that a state holds these outputs and no others.
type outputs map[string]any

func (want outputs) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	have := map[string]any{}
	if req.State.Values != nil { // where nothing is kept, not even outputs
		for name, output := range req.State.Values.Outputs {
			have[name] = output.Value
		}
	}
	wantText, haveText := toJSON(want), toJSON(have)
	if wantText != haveText {
		resp.Error = fmt.Errorf("the outputs are %s, expected %s", haveText, wantText)
	}
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// checks tells of each check block of a plan what it warns of, "" for nothing.
type checks map[string]string

func (want checks) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	have := checks{}
	for _, check := range req.Plan.Checks {
		if check.Address.Kind != "check" {
			continue
		}
		var problems []string
		for _, instance := range check.Instances {
			for _, problem := range instance.Problems {
				problems = append(problems, problem.Message)
			}
		}
		have[check.Address.Name] = strings.Join(problems, " ")
		if (check.Status == "pass") != (problems == nil) {
			resp.Error = fmt.Errorf("check %s has the status %s and the problems %q", check.Address.Name, check.Status, problems)
			return
		}
	}
	if !maps.Equal(want, have) {
		resp.Error = fmt.Errorf("the checks warn of %q, expected %q", have, want)
	}
}
