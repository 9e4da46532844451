package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// exampleArguments are the variables that an example needs on the fake server. All
// others have their defaults.
var exampleArguments = map[string]string{
	"data-sources/bird_channels/by_name":               `channel = "Main line"`,
	"data-sources/bird_channel_calls/several_channels": `channel_ids = { sales = var.channel_id }`,
	"data-sources/bird_channel_calls/postconditions":   `countries = ["DE", "GB", "NL", "PT", "US", "unknown"]`, // with fewer, the rule stops the run
	"large-channels":   fmt.Sprintf("year = %d", time.Now().AddDate(0, 0, -15).Year()), // in January, this year may have no calls yet
	"how-do-i/aliases": "other_workspace_id = var.workspace_id\n  other_access_key = " + strconv.Quote(birdtest.DefaultAccessKey),
}

// foundSomething is a condition that holds for what was read.
var foundSomething = map[string]string{
	"bird_channel_calls":          "length(read.calls) > 0",
	"bird_workspace_calls":        "length(read.calls) > 0",
	"bird_channel_call_summary":   "read.total_calls > 0",
	"bird_workspace_call_summary": "read.total_calls > 0",
	"bird_channels":               "length(read.channels) > 0",
}

// TestExamplesFindTheCallsOfTheFakeServer applies the examples as they are, with the
// fake-server command as it is: everything that they read has calls or channels, and
// no output is empty.
func TestExamplesFindTheCallsOfTheFakeServer(t *testing.T) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11") // ephemeral resources
	w := newWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), "")
	w.env = append(w.env, "BIRD_PSEUDONYM_KEY=an example's key, which has 32 characters or more")
	reads := regexp.MustCompile(`(?ms)^(data|ephemeral) "(bird_\w+)" "(\w+)" \{\n(.*?)^\}`)
	// Each example is a module, so that Terraform runs once.
	root := w.read("main.tf") + "provider \"bird\" {}\n\nvariable \"workspace_id\" {}\n\nvariable \"channel_id\" {}\n"
	checked := 0
	for _, name := range exampleDirectories(t) {
		if strings.HasPrefix(name, "provider") || name == "how-do-i/module/channel" { // read nothing by themselves
			continue
		}
		module := strings.ReplaceAll(name, "/", "-")
		dir := filepath.Join(w.dir, module)
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(examplesRoot, filepath.FromSlash(name)))); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
		if err != nil {
			t.Fatal(err)
		}
		checks := ""
		for _, file := range files {
			text := readFile(t, file)
			w.write(filepath.Join(module, filepath.Base(file)), strings.Replace(text, "provider \"bird\" {}\n", "", 1)) // that of the root
			for _, match := range reads.FindAllStringSubmatch(text, -1) {
				checked++
				address := match[2] + "." + match[3]
				if match[1] == "ephemeral" {
					address = "ephemeral." + address
				} else {
					address = "data." + address
				}
				list := "[" + address + "]"
				if strings.Contains(match[4], "  for_each ") {
					list = "values(" + address + ")"
				} else if strings.Contains(match[4], "  count ") {
					list = address
				}
				checks += fmt.Sprintf("check \"found_%d\" {\n  assert {\n    condition     = anytrue([for read in %s : %s])\n    error_message = \"In %s, %s found nothing.\"\n  }\n}\n",
					checked, list, foundSomething[match[2]], name, address)
			}
		}
		w.write(filepath.Join(module, "found.tf"), checks)
		root += fmt.Sprintf("\nmodule %[1]q {\n  source       = \"./%[1]s\"\n  workspace_id = var.workspace_id\n  channel_id   = var.channel_id\n  %[2]s\n}\n\noutput %[1]q {\n  value     = module.%[1]s\n  sensitive = true\n}\n", module, exampleArguments[name])
	}
	w.write("main.tf", root)
	w.run("init", "-input=false")
	code, output := w.withFakeServer(nil, "apply", "-input=false", "-auto-approve")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	for _, nothing := range regexp.MustCompile(`In\s+\S+,\s+\S+\s+found\s+nothing\.`).FindAllString(output, -1) {
		t.Error(nothing)
	}
	values := 0
	for module, outputs := range w.outputs() {
		for name, value := range outputs.Value.(map[string]any) {
			values++
			if v := reflect.ValueOf(value); !v.IsValid() || v.IsZero() || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0 {
				t.Errorf("the output %s of %s is %v", name, module, value)
			}
		}
	}
	if checked < 30 || values < 40 {
		t.Errorf("only %d reads and %d outputs were checked", checked, values)
	}
}

