package provider_test

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func exampleRank(t *testing.T, dir string) {
	const window = 28 * 24 * time.Hour
	now := time.Now()
	calls := recentCalls(400, now, window)
	countries := []string{"AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT", "NL", "PT", "US", ""}
	byCountry := map[string]int{}
	for i, call := range since(calls, now.Add(-window)) {
		to := countries[i*i%len(countries)]
		if call.Receiver = nil; to != "" {
			call.Receiver = &bird.Party{Number: &bird.Number{CountryISOCode: &to}}
		}
		calls[slices.IndexFunc(calls, func(other bird.Call) bool { return other.ID == call.ID })] = call
		if *call.Direction == "outgoing" {
			byCountry[cmp.Or(to, "unknown")]++
		}
	}
	// Until there are more than ten, each with another number of calls.
	extra := since(calls, now.Add(-window))[0]
	extra.Direction = new("outgoing")
	for i, code := range countries[:11] {
		for n := range 50 + 10*i - byCountry[code] { // of two digits, and of three
			call := extra
			call.ID = fmt.Sprint(code, "-", n)
			call.Receiver = &bird.Party{Number: &bird.Number{CountryISOCode: &code}}
			calls = append(calls, call)
			byCountry[code]++
		}
	}
	bird.SortCalls(calls)
	ranked := slices.SortedFunc(maps.Keys(byCountry), func(a, b string) int { return cmp.Compare(byCountry[b], byCountry[a]) })
	if len(ranked) < 11 {
		t.Fatalf("only the countries %v", ranked)
	}
	want := []any{}
	for _, code := range ranked[:10] {
		want = append(want, map[string]any{"country": code, "calls": byCountry[code]})
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	acceptance(t,
		exampleStep(dir, outputs{"most_called_countries": want}),
		onChannel(exampleStep(dir, outputs{"most_called_countries": []any{}}), birdtest.EmptyChannelID),
	)
}

func exampleWeeks(t *testing.T, dir string) {
	calls := recentCalls(600, time.Now(), 28*24*time.Hour)
	applied, monday := applyOnOneDay(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}), dir, "channel_id="+birdtest.DefaultChannelID)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	want := map[string]int{}
	for weeks := 1; weeks <= 4; weeks++ {
		start, end := monday.AddDate(0, 0, -7*weeks), monday.AddDate(0, 0, -7*(weeks-1))
		want[start.Format(time.DateOnly)] = count(calls, func(call bird.Call) bool {
			return !createdAt(call).Before(start) && createdAt(call).Before(end)
		})
	}
	expectOutputs(t, applied, outputs{"calls_by_week": want})
}

func exampleLegs(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	calls := recentCalls(400, now, week)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	isLeg := func(call bird.Call) bool { return call.ParentID != nil }
	f := expectedSummary(slices.DeleteFunc(since(calls, now.Add(-week)), isLeg))
	if answerRate(f) == answerRate(expectedSummary(since(calls, now.Add(-week)))) {
		t.Fatal("legs make no difference in the data set")
	}
	acceptance(t,
		exampleStep(dir, outputs{"conversations": f["total_calls"], "conversations_answered": answerRate(f)}),
		onChannel(exampleStep(dir, outputs{"conversations": 0, "conversations_answered": "-"}), birdtest.EmptyChannelID),
	)
}

func exampleSilent(t *testing.T, dir string) {
	const day = 24 * time.Hour
	now := time.Now()
	calls := recentCalls(100, now, day)
	other := calls[0] // of yesterday
	other.ChannelID = new(secondChannelID)
	calls = append([]bird.Call{other}, calls...)
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, Channels: []bird.Channel{
		{ID: birdtest.DefaultChannelID, Name: new("Sales"), PlatformID: new(birdtest.VoicePlatform), Status: new("active")},
		{ID: secondChannelID, Name: new("Support"), PlatformID: new(birdtest.VoicePlatform), Status: new("active")},
		{ID: birdtest.EmptyChannelID, PlatformID: new(birdtest.VoicePlatform), Status: new("active")},
		{ID: "22222222-2222-4222-8222-222222222221", Name: new("Chat"), PlatformID: new("whatsapp"), Status: new("active")},
		{ID: "22222222-2222-4222-8222-222222222222", Name: new("Old line"), PlatformID: new(birdtest.VoicePlatform), Status: new("inactive")},
	}}))
	silent := withoutChannel(exampleStep(dir, outputs{}))
	silent.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{checks{
		"no_channel_is_silent": "Channels without a call in the last day: " + birdtest.EmptyChannelID + ", Support.",
	}}
	none := withoutChannel(exampleStep(dir, outputs{}))
	none.ConfigVariables["platform"] = config.StringVariable("whatsapp-2")
	none.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{checks{"no_channel_is_silent": "There is no active channel of the platform whatsapp-2."}}
	acceptance(t, silent, none)
}

func exampleAliases(t *testing.T, dir string) {
	calls := publishedMonth()
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	// Each alias needs a process of its own, as Terraform starts one.
	applied := applyExample(t, server, dir, "other_workspace_id="+birdtest.DefaultWorkspaceID, "other_access_key="+birdtest.DefaultAccessKey)
	expectOutputs(t, applied, outputs{"calls": 2 * len(calls)})
	sent := map[string]bool{}
	for _, request := range server.Requests() {
		sent[request.Header.Get("Authorization")] = true
	}
	if !maps.Equal(sent, map[string]bool{"Bearer " + birdtest.DefaultToken: true, "AccessKey " + birdtest.DefaultAccessKey: true}) {
		t.Errorf("requests were sent with %d credentials", len(sent))
	}
}

