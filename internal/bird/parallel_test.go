package bird_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
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
			for _, err := range client.ChannelCalls(watchdog.Bounded(t.Context()), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, s.query()) {
				if err != nil {
					t.Fatal(err)
				}
				if pages++; pages > last {
					time.Sleep(50 * time.Millisecond) // the next pages take longer
					s.mu.Lock()
					ended += s.underWay
					s.mu.Unlock()
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
				c.OnFallback = func(_ context.Context, fallback bird.Fallback) {
					reasons = append(reasons, fallback.Reason)
					if pages := len(server.Requests()); pages != 25 { // after which no window is divided
						t.Errorf("%s: it falls back after %d pages", name, pages)
					}
				}
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

// A window that lists a call from outside of it is not divided, and nothing is
// measured.
func TestReadWindowThatListsCallsFromOutsideIsNotMeasured(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
	query := divisible()
	query.StartAt, _ = bird.ParseTime(*calls[500].CreatedAt)
	synctest.Test(t, func(t *testing.T) {
		server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: birdtest.Ascending, PageSize: 100, Latency: 10 * time.Millisecond, StartBy: birdtest.UpdatedAt})
		var reasons []bird.FallbackReason
		got, err := read(t.Context(), newTransportClient(t, server, func(c *bird.Config) {
			c.OnFallback = func(_ context.Context, fallback bird.Fallback) { reasons = append(reasons, fallback.Reason) }
		}), query)
		if err != nil {
			t.Fatal(err)
		}
		requests, pages := len(server.Requests()), (len(got)+99)/100
		if len(got) <= 2500 || requests != pages || !slices.Equal(reasons, []bird.FallbackReason{bird.CallsOutside}) {
			t.Errorf("%d calls, %d requests for %d pages, reasons %q", len(got), requests, pages, reasons)
		}
	})
}

// Where the parts may not be all of the window, it is read on by its own tokens, and
// nothing is lost. The reason is reported once.
func TestReadWindowFallsBack(t *testing.T) {
	t.Parallel()
	days := 24 * time.Hour
	tests := map[string]struct {
		start, end meaning
		change     func(*meanings)
		want       []bird.FallbackReason
	}{
		"creation":             {want: nil},
		"exclusive":            {start: meaning{exclusive: true}, end: meaning{exclusive: true}},
		"seconds":              {start: meaning{precision: time.Second, both: true}, end: meaning{precision: time.Second, both: true}},
		"two times":            {end: meaning{by: byEnd}, want: []bird.FallbackReason{bird.NotMeasured}},
		"the other two":        {start: meaning{by: byEnd}, want: []bird.FallbackReason{bird.NotMeasured}},
		"updates":              {start: meaning{by: byUpdate}, end: meaning{by: byUpdate}, want: []bird.FallbackReason{bird.NotMeasured}},
		"answers, if any":      {end: meaning{by: byAnswer, orCreated: true}, want: []bird.FallbackReason{bird.NotMeasured}},
		"whole minutes":        {start: meaning{precision: time.Minute}, end: meaning{precision: time.Minute}, want: []bird.FallbackReason{bird.NotMeasured}},
		"whole minutes, outer": {start: meaning{precision: time.Minute}, end: meaning{precision: time.Minute, up: true}, want: []bird.FallbackReason{bird.NotMeasured}},
		"the nearest minute":   {start: meaning{precision: time.Minute, nearest: true}, end: meaning{precision: time.Minute, nearest: true}, want: []bird.FallbackReason{bird.NotMeasured}},
		"whole days":           {start: meaning{precision: days}, end: meaning{precision: days}, want: []bird.FallbackReason{bird.NotMeasured}},
		"local time":           {start: meaning{shift: time.Hour}, end: meaning{shift: time.Hour}, want: []bird.FallbackReason{bird.NotMeasured}},
		"an end of local time": {end: meaning{shift: -time.Hour}, want: []bird.FallbackReason{bird.NotMeasured}},
		// The ruler is right in windows of seconds, and wrong in longer ones.
		"an end that is rounded down": {end: meaning{precision: time.Hour, longOnly: true}, want: []bird.FallbackReason{bird.CallsMissing}},
		"a start that is rounded up":  {start: meaning{precision: time.Hour, up: true, longOnly: true}, want: []bird.FallbackReason{bird.CallsMissing}},
		"bounds that are widened":     {start: meaning{precision: time.Hour, longOnly: true}, end: meaning{precision: time.Hour, up: true, longOnly: true}, want: []bird.FallbackReason{bird.CallsOutside}},
		"a start that is early":       {start: meaning{precision: time.Hour, longOnly: true}, want: []bird.FallbackReason{bird.CallsOutside}},
		"an end that is late":         {end: meaning{precision: time.Hour, up: true, longOnly: true}, want: []bird.FallbackReason{bird.CallsOutside}},
		// Only calls of the parts show a schedule.
		"a schedule that is not compared": {change: (*meanings).scheduleSome},
		"a schedule that is compared":     {end: meaning{by: bySchedule, orCreated: true}, change: (*meanings).scheduleSome, want: []bird.FallbackReason{bird.NotMeasured}},
		"small windows are refused": {change: func(s *meanings) {
			s.fault = func(number int) bool { return s.measuring(number) }
		}, want: []bird.FallbackReason{bird.NotMeasured}},
		"no order": {change: func(s *meanings) {
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(s.calls), func(i, j int) { s.calls[i], s.calls[j] = s.calls[j], s.calls[i] })
		}},
	}
	source, err := os.ReadFile("parallel.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range regexp.MustCompile(`FallbackReason = "(.+)"`).FindAllStringSubmatch(string(source), -1) {
		tried := false
		for _, test := range tests {
			tried = tried || slices.Contains(test.want, bird.FallbackReason(reason[1]))
		}
		if !tried {
			t.Errorf("the reason %q is not tried", reason[1])
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := plainMeanings(3000, 100)
				s.start, s.end = test.start, test.end
				if test.change != nil {
					test.change(s)
				}
				var reports []bird.FallbackReason
				query := s.query()
				got, err := read(t.Context(), newTransportClient(t, s, func(c *bird.Config) {
					c.OnFallback = func(_ context.Context, fallback bird.Fallback) {
						reports = append(reports, fallback.Reason)
						if !fallback.StartAt.Equal(query.StartAt) || !fallback.EndAt.Equal(query.EndAt) {
							t.Errorf("reported the window from %s to %s", fallback.StartAt, fallback.EndAt)
						}
					}
				}), query)
				if err != nil {
					t.Fatal(err)
				}
				wantIDs(t, s.selected(s.wanted[0], s.wanted[1], time.Now()), got)
				if !slices.Equal(reports, test.want) {
					t.Errorf("%s: reasons %q, want %q", name, reports, test.want)
				}
				if s.requests > 75 {
					t.Errorf("%s: %d requests for 30 pages", name, s.requests)
				}
			})
		})
	}
}

