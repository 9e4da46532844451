package watchdog

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

// hangs are tests that hang in a process of their own.
var hangs = map[string]func(t *testing.T){
	"spins": func(*testing.T) {
		for n := 0; n >= 0; n = (n + 1) % 3 {
		}
	},
	"blocks": func(*testing.T) { <-make(chan int) },
	"spins in a part": func(t *testing.T) {
		t.Run("part", func(*testing.T) {
			for n := 0; n >= 0; n = (n + 1) % 3 {
			}
		})
	},
	"waits for a process": func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHangs$", "-test.timeout=10m") // with a timer, so that Go sees no deadlock
		cmd.Env = append(os.Environ(), "WATCHDOG_HANGS=blocks", "WATCHDOG_OFF=1")
		_ = cmd.Run()
	},
}

func TestHangs(t *testing.T) {
	hang := hangs[os.Getenv("WATCHDOG_HANGS")]
	if hang == nil {
		t.Skip("TestRunEndsATestThatHangs runs it in a process of its own")
	}
	if os.Getenv("WATCHDOG_OFF") == "" {
		go watch(limits{busy: time.Second, idle: time.Second, wait: 2 * time.Second}, 100*time.Millisecond, func(message, stacks string) {
			panic(message + "\n" + stacks)
		})
	}
	hang(t)
}

func TestRunEndsATestThatHangs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"spins":               "TestHangs hangs: no test began or ended in 1s of processor time",
		"blocks":              "TestHangs hangs: nothing happened for 1s",
		"spins in a part":     "TestHangs hangs: no test began or ended in 1s of processor time",
		"waits for a process": "TestHangs hangs: nothing happened for 2s",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHangs$", "-test.v")
			cmd.Env = append(os.Environ(), "WATCHDOG_HANGS="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: "+want) {
				t.Errorf("%v, without %q:\n%s", err, want, out)
			}
		})
	}
}