// TestExamplesFailAsThePagesSay runs the commands that show how a rule fails.
func TestExamplesFailAsThePagesSay(t *testing.T) {
	needTerraform(t)
	const rules = "data-sources/bird_channel_call_summary/rules"
	for _, test := range []struct {
		dir         string
		flags, args []string // of fake-server, and of terraform plan
		code        int
		says        string
		pages       []string
	}{
		{rules, nil, []string{"-var", "answered=90"}, 0, "Fewer than 90 % of the calls of a week were answered.", []string{"docs/guides/how-do-i.md", "docs/data-sources/channel_call_summary.md", "README.md"}},
		{rules, nil, []string{"-var", "channel_id=" + birdtest.EmptyChannelID}, 1, "There was no call in a week: is the line dead?", []string{"docs/guides/how-do-i.md", "docs/data-sources/channel_call_summary.md", "README.md"}},
		{"how-do-i/silent", []string{"-incident", "dead-line"}, nil, 0, "Channels without a call in the last day: Main line.", []string{"docs/guides/how-do-i.md"}},
		{"data-sources/bird_channel_calls/postconditions", nil, nil, 1, "Calls went to countries outside of BE, NL.", []string{"docs/data-sources/channel_calls.md"}},
	} {
		w := newExampleWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), filepath.Join(examplesRoot, filepath.FromSlash(test.dir)))
		shown := strings.Join(slices.Concat(test.flags, test.args), " ")
		if shown == "" {
			shown = "stop the run"
		} else if code, output := w.withFakeServer(nil, "plan", "-input=false"); code != 0 || strings.Contains(output, "Warning") {
			t.Errorf("%s: without a fault, plan ends with exit code %d and prints\n%s", test.dir, code, output)
		}
		code, output := w.withFakeServer(test.flags, append([]string{"plan", "-input=false"}, test.args...)...)
		if code != test.code || !wrapped(test.says).MatchString(output) {
			t.Errorf("%s: with %v %v, plan ends with exit code %d, or does not say %q:\n%s", test.dir, test.flags, test.args, code, test.says, output)
		}
		for _, page := range test.pages {
			if !strings.Contains(readFile(t, "../../"+page), shown) {
				t.Errorf("%s does not show %s", page, shown)
			}
		}
	}
}

// TestExamplesRefuseWhatWouldMeanAnother tries values that would pass every rule.
func TestExamplesRefuseWhatWouldMeanAnother(t *testing.T) {
	needTerraform(t)
	const weekdays, percent, fifty = "Write the weekdays as Mon, Tue, Wed, Thu, Fri, Sat and Sun.", "Shares are in percent: write 80, and not 0.8.", "Shares are in percent: write 50, and not 0.5."
	for example, refused := range map[string]map[string]string{
		"audit": {"expect={ answered = 0.5 }": fifty, "expect={ service_level = 1 }": fifty, "expect={ service_level = 1.5, answered = 0, failed = 0.5 }": ""},
		"service-level": {
			"expect={ service_level = 0.8 }": percent, "expect={ in_each_hour = 1 }": percent, "expect={ answered = 0.5 }": percent, "expect={ abandoned_calls = 0.5, in_each_hour = 0 }": "",
			`open={ weekdays = ["1", "Mon"] }`: weekdays, `open={ weekdays = ["Sun", "Sat"] }`: "",
		},
		"dead-lines": {`expect={ weekdays = ["mon"] }`: weekdays, `expect={ weekdays = ["Sun", "Sat"] }`: ""},
	} {
		w := newExampleWorkspace(t, birdtest.NewServer(t, birdtest.Options{}), filepath.Join(examplesRoot, example), "channel_id="+birdtest.DefaultChannelID)
		for variable, says := range refused {
			_, output := w.try("plan", "-input=false", "-var", variable)
			if is := strings.Contains(output, "Invalid value for variable"); is != (says != "") || !wrapped(says).MatchString(output) {
				t.Errorf("%s with %s does not say %q:\n%s", example, variable, says, output)
			}
		}
	}
}
