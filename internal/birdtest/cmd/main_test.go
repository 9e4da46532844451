//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// TestMain is the command itself where a test starts it, and a client of the fake
// server where a script does.
func TestMain(m *testing.M) {
	role := os.Getenv("BIRDTEST_ROLE")
	_ = os.Unsetenv("BIRDTEST_ROLE")
	switch role {
	case "command":
		main()
	case "client":
		printStatus()
	default:
		birdtest.ClearEnvironment()
		os.Exit(watchdog.Run(m))
	}
}

// printStatus requests a page of calls from the server that the environment names,
// and prints the status code.
func printStatus() {
	url := fmt.Sprintf("%s/workspaces/%s/channels/%s/calls?limit=1", os.Getenv("BIRD_BASE_URL"), os.Getenv("TF_VAR_workspace_id"), os.Getenv("TF_VAR_channel_id"))
	req, err := http.NewRequest(http.MethodGet, url, nil) //nolint:noctx // the process is killed with the test
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("BIRD_TOKEN"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
	fmt.Println(resp.StatusCode)
}

// command returns the command with these arguments, in sh where script is not "".
// The script has the command as "$0". What it starts ends with the test.
func command(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{self}, args...)
	if script != "" {
		args = append([]string{"sh", "-c", script}, args...)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "BIRDTEST_ROLE=command", "BIRD_ACCESS_KEY=the user's own")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	killGroup := func() {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}
	// Only what hangs takes so long, also on a busy machine.
	timer := time.AfterFunc(time.Minute, func() {
		t.Errorf("%v hangs", args[1:])
		killGroup()
	})
	t.Cleanup(func() {
		timer.Stop()
		killGroup()
	})
	return cmd
}

// serving starts the command, and returns the URL that its output has, and the
// rest of the output, which ends with the last process that writes it.
func serving(t *testing.T, cmd *exec.Cmd) (url string, rest *bufio.Reader) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	rest = bufio.NewReader(out)
	for {
		line, err := rest.ReadString('\n')
		if err != nil {
			t.Fatalf("the command ended (%v)", err)
		}
		if _, url, found := strings.Cut(strings.TrimSpace(line), "BIRD_BASE_URL="); found {
			return url, rest
		}
	}
}

// status runs printStatus in a script that has the test binary as "$0".
const status = `BIRDTEST_ROLE=client "$0"`

func TestServesWhileACommandRuns(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]struct {
		output string
		code   int
	}{
		status:                              {"200\n", 0},
		`echo "key=$BIRD_ACCESS_KEY"`:       {"key=\n", 0},
		`echo "$BIRD_WORKSPACE_ID" | wc -c`: {"37\n", 0},
		"exit 7":                            {"", 7},
		"kill -9 $$":                        {"", 1},
		"cat":                               {"", 0}, // its input is that of the command, which has ended
	} {
		cmd := command(t, "", "-calls", "3", "sh", "-c", script, self)
		out, _ := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); strings.ReplaceAll(string(out), " ", "") != want.output || code != want.code {
			t.Errorf("%s: exit code %d and %q, not %d and %q", script, code, out, want.code, want.output)
		}
	}
	missing := command(t, "", "no-such-command")
	out, _ := missing.CombinedOutput()
	if code := missing.ProcessState.ExitCode(); code != 127 || !strings.Contains(string(out), "no-such-command") {
		t.Errorf("a command that does not exist: exit code %d and %s", code, out)
	}
}

// The lines for a shell are for the plain sh, too.
func TestPrintsLinesForAShell(t *testing.T) {
	t.Parallel()
	cmd := command(t, `"$0" >env & server=$!
until grep -q TF_VAR_channel_id env; do kill -0 $server || exit; done
. ./env
echo "key=$BIRD_ACCESS_KEY"
`+status+`
kill $server
wait $server
echo "ended with $?"`)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if want := "key=\n200\nended with 0\n"; err != nil || string(out) != want {
		t.Errorf("the script printed %q, not %q (%v)", out, want, err)
	}
}

