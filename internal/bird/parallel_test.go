package bird_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// newTransportClient returns a client with the defaults of a server in a bubble.
func newTransportClient(t testing.TB, server http.RoundTripper, change func(*bird.Config)) *bird.Client {
	t.Helper()
	base, err := bird.ParseBaseURL("http://localhost/prefix")
	if err != nil {
		t.Fatal(err)
	}
	config := bird.Config{
		Credential: bird.BearerToken(birdtest.DefaultToken), BaseURL: base,
		RequestsPerSecond: bird.DefaultRequestsPerSecond, MaxRetries: bird.DefaultMaxRetries,
		Transport: bird.Counted{RoundTripper: server},
	}
	if change != nil {
		change(&config)
	}
	return bird.New(config)
}

// sequential returns the ids of the calls of a window, read by its own tokens and
// by other code than the client's, sorted.
func sequential(t testing.TB, server http.RoundTripper, start, end *time.Time) []string {
	t.Helper()
	ids := make(map[string]bool)
	query := url.Values{"limit": {"1000"}, "startAt": {start.Format(time.RFC3339Nano)}}
	if end != nil {
		query.Set("endAt", end.Format(time.RFC3339Nano))
	}
	for more := true; more; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/prefix/workspaces/"+birdtest.DefaultWorkspaceID+"/channels/"+birdtest.DefaultChannelID+"/calls?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+birdtest.DefaultToken)
		resp, err := server.RoundTrip(req)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		var page struct {
			Results       []struct{ ID string }
			NextPageToken string
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range page.Results {
			ids[call.ID] = true
		}
		query.Set("pageToken", page.NextPageToken)
		more = page.NextPageToken != ""
	}
	sorted := make([]string, 0, len(ids))
	for id := range ids {
		sorted = append(sorted, id)
	}
	slices.Sort(sorted)
	return sorted
}

// An error in one part ends the others, which would read to their ends, and is the
// error of the read, whichever request it is.
func TestReadWindowEndsItsPartsWithAnError(t *testing.T) {
	t.Parallel()
	sides := 0
	for failing := range 40 {
		synctest.Test(t, func(t *testing.T) {
			s := plainMeanings(400, 10)
			s.fault = func(number int) bool { return number == failing+1 }
			query := s.query()
			_, err := read(t.Context(), newTransportClient(t, s, nil), query)
			if s.measuring(failing + 1) {
				if err != nil {
					t.Errorf("a request that measures the ruler was refused: %v", err)
				}
				return
			}
			apiErr, ok := errors.AsType[*bird.APIError](err)
			if !ok || apiErr.StatusCode != http.StatusForbidden {
				t.Errorf("request %d is refused: %v", failing+1, err)
			}
			sent := s.requests
			if s.underWay > 0 {
				t.Errorf("request %d is refused: %d are under way at the end", failing+1, s.underWay)
			}
			time.Sleep(time.Minute)
			if s.requests > sent {
				t.Errorf("request %d is refused: %d more afterwards", failing+1, s.requests-sent)
			}
			if len(s.windows) > 4 {
				sides++
			}
		})
	}
	if sides < 10 {
		t.Errorf("%d errors in parts: this shows little", sides)
	}
}

// When the loop has ended, so has every request, wherever it is left: what a caller
// closes is not in use any more.
func TestReadWindowEndsItsRequestsBeforeTheLoopEnds(t *testing.T) {
	t.Parallel()
	ended := 0
	for last := range 40 {
		synctest.Test(t, func(t *testing.T) {
			s := plainMeanings(400, 10)
			client, pages := newTransportClient(t, s, nil), 0
			for _, err := range client.ChannelCalls(bird.Bounded(t.Context()), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, s.query()) {
				if err != nil {
					t.Fatal(err)
				}
				if pages++; pages > last {
					time.Sleep(50 * time.Millisecond) // the next pages take longer
					ended += s.underWay
					break
				}
			}
			sent := s.requests
			if s.underWay > 0 {
				t.Errorf("left after page %d: %d requests are under way", last+1, s.underWay)
			}
			time.Sleep(time.Minute)
			if s.requests > sent {
				t.Errorf("left after page %d: %d more requests", last+1, s.requests-sent)
			}
		})
	}
	if ended < 40 {
		t.Errorf("%d requests were under way when the loop was left: this shows little", ended)
	}
}

