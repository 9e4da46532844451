package statistics_test

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// responses answers requests with so many calls, page by page. The page token is the
// number of the page. There are two hundred calls a day, or more in a year.
type responses int

func (count responses) RoundTrip(req *http.Request) (*http.Response, error) {
	page, _ := strconv.Atoi(req.URL.Query().Get("pageToken"))
	next := ""
	if 1000*(page+1) < int(count) {
		next = strconv.Itoa(page + 1)
	}
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(page), Calls: 1000, Days: min(int(count)/200, 365)})
	body, err := json.Marshal(map[string]any{"results": calls, "nextPageToken": next}, json.OmitZeroStructFields(true))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
}

// costOfCalls reads calls into statistics by day and country, and returns how
// many bytes it takes at most while they are read, and while the statistics are
// computed. What is kept is what survives a collection, so that nothing depends
// on when the collector runs.
func costOfCalls(tb testing.TB, count int) (reading, computing int) {
	tb.Helper()
	heap := func() int {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int(stats.HeapAlloc)
	}
	client := bird.New(bird.Config{Transport: responses(count), RequestsPerSecond: 1_000_000})
	defer client.Close()
	before := heap()
	s, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"day", "receiver_country"}, Thresholds: statistics.DefaultThresholds})
	if err != nil {
		tb.Fatal(err)
	}
	seen := 0
	for page, err := range client.ChannelCalls(tb.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, bird.CallsQuery{}) {
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.Add(page); err != nil {
			tb.Fatal(err)
		}
		if seen += len(page.Items); seen == count { // no page is in flight any more
			reading = heap() - before
		}
	}
	kept := heap() - before // without the ids
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	summary := s.Summary()
	runtime.ReadMemStats(&end)
	if summary.TotalCalls != int64(count) || len(summary.Groups) < 800 {
		tb.Errorf("%d calls in %d groups", summary.TotalCalls, len(summary.Groups))
	}
	return reading, kept + int(end.TotalAlloc-start.TotalAlloc) // as if nothing were collected
}

// A sixteenth of what is allowed besides is enough here, so that the bound on a call
// is felt.
func TestSummarizerKeepsLittleOfACall(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	const count = 30_000
	reading, computing := costOfCalls(t, count)
	if bound := 140*count + 4<<20; max(reading, computing) > bound {
		t.Errorf("%d bytes while reading, %d while computing, more than %d", reading, computing, bound)
	}
	t.Logf("%d bytes a call while reading, %d while computing", reading/count, computing/count)
}

// BenchmarkSummarizer shows what statistics of 2,000,000 calls by day and
// country keep of a call, and holds them to 140 bytes for each and 64 MiB.
func BenchmarkSummarizer(b *testing.B) {
	const count, bound = 2_000_000, 140*2_000_000 + 64<<20
	for b.Loop() {
		reading, computing := costOfCalls(b, count)
		if max(reading, computing) > bound {
			b.Errorf("%d bytes while reading, %d while computing, more than %d", reading, computing, bound)
		}
		b.ReportMetric(float64(reading), "reading-bytes")
		b.ReportMetric(float64(computing), "computing-bytes")
		b.ReportMetric(bound, "bound-bytes")
	}
}