func TestSaysWhereItIs(t *testing.T) {
	t.Parallel()
	cmd := command(t, "", "-calls", "7", "-days", "2")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	url, rest := serving(t, cmd)
	resp, err := http.Get(url) //nolint:noctx // the server is of this test
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, rest); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C: %v", err)
	}
	unset := stderr.String()[strings.LastIndex(stderr.String(), "unset "):]
	for _, variable := range []string{"BIRD_BASE_URL", "BIRD_TOKEN", "BIRD_WORKSPACE_ID", "BIRD_CHANNEL_ID", "TF_VAR_workspace_id", "TF_VAR_channel_id"} {
		if !slices.Contains(strings.Fields(unset), variable) {
			t.Errorf("in the end it prints %q, without %s", unset, variable)
		}
	}
	if want := "The fake server is at " + url + ", with 7 calls of the last 2 days. Ctrl-C ends it."; !strings.Contains(stderr.String(), want) {
		t.Errorf("it says %q, not %q", stderr.String(), want)
	}
}

// listed is what the tests of the flags look at in a call.
type listed struct {
	ID, CreatedAt, Type string
	Originator          struct {
		Number struct{ CountryISOCode string }
	}
}

// list returns the first thousand calls of a query from a running server.
func list(t *testing.T, url, query string) (calls []listed) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/workspaces/"+birdtest.DefaultWorkspaceID+"/channels/"+birdtest.DefaultChannelID+"/calls?limit=1000"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+birdtest.DefaultToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct{ Results []listed }
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	return page.Results
}

// Each flag changes what the server does.
func TestFlags(t *testing.T) {
	t.Parallel()
	inOrder := func(calls []listed, compare func(a, b string) int) bool {
		return slices.IsSortedFunc(calls, func(a, b listed) int { return compare(a.CreatedAt[:19], b.CreatedAt[:19]) })
	}
	oldestFirst := func(calls []listed) bool { return inOrder(calls, strings.Compare) }
	newestFirst := func(calls []listed) bool {
		return inOrder(calls, func(a, b string) int { return strings.Compare(b, a) })
	}
	tunisian := func(calls []listed) bool {
		return slices.ContainsFunc(calls, func(c listed) bool { return c.Originator.Number.CountryISOCode == "TN" })
	}
	oldest := func(calls []listed) time.Duration {
		created, err := time.Parse(time.RFC3339, calls[len(calls)-1].CreatedAt)
		if err != nil {
			t.Error(err)
		}
		return time.Since(created)
	}
	few := []string{"-calls", "300"}
	plain, _ := serving(t, command(t, "", few...))
	first := list(t, plain, "")[0].ID
	ofBound := func(bound string) func(calls []listed, get func(string) []listed) bool {
		return func(calls []listed, get func(string) []listed) bool {
			return slices.ContainsFunc(get("&"+bound+"="+calls[9].CreatedAt), func(c listed) bool { return c.ID == calls[9].ID })
		}
	}
	tests := map[string]struct {
		args []string
		is   func(calls []listed, get func(string) []listed) bool
		want bool // with the flag; the opposite without
	}{
		"addr":            {}, // TestRefusesATakenPortAndWrongFlags
		"calls":           {[]string{"-calls", "7"}, func(calls []listed, _ func(string) []listed) bool { return len(calls) == 7 }, true},
		"days":            {[]string{"-days", "2"}, func(calls []listed, _ func(string) []listed) bool { return oldest(calls) < 50*time.Hour }, true},
		"seed":            {[]string{"-seed", "2"}, func(calls []listed, _ func(string) []listed) bool { return calls[0].ID == first }, false},
		"incident":        {[]string{"-incident", "one-ring"}, func(calls []listed, _ func(string) []listed) bool { return tunisian(calls) }, true},
		"order":           {[]string{"-order", "oldest"}, func(calls []listed, _ func(string) []listed) bool { return oldestFirst(calls) }, true},
		"order none":      {[]string{"-order", "none"}, func(calls []listed, _ func(string) []listed) bool { return newestFirst(calls) || oldestFirst(calls) }, false},
		"start-exclusive": {[]string{"-start-exclusive"}, ofBound("startAt"), false},
		"end-exclusive":   {[]string{"-end-exclusive"}, ofBound("endAt"), false},
		"ignore": {[]string{"-ignore", "type"}, func(_ []listed, get func(string) []listed) bool {
			return slices.ContainsFunc(get("&type=sip"), func(c listed) bool { return c.Type != "sip" })
		}, true},
		"latency": {[]string{"-latency", "500ms"}, func(_ []listed, get func(string) []listed) bool {
			began := time.Now()
			get("")
			return time.Since(began) >= 500*time.Millisecond
		}, true},
	}
	usage, _ := command(t, "", "-h").CombinedOutput()
	for _, flag := range regexp.MustCompile(`(?m)^  -([a-z-]+)(?: |$)`).FindAllStringSubmatch(string(usage), -1) {
		if _, ok := tests[flag[1]]; !ok {
			t.Errorf("the flag -%s is not tried", flag[1])
		}
	}
	for name, test := range tests {
		if test.is == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flagged, _ := serving(t, command(t, "", slices.Concat(few, test.args)...))
			for url, want := range map[string]bool{flagged: test.want, plain: !test.want} {
				if url == plain && name == "latency" {
					continue // a busy machine is slow, too
				}
				get := func(query string) []listed { return list(t, url, query) }
				if calls := get(""); len(calls) == 0 || test.is(calls, get) != want {
					t.Errorf("%d calls of %s, and with %v the server does not differ from one without", len(calls), url, test.args)
				}
			}
		})
	}
}

