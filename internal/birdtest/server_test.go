package birdtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

var dataSet = sync.OnceValue(func() []bird.Call {
	return birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 1200})
})

const bearer = "Bearer " + birdtest.DefaultToken

// list is a response of a server.
type list struct {
	Results       []bird.Call
	NextPageToken string
	Total         int
	Code          string
	Message       string
	Details       map[string][]string
}

// newestFirst returns calls in the order of a server that was not asked for
// another.
func newestFirst(calls []bird.Call) []bird.Call {
	calls = slices.Clone(calls)
	bird.SortCalls(calls)
	slices.Reverse(calls)
	return calls
}

// ids returns those of the calls, in order.
func ids(calls []bird.Call) []string {
	ids := make([]string, len(calls))
	for i := range calls {
		ids[i] = calls[i].ID
	}
	return ids
}

// do requests a path of a server below its base URL.
func do(t *testing.T, server *birdtest.Server, method, path, authorization string) (response, string, error) {
	t.Helper()
	// Only what hangs takes so long.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	return send(t, client, server.URL(), method, path, authorization)
}

// response is what is left of a response once its body is read.
type response struct {
	StatusCode int
	Header     http.Header
}

func send(t *testing.T, client *http.Client, baseURL, method, path, authorization string) (response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, baseURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	resp, err := client.Do(req)
	if err != nil {
		return response{}, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header}, string(body), err
}

func path(workspace, channel string) string {
	return "/workspaces/" + workspace + "/channels/" + channel + "/calls"
}

// get requests a page of the calls of the default channel.
func get(t *testing.T, server *birdtest.Server, query url.Values) (int, list) {
	t.Helper()
	resp, body, err := do(t, server, "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID)+"?"+query.Encode(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	var page list
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	return resp.StatusCode, page
}

// getAll requests all pages, and returns the calls of each.
func getAll(t *testing.T, server *birdtest.Server, query url.Values) (pages [][]bird.Call) {
	t.Helper()
	query = maps.Clone(query)
	for {
		status, page := get(t, server, query)
		if status != http.StatusOK {
			t.Fatalf("status %d: %+v", status, page)
		}
		pages = append(pages, page.Results)
		if page.NextPageToken == "" {
			return pages
		}
		query.Set("pageToken", page.NextPageToken)
	}
}

func TestServerReturnsErrorsAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet()[:5]})
	good := path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID)
	for name, test := range map[string]struct {
		method, path, authorization string
		status                      int
		want                        string
	}{
		"bearer token":         {"GET", good, bearer, 200, `{"results":[{`},
		"access key":           {"GET", good, "AccessKey " + birdtest.DefaultAccessKey, 200, `{"results":[{`},
		"empty channel":        {"GET", path(birdtest.DefaultWorkspaceID, birdtest.EmptyChannelID), bearer, 200, `{"results":[]}`},
		"no credential":        {"GET", good, "", 401, `{"errors":[{"code":2,"description":"Request not allowed (incorrect access_key)","parameter":"access_key"}]}`},
		"key as token":         {"GET", good, "Bearer " + birdtest.DefaultAccessKey, 401, `{"errors":[`},
		"token as key":         {"GET", good, "AccessKey " + birdtest.DefaultToken, 401, `{"errors":[`},
		"role without access":  {"GET", good, "Bearer " + birdtest.ForbiddenToken, 403, `{"error":{"type":"access","code":"Forbidden","message":"the access role may not read calls","request_id":"req-forbidden"}}`},
		"unknown channel":      {"GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultWorkspaceID), bearer, 404, `{"code":"ResourceNotFound","message":"the workspace or the channel does not exist"}`},
		"unknown workspace":    {"GET", path(birdtest.DefaultChannelID, birdtest.DefaultChannelID), bearer, 404, `{"code":"ResourceNotFound"`},
		"unknown path":         {"GET", "/voice/calls", bearer, 404, `{"code":"NotFound"`},
		"other method":         {"POST", good, bearer, 405, `{"code":"MethodNotAllowed"`},
		"not a date":           {"GET", good + "?startAt=yesterday", bearer, 422, `{"code":"InvalidPayload","details":{"startAt":["must be an RFC 3339 date-time"]},"message":"the request is not valid"}`},
		"offset not encoded":   {"GET", good + "?endAt=2024-02-28T16:54:33+01:00", bearer, 422, `"details":{"endAt"`},
		"unknown direction":    {"GET", good + "?direction=sideways", bearer, 422, `"details":{"direction"`},
		"token of nobody":      {"GET", good + "?pageToken=MTAsZmFsc2Us", bearer, 422, `"details":{"pageToken"`},
		"token not of base 64": {"GET", good + "?pageToken=%25", bearer, 422, `"details":{"pageToken"`},
	} {
		t.Run(name, func(t *testing.T) {
			resp, body, err := do(t, server, test.method, test.path, test.authorization)
			if err != nil {
				t.Fatal(err)
			}
			var object map[string]any
			if err := json.Unmarshal([]byte(body), &object); err != nil {
				t.Errorf("body %s: %v", body, err)
			}
			// Maps have no order in JSON.
			sorted, _ := json.Marshal(object)
			if resp.StatusCode != test.status || !strings.Contains(body, test.want) && !strings.Contains(string(sorted), test.want) {
				t.Errorf("status %d: %s, want status %d: %s", resp.StatusCode, body, test.status, test.want)
			}
			if strings.Contains(test.path, "/workspaces/") && !strings.HasPrefix(resp.Header.Get("X-Request-Id"), "req-") {
				t.Errorf("request id %q", resp.Header.Get("X-Request-Id"))
			}
		})
	}
}

