package bird_test

import (
	"context"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func BenchmarkSortCalls(b *testing.B) {
	shuffled := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 50_000})
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	calls := make([]bird.Call, len(shuffled))
	b.ReportAllocs()
	for b.Loop() {
		copy(calls, shuffled)
		bird.SortCalls(calls)
	}
}

// BenchmarkCalls reads 200,000 calls of a month from a server that rejects the
// 51st request of any second, near and far. The metric floor-ns is what the pages
// take at that rate.
func BenchmarkCalls(b *testing.B) {
	// The fake server's calls are in this process, where the collector would go
	// through them again and again; the provider's process has none of them.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	const rate, days = bird.DefaultRequestsPerSecond, 30
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 200_000, Days: days})
	want := make([]string, len(calls))
	for i := range calls {
		want[i] = calls[i].ID
	}
	slices.Sort(want)
	floor := time.Second * time.Duration(len(calls)/1000) / rate
	end := birdtest.DefaultStart.AddDate(0, 0, days)
	for _, way := range []struct {
		name    string
		start   time.Time
		latency time.Duration
		options birdtest.Options
	}{
		{"parallel/latency=20ms", birdtest.DefaultStart, 20 * time.Millisecond, birdtest.Options{Order: birdtest.Descending}},
		{"parallel/latency=100ms", birdtest.DefaultStart, 100 * time.Millisecond, birdtest.Options{Order: birdtest.Descending}},
		{"parallel/latency=300ms", birdtest.DefaultStart, 300 * time.Millisecond, birdtest.Options{Order: birdtest.Descending}},
		{"parallel/latency=1000ms", birdtest.DefaultStart, time.Second, birdtest.Options{Order: birdtest.Descending}},
		{"parallel/latency=100ms/order=ascending", birdtest.DefaultStart, 100 * time.Millisecond, birdtest.Options{EndExclusive: true}},
		{"sequential/latency=100ms", time.Time{}, 100 * time.Millisecond, birdtest.Options{Order: birdtest.Descending}}, // without a start, page follows page, as in a list without order
	} {
		query := bird.CallsQuery{StartAt: way.start, EndAt: end}
		b.Run("way="+way.name, func(b *testing.B) {
			options := way.options
			options.Calls, options.Latency, options.RequestsPerSecond, options.Limit = calls, way.latency, rate, birdtest.SlidingWindow
			server := birdtest.NewServer(b, options)
			base, err := bird.ParseBaseURL(server.URL())
			if err != nil {
				b.Fatal(err)
			}
			var rejected atomic.Int64
			var got []string
			for b.Loop() {
				// A client that has not met the service yet, as that of a plan.
				client := bird.New(bird.Config{
					Credential: bird.BearerToken(birdtest.DefaultToken), BaseURL: base, RequestsPerSecond: rate, MaxRetries: bird.DefaultMaxRetries,
					OnRetry: func(context.Context, bird.Retry) { rejected.Add(1) },
				})
				got = got[:0]
				for page, err := range client.ChannelCalls(b.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query) {
					if err != nil {
						b.Fatal(err)
					}
					for i := range page.Items {
						got = append(got, page.Items[i].ID)
					}
				}
				client.Close()
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				b.Errorf("%d calls, not the %d of the data set", len(got), len(want))
			}
			b.ReportMetric(float64(len(server.Requests()))/float64(b.N), "requests")
			b.ReportMetric(float64(len(calls)/1000), "pages")
			b.ReportMetric(float64(rejected.Load())/float64(b.N), "rejected")
			b.ReportMetric(float64(floor), "floor-ns")
		})
	}
}
