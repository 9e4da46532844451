package provider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestFiftyChannelsStayWithinTheRateLimit(t *testing.T) {
	t.Parallel()
	const channels, each, limit = 50, 110, 20
	var calls []bird.Call
	var ids []string
	for i := range channels {
		id := fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
		ids = append(ids, strconv.Quote(id))
		calls = append(calls, birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(i), Calls: each, ChannelID: id})...)
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	w := newWorkspace(t, server, fmt.Sprintf(`
provider "bird" {
  max_requests_per_second = %d
}

data "bird_channel_calls" "test" {
  for_each     = toset([%s])
  workspace_id = %q
  channel_id   = each.key
}

output "complete" {
  value = length([for channel, read in data.bird_channel_calls.test : channel if length(distinct([for call in read.calls : call.id if call.channel_id == channel])) == %d])
}
`, limit, strings.Join(ids, ", "), birdtest.DefaultWorkspaceID, each))
	w.run("apply", "-auto-approve", "-input=false")
	if complete := strings.TrimSpace(w.run("output", "-raw", "complete")); complete != strconv.Itoa(channels) {
		t.Errorf("%s channels are complete, not %d", complete, channels)
	}
	if n := len(server.Requests()); n != channels {
		t.Errorf("%d requests for %d channels of one page", n, channels)
	}
	if busiest := server.BusiestSecond(); busiest > limit+limit/10 {
		t.Errorf("%d requests in one second, with a limit of %d", busiest, limit)
	}
	if highest := server.MaxInFlight(); highest > 32 {
		t.Errorf("%d requests at once", highest)
	}
}

// TestManyReadsLeaveNothingBehind reads 200 times in one provider, with faults
// at random: each read gives the exact set of calls or an error, and at the end
// goroutines, connections and memory are what they were.
func TestManyReadsLeaveNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 300})
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	var faulty atomic.Bool
	faults := []birdtest.Fault{{Status: 503}, {Status: 500, Body: "<html>"}, {Drop: true}, {Truncate: 1000}, {Truncate: 300_000}, {Status: 403}, {Wait: 50 * time.Millisecond}, {Status: 200, Body: "{"}}
	server, err := birdtest.Start("127.0.0.1:0", birdtest.Options{Calls: calls, EmptyPages: 1, Fault: func(birdtest.Request) birdtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if faulty.Load() && random.IntN(100) < 20 {
			return faults[random.IntN(len(faults))]
		}
		return birdtest.Fault{}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s := stand(t, server, object{"max_requests_per_second": 1000, "max_retries": 3})
	// read gives the answer, or the diagnostics of a read that may take as long.
	read := func(atMost time.Duration) ([]byte, string) {
		ctx, cancel := context.WithTimeout(context.Background(), atMost)
		defer cancel()
		resp := s.read(ctx, "bird_channel_calls", channel(object{"start_at": "2024-02-01T00:00:00Z"}))
		if text := diagnosticsText(resp.Diagnostics); text != "" {
			return nil, text
		}
		return resp.State.MsgPack, ""
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	faulty.Store(false)
	want, text := read(time.Minute)
	if text != "" {
		t.Fatal(text)
	}
	if got := len(elements(t, s.state("bird_channel_calls", channel(nil)), "calls")); got != len(calls) {
		t.Fatalf("%d calls, not %d", got, len(calls))
	}
	faulty.Store(true)
	start := heap()
	var wg sync.WaitGroup
	var whole, failed int
	for range 10 {
		wg.Go(func() {
			for i := range 20 {
				atMost := 5 * time.Minute
				if i%10 == 0 {
					atMost = 20 * time.Millisecond
				}
				got, text := read(atMost)
				mu.Lock()
				switch {
				case text != "":
					failed++
				case bytes.Equal(got, want):
					whole++
				default:
					t.Error("other calls, and no error")
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if whole < 20 || failed < 20 {
		t.Errorf("%d reads were whole and %d failed: this shows little", whole, failed)
	}
	if end := heap(); end > start+16<<20 {
		t.Errorf("the heap grew from %d to %d MiB", start>>20, end>>20)
	}
	if open := server.OpenConnections(); open > 32 {
		t.Errorf("%d connections are open", open)
	}
	server.Close()
	goleak.VerifyNone(t, before)
}

// TestACrashTellsNoSecret makes the provider crash in the middle of a read.
func TestACrashTellsNoSecret(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the provider's process is found in /proc, which only Linux has")
	}
	began := make(chan struct{}, 10)
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		began <- struct{}{}
		return birdtest.Fault{Hang: true}
	}})
	w := newWorkspace(t, server, dataChannelCalls(""))
	w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
	cmd, output := w.command("plan", "-input=false")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-began:
	case <-time.After(time.Minute):
		t.Error("the read did not begin")
	}
	children := childrenOf(t, cmd.Process.Pid)
	for _, pid := range children {
		process, err := os.FindProcess(pid)
		if err == nil {
			err = process.Signal(syscall.SIGABRT)
		}
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the plan succeeded")
	}
	log := w.read("trace.log")
	if !strings.Contains(log, "SIGABRT") || !strings.Contains(log, "internal/bird.(*Client)") {
		t.Errorf("no crash was seen; terraform printed:\n%s", output)
	}
	for name, content := range map[string]string{"log": log, "output": output.String()} {
		if strings.Contains(content, birdtest.DefaultToken) {
			t.Errorf("the credential is in the %s", name)
		}
	}
}

// childrenOf gives the processes that a process started.
func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent …
		_, rest, _ := strings.Cut(string(content), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, pid)
		}
	}
	if len(children) == 0 {
		t.Fatal("the provider's process was not found")
	}
	return slices.Compact(children)
}