// The ruler is measured beside the second page, and once for the reads of a client
// where it is right, each time where it is not.
func TestReadWindowRemembersTheRuler(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end          meaning
		first, later int // requests that measure
	}{
		"right": {meaning{}, 3, 0},
		"wrong": {meaning{by: byEnd}, 3, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := plainMeanings(3000, 100)
			s.end = test.end
			client := newTransportClient(t, s, nil)
			query := s.query()
			for i, want := range []int{test.first, test.later, test.later} {
				s.small, s.requests, s.began = nil, 0, nil
				if _, err := read(t.Context(), client, query); err != nil {
					t.Fatal(err)
				}
				if len(s.small) != want {
					t.Errorf("%s, read %d: %d requests that measure, want %d", name, i+1, len(s.small), want)
				}
				for _, number := range s.small {
					// The first page takes 100 ms; the limit of a second takes the rest.
					if after := s.began[number-1].Sub(s.began[0]); after < 100*time.Millisecond || after >= 200*time.Millisecond {
						t.Errorf("%s, read %d: measured after %s", name, i+1, after)
					}
				}
			}
			other := s.query()
			other.Status = "" // the same path
			if _, err := read(t.Context(), newTransportClient(t, s, nil), other); err != nil {
				t.Fatal(err)
			}
			if s.small = s.small[:0]; test.later == 0 {
				if _, err := collect(client.WorkspaceCalls(t.Context(), birdtest.DefaultWorkspaceID, bird.WorkspaceCallsQuery{CallsQuery: query})); err != nil {
					t.Fatal(err)
				}
				if len(s.small) != 3 {
					t.Errorf("%s: %d requests that measure another path, want 3", name, len(s.small))
				}
			}
		})
	}
}

// A read that is cancelled ends with that, whatever it is doing.
func TestReadWindowEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	for steps := range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := plainMeanings(3000, 100)
			s.start.longOnly, s.start.precision, s.start.up = steps%2 == 0, time.Hour*time.Duration((steps+1)%2), true
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Duration(steps)*50*time.Millisecond+time.Millisecond, func() { cancel(cause) })
			began := time.Now()
			_, err := read(ctx, newTransportClient(t, s, nil), s.query())
			if !errors.Is(err, cause) {
				t.Errorf("step %d: error %v, want the cause", steps, err)
			}
			if took := time.Since(began); took != time.Duration(steps)*50*time.Millisecond+time.Millisecond {
				t.Errorf("step %d: ended after %s", steps, took)
			}
			if s.underWay > 0 {
				t.Errorf("step %d: %d requests are under way", steps, s.underWay)
			}
		})
	}
}