func TestServerKnowsNoPathWithoutThePrefix(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	base, prefixed := strings.CutSuffix(server.URL(), "/prefix")
	if !prefixed || !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("base URL %s", server.URL())
	}
	resp, _, err := send(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, base, "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), bearer)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 404 {
		t.Errorf("status %d, want 404", resp.StatusCode)
	}
}

func TestServerStartsOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for addr, good := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false, "127.0.0.1": false} {
		server, err := birdtest.Start(addr, birdtest.Options{})
		if (err == nil) != good {
			t.Errorf("%s: error %v", addr, err)
		}
		if err == nil {
			server.Close()
			server.Close() // twice does no harm
		}
	}
}

func TestServerTakesATokenOnce(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet(), TokensOnce: true})
	query := url.Values{"limit": {"500"}}
	_, first := get(t, server, query)
	if _, again := get(t, server, query); again.NextPageToken != first.NextPageToken {
		t.Error("the first page, which has no token, is another one the second time")
	}
	query.Set("pageToken", first.NextPageToken)
	for i, want := range []int{500, 0, 0} {
		if status, page := get(t, server, query); status != 200 || len(page.Results) != want || (page.NextPageToken == "") != (want == 0) {
			t.Errorf("use %d of the token: status %d, %d calls, token %q, want %d calls", i+1, status, len(page.Results), page.NextPageToken, want)
		}
	}
}

