package bird_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// newClient returns a client of a server, without a limit and with five retries
// unless change says otherwise.
func newClient(t *testing.T, server *birdtest.Server, change func(*bird.Config)) *bird.Client {
	t.Helper()
	base, err := bird.ParseBaseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	config := bird.Config{Credential: bird.BearerToken(birdtest.DefaultToken), BaseURL: base, MaxRetries: bird.DefaultMaxRetries}
	if change != nil {
		change(&config)
	}
	client := bird.New(config)
	t.Cleanup(client.Close)
	return client
}

// divisible asks for a window around the default data set; with a start, it may
// be divided.
func divisible() bird.CallsQuery {
	return bird.CallsQuery{StartAt: birdtest.DefaultStart.AddDate(0, 0, -1), EndAt: birdtest.DefaultStart.AddDate(0, 0, 32)}
}

// read reads the calls of the default channel.
func read(ctx context.Context, client *bird.Client, query bird.CallsQuery) (calls []bird.Call, err error) {
	return collect(client.ChannelCalls(watchdog.Bounded(ctx), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query))
}

func collect(pages iter.Seq2[bird.Page[bird.Call], error]) (calls []bird.Call, err error) {
	number := 0
	for page, err := range pages {
		if err != nil {
			return calls, err
		}
		if number++; page.Attempts < 1 || page.Duration <= 0 {
			return calls, fmt.Errorf("page %d took %d attempts in %s", number, page.Attempts, page.Duration)
		}
		calls = append(calls, page.Items...)
	}
	return calls, nil
}

// wantCalls fails the test unless got holds each of the calls once.
func wantCalls(t *testing.T, want, got []bird.Call) {
	t.Helper()
	bird.SortCalls(got)
	if len(want) == len(got) && (len(want) == 0 || reflect.DeepEqual(want, got)) {
		return // many times faster than cmp
	}
	if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
		t.Errorf("%d calls, want %d (-want +got):\n%.2000s", len(got), len(want), diff)
	} else {
		t.Errorf("calls (-want +got):\n%.2000s", cmp.Diff(want, got))
	}
}

// wantIDs is [wantCalls] for tests of what is requested, whose calls are many: it
// compares nothing but ids.
func wantIDs(t *testing.T, want []string, got []bird.Call) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d calls, want %d", len(got), len(want))
	}
	times := make(map[string]int)
	for i := range got {
		times[got[i].ID]++
	}
	for _, id := range want {
		if n := times[id]; n != 1 {
			t.Errorf("call %s came %d times", id, n)
			return
		}
	}
}

func ids(calls []bird.Call) []string {
	ids := make([]string, len(calls))
	for i := range calls {
		ids[i] = calls[i].ID
	}
	return ids
}

// lean leaves only what the reading looks at, so that many calls are quick to
// decode.
func lean(calls []bird.Call) []bird.Call {
	calls = slices.Clone(calls)
	for i, c := range calls {
		calls[i] = bird.Call{ID: c.ID, ChannelID: c.ChannelID, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, EndedAt: c.EndedAt}
	}
	return calls
}

var orders = map[string]birdtest.Order{"ascending": birdtest.Ascending, "descending": birdtest.Descending, "shuffled": birdtest.Shuffled}

// windows counts the windows that were asked for.
func windows(server *birdtest.Server) int {
	starts := make(map[string]bool)
	for _, request := range server.Requests() {
		starts[request.Query.Get("startAt")] = true
	}
	return len(starts)
}

func TestChannelCallsAreReadOnce(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 345}))
	for order, value := range orders {
		for _, exclusive := range []bool{false, true} {
			for name, options := range map[string]birdtest.Options{"repeats": {Repeat: 7}, "empty pages": {EmptyPages: 1}} {
				t.Run(fmt.Sprintf("%s, exclusive %t, %s", order, exclusive, name), func(t *testing.T) {
					t.Parallel()
					options.Calls, options.PageSize, options.Order, options.StartExclusive, options.EndExclusive = calls, 100, value, exclusive, exclusive
					got, err := read(t.Context(), newClient(t, birdtest.NewServer(t, options), nil), divisible())
					if err != nil {
						t.Fatal(err)
					}
					wantCalls(t, calls, got)
				})
			}
		}
	}
}

