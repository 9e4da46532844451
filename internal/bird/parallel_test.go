package bird_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
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

// variedCalls makes calls whose density changes over a month: sparse, dense and
// sparse again, once or a few times.
func variedCalls(random *rand.Rand, n int) []bird.Call {
	month := 30 * 24 * time.Hour
	type stretch struct{ from, long time.Duration }
	dense := make([]stretch, 1+random.IntN(3))
	for i := range dense {
		dense[i] = stretch{time.Duration(random.Int64N(int64(month))), time.Duration(float64(time.Second) * float64(int(1)<<random.IntN(18)))}
	}
	share := random.Float64()
	longest := []time.Duration{5 * time.Second, time.Minute, 20 * time.Minute, 4 * time.Hour}[random.IntN(4)]
	calls := make([]bird.Call, n)
	for i := range calls {
		at := time.Duration(random.Int64N(int64(month)))
		if random.Float64() < share {
			s := dense[random.IntN(len(dense))]
			at = s.from + time.Duration(random.Int64N(int64(s.long)))
		}
		created := birdtest.DefaultStart.Add(at)
		ended := created.Add(time.Duration(random.ExpFloat64() * float64(longest) / 3))
		wire := func(t time.Time) *string { return new(t.Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z")) }
		channel := birdtest.DefaultChannelID
		calls[i] = bird.Call{ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), i), ChannelID: &channel, CreatedAt: wire(created), UpdatedAt: wire(ended.Add(time.Duration(random.ExpFloat64() * float64(5*time.Second))))}
		if random.IntN(20) > 0 {
			calls[i].EndedAt = wire(ended)
		}
	}
	return calls
}

// readOutcome is what a read of a window did.
type readOutcome struct{ windows, requests, pages, readOn int }

// checkWindow reads a window of a server whose every trait follows from the seed,
// and compares the calls with those of the window itself.
func checkWindow(t *testing.T, seed uint64) (options birdtest.Options, outcome readOutcome) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	n := 200 + random.IntN(1500)
	by := []birdtest.TimeField{birdtest.CreatedAt, birdtest.UpdatedAt, birdtest.EndedAt}
	options = birdtest.Options{
		Calls: variedCalls(random, n), Order: birdtest.Order(random.IntN(3)), PageSize: 10 + random.IntN(40),
		StartExclusive: random.IntN(2) == 0, EndExclusive: random.IntN(2) == 0,
		StartBy: by[random.IntN(3)], Precision: []time.Duration{0, time.Millisecond, time.Second, time.Minute}[random.IntN(4)],
		Repeat: random.IntN(2) * random.IntN(50), EmptyPages: random.IntN(2) * random.IntN(9),
		Latency: time.Duration(1+random.IntN(500)) * time.Millisecond,
	}
	options.EndBy = options.StartBy
	if random.IntN(2) == 0 {
		options.EndBy = by[random.IntN(3)]
	}
	start := birdtest.DefaultStart.Add(time.Duration(random.Int64N(int64(10 * 24 * time.Hour)))).Add(-5 * 24 * time.Hour)
	var end *time.Time
	if random.IntN(4) > 0 {
		end = new(birdtest.DefaultStart.AddDate(0, 0, 32-random.IntN(10)))
	}
	synctest.Test(t, func(t *testing.T) {
		// The bubble's clock begins in 2000; the calls are to be in the past.
		time.Sleep(time.Until(birdtest.DefaultStart.AddDate(0, 0, 40)))
		server := birdtest.NewTransport(t, options)
		want := sequential(t, server, &start, end)
		before := len(server.Requests())
		client := newTransportClient(t, server, func(c *bird.Config) {
			c.RequestsPerSecond = 0
			c.OnReadOn = func(_ context.Context, readOn bird.ReadOn) {
				if readOn.Missing < 1 {
					t.Errorf("read on, with %d calls missing", readOn.Missing)
				}
				outcome.readOn++
			}
		})
		got, err := read(t.Context(), client, bird.CallsQuery{StartAt: &start, EndAt: end})
		if err != nil {
			t.Fatal(err)
		}
		have := ids(got)
		slices.Sort(have)
		if !slices.Equal(want, have) {
			lost := slices.DeleteFunc(slices.Clone(want), func(id string) bool { _, ok := slices.BinarySearch(have, id); return ok })
			t.Errorf("seed %d: %d calls, want %d; %d are lost; by %v and %v, precision %s, exclusive %t %t, order %v",
				seed, len(have), len(want), len(lost), options.StartBy, options.EndBy, options.Precision, options.StartExclusive, options.EndExclusive, options.Order)
		}
		wantWithin(t, server.Server, start, end)
		outcome.windows, outcome.requests = windows(server.Server), len(server.Requests())-before
		outcome.pages = max(1, (len(want)+options.PageSize-1)/options.PageSize)
	})
	return options, outcome
}