func TestServerFillsPagesUpToTheLimit(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet()})
	for limit, want := range map[string][]int{"1000": {1000, 200}, "599": {599, 599, 2}} {
		var got []int
		for _, page := range getAll(t, server, url.Values{"limit": {limit}}) {
			got = append(got, len(page))
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %s: pages of %d calls, want %d", limit, got, want)
		}
	}
	for limit, want := range map[string]int{"": 10, "1": 1} {
		if _, page := get(t, server, url.Values{"limit": {limit}}); len(page.Results) != want || page.NextPageToken == "" {
			t.Errorf("limit %q: %d calls, token %q, want %d and a token", limit, len(page.Results), page.NextPageToken, want)
		}
	}
	counting := birdtest.NewServer(t, birdtest.Options{Calls: dataSet(), Total: true})
	if _, page := get(t, counting, url.Values{"limit": {"1"}}); page.Total != 1200 {
		t.Errorf("a total of %d, want 1200", page.Total)
	}
	for _, limit := range []string{"0", "-1", "1001", "abc", "1.5", "1e3"} {
		if status, page := get(t, server, url.Values{"limit": {limit}}); status != 422 || page.Details["limit"] == nil || page.Code != "InvalidPayload" {
			t.Errorf("limit %s: status %d, %+v, want 422", limit, status, page)
		}
	}
	strict := birdtest.NewServer(t, birdtest.Options{Calls: dataSet(), MaxLimit: 100})
	for limit, want := range map[string]int{"100": 200, "101": 422} {
		if status, _ := get(t, strict, url.Values{"limit": {limit}}); status != want {
			t.Errorf("limit %s of at most 100: status %d, want %d", limit, status, want)
		}
	}
	small := birdtest.NewServer(t, birdtest.Options{Calls: dataSet(), PageSize: 100})
	if got := len(getAll(t, small, url.Values{"limit": {"1000"}})); got != 12 {
		t.Errorf("%d pages of at most 100 calls, want 12", got)
	}
}

func TestServerAcceptsATokenForItsQueryOnly(t *testing.T) {
	t.Parallel()
	calls := slices.Clone(dataSet()[:50])
	other := "11111111-1111-4111-8111-111111111111"
	moved := calls[0]
	moved.ChannelID = &other
	server := birdtest.NewServer(t, birdtest.Options{Calls: append(calls, moved)})
	query := url.Values{"limit": {"10"}, "startAt": {"2024-01-01T00:00:00Z"}}
	_, first := get(t, server, query)
	if !strings.HasSuffix(first.NextPageToken, "==") {
		t.Errorf("token %q, want one that must be escaped", first.NextPageToken)
	}
	query.Set("pageToken", first.NextPageToken)
	_, second := get(t, server, query)
	_, again := get(t, server, query)
	if len(second.Results) != 10 || !slices.Equal(ids(second.Results), ids(again.Results)) || slices.Equal(ids(first.Results), ids(second.Results)) {
		t.Errorf("the second page holds %d calls", len(second.Results))
	}
	for name, value := range map[string]string{"limit": "20", "startAt": "2024-01-01T00:00:01Z", "endAt": "2025-01-01T00:00:00Z", "status": "busy"} {
		changed := maps.Clone(query)
		changed.Set(name, value)
		if status, page := get(t, server, changed); status != 422 || page.Details["pageToken"] == nil {
			t.Errorf("token with another %s: status %d, %+v, want 422", name, status, page)
		}
	}
	resp, _, err := do(t, server, "GET", path(birdtest.DefaultWorkspaceID, other)+"?"+query.Encode(), bearer)
	if err != nil || resp.StatusCode != 422 {
		t.Errorf("token with another channel: %v, %v, want 422", resp, err)
	}
}