// Calls in the order of their last update are marked once, if they are more than a
// page.
func TestReadWindowMarksCallsInTheOrderOfTheirLastUpdate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		calls int
		by    int
		start bool
		want  int
	}{
		"by update":          {300, byUpdate, true, 1},
		"without a start":    {300, byUpdate, false, 1},
		"two pages":          {101, byUpdate, true, 1},
		"one page":           {100, byUpdate, true, 0},
		"by creation":        {300, byCreation, true, 0},
		"divided, by update": {3000, byUpdate, true, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := plainMeanings(test.calls, 100)
			random := rand.New(rand.NewPCG(1, 2))
			for i := range s.calls {
				s.calls[i].times[byUpdate] += random.Int64N(int64(time.Hour))
			}
			slices.SortFunc(s.calls, func(a, b timedCall) int { return cmp.Compare(b.times[test.by], a.times[test.by]) })
			query := s.query()
			if !test.start {
				query.StartAt = time.Time{}
			}
			marked := 0
			for page, err := range newTransportClient(t, s, nil).ChannelCalls(t.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query) {
				if err != nil {
					t.Fatal(err)
				}
				if page.ByUpdate {
					marked++
				}
			}
			if marked != test.want {
				t.Errorf("%s: %d pages are marked, want %d", name, marked, test.want)
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

// Where the first calls of a list are much closer together than those that follow, a
// part is divided again before it has listed the calls that were read of the window.
// They come in the parts of that part.
func TestReadWindowDividesAPartAgain(t *testing.T) {
	t.Parallel()
	for order, day := range map[birdtest.Order]time.Time{
		birdtest.Descending: birdtest.DefaultStart.AddDate(0, 0, 30), // after the other calls
		birdtest.Ascending:  birdtest.DefaultStart,
	} {
		for dense := 100; dense <= 200; dense += 25 {
			t.Run(fmt.Sprintf("order %d, %d calls in an hour", order, dense), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					calls := lean(slices.Concat(
						birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 3000}),
						birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: dense, Start: day, Days: 1, Burst: 1}),
					))
					server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, Order: order, PageSize: 100, Latency: 10 * time.Millisecond})
					client := newTransportClient(t, server, func(c *bird.Config) {
						c.OnFallback = func(_ context.Context, fallback bird.Fallback) { t.Errorf("it falls back: %s", fallback.Reason) }
					})
					got, err := read(t.Context(), client, divisible())
					if err != nil {
						t.Fatal(err)
					}
					wantIDs(t, ids(calls), got)
				})
			})
		}
	}
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
		{birdtest.Descending, 100 * time.Millisecond, 0}:                    1.35,
		{birdtest.Descending, 300 * time.Millisecond, 0}:                    1.5,
		{birdtest.Descending, time.Second, 0}:                               2.9,
		{birdtest.Ascending, 100 * time.Millisecond, 0}:                     1.35,
		{birdtest.Descending, 20 * time.Millisecond, 50 * time.Millisecond}: 1.4,
	} {
		order, latency := way.order, way.latency
		if testing.Short() && latency < 300*time.Millisecond && order == birdtest.Descending {
			continue // each is long
		}
		t.Run(fmt.Sprintf("%s, order %d", latency, order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := birdtest.NewTransport(t, birdtest.Options{
					Calls: calls, Order: order, PageSize: pageSize, Latency: latency, Jitter: way.jitter,
					RequestsPerSecond: bird.DefaultRequestsPerSecond, Limit: birdtest.SlidingWindow,
				})
				rejected := 0
				client := newTransportClient(t, server, func(c *bird.Config) { c.OnRetry = func(context.Context, bird.Retry) { rejected++ } })
				ratios := make([]float64, 1)
				if order == birdtest.Ascending {
					ratios = make([]float64, 2) // the first read measures the ruler, the second remembers it
				}
				for i := range ratios {
					started := time.Now()
					got, err := read(t.Context(), client, divisible())
					if err != nil {
						t.Fatal(err)
					}
					ratios[i] = time.Since(started).Seconds() / (pages / bird.DefaultRequestsPerSecond)
					wantIDs(t, ids(calls), got)
				}
				requests := float64(len(server.Requests())) / float64(pages*len(ratios))
				t.Logf("%s, order %d: %.2f times the floor, %.2f requests a page, %d rejected, %d in flight", latency, order, ratios, requests, rejected, server.MaxInFlight())
				if slices.Max(ratios) > atMost || rejected > 2 || requests > 1.2 || server.MaxInFlight() > 32 {
					t.Errorf("%s, order %d: %.2f times the floor, %.2f requests a page, %d rejected, %d in flight", latency, order, ratios, requests, rejected, server.MaxInFlight())
				}
			})
		})
	}
}

var meaningsCases = flag.Int("meanings", birdtest.Cases(1000), "how many services with random meanings of their bounds are read")

// Whatever a service means by the bounds, no call is lost without an error.
func TestReadWindowLosesNothingWhateverTheBoundsMean(t *testing.T) {
	t.Parallel()
	cases := uint64(*meaningsCases)
	if testing.Short() {
		cases /= 10
	}
	var sum meaningsOutcome
	for seed := range cases {
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
				got, err := read(t.Context(), newTransportClient(t, s, func(c *bird.Config) { c.RequestsPerSecond = 0 }), bird.CallsQuery{StartAt: start, EndAt: end})
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
	for _, seed := range []uint64{5215, 6421, 11430, 11500, 17162, 5865} { // each has shown a mistake
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { checkMeanings(t, seed) })
	})
}
