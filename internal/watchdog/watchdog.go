// Package watchdog ends the tests of a package where one of them hangs, and names it.
//
// Go itself does so after the time of -timeout, which must be long enough for all
// tests of a package on a busy machine. The watchdog sees within a minute or so that
// nothing gets on: either the tests keep the processor busy while none of them begins
// or ends, or they do nothing at all.
package watchdog

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// limits are how long no test may begin or end. How busy the machine is matters to
// neither of the first two.
type limits struct {
	busy time.Duration // of the processor's time; no test takes a third of it
	idle time.Duration // in which the process does nothing
	wait time.Duration // in which it does nothing but wait for another process
}

var defaults = limits{busy: 40 * time.Second, idle: 30 * time.Second, wait: 5 * time.Minute}

// Run runs the tests, and returns the exit code for [os.Exit]. It is all that a
// TestMain needs. Benchmarks and fuzzing take as long as they like, and so does
// everything with -timeout 0, as for a debugger.
func Run(m *testing.M) int {
	if !flag.Parsed() {
		flag.Parse()
	}
	for name, unset := range map[string]string{"test.bench": "", "test.fuzz": "", "test.fuzzworker": "false"} {
		if flag.Lookup(name).Value.String() != unset {
			return m.Run()
		}
	}
	if flag.Lookup("test.timeout").Value.String() != "0s" {
		go watch(defaults, time.Second, func(message, stacks string) {
			fmt.Fprintf(os.Stderr, "panic: %s\n\n%s", message, stacks)
			os.Exit(2)
		})
	}
	return m.Run()
}

// watch looks at the tests in every interval, and reports once that they hang.
func watch(most limits, interval time.Duration, report func(message, stacks string)) {
	var ids string
	var began, used time.Duration // processor time
	var idle time.Duration        // by the looks, since tests change time.Local, which time.Now reads
	text := make([]byte, 64<<10)  // kept, since tests measure what is allocated
	for {
		var stacks string
		stacks, text = allStacks(text)
		names, now := running(stacks)
		switch cpu := processorTime(); {
		case now != ids:
			ids, began, used, idle = now, cpu, cpu, 0
		case cpu-began > most.busy:
			report(fmt.Sprintf("%s hangs: no test began or ended in %s of processor time", strings.Join(names, " or "), most.busy), stacks)
			return
		default:
			// It gets on if it took more time than the watchdog itself does, or if a busy machine lets it wait.
			if idle += interval; cpu-used > interval/20 || strings.Contains(stacks, " [runnable") {
				idle = 0
			}
			used = cpu
			limit := most.idle
			if strings.Contains(stacks, "os.(*Process).Wait(") {
				limit = most.wait
			}
			if idle > limit {
				report(fmt.Sprintf("%s hangs: nothing happened for %s", strings.Join(names, " or "), limit), stacks)
				return
			}
		}
		time.Sleep(interval)
	}
}

var (
	goroutine = regexp.MustCompile(`^goroutine \d+ `)
	test      = regexp.MustCompile(`\.((?:Test|Fuzz|Example)\w+)[(.]`)
)

// running returns the names of the tests that run, and the goroutines of the tests
// and their parts as a text that changes when one begins or ends.
func running(stacks string) (names []string, ids string) {
	var waiting []string // for their parts, whose functions may have other names
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		if !strings.Contains(stack, "\ntesting.tRunner(") && !strings.Contains(stack, "\ntesting.runExample(") {
			continue
		}
		ids += goroutine.FindString(stack)
		name := test.FindStringSubmatch(stack)
		switch {
		case name == nil || name[1] == "TestMain" || strings.Contains(stack, "\ntesting.(*T).Parallel("): // it waits for its turn
		case strings.Contains(stack, "\ntesting.(*T).Run("):
			waiting = append(waiting, name[1])
		case !slices.Contains(names, name[1]):
			names = append(names, name[1])
		}
	}
	if names == nil {
		names = waiting
	}
	return names, ids
}

// allStacks returns the stacks of all goroutines, and the memory that it read them
// into, which is text or, if that is too small, more.
func allStacks(text []byte) (string, []byte) {
	for {
		n := runtime.Stack(text, true)
		if n < len(text) || n >= 64<<20 {
			return string(text[:n]), text
		}
		text = make([]byte, 2*len(text))
	}
}