// wantWithin fails the test where a request asks for more than the window, whose
// calls nobody asked for.
func wantWithin(t *testing.T, server *birdtest.Server, start time.Time, end *time.Time) {
	t.Helper()
	for _, request := range server.Requests() {
		from, to := request.Query.Get("startAt"), request.Query.Get("endAt")
		if at, err := time.Parse(time.RFC3339Nano, from); err != nil || at.Before(start) {
			t.Errorf("asked for calls from %s, the window is from %s", from, start)
		}
		if at, err := time.Parse(time.RFC3339Nano, to); end != nil && (err != nil || at.After(*end)) {
			t.Errorf("asked for calls until %s, the window is until %s", to, end)
		}
	}
}

// A service that holds the bounds against the end of a call lists calls that were
// created before the window: no part reaches back to these, nor beyond the end.
func TestReadWindowAsksForNothingOutsideTheWindow(t *testing.T) {
	t.Parallel()
	start, end := birdtest.DefaultStart.AddDate(0, 0, 10), birdtest.DefaultStart.AddDate(0, 0, 20)
	for name, test := range map[string]struct {
		before int // calls that were created before the window and ended in it
		grow   time.Duration
		late   time.Duration // from the end of a call to its update
		endBy  birdtest.TimeField
		order  birdtest.Order
	}{
		// The cut of the probe is before the window: calls that grow longer prove
		// a division late in the window, so that the probe is at its begin.
		"a few": {100, 8 * time.Second, 0, birdtest.CreatedAt, birdtest.Shuffled},
		// So are the first of the other cuts.
		"most": {1000, 0, 0, birdtest.EndedAt, birdtest.Shuffled},
		// Calls that are updated after the window would be proof there.
		"updated late": {0, 0, 11 * 24 * time.Hour, birdtest.EndedAt, birdtest.Descending},
	} {
		var calls []bird.Call
		wire := func(t time.Time) *string { return new(t.Format("2006-01-02T15:04:05.999Z")) }
		add := func(created time.Time, long time.Duration) {
			calls = append(calls, bird.Call{ID: fmt.Sprintf("%08x-0000-4000-8000-000000000000", len(calls)), ChannelID: new(birdtest.DefaultChannelID), CreatedAt: wire(created), EndedAt: wire(created.Add(long)), UpdatedAt: wire(created.Add(long + test.late))})
		}
		for i := range test.before {
			add(start.Add(-time.Hour+time.Duration(i)*time.Second), 2*time.Hour)
			add(start.Add(-time.Hour+time.Duration(i)*time.Second), time.Minute) // not asked for
		}
		for i := range 1500 - test.before {
			add(start.Add(time.Duration(i+1)*9*time.Minute), 20*time.Second+time.Duration(i)*test.grow)
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(birdtest.DefaultStart.AddDate(0, 0, 40)))
				options := birdtest.Options{Calls: calls, Order: test.order, StartBy: birdtest.EndedAt, EndBy: test.endBy, PageSize: 75, Latency: 100 * time.Millisecond}
				server := birdtest.NewTransport(t, options)
				want := sequential(t, server, &start, &end)
				got, err := read(t.Context(), newTransportClient(t, server, nil), bird.CallsQuery{StartAt: &start, EndAt: &end})
				if err != nil {
					t.Fatal(err)
				}
				wantIDs(t, want, got)
				wantWithin(t, server.Server, start, &end)
			})
		})
	}
}

// Whatever the bounds mean, and however the calls lie and are listed, the parts
// hold what the window holds.
func TestReadWindowIsExactWhateverTheBoundsMean(t *testing.T) {
	t.Parallel()
	divided, readOn, healthy, requests, pages := 0, 0, 0, 0, 0
	const seeds = 40
	for seed := range uint64(seeds) {
		var options birdtest.Options
		var outcome readOutcome
		t.Run(fmt.Sprint(seed), func(t *testing.T) { options, outcome = checkWindow(t, seed) })
		if outcome.windows > 1 {
			divided++
		}
		if outcome.readOn > 0 {
			readOn++
		}
		if options.StartBy == options.EndBy && options.Precision < time.Minute {
			healthy++
			requests += outcome.requests
			pages += outcome.pages
			if outcome.readOn > 0 && options.Repeat == 0 {
				t.Errorf("seed %d: a window was read on whose bounds are held against one time", seed)
			}
		}
	}
	t.Logf("%d divided, %d read on; %d requests for %d pages of %d healthy services", divided, readOn, requests, pages, healthy)
	if divided < seeds*5/8 || readOn < seeds/8 {
		t.Errorf("%d of %d windows were divided and %d read on: this shows little", divided, seeds, readOn)
	}
}