func TestChannelCallsAreThoseWithinTheBoundsOfTheServer(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 2, Calls: 500}))
	start, _ := bird.ParseTime(*calls[100].CreatedAt)
	end, _ := bird.ParseTime(*calls[300].CreatedAt)
	within := func(exclusive bool) []bird.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(c bird.Call) bool {
			at, _ := bird.ParseTime(*c.CreatedAt)
			return at.Before(start) || at.After(end) || exclusive && (at.Equal(start) || at.Equal(end))
		})
	}
	for _, exclusive := range []bool{false, true} {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, StartExclusive: exclusive, EndExclusive: exclusive, PageSize: 20})
		got, err := read(t.Context(), newClient(t, server, nil), bird.CallsQuery{StartAt: start, EndAt: end})
		if err != nil {
			t.Fatal(err)
		}
		wantCalls(t, within(exclusive), got)
	}
}

// A window read side by side returns what it returns in sequence: the data set.
func TestChannelCallsSideBySideEqualThoseInSequence(t *testing.T) {
	t.Parallel()
	for name, burst := range map[string]float64{"even": 0, "burst": 0.9, "in one hour": 1} {
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 1300, Burst: burst}))
		for order, value := range orders {
			for field, by := range map[string]birdtest.TimeField{"created": birdtest.CreatedAt, "updated": birdtest.UpdatedAt} {
				t.Run(fmt.Sprintf("%s, by %s, %s", order, field, name), func(t *testing.T) {
					t.Parallel()
					server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: value, EndExclusive: true, StartBy: by, EndBy: by, PageSize: 30, Repeat: 50})
					got, err := read(t.Context(), newClient(t, server, nil), divisible())
					if err != nil {
						t.Fatal(err)
					}
					wantCalls(t, calls, got)
					if divided := windows(server) > 4; divided != (value != birdtest.Shuffled && by == birdtest.CreatedAt) {
						t.Errorf("divided: %t", divided)
					}
					if n := server.MaxInFlight(); n > 8 {
						t.Errorf("%d requests at once", n)
					}
				})
			}
		}
	}
}

func TestChannelCallsOfOneInstantAreReadSideBySide(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 4, Calls: 2600}))
	for i := range calls[:1800] {
		calls[i].CreatedAt = calls[1800].CreatedAt
	}
	bird.SortCalls(calls)
	for order, value := range orders {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: value, PageSize: 130})
		got, err := read(t.Context(), newClient(t, server, nil), divisible())
		if err != nil {
			t.Fatalf("%s: %v", order, err)
		}
		wantCalls(t, calls, got)
		if n := len(server.Requests()); n > 200 {
			t.Errorf("%s: %d requests for 20 pages", order, n)
		}
	}
}

func TestChannelCallsAreReadSideBySideOnlyWhereItPays(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3000}))
	open := divisible()
	open.EndAt = time.Time{}
	noStart := divisible()
	noStart.StartAt = time.Time{}
	for name, test := range map[string]struct {
		query    bird.CallsQuery
		pageSize int
		divided  bool
	}{
		"long":            {divisible(), 150, true},
		"without an end":  {open, 150, true},
		"three pages":     {divisible(), 0, false},
		"without a start": {noStart, 150, false},
	} {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: test.pageSize, Latency: 2 * time.Millisecond})
		got, err := read(t.Context(), newClient(t, server, nil), test.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantCalls(t, calls, got)
		if divided, atOnce := windows(server) > 1, server.MaxInFlight(); divided != test.divided || (atOnce > 1) != divided {
			t.Errorf("%s: %d windows, %d requests at once", name, windows(server), atOnce)
		}
	}
}

func TestChannelCallsWithoutATimeOfCreationAreReadToo(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		if r.Page == "" {
			return birdtest.Fault{Status: 200, Body: `{"results":[{"id":"b"},{"id":"a"}],"nextPageToken":"2"}`}
		}
		return birdtest.Fault{Status: 200, Body: `{"results":[{"id":"c"},{"id":"a"}]}`}
	}})
	got, err := read(t.Context(), newClient(t, server, nil), divisible())
	if err != nil {
		t.Fatal(err)
	}
	wantCalls(t, []bird.Call{{ID: "a"}, {ID: "b"}, {ID: "c"}}, got)
}