// Whether bounds are inclusive or exclusive, and whole seconds or not, makes no
// difference: a window is divided, and its parts hold what it holds.
func TestReadWindowIsDividedWhateverTheBoundsInclude(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 900}))
	for i := range calls { // whole seconds, so that many calls lie on a cut's
		at, _ := bird.ParseTime(*calls[i].CreatedAt)
		calls[i].CreatedAt = new(at.Truncate(time.Second).Format(time.RFC3339))
	}
	bird.SortCalls(calls)
	for _, exclusive := range []bool{false, true} {
		for _, precision := range []time.Duration{0, time.Millisecond, time.Second} {
			for order, value := range map[string]birdtest.Order{"ascending": birdtest.Ascending, "descending": birdtest.Descending} {
				t.Run(fmt.Sprintf("%s, exclusive %t, %s", order, exclusive, precision), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: value, PageSize: 30, Latency: 100 * time.Millisecond, StartExclusive: exclusive, EndExclusive: exclusive, Precision: precision})
						client := newTransportClient(t, server, func(c *bird.Config) {
							c.OnFallback = func(_ context.Context, fallback bird.Fallback) {
								t.Errorf("%s, exclusive %t, %s: %s", order, exclusive, precision, fallback.Reason)
							}
						})
						got, err := read(t.Context(), client, divisible())
						if err != nil {
							t.Fatal(err)
						}
						wantIDs(t, ids(calls), got)
						if windows(server.Server) < 4 {
							t.Errorf("%s, exclusive %t, %s: not divided", order, exclusive, precision)
						}
					})
				})
			}
		}
	}
}

// Without a call that can be a witness, a window is not divided: those of full and
// half minutes hide how bounds are rounded, and a call without a creation is in no
// part.
func TestReadWindowIsNotDividedWithoutAWitness(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*bird.Call)
		want   []bird.FallbackReason
	}{
		"full minutes": {func(c *bird.Call) {
			at, _ := bird.ParseTime(*c.CreatedAt)
			c.CreatedAt = new(at.Truncate(30 * time.Second).Format(time.RFC3339))
		}, []bird.FallbackReason{bird.NotMeasured}},
		"without a creation": {func(c *bird.Call) { c.CreatedAt = nil }, nil},
	} {
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
		for i := range calls {
			test.change(&calls[i])
		}
		synctest.Test(t, func(t *testing.T) {
			server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 100, Latency: 10 * time.Millisecond, StartBy: birdtest.UpdatedAt, EndBy: birdtest.UpdatedAt})
			var reasons []bird.FallbackReason
			got, err := read(t.Context(), newTransportClient(t, server, func(c *bird.Config) {
				c.OnFallback = func(_ context.Context, fallback bird.Fallback) { reasons = append(reasons, fallback.Reason) }
			}), divisible())
			if err != nil {
				t.Fatal(err)
			}
			wantIDs(t, ids(calls), got)
			if requests := len(server.Requests()); requests != 30 || !slices.Equal(reasons, test.want) {
				t.Errorf("%s: %d requests for 30 pages, reasons %q", name, requests, reasons)
			}
		})
	}
}