// FuzzReadWindow checks the parts of a window against the window itself.
func FuzzReadWindow(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkWindow(t, seed) })
}

// A service that holds each bound against a time of its own, or whole minutes of
// it, loses the calls at a cut. The division notices, and the window is read on
// at little cost.
func TestReadWindowReadsOnWhereADivisionLosesCalls(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 2000}))
	for name, options := range map[string]birdtest.Options{
		"two times":                       {EndBy: birdtest.EndedAt},
		"two times, mixed":                {EndBy: birdtest.EndedAt, Order: birdtest.Shuffled},
		"whole minutes, exclusive":        {Precision: time.Minute, StartExclusive: true, EndExclusive: true},
		"whole minutes of another time":   {Precision: time.Minute, StartExclusive: true, EndExclusive: true, StartBy: birdtest.EndedAt, EndBy: birdtest.EndedAt, Order: birdtest.Descending},
		"whole minutes of the last time":  {Precision: time.Minute, StartExclusive: true, EndExclusive: true, StartBy: birdtest.UpdatedAt, EndBy: birdtest.UpdatedAt, Order: birdtest.Descending},
		"whole minutes and two times":     {Precision: time.Minute, EndBy: birdtest.EndedAt},
		"a page of two times that is odd": {EndBy: birdtest.UpdatedAt, Order: birdtest.Descending},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(birdtest.DefaultStart.AddDate(0, 0, 40)))
				options.Calls, options.PageSize, options.Latency = calls, 50, 100*time.Millisecond
				server := birdtest.NewTransport(t, options)
				var reports []bird.ReadOn
				client := newTransportClient(t, server, func(c *bird.Config) {
					c.OnReadOn = func(_ context.Context, readOn bird.ReadOn) { reports = append(reports, readOn) }
				})
				query := divisible()
				want := sequential(t, server, query.StartAt, query.EndAt)
				before := len(server.Requests())
				got, err := read(t.Context(), client, query)
				if err != nil {
					t.Fatal(err)
				}
				wantIDs(t, want, got)
				if len(reports) != 1 || reports[0].Missing < 1 || !reports[0].StartAt.Equal(*query.StartAt) || !reports[0].EndAt.Equal(*query.EndAt) {
					t.Errorf("%s: reported %v, want one window that was read on", name, reports)
				}
				if requests := len(server.Requests()) - before; requests > 90 {
					t.Errorf("%s: %d requests for 40 pages", name, requests)
				}
			})
		})
	}
}

// An error in one part ends the others, which would read to their ends.
func TestReadWindowEndsItsOtherPartsWithAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(birdtest.DefaultStart.AddDate(0, 0, 40)))
		query := divisible()
		var failed atomic.Int64 // when the response was sent
		server := birdtest.NewTransport(t, birdtest.Options{
			Calls:    lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 2000})),
			PageSize: 50, Latency: 100 * time.Millisecond,
			Fault: func(r birdtest.Request) birdtest.Fault {
				if r.Query.Get("startAt") == query.StartAt.Format(time.RFC3339Nano) && r.Query.Get("endAt") != query.EndAt.Format(time.RFC3339Nano) {
					failed.CompareAndSwap(0, time.Now().UnixNano())
					return birdtest.Fault{Status: 403} // the part at the start
				}
				return birdtest.Fault{}
			},
		})
		_, err := read(t.Context(), newTransportClient(t, server, nil), query)
		if apiErr, ok := errors.AsType[*bird.APIError](err); !ok || apiErr.StatusCode != 403 {
			t.Errorf("error %v, want the 403", err)
		}
		for _, request := range server.Requests() {
			if late := request.At.Sub(time.Unix(0, failed.Load())); late > 0 {
				t.Errorf("a request was sent %s after the error", late)
			}
		}
	})
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
			for order, value := range orders {
				t.Run(fmt.Sprintf("%s, exclusive %t, %s", order, exclusive, precision), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: value, PageSize: 30, Latency: 100 * time.Millisecond, StartExclusive: exclusive, EndExclusive: exclusive, Precision: precision})
						client := newTransportClient(t, server, func(c *bird.Config) {
							c.OnReadOn = func(_ context.Context, readOn bird.ReadOn) {
								t.Errorf("%s, exclusive %t, %s: read on, %d missing", order, exclusive, precision, readOn.Missing)
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

// Without a call that is long enough to prove a division, none is made.
func TestReadWindowIsNotDividedWithoutProof(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bird.Call){
		"short calls":         func(c *bird.Call) { c.EndedAt, c.UpdatedAt = c.CreatedAt, c.CreatedAt },
		"calls without times": func(c *bird.Call) { c.EndedAt, c.UpdatedAt = nil, nil },
	} {
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
		for i := range calls {
			change(&calls[i])
		}
		synctest.Test(t, func(t *testing.T) {
			server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 100, Latency: 10 * time.Millisecond})
			got, err := read(t.Context(), newTransportClient(t, server, nil), divisible())
			if err != nil {
				t.Fatal(err)
			}
			wantIDs(t, ids(calls), got)
			if requests, n := len(server.Requests()), windows(server.Server); requests != 30 || n != 1 {
				t.Errorf("%s: %d requests for 30 pages, %d windows", name, requests, n)
			}
		})
	}
}