func TestServerListsCallsUnderTheirChannelAndInTheLogOfTheWorkspace(t *testing.T) {
	t.Parallel()
	other, third := "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
	calls := slices.Clone(dataSet()[:4])
	for i := range calls {
		calls[i].Tags = nil
	}
	calls[1].ChannelID, calls[1].Tags = &other, []*string{new("vip"), new("x")}
	calls[2].ChannelID, calls[2].Tags = &third, []*string{new("y")}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	careless := birdtest.NewServer(t, birdtest.Options{Calls: calls, Ignore: []string{"status", "direction", "channelId"}})
	log := "/workspaces/" + birdtest.DefaultWorkspaceID + "/channels/calls"
	for name, test := range map[string]struct {
		server *birdtest.Server
		path   string
		want   []int
	}{
		"default channel":     {server, path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), []int{0, 3}},
		"other channel":       {server, path(birdtest.DefaultWorkspaceID, other), []int{1}},
		"empty channel":       {server, path(birdtest.DefaultWorkspaceID, birdtest.EmptyChannelID), nil},
		"log":                 {server, log, []int{0, 1, 2, 3}},
		"log of channels":     {server, log + "?channelId=" + other + "&channelId=" + third, []int{1, 2}},
		"log by tags":         {server, log + "?tag=y&tag=vip", []int{1, 2}},
		"log by id":           {server, log + "?id=" + calls[3].ID, []int{3}},
		"log, filters passed": {careless, log + "?channelId=" + other, []int{0, 1, 2, 3}},
	} {
		_, body, err := do(t, test.server, "GET", test.path, bearer)
		if err != nil {
			t.Fatal(err)
		}
		var page list
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, call := range page.Results {
			got = append(got, slices.IndexFunc(calls, func(c bird.Call) bool { return c.ID == call.ID }))
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: calls %v, want %v", name, got, test.want)
		}
	}
	if resp, _, err := do(t, server, "GET", "/workspaces/unknown/channels/calls", bearer); err != nil || resp.StatusCode != 404 {
		t.Errorf("log of an unknown workspace: %v, %v, want 404", resp, err)
	}
}

