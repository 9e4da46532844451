package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestLoadOfFiftyChannelsStaysWithinTheRateLimit(t *testing.T) {
	t.Parallel()
	const channels, each, limit = 50, 11, 10
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
	requests := server.Requests()
	if len(requests) != channels {
		t.Fatalf("%d requests for %d channels of one page", len(requests), channels)
	}
	// Terraform reads ten channels at once. On a busy machine requests arrive
	// late and then together, so what counts is the time that all of them took:
	// without a limit that all reads share, it is a small part of this.
	least := (channels - 1) * time.Second / limit
	if took := requests[channels-1].At.Sub(requests[0].At); took < least*2/3 {
		t.Errorf("%d requests within %s; a limit of %d a second takes %s", channels, took, limit, least)
	}
}

// TestLoadOfManyReadsLeavesNothingBehind reads 50 times in one provider, with faults
// that depend only on a seed and on what is requested. Each read returns the exact
// calls or an error, as its faults say. At the end, goroutines, connections and
// memory are what they were.
func TestLoadOfManyReadsLeavesNothingBehind(t *testing.T) {
	const reads, seed, maxRetries = 50, 1, 3
	before := goleak.IgnoreCurrent()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 60})
	transient := []birdtest.Fault{{Status: 503}, {Status: 500, Body: "<html>"}, {Drop: true}, {Truncate: 1000}, {Truncate: 1 << 30}}
	permanent := []birdtest.Fault{{Status: 403}, {Status: 200, Body: "[]"}}
	// Reads differ in the ends of their windows, all of which hold every call.
	endAt := func(n int) string { return fmt.Sprintf("2025-01-01T00:00:00.%03d1Z", n) }
	var mu sync.Mutex
	cancels := make(map[string]context.CancelFunc) // of reads under way, by endAt
	fails := make(map[string]bool)                 // reads that must fail, by endAt
	mayFail := make(map[string]bool)               // reads that may: net/http repeats some requests by itself
	server, err := birdtest.Start("127.0.0.1:0", birdtest.Options{Calls: calls, EmptyPages: 1, Fault: func(r birdtest.Request) birdtest.Fault {
		random := r.Rand(seed)
		mu.Lock()
		defer mu.Unlock()
		read := r.Query.Get("endAt")
		switch n := random.IntN(100); {
		case read == endAt(0): // without faults
			return birdtest.Fault{}
		case n < 16:
			mayFail[read] = mayFail[read] || r.Attempt > maxRetries
			return transient[random.IntN(len(transient))]
		case n < 19:
			fails[read] = true
			return permanent[random.IntN(len(permanent))]
		case n < 22: // the read ends while it waits for the server
			fails[read] = true
			cancels[read]()
			return birdtest.Fault{Hang: true}
		case n < 30:
			return birdtest.Fault{Wait: time.Duration(random.IntN(50)) * time.Millisecond}
		}
		return birdtest.Fault{}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s := configured(t, server, object{"max_requests_per_second": 1000, "max_retries": maxRetries})
	// read returns the calls, or the diagnostics.
	read := func(n int) ([]byte, string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		mu.Lock()
		cancels[endAt(n)] = cancel
		mu.Unlock()
		resp := s.read(ctx, "bird_channel_calls", channel(object{"end_at": endAt(n)}))
		if text := diagnosticsText(resp.Diagnostics); text != "" {
			return nil, text
		}
		return encode(t, attributeOf(t, s.value(s.schema.DataSourceSchemas["bird_channel_calls"].ValueType(), resp.State), "calls")), ""
	}
	want, text := read(0)
	if text != "" {
		t.Fatal(text)
	}
	if got := bytes.Count(want, []byte("hangup_source")); got != len(calls) {
		t.Fatalf("%d calls, not %d", got, len(calls))
	}
	start := liveHeap()
	var wg sync.WaitGroup
	var whole, failed atomic.Int32
	next := make(chan int)
	for range 10 {
		wg.Go(func() {
			for n := range next {
				got, text := read(n)
				mu.Lock()
				must, may := fails[endAt(n)], mayFail[endAt(n)]
				mu.Unlock()
				switch {
				case text != "" && (must || may):
					failed.Add(1)
				case text == "" && !must && bytes.Equal(got, want):
					whole.Add(1)
				default:
					t.Errorf("seed %d, read %d, which must fail %t, may fail %t: %d bytes of calls, want %d; diagnostics %q", seed, n, must, may, len(got), len(want), text)
				}
			}
		})
	}
	for n := range reads {
		next <- 1 + n
	}
	close(next)
	wg.Wait()
	if whole.Load() < reads/4 || failed.Load() < reads/20 {
		t.Errorf("%d reads were whole and %d failed: this shows little", whole.Load(), failed.Load())
	}
	if end := liveHeap(); end > start+16<<20 {
		t.Errorf("the heap grew from %d to %d MiB", start>>20, end>>20)
	}
	if open := server.OpenConnections(); open > 32 {
		t.Errorf("%d connections are open", open)
	}
	server.Close()
	goleak.VerifyNone(t, before)
}

// liveHeap returns the size of what is reachable in this process.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what has a finalizer goes with the second one
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
