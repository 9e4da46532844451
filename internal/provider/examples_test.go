package provider_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

const examplesRoot = "../../examples"

// examples has the test of each directory of examples.
var examples = map[string]func(t *testing.T, dir string){
	"demo":                                   exampleDemo,
	"audit":                                  exampleAudit,
	"carrier-surcharges":                     exampleCarrierSurcharges,
	"fraud":                                  exampleFraud,
	"service-level":                          exampleServiceLevel,
	"dead-lines":                             exampleDeadLines,
	"fleet":                                  exampleFleet,
	"large-channels":                         exampleLargeChannels,
	"report":                                 exampleReport,
	"testing":                                exampleTesting,
	"provider":                               exampleProvider,
	"provider/access_key":                    exampleAccessKey,
	"provider/vault":                         exampleVault,
	"how-do-i/rank":                          exampleRank,
	"how-do-i/weeks":                         exampleWeeks,
	"how-do-i/silent":                        exampleSilent,
	"how-do-i/legs":                          exampleLegs,
	"how-do-i/aliases":                       exampleAliases,
	"how-do-i/module":                        exampleModule,
	"how-do-i/module/channel":                examplePartOfModule,
	"data-sources/bird_channel_calls":        exampleWindow,
	"data-sources/bird_channel_calls/failed": exampleFailed,
	"data-sources/bird_channel_calls/last_seven_days":  exampleLastSevenDays,
	"data-sources/bird_channel_calls/checks":           exampleChecks,
	"data-sources/bird_channel_calls/postconditions":   examplePostconditions,
	"data-sources/bird_channel_calls/several_channels": exampleSeveralChannels,
	"data-sources/bird_channel_calls/pseudonyms":       examplePseudonyms,
	"data-sources/bird_channel_call_summary":           exampleSummary,
	"data-sources/bird_channel_call_summary/rules":     exampleRules,
	"data-sources/bird_channel_call_summary/groups":    exampleGroups,
	"data-sources/bird_channels":                       exampleChannels,
	"data-sources/bird_channels/by_name":               exampleChannelByName,
	"data-sources/bird_channels/each":                  exampleEachChannel,
	"data-sources/bird_workspace_calls":                exampleWorkspace,
	"data-sources/bird_workspace_call_summary":         exampleWorkspaceSummary,
	"ephemeral-resources/bird_channel_calls":           exampleEphemeralGate,
	"ephemeral-resources/bird_workspace_calls":         exampleEphemeralCheck,
	"functions/hangup_cause":                           exampleHangupCause,
	"functions/sip_status":                             exampleSIPStatus,
	"functions/local_time":                             exampleLocalTime,
	"functions/e164":                                   exampleE164,
}

func TestExamples(t *testing.T) {
	dirs := exampleDirectories(t)
	for name := range examples {
		if !slices.Contains(dirs, name) {
			t.Errorf("examples/%s is expected and not there", name)
		}
	}
	s := newSession(t)
	for _, k := range s.kinds() {
		if dir := map[bool]string{false: "data-sources/", true: "ephemeral-resources/"}[k.ephemeral] + k.name; examples[dir] == nil {
			t.Errorf("%s has no example in examples/%s", k, dir)
		}
	}
	for name := range s.schema.Functions {
		if examples["functions/"+name] == nil {
			t.Errorf("the function %s has no example", name)
		}
	}
	for _, name := range dirs {
		t.Run(name, func(t *testing.T) {
			example, ok := examples[name]
			if !ok {
				t.Fatalf("nothing is expected of examples/%s: add it to the map examples", name)
			}
			needTerraform(t)
			example(t, filepath.Join(examplesRoot, filepath.FromSlash(name)))
		})
	}
}

// exampleDirectories returns the directories that hold Terraform files.
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

// firstBlock is the first block of the provider's page.
const firstBlock = examplesRoot + "/provider/provider.tf"

