package bird_test

import (
	"bytes"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func BenchmarkDecode(b *testing.B) {
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 1000})
	body, err := json.Marshal(map[string]any{"results": calls, "nextPageToken": "next"}, json.OmitZeroStructFields(true))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		got, err := bird.DecodeResponse(bytes.NewReader(body))
		if err != nil || len(got) != len(calls) {
			b.Fatal(len(got), err)
		}
	}
}

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

// BenchmarkCalls reads from a server that takes 100 ms for an answer and allows
// 50 requests a second. The metric floor-ns is what the requests of a read in
// sequence take at that rate.
func BenchmarkCalls(b *testing.B) {
	// The stand-in's calls are in this process, where the collector would go
	// through them again and again; the provider's process has none of them.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	const latency, rate, days = 100 * time.Millisecond, bird.DefaultRequestsPerSecond, 30
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
		start   *time.Time
		options birdtest.Options
	}{
		{"parallel/order=ascending", &birdtest.DefaultStart, birdtest.Options{}},
		{"parallel/order=descending", &birdtest.DefaultStart, birdtest.Options{Order: birdtest.Descending}},
		{"parallel/order=shuffled", &birdtest.DefaultStart, birdtest.Options{Order: birdtest.Shuffled}},
		{"parallel/order=ascending,end=exclusive", &birdtest.DefaultStart, birdtest.Options{EndExclusive: true}},
		{"sequential", nil, birdtest.Options{}}, // without a start, page follows page
	} {
		query := bird.CallsQuery{StartAt: way.start, EndAt: &end}
		b.Run("way="+way.name, func(b *testing.B) {
			options := way.options
			options.Calls, options.Latency, options.RequestsPerSecond = calls, latency, rate
			server := birdtest.NewServer(b, options)
			base, err := bird.ParseBaseURL(server.URL())
			if err != nil {
				b.Fatal(err)
			}
			client := bird.New(bird.Config{Credential: bird.BearerToken(birdtest.DefaultToken), BaseURL: base, RequestsPerSecond: rate})
			defer client.Close()
			var got []string
			for b.Loop() {
				got = got[:0]
				for page, err := range client.ChannelCalls(b.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query) {
					if err != nil {
						b.Fatal(err)
					}
					for i := range page.Items {
						got = append(got, page.Items[i].ID)
					}
				}
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				b.Errorf("%d calls, not the %d of the data set", len(got), len(want))
			}
			b.ReportMetric(float64(len(server.Requests()))/float64(b.N), "requests")
			b.ReportMetric(float64(floor), "floor-ns")
		})
	}
}