// A call comes over the wire as it is in the data set, except that some absent
// fields are what a Go service sends for nothing.
func TestServerListsCallsAsTheyAre(t *testing.T) {
	t.Parallel()
	calls := dataSet()[:300]
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	_, body, err := do(t, server, "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID)+"?limit=1000", bearer)
	if err != nil {
		t.Fatal(err)
	}
	for _, nothing := range []string{
		`"hangupSource":null,`, `"hangupSource":"",`, `"hangupSipCode":"",`, `"parentId":"00000000-0000-0000-0000-000000000000",`,
		`"ringingAt":"0001-01-01T00:00:00Z",`, `"answeredAt":"0001-01-01T00:00:00Z",`, `"endedAt":"0001-01-01T00:00:00Z",`, `"scheduledFor":"0001-01-01T00:00:00Z",`,
	} {
		if n := strings.Count(body, nothing); n == 0 || n > len(calls)/2 {
			t.Errorf("%d calls have %s", n, nothing)
		}
		body = strings.ReplaceAll(body, nothing, "")
	}
	if strings.Contains(body, "null") {
		t.Error("null is something else, too")
	}
	var got list
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newestFirst(calls), got.Results); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestServerAppliesBoundsAndFilters(t *testing.T) {
	t.Parallel()
	// All within an hour, so that a call may begin before a bound and end after it.
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: 400, Burst: 1})
	bound := *calls[150].CreatedAt
	at, _ := bird.ParseTime(bound)
	created := func(c bird.Call) int {
		t, _ := bird.ParseTime(*c.CreatedAt)
		return t.Compare(at)
	}
	updated := func(c bird.Call) int {
		t, _ := bird.ParseTime(*c.UpdatedAt)
		return t.Compare(at)
	}
	ended := func(c bird.Call) int {
		t, _ := bird.ParseTime(*c.EndedAt)
		return t.Compare(at)
	}
	whole := func(c bird.Call) time.Time {
		t, _ := bird.ParseTime(*c.CreatedAt)
		return t.Truncate(time.Minute)
	}
	// A call that lasted, so that the filter of duration finds something.
	lasted := calls[slices.IndexFunc(calls, func(c bird.Call) bool { return c.Duration != nil && *c.Duration > 0 })]
	is := func(want string, have *string) bool { return have != nil && *have == want }
	for name, test := range map[string]struct {
		options birdtest.Options
		query   url.Values
		matches func(bird.Call) bool
	}{
		"start":                 {birdtest.Options{}, url.Values{"startAt": {bound}}, func(c bird.Call) bool { return created(c) >= 0 }},
		"start, exclusive":      {birdtest.Options{StartExclusive: true}, url.Values{"startAt": {bound}}, func(c bird.Call) bool { return created(c) > 0 }},
		"end":                   {birdtest.Options{}, url.Values{"endAt": {bound}}, func(c bird.Call) bool { return created(c) <= 0 }},
		"end, exclusive":        {birdtest.Options{EndExclusive: true}, url.Values{"endAt": {bound}}, func(c bird.Call) bool { return created(c) < 0 }},
		"end, in another zone":  {birdtest.Options{}, url.Values{"endAt": {at.In(time.FixedZone("", 19800)).Format(time.RFC3339Nano)}}, func(c bird.Call) bool { return created(c) <= 0 }},
		"both":                  {birdtest.Options{}, url.Values{"startAt": {bound}, "endAt": {bound}}, func(c bird.Call) bool { return created(c) == 0 }},
		"by the time of update": {birdtest.Options{StartBy: birdtest.UpdatedAt}, url.Values{"startAt": {bound}}, func(c bird.Call) bool { return updated(c) >= 0 }},
		"by the end": {birdtest.Options{EndBy: birdtest.EndedAt}, url.Values{"endAt": {bound}}, func(c bird.Call) bool {
			return c.EndedAt != nil && ended(c) <= 0
		}},
		"in whole minutes":   {birdtest.Options{Precision: time.Minute}, url.Values{"startAt": {bound}, "endAt": {bound}}, func(c bird.Call) bool { return whole(c).Equal(at.Truncate(time.Minute)) }},
		"exclusive, minutes": {birdtest.Options{Precision: time.Minute, StartExclusive: true}, url.Values{"startAt": {bound}}, func(c bird.Call) bool { return whole(c).After(at.Truncate(time.Minute)) }},
		"status":             {birdtest.Options{}, url.Values{"status": {"no-answer"}}, func(c bird.Call) bool { return *c.Status == "no-answer" }},
		"type":               {birdtest.Options{}, url.Values{"type": {"webrtc"}}, func(c bird.Call) bool { return *c.Type == "webrtc" }},
		"direction":          {birdtest.Options{}, url.Values{"direction": {"outgoing"}}, func(c bird.Call) bool { return *c.Direction == "outgoing" }},
		"from":               {birdtest.Options{}, url.Values{"from": {*calls[7].From}}, func(c bird.Call) bool { return is(*calls[7].From, c.From) }},
		"to":                 {birdtest.Options{}, url.Values{"to": {*calls[7].To}}, func(c bird.Call) bool { return is(*calls[7].To, c.To) }},
		"duration":           {birdtest.Options{}, url.Values{"duration": {strconv.FormatInt(*lasted.Duration, 10)}}, func(c bird.Call) bool { return c.Duration != nil && *c.Duration == *lasted.Duration }},
		"several":            {birdtest.Options{}, url.Values{"status": {"busy"}, "direction": {"incoming"}, "endAt": {bound}}, func(c bird.Call) bool { return *c.Status == "busy" && *c.Direction == "incoming" && created(c) <= 0 }},
		"passed over":        {birdtest.Options{Ignore: []string{"status", "direction"}}, url.Values{"status": {"busy"}, "direction": {"incoming"}, "type": {"sip"}}, func(c bird.Call) bool { return *c.Type == "sip" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.options.Calls = calls
			server := birdtest.NewServer(t, test.options)
			test.query.Set("limit", "1000")
			got := ids(slices.Concat(getAll(t, server, test.query)...))
			want := ids(slices.DeleteFunc(slices.Clone(calls), func(c bird.Call) bool { return !test.matches(c) }))
			slices.Sort(got)
			slices.Sort(want)
			if len(want) == 0 || len(want) == len(calls) {
				t.Fatalf("the test asks for %d of %d calls", len(want), len(calls))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServerListsCallsInTheOrderOfTheOptions(t *testing.T) {
	t.Parallel()
	calls := dataSet()[:300]
	list := func(order birdtest.Order) []bird.Call {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: order})
		return slices.Concat(getAll(t, server, url.Values{"limit": {"100"}})...)
	}
	sorted := func(calls []bird.Call, sign int) bool {
		return slices.IsSortedFunc(calls, func(a, b bird.Call) int {
			t, _ := bird.ParseTime(*a.CreatedAt)
			u, _ := bird.ParseTime(*b.CreatedAt)
			return sign * t.Compare(u)
		})
	}
	ascending, descending, shuffled := list(birdtest.Ascending), list(birdtest.Descending), list(birdtest.Shuffled)
	if !sorted(ascending, 1) || !sorted(descending, -1) || sorted(shuffled, 1) || sorted(shuffled, -1) {
		t.Error("an order is not as its name")
	}
	if unsaid := list(birdtest.Options{}.Order); !slices.Equal(ids(unsaid), ids(newestFirst(calls))) {
		t.Error("the newest call is not first though no order was asked for")
	}
	if !slices.Equal(ids(shuffled), ids(list(birdtest.Shuffled))) {
		t.Error("the shuffled order is not always the same")
	}
	for _, got := range [][]bird.Call{ascending, descending, shuffled} {
		bird.SortCalls(got)
		if !slices.Equal(ids(got), ids(calls)) {
			t.Error("an order does not hold each call once")
		}
	}
}

func TestServerRepeatsCallsAndInsertsEmptyPages(t *testing.T) {
	t.Parallel()
	calls := newestFirst(dataSet()[:100])
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Repeat: 10})
	var again []string
	for i := 0; i < 100; i += 10 {
		again = append(again, calls[i].ID)
	}
	if diff := cmp.Diff(append(ids(calls), again...), ids(slices.Concat(getAll(t, server, url.Values{"limit": {"1000"}})...))); diff != "" {
		t.Errorf("calls with repeats (-want +got):\n%s", diff)
	}
	for n, want := range map[int][]int{1: {0, 20, 0, 20, 0, 20, 0, 20, 0, 20}, 2: {20, 0, 20, 20, 0, 20, 20}, 0: {20, 20, 20, 20, 20}} {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, EmptyPages: n})
		pages := getAll(t, server, url.Values{"limit": {"20"}})
		var sizes []int
		for _, page := range pages {
			sizes = append(sizes, len(page))
		}
		if !slices.Equal(sizes, want) {
			t.Errorf("every %d-th page empty: pages of %d calls, want %d", n, sizes, want)
		}
		if diff := cmp.Diff(ids(calls), ids(slices.Concat(pages...))); diff != "" {
			t.Errorf("calls with empty pages (-want +got):\n%s", diff)
		}
	}
}