// A call that is updated while a window is read leaves a filter or a window, and
// is missing in the parts: the window is read on, and nothing is lost.
func TestReadWindowReadsOnWhereAWitnessVanishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
		before := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: birdtest.Ascending, PageSize: 100, Latency: 10 * time.Millisecond})
		after := birdtest.NewTransport(t, birdtest.Options{Calls: calls[1:], Order: birdtest.Ascending, PageSize: 100, Latency: 10 * time.Millisecond})
		requests := 0
		switching := roundTripper(func(req *http.Request) (*http.Response, error) {
			if requests++; requests <= 2 || req.URL.Query().Get("startAt") == divisible().StartAt.Format(time.RFC3339Nano) && req.URL.Query().Get("endAt") == divisible().EndAt.Format(time.RFC3339Nano) {
				return before.RoundTrip(req)
			}
			return after.RoundTrip(req)
		})
		readOn := 0
		client := newTransportClient(t, switching, func(c *bird.Config) { c.OnReadOn = func(context.Context, bird.ReadOn) { readOn++ } })
		got, err := read(t.Context(), client, divisible())
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, ids(calls), got)
		if readOn != 1 {
			t.Errorf("%d windows were read on, want 1", readOn)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A read side by side makes at most 1.5 times the requests of one in sequence on
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
	if sum/kinds > 1.5 {
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
		order   birdtest.Order
		latency time.Duration
	}
	for way, atMost := range map[way]float64{
		{birdtest.Descending, 20 * time.Millisecond}: 1.4, {birdtest.Descending, time.Second}: 3,
		{birdtest.Ascending, 100 * time.Millisecond}: 1.4,
		// Two of these small pages are a small sample, and the parts uneven.
		{birdtest.Shuffled, time.Second}: 4.5,
	} {
		order, latency := way.order, way.latency
		t.Run(fmt.Sprintf("%s, order %d", latency, order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := birdtest.NewTransport(t, birdtest.Options{
					Calls: calls, Order: order, PageSize: pageSize, Latency: latency, Jitter: 50 * time.Millisecond,
					RequestsPerSecond: bird.DefaultRequestsPerSecond, Limit: birdtest.SlidingWindow,
				})
				rejected := 0
				client := newTransportClient(t, server, func(c *bird.Config) { c.OnRetry = func(context.Context, bird.Retry) { rejected++ } })
				started := time.Now()
				got, err := read(t.Context(), client, divisible())
				if err != nil {
					t.Fatal(err)
				}
				ratio := time.Since(started).Seconds() / (pages / bird.DefaultRequestsPerSecond)
				wantIDs(t, ids(calls), got)
				t.Logf("%s, order %d: %.2f times the floor, %d requests, %d rejected, %d in flight", latency, order, ratio, len(server.Requests()), rejected, server.MaxInFlight())
				if ratio > atMost || rejected > 2 || len(server.Requests()) > pages*3/2 || server.MaxInFlight() > 32 {
					t.Errorf("%s, order %d: %.2f times the floor, %d requests, %d rejected, %d in flight", latency, order, ratio, len(server.Requests()), rejected, server.MaxInFlight())
				}
			})
		})
	}
}