func TestChannelCallsOfOnePageCostOneRequest(t *testing.T) {
	t.Parallel()
	years := bird.CallsQuery{StartAt: birdtest.DefaultStart.AddDate(-1, 0, 0), EndAt: birdtest.DefaultStart.AddDate(1, 0, 0)}
	for _, n := range []int{0, 1, 1000} {
		for name, query := range map[string]bird.CallsQuery{"whole channel": {}, "window": divisible(), "window of years": years} {
			calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Calls: n}))
			server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
			got, err := read(t.Context(), newClient(t, server, nil), query)
			if err != nil {
				t.Fatal(err)
			}
			wantCalls(t, calls, got)
			if requests := len(server.Requests()); requests != 1 {
				t.Errorf("%s of %d calls: %d requests, want 1", name, n, requests)
			}
		}
	}
}

func TestChannelCallsCanBeRangedTwice(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 7, Calls: 400}))
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 10})
	for name, query := range map[string]bird.CallsQuery{"in sequence": {}, "side by side": divisible()} {
		pages := newClient(t, server, nil).ChannelCalls(t.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query)
		for range 2 {
			var got []bird.Call
			for page, err := range pages {
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got = append(got, page.Items...)
			}
			wantCalls(t, calls, got)
		}
	}
}

// faulty returns the fault to every n-th request.
func faulty(n int, fault birdtest.Fault) func(birdtest.Request) birdtest.Fault {
	return func(r birdtest.Request) birdtest.Fault {
		if r.Number%n == 0 {
			return fault
		}
		return birdtest.Fault{}
	}
}

func TestChannelCallsArriveThroughFaults(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 2600}))
	for name, options := range map[string]birdtest.Options{
		"every third response is a 503":      {Fault: faulty(3, birdtest.Fault{Status: http.StatusServiceUnavailable})},
		"every fourth response is truncated": {Fault: faulty(4, birdtest.Fault{Truncate: 10_000})},
		"every third connection is reset":    {Fault: faulty(3, birdtest.Fault{Drop: true})},
	} {
		options.Calls = calls
		check := func(t *testing.T, server *birdtest.Server, client *bird.Client, pages int) {
			t.Helper()
			got, err := read(t.Context(), client, divisible())
			if err != nil {
				t.Fatal(err)
			}
			wantCalls(t, calls, got)
			if n := len(server.Requests()); n <= pages {
				t.Errorf("%d requests: there was no fault", n)
			}
		}
		t.Run(name+", in sequence", func(t *testing.T) {
			t.Parallel()
			options := options
			options.PageSize = 520
			server := birdtest.NewServer(t, options)
			check(t, server, newClient(t, server, nil), 5)
		})
		t.Run(name+", side by side", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				options := options
				options.PageSize, options.Latency = 130, 100*time.Millisecond
				server := birdtest.NewTransport(t, options)
				check(t, server.Server, newTransportClient(t, server, nil), 20)
				if windows(server.Server) < 2 {
					t.Error("the window was not divided")
				}
			})
		})
	}
}

// Whatever the data set and the faults, the result is the exact set or an error.
func TestChannelCallsAreTheExactSetOrAnError(t *testing.T) {
	t.Parallel()
	outcomes := make(map[bool]int)
	for seed := range uint64(24) {
		random := rand.New(rand.NewPCG(seed, 0))
		calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: seed, Calls: random.IntN(800), Burst: random.Float64() * float64(random.IntN(2))}))
		rate := random.Float64() * 0.15
		faults := []birdtest.Fault{
			{Status: 500}, {Status: 503, Header: http.Header{"Retry-After": {"0"}}}, {Status: 200, Body: `{"results":[`},
			{Truncate: 1 + random.IntN(2000)}, {Drop: true}, {Wait: time.Millisecond},
			{Status: 200, ContentType: "text/html", Body: "<html>"}, {Status: 403}, // these end the read
		}[:6+random.IntN(3)]
		by := birdtest.TimeField(random.IntN(2))
		var mu sync.Mutex
		options := birdtest.Options{
			Calls: calls, Order: birdtest.Order(random.IntN(3)), StartExclusive: random.IntN(2) == 0, EndExclusive: random.IntN(2) == 0,
			StartBy: by, EndBy: by, Repeat: random.IntN(30), EmptyPages: random.IntN(4), PageSize: 5 + random.IntN(40),
			Fault: func(birdtest.Request) birdtest.Fault {
				mu.Lock()
				defer mu.Unlock()
				if random.Float64() < rate {
					return faults[random.IntN(len(faults))]
				}
				return birdtest.Fault{}
			},
		}
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(birdtest.DefaultStart.AddDate(0, 0, 40)))
			options.Latency = time.Millisecond // a page takes time
			client := newTransportClient(t, birdtest.NewTransport(t, options), func(c *bird.Config) { c.MaxRetries = 4 })
			got, err := read(t.Context(), client, divisible())
			if err == nil {
				wantCalls(t, calls, got)
			}
			outcomes[err == nil]++
		})
	}
	if outcomes[true] == 0 || outcomes[false] == 0 {
		t.Errorf("%d reads succeeded and %d failed, want some of each", outcomes[true], outcomes[false])
	}
}

func TestChannelCallsReturnsErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	for name, test := range map[string]struct {
		credential bird.Credential
		channel    string
		query      bird.CallsQuery
		want       bird.APIError
	}{
		"401": {bird.AccessKey("bk_123"), birdtest.DefaultChannelID, bird.CallsQuery{}, bird.APIError{StatusCode: 401, Code: "2", Details: []string{"access_key: Request not allowed (incorrect access_key)"}}},
		"403": {bird.BearerToken(birdtest.ForbiddenToken), birdtest.DefaultChannelID, bird.CallsQuery{}, bird.APIError{StatusCode: 403, Code: "Forbidden", Message: "the access role may not read calls"}},
		"404": {bird.AccessKey(birdtest.DefaultAccessKey), "unknown", bird.CallsQuery{}, bird.APIError{StatusCode: 404, Code: "ResourceNotFound", Message: "the workspace or the channel does not exist"}},
		"422": {bird.BearerToken(birdtest.DefaultToken), birdtest.DefaultChannelID, bird.CallsQuery{Direction: "sideways"}, bird.APIError{StatusCode: 422, Code: "InvalidPayload", Message: "the request is not valid", Details: []string{"direction: must be incoming or outgoing"}}},
	} {
		client := newClient(t, server, func(c *bird.Config) { c.Credential, c.MaxRetries = test.credential, 0 })
		calls, err := collect(client.ChannelCalls(t.Context(), birdtest.DefaultWorkspaceID, test.channel, test.query))
		got, ok := errors.AsType[*bird.APIError](err)
		if !ok || len(calls) > 0 {
			t.Errorf("%s: %d calls, error %v", name, len(calls), err)
			continue
		}
		last := len(server.Requests())
		if name == "422" { // the last request asked whether it is about the limit
			last--
		}
		test.want.RequestID = fmt.Sprintf("req-%d", last)
		if diff := cmp.Diff(test.want, *got); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", name, diff)
		}
	}
}

func TestChannelCallsLeavesAServerThatHangsWithTheContext(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		asked <- struct{}{}
		return birdtest.Fault{Hang: true}
	}})
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	go func() {
		<-asked
		cancel(interrupted)
	}()
	if _, err := read(ctx, newClient(t, server, nil), bird.CallsQuery{}); !errors.Is(err, interrupted) {
		t.Errorf("error %v, want the context's cause", err)
	}
}

func TestSortCallsByTimeThenID(t *testing.T) {
	t.Parallel()
	at := func(id, text string) bird.Call { return bird.Call{ID: id, CreatedAt: &text} }
	want := []bird.Call{
		{ID: "a without a time"},
		{ID: "b without a time"},
		at("z", "2024-02-28T23:59:59+05:30"), // 18:29:59 UTC
		at("y", "2024-02-28T16:54:46-02:00"), // 18:54:46 UTC
		at("x", "2024-02-28T18:54:47Z"),
		at("w", "2024-02-28T18:54:47.7Z"),
		at("v", "2024-02-28T18:54:47.77Z"), // sorts after the next as text
		at("u", "2024-02-28T18:54:47.771Z"),
		at("a", "2024-02-28T18:54:48Z"),
		at("b", "2024-02-28T18:54:48.000Z"), // the same instant in another form
		at("c", "2024-02-28T19:54:48+01:00"),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		got := slices.Clone(want)
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		bird.SortCalls(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("sorted (-want +got):\n%s", diff)
		}
	}
}