func TestServerReturns429AboveTheRate(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]birdtest.LimitKind{
		"token bucket": birdtest.TokenBucket, "sliding window": birdtest.SlidingWindow, "fixed window": birdtest.FixedWindow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := &http.Client{Transport: birdtest.NewTransport(t, birdtest.Options{RequestsPerSecond: 3, Limit: kind})}
				for second := range 3 {
					for request := range 10 {
						want := http.StatusOK
						if request >= 3 {
							want = http.StatusTooManyRequests
						}
						resp, body, err := send(t, client, "http://fake/prefix", "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), bearer)
						if err != nil {
							t.Fatal(err)
						}
						if resp.StatusCode != want || want == http.StatusTooManyRequests && !strings.Contains(body, `"code":"TooManyRequests"`) {
							t.Errorf("request %d of second %d: status %d, want %d: %s", request, second, resp.StatusCode, want, body)
						}
					}
					time.Sleep(time.Second)
				}
			})
		})
	}
}

func TestServerHasTheFaultsOfTheOptions(t *testing.T) {
	t.Parallel()
	respond := func(t *testing.T, fault birdtest.Fault) (response, string, error) {
		server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet()[:10], Fault: func(birdtest.Request) birdtest.Fault { return fault }})
		return do(t, server, "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), bearer)
	}
	t.Run("none", func(t *testing.T) {
		if resp, body, err := respond(t, birdtest.Fault{}); err != nil || resp.StatusCode != 200 || !json.Valid([]byte(body)) {
			t.Errorf("%v: %s, error %v", resp, body, err)
		}
	})
	t.Run("status", func(t *testing.T) {
		resp, body, err := respond(t, birdtest.Fault{Status: 502, Body: "<html>", ContentType: "text/html", Header: http.Header{"Retry-After": {"3"}}})
		if err != nil || resp.StatusCode != 502 || body != "<html>" || resp.Header.Get("Content-Type") != "text/html" || resp.Header.Get("Retry-After") != "3" {
			t.Errorf("%v: %s, error %v", resp, body, err)
		}
	})
	t.Run("drop", func(t *testing.T) {
		if resp, _, err := respond(t, birdtest.Fault{Drop: true}); err == nil || !strings.Contains(err.Error(), "reset") {
			t.Errorf("%v, error %v, want a connection that was reset", resp, err)
		}
	})
	t.Run("truncate", func(t *testing.T) {
		for _, n := range []int{1, 500, 1 << 30} {
			_, body, err := respond(t, birdtest.Fault{Truncate: n})
			if !errors.Is(err, io.ErrUnexpectedEOF) || json.Valid([]byte(body)) || n < 1<<30 && len(body) != n {
				t.Errorf("truncated after %d bytes: %d bytes, error %v", n, len(body), err)
			}
		}
	})
	t.Run("wait", func(t *testing.T) {
		started := time.Now()
		if resp, _, err := respond(t, birdtest.Fault{Wait: 30 * time.Millisecond}); err != nil || resp.StatusCode != 200 || time.Since(started) < 30*time.Millisecond {
			t.Errorf("%v after %s, error %v", resp, time.Since(started), err)
		}
	})
	t.Run("hang until the server closes", func(t *testing.T) {
		requested := make(chan struct{})
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
			close(requested)
			return birdtest.Fault{Hang: true}
		}})
		go func() {
			<-requested
			server.Close()
		}()
		if resp, _, err := do(t, server, "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), bearer); err == nil {
			t.Errorf("%v, want no response", resp)
		}
	})
}

