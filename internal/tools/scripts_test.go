// Package tools tests the scripts of this directory, .ci/run and some make
// targets, with commands that fail.
package tools

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// sandbox is a directory for a script, with commands that stand in for the real
// ones.
type sandbox struct {
	t   *testing.T
	dir string
	env []string
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the make of macOS has no .SHELLFLAGS, and Windows has no bash")
	}
	dir := t.TempDir()
	s := &sandbox{t: t, dir: dir}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "BIRD_") && !strings.HasPrefix(variable, "MAKE") {
			s.env = append(s.env, variable)
		}
	}
	s.env = append(s.env, "SANDBOX="+dir, "TMPDIR="+filepath.Join(dir, "tmp"), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return s
}

// write makes a file that is executable.
func (s *sandbox) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		s.t.Fatal(err)
	}
}

// command makes a command of a script.
func (s *sandbox) command(name, script string) {
	s.t.Helper()
	s.write("bin/"+name, "#!/usr/bin/env bash\n"+script+"\n")
}

// copy copies files of the repository.
func (s *sandbox) copy(names ...string) {
	s.t.Helper()
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(name, string(content))
	}
}

// run runs a command in a directory, and returns its exit code and its output. It
// must leave nothing in the temporary directory.
func (s *sandbox) run(dir string, args ...string) (code int, output string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, s.env
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		s.t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(s.dir, "tmp"))
	if err != nil || len(left) > 0 {
		s.t.Errorf("%v leaves %v in the temporary directory (%v)", args, left, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestCIRunFailsWithItsTargets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make string
		code int
		last string
	}{
		"all pass":    {`[[ $1 != print-checks ]] || echo one two three`, 0, "== make three passed"},
		"two fails":   {`case $1 in print-checks) echo one two three ;; two) exit 3 ;; esac`, 3, "== make two failed with status 3"},
		"no targets":  {`exit 2`, 2, ""},
		"three fails": {`case $1 in print-checks) echo one two three ;; three) exit 1 ;; esac`, 1, "== make three failed with status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy(".ci/run")
			s.command("make", test.make)
			s.command("chromium", "")
			code, output := s.run(s.dir, ".ci/run")
			lines := strings.Split(strings.TrimSpace(output), "\n")
			if code != test.code || !strings.HasPrefix(lines[len(lines)-1], test.last) {
				t.Errorf("exit code %d, want %d and at last %q:\n%s", code, test.code, test.last, output)
			}
		})
	}
}

// A target fails with what it runs first, although what follows passes.
func TestMakefileTargetsFailWithTheirFirstCommand(t *testing.T) {
	t.Parallel()
	tests := map[string]string{"platforms": "vet", "tidy-check": "mod", "tofu-check": "list", "fuzz": "test"}
	makefile, err := os.ReadFile(filepath.Join(root, "GNUmakefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, loop := range regexp.MustCompile(`(?m)^([a-z-]+):.*\n(?:\t.*\n)*?\t.*; do \\$`).FindAllStringSubmatch(string(makefile), -1) {
		if target := loop[1]; tests[target] == "" && target != "install" && target != "lint" { // which have tests of their own
			t.Errorf("the loop of make %s is not tried", target)
		}
	}
	for target, fails := range tests {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.command("go", `[[ $1 != `+fails+` || -e $SANDBOX/failed ]] || { touch "$SANDBOX/failed"; exit 1; }`)
			code, output := s.run(root, "make", target)
			if _, err := os.Stat(filepath.Join(s.dir, "failed")); err != nil {
				t.Errorf("go %s was not run: %s", fails, output)
			}
			if code == 0 {
				t.Errorf("make %s passed although go %s failed once:\n%s", target, fails, output)
			}
		})
	}
}

func TestLintFailsWithItsFirstModule(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.copy("GNUmakefile", "CHANGELOG.md")
	for _, name := range []string{"go.mod", "main.go", "internal/tools/go.mod", "internal/tools/tool.go", "internal/tools/actionlint/go.mod"} {
		s.write(name, "")
	}
	s.command("go", "")
	s.command("terraform", "")
	s.command("actionlint", "")
	s.command("golangci-lint", `[[ $1 != run || -e $SANDBOX/failed ]] || { touch "$SANDBOX/failed"; exit 1; }`)
	if code, output := s.run(s.dir, "make", "lint", "TF=terraform"); code == 0 || !strings.Contains(output, "golangci-lint run (./)") {
		t.Errorf("exit code %d, though golangci-lint failed once:\n%s", code, output)
	}
}