// A call that is updated while a window is read leaves a filter or a window, and
// is missing in the parts: the window is read on, and nothing is lost.
func TestReadWindowFallsBackWhereACallVanishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
		before := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: birdtest.Ascending, PageSize: 100, Latency: 10 * time.Millisecond})
		after := birdtest.NewTransport(t, birdtest.Options{Calls: calls[1:], Order: birdtest.Ascending, PageSize: 100, Latency: 10 * time.Millisecond})
		requests := 0
		switching := roundTripper(func(req *http.Request) (*http.Response, error) {
			if requests++; requests <= 1 || req.URL.Query().Get("startAt") == divisible().StartAt.Format(time.RFC3339Nano) && req.URL.Query().Get("endAt") == divisible().EndAt.Format(time.RFC3339Nano) {
				return before.RoundTrip(req)
			}
			return after.RoundTrip(req)
		})
		var reasons []bird.FallbackReason
		client := newTransportClient(t, switching, func(c *bird.Config) {
			c.OnFallback = func(_ context.Context, fallback bird.Fallback) { reasons = append(reasons, fallback.Reason) }
		})
		got, err := read(t.Context(), client, divisible())
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, ids(calls), got)
		if !slices.Equal(reasons, []bird.FallbackReason{bird.CallsMissing}) {
			t.Errorf("reasons %q, want that calls were missing", reasons)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A read side by side makes at most 1.45 times the requests of one in sequence on
// average over sizes and kinds. [TestReadWindowKeepsToTheLimitNearAndFar] has the
// reads of many pages.
func TestReadWindowCostsFewRequests(t *testing.T) {
	t.Parallel()
	const pageSize = 130
	sum, kinds := 0.0, 0.0
	for _, pages := range []int{1, 2, 3, 5, 8, 13, 20, 50} {
		for _, burst := range []float64{0, 0.9} {
			calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(pages), Calls: pages*pageSize - 7, Burst: burst}))
			for order, value := range orders {
				t.Run(fmt.Sprintf("%d pages, %s, burst %.1f", pages, order, burst), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: value, EndExclusive: true, PageSize: pageSize, Latency: 100 * time.Millisecond})
						got, err := read(t.Context(), newTransportClient(t, server, nil), divisible())
						if err != nil {
							t.Fatal(err)
						}
						wantIDs(t, ids(calls), got)
						ratio := float64(len(server.Requests())) / float64(pages)
						t.Logf("%d pages, %s, burst %.1f: %.2f times the requests", pages, order, burst, ratio)
						if pages == 1 && ratio != 1 || pages >= 50 && ratio > 1.45 {
							t.Errorf("%d pages, %s, burst %.1f: %.2f times the requests", pages, order, burst, ratio)
						}
						sum += ratio
						kinds++
					})
				})
			}
		}
	}
	t.Logf("%.2f on average", sum/kinds)
	if sum/kinds > 1.45 {
		t.Errorf("%.2f times the requests on average", sum/kinds)
	}
}

// 200 pages over a month take little longer than the limit of the service makes
// them take, near and far, and hardly a request is rejected. Time is that of a
// bubble: nothing else takes any.
func TestReadWindowKeepsToTheLimitNearAndFar(t *testing.T) {
	t.Parallel()
	const pages, pageSize = 200, 130
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: pages * pageSize}))
	type way struct {
		order           birdtest.Order
		latency, jitter time.Duration
	}
	for way, atMost := range map[way]float64{
		{birdtest.Descending, 20 * time.Millisecond, 0}:                     1.25,
		{birdtest.Descending, 100 * time.Millisecond, 0}:                    1.35,
		{birdtest.Descending, 300 * time.Millisecond, 0}:                    1.5,
		{birdtest.Descending, time.Second, 0}:                               2.9,
		{birdtest.Ascending, 100 * time.Millisecond, 0}:                     1.35,
		{birdtest.Descending, 20 * time.Millisecond, 50 * time.Millisecond}: 1.4,
	} {
		order, latency := way.order, way.latency
		t.Run(fmt.Sprintf("%s, order %d", latency, order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := birdtest.NewTransport(t, birdtest.Options{
					Calls: calls, Order: order, PageSize: pageSize, Latency: latency, Jitter: way.jitter,
					RequestsPerSecond: bird.DefaultRequestsPerSecond, Limit: birdtest.SlidingWindow,
				})
				rejected := 0
				client := newTransportClient(t, server, func(c *bird.Config) { c.OnRetry = func(context.Context, bird.Retry) { rejected++ } })
				// The first read measures the ruler, the second remembers it.
				var ratios [2]float64
				for i := range ratios {
					started := time.Now()
					got, err := read(t.Context(), client, divisible())
					if err != nil {
						t.Fatal(err)
					}
					ratios[i] = time.Since(started).Seconds() / (pages / bird.DefaultRequestsPerSecond)
					wantIDs(t, ids(calls), got)
				}
				requests := float64(len(server.Requests())) / pages / 2
				t.Logf("%s, order %d: %.2f and %.2f times the floor, %.2f requests a page, %d rejected, %d in flight", latency, order, ratios[0], ratios[1], requests, rejected, server.MaxInFlight())
				if max(ratios[0], ratios[1]) > atMost || rejected > 2 || requests > 1.2 || server.MaxInFlight() > 32 {
					t.Errorf("%s, order %d: %.2f and %.2f times the floor, %.2f requests a page, %d rejected, %d in flight", latency, order, ratios[0], ratios[1], requests, rejected, server.MaxInFlight())
				}
			})
		})
	}
}