// TestExamplesFollowTheFirstBlock checks that whoever pastes an example after the
// first block of the provider's page has what TestExamples runs: the directory has
// that block in terraform.tf, and a page shows each of its other files.
func TestExamplesFollowTheFirstBlock(t *testing.T) {
	t.Parallel()
	pages, first := readFile(t, "../../docs/index.md"), readFile(t, firstBlock)
	for _, page := range docsPages(t) {
		pages += readFile(t, page)
	}
	for _, file := range exampleFiles(t) {
		name, err := filepath.Rel(examplesRoot, file)
		if err != nil {
			t.Fatal(err)
		}
		switch dir := filepath.ToSlash(filepath.Dir(name)); {
		case dir == "provider", dir == "demo", dir == "report" && filepath.Base(name) != "terraform.tf": // files, and no snippets
		case filepath.Base(name) != "terraform.tf":
			if !strings.Contains(pages, strings.TrimSpace(readFile(t, file))) {
				t.Errorf("no page shows examples/%s", name)
			}
		case readFile(t, file) != first:
			t.Errorf("examples/%s is not the first block of the provider's page", name)
		}
	}
	for _, dir := range exampleDirectories(t) {
		if !strings.HasPrefix(dir, "provider") && dir != "how-do-i/module/channel" && !slices.Contains(exampleFiles(t), filepath.Join(examplesRoot, dir, "terraform.tf")) {
			t.Errorf("examples/%s has no terraform.tf", dir)
		}
	}
	for _, page := range docsPages(t) {
		if text := readFile(t, page); strings.Contains(text, "```terraform") && !strings.Contains(text, "../index.md#example-usage") {
			t.Errorf("%s does not say that its examples follow the first block of the provider's page", page)
		}
	}
}

// TestExamplesAreShort checks that nothing which a function or HCL does by itself
// is written out: a code is named without a conversion, and a comparison converts.
func TestExamplesAreShort(t *testing.T) {
	t.Parallel()
	long := regexp.MustCompile(`\btonumber\(|\btry\([^\n]*\btry\(`)
	for _, file := range exampleFiles(t) {
		if found := long.FindString(readFile(t, file)); found != "" {
			t.Errorf("%s has %s", file, found)
		}
	}
}

// TestExamplesCompareRatiosExactly checks that no condition multiplies a ratio: 0.6 has
// no exact binary form, so 0.6 * 100 >= 60 is false, but 0.6 >= 60 / 100 is true.
func TestExamplesCompareRatiosExactly(t *testing.T) {
	t.Parallel()
	rounded := regexp.MustCompile(`condition .*(_ratio|service_level|local\.answered)\b[^<>=]*\* 100`)
	for _, file := range exampleFiles(t) {
		if found := rounded.FindString(readFile(t, file)); found != "" {
			t.Errorf("%s has %s", file, found)
		}
	}
}

// TestExamplesUseOnlyTheAttributesThatTheyName checks that no example has a
// condition on an attribute of a call that its argument attributes leaves out.
func TestExamplesUseOnlyTheAttributesThatTheyName(t *testing.T) {
	t.Parallel()
	of := newSession(t).schema.DataSourceSchemas["bird_channel_calls"].Block.Attributes
	calls := of[slices.IndexFunc(of, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "calls" })].NestedType.Attributes
	named := regexp.MustCompile(`\n  attributes +(= \[.*\])\n`)
	checked := 0
	for _, file := range exampleFiles(t) {
		text := readFile(t, file)
		names := named.FindAllString(text, -1)
		if names == nil {
			continue
		}
		checked++
		for _, attribute := range calls {
			used := regexp.MustCompile(`\bcalls?(\[\*\]|\[0\])?\.` + attribute.Name + `\b`).FindString(named.ReplaceAllString(text, ""))
			if used != "" && attribute.Name != "id" && !slices.ContainsFunc(names, func(list string) bool { return strings.Contains(list, strconv.Quote(attribute.Name)) }) {
				t.Errorf("%s uses %s, which attributes does not name", file, used)
			}
		}
	}
	if checked < 8 {
		t.Errorf("only %d examples name attributes", checked)
	}
}