// The tests run with what users may have set, and in the time zone that is set.
func TestMakeTestRunsWithWhatUsersMayHaveSet(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{"": "America/St_Johns", "Asia/Tokyo": "Asia/Tokyo"} {
		s := newSandbox(t)
		s.env = slices.DeleteFunc(s.env, func(variable string) bool { return strings.HasPrefix(variable, "TZ=") })
		if set != "" {
			s.env = append(s.env, "TZ="+set)
		}
		s.command("terraform", "")
		s.command("go", `[[ $1 != test ]] || echo "zone $TZ, $BIRD_ACCESS_KEY, $TF_CLI_ARGS, $HTTP_PROXY"`)
		line := "zone " + want + ", the user's own, -no-such-flag, http://127.0.0.1:1\n"
		if code, output := s.run(root, "make", "test", "TF=terraform"); code != 0 || strings.Count(output, line) != 3 {
			t.Errorf("with TZ=%s, exit code %d, and not three times %q:\n%s", set, code, line, output)
		}
	}
}

// The tests meet every variable that the provider, the demo or the contract reads.
func TestHostileSetsWhatIsRead(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(root, "internal", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	hostile := read("tools/hostile.sh")
	for _, source := range []string{"provider/provider.go", "contract/service.go", "tools/demo.sh"} {
		names := regexp.MustCompile(`\b(BIRD|TF)_[A-Z_]+`).FindAllString(read(source), -1)
		for _, name := range names {
			if name != "TF_VAR_" && name != "TF_VAR_until" && !strings.Contains(hostile, " "+name) {
				t.Errorf("%s reads %s, which hostile.sh does not set", source, name)
			}
		}
		if len(names) == 0 {
			t.Errorf("%s reads no variable", source)
		}
	}
}

// A target without a description is a part of others.
func TestMakeHelpListsTheTargets(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	_, help := s.run(root, "make", "help")
	_, checks := s.run(root, "make", "print-checks")
	makefile, err := os.ReadFile(filepath.Join(root, "GNUmakefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, match := range regexp.MustCompile(`(?m)^\.PHONY: (\S+)$`).FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, match[1])
		if listed := strings.Contains(help, "\n  "+match[1]+" ") || strings.HasPrefix(help, "  "+match[1]+" "); !listed && !strings.HasPrefix(match[1], "print-") && match[1] != "need-tf" {
			t.Errorf("make help does not list %s:\n%s", match[1], help)
		}
	}
	for check := range strings.FieldsSeq(checks) {
		if !slices.Contains(targets, check) {
			t.Errorf("the check %s is no target", check)
		}
	}
}

// Terraform does what the targets mean, whatever the user has set for it.
func TestMakeHidesTheUsersTerraformSettings(t *testing.T) {
	t.Parallel()
	own := []string{"TF_CLI_ARGS", "TF_CLI_ARGS_apply", "TF_DATA_DIR", "TF_LOG", "TF_PLUGIN_CACHE_DIR", "TF_REATTACH_PROVIDERS", "TF_VAR_days", "TF_VAR_region", "TF_WORKSPACE", "TF_CLI_CONFIG_FILE"}
	for target, runs := range map[string]int{"fmt": 1, "test": 1, "docs": 2, "demo": 7} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy("GNUmakefile", "CHANGELOG.md")
			for _, script := range []string{"isolate", "docs", "demo", "hostile", "progress"} {
				s.copy("internal/tools/" + script + ".sh")
			}
			for _, name := range []string{"main.go", "docs/index.md", "templates/page", "examples/demo/main.tf", "examples/report/main.tf", "internal/tools/go.mod", "internal/tools/tofu/main.go"} {
				s.write(name, "")
			}
			s.write("server", "#!/usr/bin/env bash\nwhile [[ $1 == -* ]]; do shift 2; done\nBIRD_TOKEN=fake BIRD_WORKSPACE_ID=fake BIRD_CHANNEL_ID=fake exec \"$@\"\n")
			s.command("go", `[[ $1 == build ]] || exit 0
while (($#)); do
	case $1 in -C) cd "$2" ;; -o) out=$2 ;; esac
	shift
done
mkdir -p "$(dirname "$out")"
cp "$SANDBOX/server" "$out"`)
			s.command("gofmt", "")
			s.command("tfplugindocs", `mkdir -p "$3/docs"`) // newer than its module
			s.command("terraform", `echo "$1" >>"$SANDBOX/runs"
env | grep "the user's own" >>"$SANDBOX/seen"
[[ $1 != apply ]] || echo "Apply complete"`)
			if target == "demo" {
				s.env = append(s.env, "BIRD_PSEUDONYM_KEY=the user's own")
			}
			for _, name := range own {
				s.env = append(s.env, name+"=the user's own")
			}
			code, output := s.run(s.dir, "make", target, "TF=terraform")
			seen, err := os.ReadFile(filepath.Join(s.dir, "seen"))
			if err != nil {
				t.Error(err)
			}
			ran, _ := os.ReadFile(filepath.Join(s.dir, "runs"))
			if code != 0 || len(seen) > 0 || strings.Count(string(ran), "\n") != runs {
				t.Errorf("exit code %d, want 0 and no setting of the user's where terraform runs %d times\nit ran:\n%sand saw:\n%s%s", code, runs, ran, seen, output)
			}
		})
	}
}