var meaningsCases = flag.Int("meanings", 1000, "how many services with random meanings of their bounds are read")

// Whatever a service means by the bounds, no call is lost without an error.
func TestReadWindowLosesNothingWhateverTheBoundsMean(t *testing.T) {
	t.Parallel()
	var sum meaningsOutcome
	for seed := range uint64(*meaningsCases) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				outcome := checkMeanings(t, seed)
				sum.reads += outcome.reads
				sum.divided += outcome.divided
				sum.requests += outcome.requests
				sum.pages += outcome.pages
				sum.lost += outcome.lost
				sum.unseen += outcome.unseen
			})
		})
	}
	t.Logf("%d reads, %d in parts, %.2f requests a page; %d calls are lost, %d of these where nothing shows it",
		sum.reads, sum.divided, float64(sum.requests)/float64(sum.pages), sum.lost, sum.unseen)
}

// A service that takes the bounds for local time. The calls of a part come in
// another one, and while that is still being read, the others have ended.
func TestReadWindowLosesNothingWhereBoundsAreLocalTime(t *testing.T) {
	t.Parallel()
	for i := range 24 {
		for _, shift := range []time.Duration{12*time.Hour + time.Duration(i)*15*time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				s := plainMeanings(0, 130)
				s.start, s.end, s.slow = meaning{shift: shift}, meaning{shift: shift}, make(map[string]bool)
				for i := range 4000 { // newest first
					at := bubbleStart.AddDate(0, 0, 4).Add(-time.Duration(i) * 80 * time.Second).UnixNano()
					s.calls = append(s.calls, timedCall{id: fmt.Sprint(i), times: [timesOfACall]int64{byCreation: at, byEnd: at + int64(time.Minute), byUpdate: at + int64(time.Minute)}})
					s.slow[fmt.Sprint(i)] = i < s.pageSize
				}
				s.latency = func() time.Duration { return 20 * time.Millisecond }
				start := bubbleStart.AddDate(0, 0, -1)
				end := bubbleStart.AddDate(0, 0, 7)
				s.wanted = [2]int64{start.UnixNano(), end.UnixNano()}
				got, err := read(t.Context(), newTransportClient(t, s, func(c *bird.Config) { c.RequestsPerSecond = 0 }), bird.CallsQuery{StartAt: &start, EndAt: &end})
				if err != nil {
					t.Fatal(err)
				}
				if want := s.selected(s.wanted[0], s.wanted[1], time.Now()); len(got) != len(want) {
					t.Errorf("%d of %d calls, and no error; bounds are shifted by %s", len(got), len(want), shift)
				}
			})
		}
	}
}

// FuzzReadWindow reads services with random meanings of their bounds.
func FuzzReadWindow(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { checkMeanings(t, seed) })
	})
}