// TestExamplesPagesSayWhatAttributesHide checks each page with an example that names
// attributes: a condition on another one is true for the wrong reason.
func TestExamplesPagesSayWhatAttributesHide(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?m)^  attributes +=`)
	for _, page := range append(docsPages(t), "../../docs/index.md") {
		if text := readFile(t, page); named.MatchString(text) && !strings.Contains(text, "can pass for the wrong reason") {
			t.Errorf("%s shows attributes, and does not say that a condition on others can pass for the wrong reason", page)
		}
	}
}

// TestExamplesPagesPromiseWholeListsOnce checks that no page repeats its promise.
func TestExamplesPagesPromiseWholeListsOnce(t *testing.T) {
	t.Parallel()
	const promise = "never a partial list"
	promises := 0
	for _, page := range append(docsPages(t), "../../docs/index.md", "../../README.md") {
		text := readFile(t, page)
		if strings.HasPrefix(text, "---\n") { // what no reader of the page sees
			_, text, _ = strings.Cut(text[4:], "\n---\n")
		}
		if n := strings.Count(text, promise); n > 1 {
			t.Errorf("%s says %d times: %s", page, n, promise)
		} else {
			promises += n
		}
	}
	if promises == 0 {
		t.Errorf("no page says: %s", promise)
	}
}

// docsPages returns the pages of the docs but the provider's.
func docsPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	return pages
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
		case filepath.Ext(file) == ".tf", strings.HasSuffix(file, ".tftest.hcl"):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestExamplesAreTheSnippets checks that the snippets of the README and of the
// docs are the files that TestExamples runs.
func TestExamplesAreTheSnippets(t *testing.T) {
	var run []string
	for _, file := range exampleFiles(t) {
		run = append(run, strings.TrimSpace(readFile(t, file)))
	}
	snippet := regexp.MustCompile("(?ms)^[ \t]*(?:```|~~~)(?:terraform|hcl|tf)\\s*$(.*?)^[ \t]*(?:```|~~~)")
	for _, page := range append(docsPages(t), "../../README.md", "../../docs/index.md") {
		for _, match := range snippet.FindAllStringSubmatch(readFile(t, page), -1) {
			if !slices.Contains(run, strings.TrimSpace(match[1])) {
				t.Errorf("%s shows a configuration that is no file under examples/:\n%s", page, match[1])
			}
		}
	}
}

// TestEveryStatisticIsExplained checks that the page about the statistics has each of
// the schema.
func TestEveryStatisticIsExplained(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../../docs/guides/statistics.md")
	var explained func(attributes []*tfprotov6.SchemaAttribute)
	explained = func(attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			if !strings.Contains(page, "`"+attribute.Name+"`") {
				t.Errorf("the page does not explain %s", attribute.Name)
			}
			if attribute.NestedType != nil {
				explained(attribute.NestedType.Attributes)
			}
		}
	}
	of := newSession(t).schema.DataSourceSchemas["bird_workspace_call_summary"].Block.Attributes
	groups := of[slices.IndexFunc(of, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == "groups" })].NestedType.Attributes
	explained(slices.DeleteFunc(slices.Clone(groups), func(a *tfprotov6.SchemaAttribute) bool { return slices.Contains(statistics.Dimensions(), a.Name) }))
}

// A link within the repository names a file that exists, and a heading in it.
func TestExamplesPagesLinkToWhatExists(t *testing.T) {
	t.Parallel()
	const root = "../../"
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", ".github/*.md", "internal/*.md"} {
		found, err := filepath.Glob(root + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no page %s (%v)", pattern, err)
		}
		pages = append(pages, found...)
	}
	heading := regexp.MustCompile(`(?m)^#+ +(.*?)\s*$|<a id="([^"]+)"`)
	punctuation := regexp.MustCompile(`[^\w\- ]`)
	anchors := func(page string) (names []string) {
		for _, match := range heading.FindAllStringSubmatch(readFile(t, page), -1) {
			text := punctuation.ReplaceAllString(strings.ToLower(match[1]), "")
			names = append(names, strings.ReplaceAll(text, " ", "-"), match[2])
		}
		return names
	}
	links := 0
	for _, page := range pages {
		for _, link := range regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]*))?\)`).FindAllStringSubmatch(readFile(t, page), -1) {
			links++
			target := page
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(page), link[1])
			}
			if _, err := os.Stat(target); err != nil || link[2] != "" && !slices.Contains(anchors(target), link[2]) {
				t.Errorf("%s has the link %s, which leads nowhere", page, link[0])
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links", links)
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

// withoutChannel leaves the variables of an example that reads a workspace.
func withoutChannel(step resource.TestStep) resource.TestStep {
	delete(step.ConfigVariables, "channel_id")
	return step
}

// exampleStep applies an example that takes the ids of a workspace and of a
// channel. Want may be nil, of a step with an error.
func exampleStep(dir string, want statecheck.StateCheck) resource.TestStep {
	step := resource.TestStep{
		ConfigDirectory: config.StaticDirectory(dir),
		ConfigVariables: config.Variables{
			"workspace_id": config.StringVariable(birdtest.DefaultWorkspaceID),
			"channel_id":   config.StringVariable(birdtest.DefaultChannelID),
		},
	}
	if want != nil {
		step.ConfigStateChecks = []statecheck.StateCheck{want}
	}
	return step
}

// newExampleWorkspace makes a workspace with the files of an example, which reads
// the fake server's workspace.
func newExampleWorkspace(t *testing.T, server *birdtest.Server, dir string, variables ...string) *workspace {
	t.Helper()
	w := newEmptyWorkspace(t, server)
	if err := os.CopyFS(w.dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	w.run("init", "-input=false")
	for _, variable := range append(variables, "workspace_id="+birdtest.DefaultWorkspaceID) {
		w.env = append(w.env, "TF_VAR_"+variable)
	}
	return w
}

// applyExample applies an example with for_each, and returns its outputs:
// terraform-plugin-testing cannot end with a state that has such keys.
func applyExample(t *testing.T, server *birdtest.Server, dir string, variables ...string) map[string]output {
	t.Helper()
	w := newExampleWorkspace(t, server, dir, variables...)
	w.run("apply", "-input=false", "-auto-approve")
	w.run("plan", "-input=false", "-detailed-exitcode") // 2 if the same calls make other outputs
	return w.outputs()
}

// applyOnOneDay applies an example that reads whole days of Amsterdam, and returns
// its outputs and when the day began. It does so again where midnight passes.
func applyOnOneDay(t *testing.T, server *birdtest.Server, dir string, variables ...string) (map[string]output, time.Time) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	today := func() time.Time {
		year, month, day := time.Now().In(zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, zone)
	}
	for {
		midnight := today()
		if applied := applyExample(t, server, dir, variables...); today().Equal(midnight) {
			return applied, midnight
		}
	}
}

// output is an output in a state file.
type output struct {
	Value     any
	Sensitive bool
}

// expectOutputs fails the test unless these are the outputs.
func expectOutputs(t *testing.T, have map[string]output, want outputs) {
	t.Helper()
	values := map[string]any{}
	for name, output := range have {
		values[name] = output.Value
	}
	if err := want.compare(values); err != nil {
		t.Error(err)
	}
}

func onChannel(step resource.TestStep, id string) resource.TestStep {
	step.ConfigVariables["channel_id"] = config.StringVariable(id)
	return step
}

// TestReadmeReadsCallsInFiveLines runs the README's first lines as they are pasted,
// but for make install and what only the reader knows.
func TestReadmeReadsCallsInFiveLines(t *testing.T) {
	needTerraform(t)
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no sh")
	}
	_, rest, _ := strings.Cut(readFile(t, "../../README.md"), "These five lines")
	lines := strings.Split(regexp.MustCompile("(?s)```sh\n(.*?)\n```").FindStringSubmatch(rest)[1], "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "make install ") {
		t.Fatalf("the lines are %q", lines)
	}
	script := "set -e\n" + strings.Join(lines[1:], "\n")
	for _, value := range []string{"BIRD_ACCESS_KEY=" + birdtest.DefaultAccessKey, "workspace_id=" + birdtest.DefaultWorkspaceID, "channel_id=" + birdtest.DefaultChannelID} {
		name, _, _ := strings.Cut(value, "=")
		script = strings.ReplaceAll(script, name+"=…", value)
	}
	w := newEmptyWorkspace(t, birdtest.NewServer(t, birdtest.Options{Calls: recentCalls(100, time.Now(), 7*24*time.Hour)}))
	if err := os.CopyFS(filepath.Join(w.dir, "examples"), os.DirFS(examplesRoot)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = w.dir
	cmd.Env = append(slices.DeleteFunc(w.env, func(variable string) bool { return strings.HasPrefix(variable, "BIRD_TOKEN=") }),
		"PATH="+filepath.Dir(terraform)+":"+os.Getenv("PATH"), "TF_CLI_ARGS_apply=-auto-approve -no-color")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "calls_by_day") {
		t.Errorf("%v\n%s\n%s", err, script, out)
	}
}