// Faults are keyed by what is requested, so that a test knows which request it hits.
func TestServerReportsItsRequests(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var faulted []string
	server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet()[:20], Fault: func(r birdtest.Request) birdtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		faulted = append(faulted, fmt.Sprint(r.Number, " ", r.Attempt, " ", r.Page != ""))
		return birdtest.Fault{}
	}})
	_, first := get(t, server, nil)
	get(t, server, nil)
	get(t, server, url.Values{"pageToken": {first.NextPageToken}})
	if diff := cmp.Diff([]string{"1 1 false", "2 2 false", "3 1 true"}, faulted); diff != "" {
		t.Errorf("requests as faults see them (-want +got):\n%s", diff)
	}
	requests := server.Requests()
	if len(requests) != 3 || server.BusiestSecond() < 1 || server.BusiestSecond() > 3 || server.MaxInFlight() != 1 {
		t.Errorf("%d requests, %d in the busiest second, %d at once", len(requests), server.BusiestSecond(), server.MaxInFlight())
	}
	last := requests[2]
	if last.Method != "GET" || last.Path != "/prefix"+path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID) ||
		last.Query.Get("pageToken") != first.NextPageToken || last.Page != first.NextPageToken || last.Header.Get("Authorization") != bearer {
		t.Errorf("last request %+v", last)
	}
}

func TestServerDelaysEachResponseByTheLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: birdtest.NewTransport(t, birdtest.Options{Latency: 100 * time.Millisecond})}
		started := time.Now()
		for request := range 3 {
			resp, _, err := send(t, client, "http://fake/prefix", "GET", path(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID), bearer)
			if d := time.Since(started); err != nil || resp.StatusCode != http.StatusOK || d.Milliseconds() != int64(request+1)*100 {
				t.Errorf("request %d: %v after %s, error %v", request, resp, d, err)
			}
		}
	})
}

func TestServerCountsRequestsInFlight(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	all.Add(3)
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		all.Done()
		all.Wait() // no response before each request is there
		return birdtest.Fault{}
	}})
	var requests sync.WaitGroup
	for range 3 {
		requests.Go(func() { get(t, server, nil) })
	}
	requests.Wait()
	if n := server.MaxInFlight(); n != 3 {
		t.Errorf("%d requests at once, want 3", n)
	}
}

// A failure is replayed from its seed.
func TestRequestRandDependsOnlyOnWhatIsRequested(t *testing.T) {
	t.Parallel()
	faults := func(seed uint64, backwards bool) map[string]int {
		drawn := make(map[string]int)
		var mu sync.Mutex
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
			mu.Lock()
			defer mu.Unlock()
			drawn[fmt.Sprint(r.Query.Get("startAt"), r.Query.Get("limit"), r.Attempt)] = r.Rand(seed).IntN(1 << 30)
			return birdtest.Fault{}
		}})
		for i := range 12 {
			if backwards {
				i = 11 - i
			}
			get(t, server, url.Values{"startAt": {fmt.Sprintf("2024-01-0%dT00:00:00Z", 1+i%3)}, "limit": {strconv.Itoa(1 + i%2)}})
		}
		return drawn
	}
	first := faults(1, false)
	if diff := cmp.Diff(first, faults(1, true)); diff != "" {
		t.Errorf("the same seed, in the order (-) and backwards (+):\n%s", diff)
	}
	different := make(map[int]bool)
	for _, n := range first {
		different[n] = true
	}
	for _, n := range faults(2, false) {
		different[n] = true
	}
	if len(first) != 12 || len(different) != 24 {
		t.Errorf("%d requests and %d random numbers of two seeds, want 12 and 24", len(first), len(different))
	}
}

func TestServerAddsArrivingCallsWithRequests(t *testing.T) {
	t.Parallel()
	calls := dataSet()[:400]
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Order: birdtest.Shuffled, Arriving: 3})
	for request := 1; request <= 4; request++ {
		got := ids(slices.Concat(getAll(t, server, url.Values{"limit": {"1000"}})...))
		want := ids(calls[:len(calls)-3+min(request, 3)])
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", request, diff)
		}
	}
}

// A filter of the query is one of the field of a call with the same name.
func TestServerAppliesEachFilterOfTheQuery(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 3, Calls: 500})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	for filter := range reflect.TypeFor[bird.CallsQuery]().Fields() {
		if filter.Type.Kind() != reflect.String {
			continue // a bound of the window
		}
		field, ok := reflect.TypeFor[bird.Call]().FieldByName(filter.Name)
		if !ok {
			t.Errorf("a call has no field %s", filter.Name)
			continue
		}
		value := func(call bird.Call) string {
			if text, ok := reflect.ValueOf(call).FieldByIndex(field.Index).Interface().(*string); ok && text != nil {
				return *text
			}
			return ""
		}
		wanted := value(calls[slices.IndexFunc(calls, func(call bird.Call) bool { return value(call) != "" })])
		want := ids(slices.DeleteFunc(slices.Clone(calls), func(call bird.Call) bool { return value(call) != wanted }))
		got := ids(slices.Concat(getAll(t, server, url.Values{"limit": {"1000"}, field.Tag.Get("json"): {wanted}})...))
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == len(calls) {
			t.Errorf("calls whose %s is %q, of %d (-want +got):\n%s", field.Tag.Get("json"), wanted, len(calls), diff)
		}
	}
}