func TestVulncheckFailsWithTheProvider(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		govulncheck string
		code        int
	}{
		"nothing found":      {``, 0},
		"provider":           {`[[ $* == *package* ]] || exit 3`, 1},
		"tools":              {`[[ $* != *package* ]] || exit 3`, 0},
		"tools, not scanned": {`[[ $* != *package* ]] || exit 2`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy("internal/tools/vulncheck.sh")
			s.write("go.mod", "module example.com/provider\n")
			s.write("main.go", "package main\n")
			s.write("internal/tools/go.mod", "module example.com/tools\n\ntool example.com/tool\n")
			s.write("internal/tools/one/go.mod", "module example.com/one\n")
			s.command("govulncheck", test.govulncheck)
			s.env = append(s.env, "GOVULNDB=file:///nowhere")
			if code, output := s.run(s.dir, "internal/tools/vulncheck.sh"); code != test.code {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, output)
			}
		})
	}
}

func TestDocsCheckFailsWhereDocsDiffer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		generate string
		code     int
	}{
		"same":      {`mkdir "$3/docs" && echo page >"$3/docs/index.md"`, 0},
		"different": {`mkdir "$3/docs" && echo other >"$3/docs/index.md"`, 1},
		"more":      {`mkdir "$3/docs" && echo page | tee "$3/docs/index.md" >"$3/docs/more.md"`, 1},
		"fails":     {`exit 4`, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy("internal/tools/docs.sh", "internal/tools/isolate.sh")
			for _, name := range []string{"docs/index.md", "templates/page", "examples/file"} {
				s.write(name, "page\n")
			}
			for _, name := range []string{"make", "terraform"} {
				s.command(name, "")
			}
			s.command("tfplugindocs", test.generate)
			s.env = append(s.env, "TF=terraform", "VERSION=0.0.1")
			if code, output := s.run(s.dir, "internal/tools/docs.sh", "--check"); code != test.code {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, output)
			}
		})
	}
}

// The demo runs with the fake server, unless the environment leads to a channel of
// Bird's, and fails with Terraform.
func TestDemoFailsWithTerraform(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  []string
		says string
	}{
		"nothing set":     {nil, "of channel fake-channel from fake-url"},
		"no channel":      {[]string{"BIRD_ACCESS_KEY=key", "BIRD_WORKSPACE_ID=own"}, "not both BIRD_WORKSPACE_ID and BIRD_CHANNEL_ID: nothing is read from Bird"},
		"no channel, too": {[]string{"BIRD_TOKEN=token", "BIRD_WORKSPACE_ID=own"}, "of channel fake-channel from fake-url"},
		"no credential":   {[]string{"BIRD_WORKSPACE_ID=own", "BIRD_CHANNEL_ID=own"}, "of channel fake-channel from fake-url"},
		"a channel":       {[]string{"BIRD_TOKEN=token", "BIRD_WORKSPACE_ID=own", "BIRD_CHANNEL_ID=own-channel"}, "of channel own-channel from Bird"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy("internal/tools/demo.sh", "internal/tools/isolate.sh")
			s.write("examples/demo/main.tf", "")
			s.write("server", `#!/usr/bin/env bash
while [[ $1 == -* ]]; do shift 2; done
for name in BASE_URL TOKEN WORKSPACE_ID; do export BIRD_$name=fake; done
BIRD_BASE_URL=fake-url BIRD_CHANNEL_ID=fake-channel "$@"
`)
			s.command("make", "")
			s.command("go", `mkdir -p "$3/bin" && cp "$SANDBOX/server" "$3/$5"`)
			s.command("terraform", `[[ $1 != apply ]] || exit 5`)
			s.env = append(append(s.env, "TF=terraform", "VERSION=0.0.1"), test.env...)
			code, output := s.run(s.dir, "internal/tools/demo.sh")
			if code == 0 || !strings.Contains(output, test.says) {
				t.Errorf("exit code %d, want that of a demo that fails and says %q:\n%s", code, test.says, output)
			}
		})
	}
}