func exampleModule(t *testing.T, dir string) {
	now := time.Now()
	calls := recentCalls(200, now, 7*24*time.Hour)
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	w := newExampleWorkspace(t, server, dir,
		fmt.Sprintf("channel_ids={ sales = %q, unused = %q }", birdtest.DefaultChannelID, birdtest.EmptyChannelID), "answered={ sales = 80 }")
	output := w.run("apply", "-input=false", "-auto-approve")
	if want := "Fewer than 80 % of the calls of channel " + birdtest.DefaultChannelID + " were answered."; !wrapped(want).MatchString(output) || strings.Contains(output, "50 %") {
		t.Errorf("the warnings are not %q:\n%s", want, output)
	}
	f := expectedSummary(since(calls, now.Add(-7*24*time.Hour)))
	expectOutputs(t, w.outputs(), outputs{"answered": map[string]any{"sales": f["answer_seizure_ratio"], "unused": nil}})
	for _, request := range server.Requests() {
		if strings.HasSuffix(request.Path, "/channels") {
			t.Errorf("channels are read where they are named: %s", request.Path)
		}
	}
	active := map[string]any{birdtest.DefaultChannelID: f["answer_seizure_ratio"]} // and not the other voice channel
	expectOutputs(t, applyExample(t, server, dir), outputs{"answered": active})
	testExample(t, dir, "1 passed, 0 failed")
}

// examplePartOfModule is a module that exampleModule runs.
func examplePartOfModule(*testing.T, string) {}

func exampleVault(t *testing.T, dir string) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 3})})
	vault, err := build("terraform-provider-vault_v0.0.1", "./internal/provider/testdata/vault")
	if err != nil {
		t.Fatal(err)
	}
	w := newEmptyWorkspace(t, server)
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		target := filepath.Join(w.dir, "mirror", host, "hashicorp", "vault", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(target, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(vault, filepath.Join(target, filepath.Base(vault))); err != nil {
			t.Fatal(err)
		}
	}
	w.write("main.tf", withProvider(t, filepath.Join(dir, "main.tf"))+probe)
	w.env = append(slices.DeleteFunc(w.env, func(variable string) bool { return strings.HasPrefix(variable, "BIRD_TOKEN=") }),
		"VAULT_SECRET="+birdtest.DefaultAccessKey, "TF_VAR_workspace_id="+birdtest.DefaultWorkspaceID, "TF_VAR_channel_id="+birdtest.DefaultChannelID)
	w.run("init", "-input=false")
	w.run("plan", "-input=false", "-out=saved")
	w.run("apply", "-input=false", "saved")
	expectOutputs(t, w.outputs(), outputs{"probe": 3})
	for name, text := range map[string]string{"the state": w.read("terraform.tfstate"), "the plan": unzipped(t, w.read("saved"))} {
		if strings.Contains(text, birdtest.DefaultAccessKey) {
			t.Errorf("the access key is in %s", name)
		}
	}
}

// TestExampleScriptForCI runs the script of a page in the directory of the audit.
func TestExampleScriptForCI(t *testing.T) {
	needTerraform(t)
	needVersion(t, "1.11", "99") // terraform test -junit-xml
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no sh")
	}
	script := examplesRoot + "/how-do-i/ci/audit.sh"
	if shown := "```sh\n" + readFile(t, script) + "```"; !strings.Contains(readFile(t, "../../docs/guides/how-do-i.md"), shown) {
		t.Errorf("the page does not show %s", script)
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: recentCalls(300, time.Now(), 15*24*time.Hour)})
	w := newExampleWorkspace(t, server, examplesRoot+"/audit", "channel_id="+birdtest.DefaultChannelID)
	fakeServer, err := buildFakeServer()
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, target := range map[string]string{"terraform": terraform, "fake-server": fakeServer} {
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.env = append(w.env, "PATH="+bin+":"+os.Getenv("PATH"), "TF_CLI_ARGS=-no-color")
	run := func(variables ...string) (int, string) {
		cmd := exec.CommandContext(t.Context(), path)
		cmd.Dir, cmd.Env = w.dir, append(slices.Clone(w.env), variables...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if code, output := run("TF_VAR_expect={\"answered\":0}"); code != 0 || !strings.Contains(output, "4 passed, 0 failed") || !strings.Contains(output, "Apply complete!") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	var report struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(w.read("rules.xml")), &report); err != nil || len(report.Suites) != 1 || report.Suites[0].Tests != 4 || report.Suites[0].Failures != 0 {
		t.Errorf("the report of the tests is %+v (%v)", report, err)
	}
	if code, output := run(`TF_VAR_expect={"answered":101}`); code != 1 || !wrapped("Find out why before anything else changes.").MatchString(output) {
		t.Errorf("a rule that stops: exit code %d\n%s", code, output)
	}
}

// outputs returns the outputs of the state.
func (w *workspace) outputs() map[string]output {
	w.t.Helper()
	var state struct{ Outputs map[string]output }
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		w.t.Fatal(err)
	}
	return state.Outputs
}
