package provider_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-version"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// buildProvider builds the binary that users run, once.
var buildProvider = sync.OnceValues(func() (string, error) {
	return build("terraform-provider-bird_v0.0.1", "-ldflags", "-s -w -X main.version=0.0.1", ".")
})

// buildFakeServer builds the fake-server command, once.
var buildFakeServer = sync.OnceValues(func() (string, error) { return build("fake-server", "./internal/birdtest/cmd") })

// build builds a command of this module, and returns its path.
func build(name string, args ...string) (string, error) {
	path := filepath.Join(buildDir, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.CommandContext(context.Background(), "go", append([]string{"build", "-C", "../..", "-o", path}, args...)...).CombinedOutput()
	if err != nil {
		return "", errors.New(err.Error() + "\n" + string(out))
	}
	return path, nil
}

// workspace is a directory with a configuration, where terraform finds the
// built provider as it finds those of the Registry.
type workspace struct {
	t   *testing.T
	dir string
	env []string
}

// newWorkspace makes a workspace and runs terraform init in it. The provider
// is configured by the environment for the fake server.
func newWorkspace(t *testing.T, server *birdtest.Server, config string) *workspace {
	t.Helper()
	w := newEmptyWorkspace(t, server)
	w.write("main.tf", "terraform {\n  required_providers {\n    bird = {\n      source = \"birdvoice/bird\"\n    }\n  }\n}\n\n"+config)
	w.run("init", "-input=false")
	return w
}

// newEmptyWorkspace makes a workspace without a configuration, and without
// terraform init.
func newEmptyWorkspace(t *testing.T, server *birdtest.Server) *workspace {
	t.Helper()
	needTerraform(t)
	binary, err := buildProvider()
	if err != nil {
		t.Fatal(err)
	}
	w := &workspace{t: t, dir: t.TempDir()}
	cli := filepath.Join(w.dir, "cli.tfrc")
	w.env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_CONFIG_FILE="+cli,
		"BIRD_BASE_URL="+server.URL(), "BIRD_TOKEN="+birdtest.DefaultToken)
	mirror := filepath.Join(w.dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		target := filepath.Join(mirror, host, "birdvoice", "bird", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(target, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(binary, filepath.Join(target, filepath.Base(binary))); err != nil {
			t.Fatal(err)
		}
	}
	w.write("cli.tfrc", "provider_installation {\n  filesystem_mirror {\n    path = \""+filepath.ToSlash(mirror)+"\"\n  }\n}\n")
	return w
}

func (w *workspace) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

func (w *workspace) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	// Killed where it hangs, or where the test ends before it.
	ctx, cancel := context.WithTimeout(w.t.Context(), hang)
	w.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, terraform, append(args, "-no-color")...)
	cmd.WaitDelay = hang // a provider without a terraform may hold the pipe
	var output bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, w.env, &output, &output
	return cmd, &output
}

// try runs terraform and returns its exit code and what it printed.
func (w *workspace) try(args ...string) (int, string) {
	w.t.Helper()
	cmd, output := w.command(args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), output.String()
}

// run runs terraform, which must succeed, and returns what it printed.
func (w *workspace) run(args ...string) string {
	w.t.Helper()
	code, output := w.try(args...)
	if code != 0 {
		w.t.Fatalf("terraform %v: exit code %d\n%s", args, code, output)
	}
	return output
}

// interrupt runs terraform in a process group of its own and, when the time
// has come, does what Ctrl-C does. It returns what terraform printed, which must
// end.
func (w *workspace) interrupt(when <-chan struct{}, args ...string) string {
	w.t.Helper()
	cmd, output := w.command(args...)
	if err := startGroup(cmd); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-when:
	case <-ended:
		w.t.Fatalf("terraform %v ended before it was interrupted\n%s", args, output)
	case <-time.After(hang / 2):
		killGroup(cmd)
		<-ended
		w.t.Fatalf("the read did not begin\n%s", output)
	}
	if err := interruptGroup(cmd); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(hang / 2):
		killGroup(cmd)
		<-ended
		w.t.Fatalf("terraform %v did not end after an interrupt\n%s", args, output)
	}
	if !groupEnded(cmd) {
		w.t.Errorf("a process of terraform %v is still there", args)
		killGroup(cmd)
	}
	return output.String()
}

// peakHeap returns how many bytes the objects of the provider's process took at
// most that were in use, while do ran. What the garbage collector has not
// collected yet depends on how busy the machine is, and does not count.
func (w *workspace) peakHeap(do func()) int {
	w.t.Helper()
	binary, err := buildProvider()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(w.t.Context(), binary, "-debug")
	// The collector says after each cycle what was in use: #->#->64 MB. It runs
	// whenever the heap has grown by a fifth.
	cmd.Env = append(slices.Clone(w.env), "GODEBUG=gctrace=1", "GOGC=20")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	defer end()
	// The provider says how Terraform finds it: NAME='JSON'.
	reattach := ""
	for scanner := bufio.NewScanner(out); reattach == "" && scanner.Scan(); {
		if name, value, ok := strings.Cut(strings.TrimSpace(scanner.Text()), "="); ok && name == "TF_REATTACH_PROVIDERS" {
			reattach = name + "=" + strings.Trim(value, "'")
		}
	}
	// OpenTofu looks for its own registry's provider.
	w.env = append(w.env, strings.Replace(reattach, "registry.terraform.io", os.Getenv("TF_ACC_PROVIDER_HOST"), 1))
	do()
	end()
	peak := 0
	for _, cycle := range regexp.MustCompile(`\d+->\d+->(\d+) MB`).FindAllStringSubmatch(trace.String(), -1) {
		inUse, err := strconv.Atoi(cycle[1])
		if err != nil {
			w.t.Fatal(err)
		}
		peak = max(peak, inUse)
	}
	if peak == 0 {
		w.t.Fatalf("the garbage collector printed:\n%s", trace.String())
	}
	return peak << 20
}

// needVersion skips a test that an older Terraform or OpenTofu cannot run.
func needVersion(t *testing.T, terraformSince, tofuSince string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), terraform, "version", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var is struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &is); err != nil {
		t.Fatal(err)
	}
	since := terraformSince
	if strings.Contains(filepath.Base(terraform), "tofu") {
		since = tofuSince
	}
	if version.Must(version.NewVersion(is.Terraform)).LessThan(version.Must(version.NewVersion(since))) {
		t.Skipf("version %s has no ephemeral resources; they came with %s", is.Terraform, since)
	}
}

// unzipped returns the contents of a saved plan, which is a zip file.
func unzipped(t *testing.T, archive string) string {
	t.Helper()
	reader, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, file := range reader.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, content); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// dataChannelCalls is the configuration of the fake server's channel.
func dataChannelCalls(more string) string {
	return fmt.Sprintf("data \"bird_channel_calls\" \"test\" {\n  workspace_id = %q\n  channel_id   = %q\n%s\n}\n",
		birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, more)
}