func TestProgressIsPrintedWhileACommandRuns(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{"passes": 0, "fails": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.copy("internal/tools/progress.sh")
			// The second sleep begins after the line, and ends the loop.
			s.command("sleep", `if [[ -e $SANDBOX/slept ]]; then touch "$SANDBOX/again"; exit 1; fi; touch "$SANDBOX/slept"`)
			s.command("slow", `until [[ -e $SANDBOX/again ]]; do :; done; echo "$@"; exit `+strconv.Itoa(code))
			got, output := s.run(s.dir, "internal/tools/progress.sh", "slow", "its output")
			if lines := strings.Split(output, "\n"); got != code || !strings.HasPrefix(lines[0], "Still running after ") || lines[1] != "its output" {
				t.Errorf("exit code %d, want %d, a line of progress and the command's:\n%s", got, code, output)
			}
		})
	}
}

// What make install prints at last finds the provider that it installed, for Terraform
// and for OpenTofu.
func TestInstallSaysWhatIsNext(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.copy("GNUmakefile", "CHANGELOG.md")
	s.command("go", `[[ $1 != build ]] || { mkdir -p bin && touch bin/terraform-provider-bird; }`)
	s.command("terraform", "")
	s.env = append(s.env, "HOME="+s.dir)
	own := filepath.Join(s.dir, "my plugins")
	for _, test := range []struct {
		args      []string
		next, dir string
	}{
		{nil, "terraform init", filepath.Join(s.dir, ".terraform.d", "plugins")},
		{[]string{"PLUGIN_DIR=my plugins"}, "terraform init -plugin-dir='" + own + "'", own},
	} {
		code, output := s.run(s.dir, append([]string{"make", "install"}, test.args...)...)
		if !strings.HasSuffix(output, "Next, in the directory of your configuration: "+test.next+"\n") || code != 0 {
			t.Errorf("make install %v ends with exit code %d, and not with %q:\n%s", test.args, code, test.next, output)
		}
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			if found, err := filepath.Glob(filepath.Join(test.dir, host, "birdvoice", "bird", "*", "*", "terraform-provider-bird_v*")); err != nil || len(found) != 1 {
				t.Errorf("make install %v installs %d providers for %s, want one (%v)", test.args, len(found), host, err)
			}
		}
	}
}

// The command that the README begins with builds the fake server, and runs it.
func TestMakeFakeServerServes(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.copy("GNUmakefile", "CHANGELOG.md")
	s.command("go", `[[ "$*" != "build -o bin/fake-server ./internal/birdtest/cmd" ]] || ln -s "$(type -P true)" "$3"`)
	if code, output := s.run(s.dir, "make", "fake-server"); code != 0 {
		t.Errorf("make fake-server ends with exit code %d:\n%s", code, output)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "bin/fake-server")); err != nil {
		t.Error(err)
	}
}

// Whatever the pages tell readers to make is a target.
func TestMakeHasTheTargetsOfThePages(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root, "GNUmakefile"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", ".github/*.md", "internal/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile("(?m)(?:^|`|&& )make ([a-z][a-z/-]*)").FindAllSubmatch(text, -1) {
				found++
				if !regexp.MustCompile("(?m)^(.* )?" + string(match[1]) + "( .*)?:").Match(makefile) {
					t.Errorf("%s names make %s, which is no target", page, match[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d targets are named", found)
	}
}

// A release sets the version as a build does. The linker ignores a variable that
// does not exist.
func TestReleaseSetsTheVersionAsABuildDoes(t *testing.T) {
	t.Parallel()
	for file, words := range map[string]string{"GNUmakefile": "-X main.version=$(VERSION)", ".goreleaser.yml": "-X main.version={{ .Version }}", "main.go": "var version = "} {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), words) {
			t.Errorf("%s does not contain %q", file, words)
		}
	}
}