// A script that is killed leaves neither the server nor the command that it runs.
func TestEndsWithItsParent(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"server":  `"$0" & wait`,
		"command": `"$0" sh -c 'echo "BIRD_BASE_URL=$BIRD_BASE_URL"; exec sleep 600' & wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, script)
			_, rest := serving(t, cmd)
			if err := cmd.Process.Kill(); err != nil { // the shell alone
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, rest); err != nil { // ends with the last process
				t.Fatal(err)
			}
			_ = cmd.Wait()
		})
	}
}

// A signal to the server ends the command that it runs, but Ctrl-C is the
// command's: a terminal sends it to both.
func TestSignals(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]string{syscall.SIGTERM: "asked", syscall.SIGHUP: "asked", syscall.SIGINT: "input ended"} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			cmd := command(t, "", "sh", "-c", `trap 'echo asked; exit 3' TERM; echo "BIRD_BASE_URL=x"; read line; echo "input ended"; exit 3`)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			_, rest := serving(t, cmd)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if signal == syscall.SIGINT {
				_ = in.Close()
			}
			out, err := io.ReadAll(rest)
			if err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if strings.TrimSpace(string(out)) != want || cmd.ProcessState.ExitCode() != 3 {
				t.Errorf("the command printed %q, not %q, and the exit code is %d", out, want, cmd.ProcessState.ExitCode())
			}
		})
	}
}

func TestRefusesATakenPortAndWrongFlags(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed below
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"-addr", taken.Addr().String()}, `^Another program uses 127\.0\.0\.1:\d+\. Name another port with -addr, or leave out -addr for a free one\.\n$`},
		{[]string{"-addr", taken.Addr().String(), "touch", "started"}, `^Another program uses`},
		{[]string{"-addr", "0.0.0.0:0"}, `^0\.0\.0\.0 is not a loopback address\n$`},
		{[]string{"-calls", "-1"}, `^-calls must not be negative`},
		{[]string{"-days", "0"}, `-days must be at least 1\n$`},
		{[]string{"-order", "any"}, `^-order must be newest, oldest or none\n$`},
		{[]string{"-incident", "one_ring"}, `^There is no incident one_ring\. The incidents are abandoned-calls, .*one-ring.*\.\n$`},
		{[]string{"-port", "1"}, `flag provided but not defined: -port(?s:.*)\[command \[arguments\]\]`},
	} {
		cmd := command(t, "", test.args...)
		cmd.Dir = t.TempDir()
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if left, _ := os.ReadDir(cmd.Dir); err == nil || stdout.Len() > 0 || len(left) > 0 || !regexp.MustCompile(test.says).Match(stderr.Bytes()) {
			t.Errorf("%v: %v, and it says %q and %q, not %q", test.args, err, stdout.String(), stderr.String(), test.says)
		}
	}
}
