package bird_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

var live = flag.Bool("live", false, "check the contract against the service that BIRD_... name; see make test-live")

// TestContractLive checks the contract against the real API, and prints a table
// for an issue.
func TestContractLive(t *testing.T) {
	if !*live {
		t.Skip("it reads the real API: make test-live")
	}
	s, err := liveService(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	findings, requests := checkContract(t.Context(), s)
	fmt.Println(table(findings, requests))
	for _, f := range findings {
		if f.broken {
			t.Errorf("%s: %s (%s)", f.subject, f.verdict, f.detail)
		}
	}
}

// liveService returns the service that the environment names.
func liveService(getenv func(string) string) (service, error) {
	s := service{workspaceID: getenv("BIRD_WORKSPACE_ID"), channelID: getenv("BIRD_CHANNEL_ID"), rate: 20}
	token, key := getenv("BIRD_TOKEN"), getenv("BIRD_ACCESS_KEY")
	var missing []string
	switch {
	case token != "" && key != "":
		missing = append(missing, "only one of BIRD_TOKEN and BIRD_ACCESS_KEY")
	case token != "":
		s.credential, s.authorization = bird.BearerToken(token), "Bearer "+token
	case key != "":
		s.credential, s.authorization = bird.AccessKey(key), "AccessKey "+key
	default:
		missing = append(missing, "BIRD_TOKEN or BIRD_ACCESS_KEY to a credential whose access role may read voice calls")
	}
	if s.workspaceID == "" {
		missing = append(missing, "BIRD_WORKSPACE_ID to the id of the workspace, which the settings of app.bird.com show")
	}
	if s.channelID == "" {
		missing = append(missing, "BIRD_CHANNEL_ID to the id of one of its voice channels")
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("it reads the real API; set %s", strings.Join(missing, ", "))
	}
	base := getenv("BIRD_BASE_URL")
	if base == "" {
		base = bird.DefaultBaseURL
	}
	var err error
	if s.base, err = bird.ParseBaseURL(base); err != nil {
		return s, fmt.Errorf("BIRD_BASE_URL: %w", err)
	}
	return s, s.credential.Validate()
}

// otherChannelID is that of another channel of the workspace.
const otherChannelID = "11111111-1111-4111-8111-111111111111"

// contractCalls are calls of a channel and others of another one, with what the
// contract looks at.
func contractCalls(n, others int) []bird.Call {
	var calls []bird.Call
	for _, options := range []birdtest.DataSetOptions{{Seed: 5, Calls: n}, {Seed: 6, Calls: others, ChannelID: otherChannelID}} {
		calls = append(calls, birdtest.NewDataSet(options)...)
	}
	for i, c := range calls {
		calls[i] = bird.Call{
			ID: c.ID, ChannelID: c.ChannelID, From: c.From, To: c.To, Status: c.Status, Type: c.Type, Direction: c.Direction, Tags: c.Tags,
			CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, RingingAt: c.RingingAt, AnsweredAt: c.AnsweredAt, EndedAt: c.EndedAt,
		}
		if i%4 == 0 {
			calls[i].Tags = []*string{new("vip")}
		}
	}
	return calls
}

// healthy is what a fake server without a fault shows.
var healthy = map[string]string{
	"list of calls":                    "can be read",
	"page tokens":                      "can be used again",
	"limit of 1000":                    "honoured",
	"empty pages":                      "none",
	"repeated ids":                     "none",
	"order":                            "newest first, by createdAt",
	"window":                           "holds what the list without bounds has",
	"startAt":                          "inclusive, compared with createdAt",
	"endAt":                            "inclusive, compared with createdAt",
	"status":                           "kept",
	"type":                             "kept",
	"direction":                        "kept",
	"from":                             "kept",
	"+ in from":                        "must be as the calls have it",
	"to":                               "kept",
	"+ in to":                          "must be as the calls have it",
	"all filters together":             "kept",
	"calls log":                        "holds the channel's calls",
	"channelId":                        "kept",
	"two channelIds":                   "either suffices",
	"tag":                              "kept",
	"window cut in three":              "holds the same calls",
	"unknown credential":               "401 {errors[{code, description, parameter}]}",
	"unknown channel":                  "404 {code, message}",
	"limit of 1001":                    "422 {code, details{limit[]}, message}",
	"startAt that is no time":          "422 {code, details{startAt[]}, message}",
	"divided read and one in sequence": "the same calls",
	"decoder":                          "accepts every call",
	"unknown fields":                   "none",
	"unknown values":                   "none",
	"missing fields":                   "none",
	"form of values":                   "some",
	"contradictions":                   "some", // as in the documentation's own sample
	"headers of the rate limit":        "none",
	"header of the request id":         "X-Request-Id",
}

// The suite finds out how the fake server behaves, and nothing else. A subject
// that want leaves out is as in healthy; a verdict that begins with ! breaks the
// promise.
func TestContract(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it is long, and of the fake server")
	}
	many, all := contractCalls(1200, 100), contractCalls(120, 20)
	one := many[slices.IndexFunc(many, func(call bird.Call) bool { return *call.Status == "completed" && call.AnsweredAt != nil }):][:1]
	fault := func(status int, body string, when func(birdtest.Request) bool) func(birdtest.Request) birdtest.Fault {
		return func(r birdtest.Request) birdtest.Fault {
			if when(r) {
				header := http.Header{}
				if status == http.StatusTooManyRequests {
					header = http.Header{"Retry-After": {"0"}, "X-Ratelimit-Remaining": {"0"}}
				}
				return birdtest.Fault{Status: status, Body: body, Header: header}
			}
			return birdtest.Fault{}
		}
	}
	const divided = "divided read and one in sequence"
	with := func(more ...map[string]string) map[string]string {
		verdicts := make(map[string]string)
		for _, m := range more {
			maps.Copy(verdicts, m)
		}
		return verdicts
	}
	unwindowed := make(map[string]string) // whatever is asked within the window
	for _, subject := range []string{"startAt", "endAt", "status", "type", "direction", "from", "+ in from", "to", "+ in to", "all filters together", "calls log", "channelId", "two channelIds", "tag", "window cut in three", divided} {
		unwindowed[subject] = "not known"
	}
	capped := map[string]string{"limit of 1000": "capped", divided: "not known"}
	short := map[string]string{"limit of 1000": "not known", divided: "not known"}
	few := with(short, map[string]string{"page tokens": "not known"})
	now := birdtest.DefaultStart.AddDate(0, 0, 40)
	recent := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 400, Days: 1, Start: now.AddDate(0, 0, -1)})
	plusless := contractCalls(120, 20)
	for _, call := range plusless {
		*call.From, *call.To = strings.TrimPrefix(*call.From, "+"), strings.TrimPrefix(*call.To, "+")
	}
	for name, test := range map[string]struct {
		options birdtest.Options
		calls   []bird.Call                         // 120 in pages of 100 unless it is set
		edit    func(*http.Request, map[string]any) // of a list
		change  func(*http.Request)
		want    map[string]string
		says    map[string]string // what the details of a finding hold
	}{
		"healthy":         {calls: many, says: map[string]string{"page tokens": "the same 200 calls", "window": "850 calls", "calls log": "850, and "}},
		"oldest first":    {calls: many, options: birdtest.Options{Order: birdtest.Ascending}, want: map[string]string{"order": "oldest first, by createdAt"}},
		"no order":        {calls: many, options: birdtest.Options{Order: birdtest.Shuffled}, want: map[string]string{"order": "none by time", divided: "not known"}},
		"start exclusive": {options: birdtest.Options{StartExclusive: true}, want: map[string]string{"startAt": "exclusive, compared with createdAt"}},
		"end exclusive":   {options: birdtest.Options{EndExclusive: true}, want: map[string]string{"endAt": "exclusive, compared with createdAt"}},
		"both exclusive": {options: birdtest.Options{StartExclusive: true, EndExclusive: true}, want: map[string]string{
			"startAt": "exclusive, compared with createdAt", "endAt": "exclusive, compared with createdAt",
		}},
		"by updatedAt": {calls: many, options: birdtest.Options{StartBy: birdtest.UpdatedAt, EndBy: birdtest.UpdatedAt, EndExclusive: true}, want: map[string]string{
			"order": "newest first, by updatedAt", "startAt": "inclusive, compared with updatedAt", "endAt": "exclusive, compared with updatedAt",
		}},
		"by createdAt and endedAt": {options: birdtest.Options{EndBy: birdtest.EndedAt}, want: map[string]string{
			"endAt": "inclusive, compared with endedAt", "window cut in three": "loses calls",
			"window": "!loses calls", // those that have not ended
		}},
		"in whole minutes": {calls: many, options: birdtest.Options{Precision: time.Minute, EndExclusive: true}, want: map[string]string{
			"startAt": "inclusive, compared with createdAt, in whole minutes", "endAt": "exclusive, compared with createdAt, in whole minutes",
		}},
		"repeats":      {options: birdtest.Options{Repeat: 9}, want: map[string]string{"repeated ids": "some"}, says: map[string]string{"window": "85 calls"}},
		"empty pages":  {options: birdtest.Options{EmptyPages: 2}, want: map[string]string{"empty pages": "come"}},
		"pages of 100": {calls: many, options: birdtest.Options{PageSize: 100}, want: capped},
		"pages of 100, no order": {calls: many, options: birdtest.Options{PageSize: 100, Order: birdtest.Shuffled}, want: with(capped, map[string]string{
			"order": "none by time",
		})},
		"calls arrive": {options: birdtest.Options{Arriving: 12}, want: map[string]string{"repeated ids": "some"}},
		"no calls": {calls: all[120:], want: with(unwindowed, map[string]string{
			"page tokens": "not known", "limit of 1000": "not known", "order": "not known", "window": "not known",
			"decoder": "not known", "unknown fields": "not known", "unknown values": "not known", "missing fields": "not known",
			"form of values": "not known", "contradictions": "not known",
		})},
		"a call": {calls: one, want: with(few, map[string]string{
			"+ in from": "not known", "+ in to": "not known", "all filters together": "not known", "order": "not known", "tag": "not known", "window cut in three": "not known",
			"contradictions": "none",
		})},
		"an empty page before each page": {calls: one, options: birdtest.Options{EmptyPages: 1}, want: with(few, map[string]string{
			"+ in from": "not known", "+ in to": "not known", "all filters together": "not known", "order": "not known", "tag": "not known", "window cut in three": "not known",
			"contradictions": "none", "empty pages": "come",
		})},
		"calls arrive while others are younger than an hour": {calls: recent, options: birdtest.Options{Arriving: 12}, want: with(few, map[string]string{"unknown values": "some"})},
		"twelve calls": {calls: all[:12], want: few},
		"429 once": {options: birdtest.Options{Fault: fault(429, "{}", func(r birdtest.Request) bool { return r.Query.Get("status") != "" && r.Attempt == 1 })}, want: map[string]string{
			"headers of the rate limit": "Retry-After, X-Ratelimit-Remaining",
		}},
		"calls log forbidden": {options: birdtest.Options{Fault: fault(403, "{}", func(r birdtest.Request) bool { return strings.HasSuffix(r.Path, "/channels/calls") })}, want: map[string]string{
			"calls log": "not known", "channelId": "not known", "two channelIds": "not known", "tag": "not known",
		}},

		// These break the promise.
		"status passed over":    {options: birdtest.Options{Ignore: []string{"status"}}, want: map[string]string{"status": "!passed over"}},
		"type passed over":      {options: birdtest.Options{Ignore: []string{"type"}}, want: map[string]string{"type": "!passed over"}},
		"direction passed over": {options: birdtest.Options{Ignore: []string{"direction"}}, want: map[string]string{"direction": "!passed over"}},
		"from passed over":      {options: birdtest.Options{Ignore: []string{"from"}}, want: map[string]string{"from": "!passed over", "+ in from": "makes no difference"}},
		"to passed over":        {options: birdtest.Options{Ignore: []string{"to"}}, want: map[string]string{"to": "!passed over", "+ in to": "makes no difference"}},
		"channelId passed over": {calls: contractCalls(120, 60), options: birdtest.Options{PageSize: 100, Ignore: []string{"channelId"}}, want: with(short, map[string]string{
			"channelId": "!passed over", "two channelIds": "!passed over", "tag": "!lets others pass",
		})},
		"tag passed over": {options: birdtest.Options{Ignore: []string{"tag"}}, want: map[string]string{"tag": "!lets others pass"}},
		"startAt passed over": {options: birdtest.Options{Ignore: []string{"startAt"}}, want: map[string]string{
			"window": "!not held", "startAt": "!passed over", "startAt that is no time": "200 with calls",
		}},
		"endAt passed over": {options: birdtest.Options{Ignore: []string{"endAt"}}, want: map[string]string{
			"window": "!not held", "endAt": "!passed over",
		}},
		"startAt passed over, pages of 100": {calls: many, options: birdtest.Options{Ignore: []string{"startAt"}, PageSize: 100}, want: with(unwindowed, map[string]string{
			"limit of 1000": "capped", "window": "not known", "startAt": "!passed over", "startAt that is no time": "200 with calls",
		})},
		"bounds passed over, pages of 100": {calls: many, options: birdtest.Options{Ignore: []string{"startAt", "endAt"}, PageSize: 100}, want: with(unwindowed, map[string]string{
			"limit of 1000": "capped", "window": "not known", "startAt": "!passed over", "endAt": "!passed over", "startAt that is no time": "200 with calls",
		})},
		"limit passed over": {change: func(req *http.Request) { setQuery(req, "limit", "") }, want: map[string]string{
			"limit of 1000": "capped", "limit of 1001": "200 with calls",
		}},
		"a page token for ever": {edit: func(_ *http.Request, list map[string]any) {
			if list["nextPageToken"] != nil {
				list["nextPageToken"] = "again"
			}
		}, change: func(req *http.Request) {
			setQuery(req, "pageToken", "")
		}, want: with(capped, map[string]string{"page tokens": "!one was repeated", "repeated ids": "some"})},
		"a window without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool { return r.Query.Has("startAt") })}, want: with(unwindowed, map[string]string{
			"window": "!loses calls", "startAt that is no time": "200 {results[]}",
		})},
		"only the first channelId": {change: func(req *http.Request) { setQuery(req, "channelId", req.URL.Query().Get("channelId")) }, want: map[string]string{
			"two channelIds": "!loses calls",
		}},
		"only the last channelId": {change: func(req *http.Request) {
			if ids := req.URL.Query()["channelId"]; len(ids) > 0 {
				setQuery(req, "channelId", ids[len(ids)-1])
			}
		}, want: map[string]string{"two channelIds": "!loses calls"}},
		"numbers with and without +": {calls: plusless, options: birdtest.Options{PageSize: 100}, change: func(req *http.Request) {
			for _, name := range []string{"from", "to"} {
				setQuery(req, name, strings.TrimPrefix(req.URL.Query().Get(name), "+"))
			}
		}, want: with(short, map[string]string{"+ in from": "makes no difference", "+ in to": "makes no difference"})},
		"an unknown channelId refused": {options: birdtest.Options{Fault: fault(404, "{}", func(r birdtest.Request) bool { return r.Query.Get("channelId") == someUUID })}, want: map[string]string{
			"two channelIds": "not known",
		}},
		"a filter without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool {
			return r.Query.Has("status") && !r.Query.Has("from") || r.Query.Get("channelId") == birdtest.DefaultChannelID
		})}, want: map[string]string{"status": "!loses calls", "channelId": "!loses calls", "two channelIds": "!loses calls", "tag": "!loses calls"}},
		"a log without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool {
			return strings.HasSuffix(r.Path, "/channels/calls") && !r.Query.Has("channelId")
		})}, want: map[string]string{"calls log": "!loses calls"}},
		"a call lost in divided reads": {calls: many, edit: func(req *http.Request, list map[string]any) {
			if req.URL.Query().Get("limit") != "1000" {
				list["results"] = slices.DeleteFunc(list["results"].([]any), func(call any) bool { return textAt(call.(map[string]any), "id") == many[600].ID })
			}
		}, want: map[string]string{divided: "!differ"}},
		"another channel for an unknown one": {change: func(req *http.Request) {
			req.URL.Path = strings.Replace(req.URL.Path, "/channels/"+someUUID+"/", "/channels/"+birdtest.DefaultChannelID+"/", 1)
		}, want: map[string]string{"unknown channel": "!200 with calls"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := healthy
			if test.options.Calls = test.calls; test.calls == nil {
				test.options.Calls, test.options.PageSize = all, 100
				want = with(healthy, short)
			}
			test.options.Latency = 100 * time.Millisecond // as the client divides no read of a service that is near
			var findings []finding
			var requests int
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(now))
				server := birdtest.NewTransport(t, test.options)
				findings, requests = checkFake(t, test.options.Calls, server.Server, "http://localhost/prefix", editing{server, test.change, test.edit})
			})
			got := make(map[string]string)
			for _, f := range findings {
				mark := ""
				if f.broken {
					mark = "!"
				}
				got[f.subject] = mark + f.verdict
				if !strings.Contains(f.detail, test.says[f.subject]) {
					t.Errorf("%s: %q does not say %q", f.subject, f.detail, test.says[f.subject])
				}
			}
			if diff := cmp.Diff(with(want, test.want), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			t.Log("\n" + table(findings, requests))
		})
	}
}

// editedNumber is put where neither a name of a field nor a word should be shown.
const editedNumber = "9988776655"

// checkFake checks the contract against a fake server through a transport, and
// fails the test where that takes too many requests or shows a value of a call.
func checkFake(t *testing.T, calls []bird.Call, server *birdtest.Server, url string, transport http.RoundTripper) ([]finding, int) {
	t.Helper()
	base, err := bird.ParseBaseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	findings, requests := checkContract(t.Context(), service{
		base: base, credential: bird.BearerToken(birdtest.DefaultToken), authorization: "Bearer " + birdtest.DefaultToken,
		workspaceID: birdtest.DefaultWorkspaceID, channelID: birdtest.DefaultChannelID, rate: rate.Inf,
		transport: transport,
	})
	if sent := len(server.Requests()); sent != requests || sent > 60 {
		t.Errorf("%d requests, and %d are reported; 60 are allowed", sent, requests)
	}
	text := table(findings, requests)
	values := []string{birdtest.NumberPattern, birdtest.DefaultToken, birdtest.DefaultChannelID, otherChannelID, editedNumber}
	for _, call := range calls {
		for _, value := range []*string{&call.ID, call.From, call.To, call.CreatedAt, call.UpdatedAt, call.EndedAt} {
			if value != nil {
				values = append(values, *value)
			}
		}
	}
	for _, value := range values {
		if strings.Contains(text, value) {
			t.Fatalf("the table holds %q:\n%s", value, text)
		}
	}
	return findings, requests
}

// What came is counted, by names and words that are no values.
func TestContractFields(t *testing.T) {
	t.Parallel()
	calls := contractCalls(3, 0)
	for i := range calls {
		calls[i].CreatedAt = new("2024-02-01T08:00:00Z")
		calls[i].From, calls[i].To = new("+3197"+birdtest.NumberPattern+"1"), new("3197"+birdtest.NumberPattern+"2")
	}
	parse := func(text string) (fields map[string]any) {
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatal(err)
		}
		return fields
	}
	fields := map[string]map[string]any{
		calls[0].ID: parse(`{"status": "no-answer", "answeredAt": "2024-02-01T10:00:00Z", "scheduledFor": "0001-01-01T00:00:00Z", "hangupSource": "+9988776655",
			"sipInsights": {"hangupSipCode": "480"}, "qualityInsights": {"mos": "0.00", "pdd": 1.5}, "jitter": 3, "9988776655": "x",
			"originator": {"number": {"type": "satellite", "verified": true}}, "callFlow": {"commands": [{"loop": 1}]}}`),
		calls[1].ID: parse(`{"status": "completed", "answeredAt": "0001-01-01T00:00:00Z", "hangupSipCode": "486", "sipInsights": {"hangupSipCode": "487"}, "duration": "long", "direction": "sideways"}`),
		calls[2].ID: parse(`{"status": "busy", "answeredAt": null, "hangupSipCode": 486, "qualityInsights": {"mos": 4, "pdd": "-1"}, "from": "+9988776655", "to": null, "updatedAt": "2024-02-01T10:00:00.1234+01:00"}`),
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	findings, _ := checkFake(t, calls, server, server.URL(), editing{http.DefaultTransport, nil, func(_ *http.Request, list map[string]any) {
		for _, call := range list["results"].([]any) {
			call := call.(map[string]any)
			maps.Copy(call, fields[call["id"].(string)])
		}
		list["total"] = 3
	}})
	want := map[string]string{
		"unknown fields": "(a name that may be a value): 1, (beside results) total: 1, callFlow.commands[].loop: 1, jitter: 1, originator.number.verified: 1; of 3 calls",
		"unknown values": "direction sideways: 1, hangupSource (not a word): 1, originator.number.type satellite: 1; of 3 calls",
		"missing fields": "to: 1; of 3 calls",
		"form of values": "numbers with +: 3, numbers without +: 2, sipInsights.hangupSipCode as text: 2, duration as text: 1, hangupSipCode as a whole number: 1, hangupSipCode as text: 1, " +
			"qualityInsights.mos as a whole number: 1, qualityInsights.mos as text: 1, qualityInsights.pdd as a number with decimals: 1, " +
			"qualityInsights.pdd as text: 1, times finer than a millisecond: 1, times with an offset: 1; of 3 calls",
		"contradictions": "SIP code in sipInsights only: 1, SIP code in the call only: 1, answered without answeredAt: 1, mos outside 1 to 5: 1, pdd that is no delay: 1, " +
			"two SIP codes that differ: 1, unanswered with answeredAt: 1, zero time in answeredAt: 1, zero time in scheduledFor: 1; of 3 calls",
	}
	for _, f := range findings {
		if text, ok := want[f.subject]; ok && f.detail != text {
			t.Errorf("%s: %s\nwant %s", f.subject, f.detail, text)
		}
		if f.subject == "decoder" && (!f.broken || !strings.Contains(f.detail, "refused: duration: ")) {
			t.Errorf("%s: %s (%s)", f.subject, f.verdict, f.detail)
		}
	}
}

// A service that refuses two of three requests leaves some checks undone, which
// is no failure.
func TestContractEndsWithItsRequests(t *testing.T) {
	t.Parallel()
	calls := contractCalls(120, 0)
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Fault: func(r birdtest.Request) birdtest.Fault {
		if r.Attempt%3 != 0 {
			return birdtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}}
		}
		return birdtest.Fault{}
	}})
	findings, requests := checkFake(t, calls, server, server.URL(), http.DefaultTransport)
	if requests != maxContractRequests {
		t.Errorf("%d requests", requests)
	}
	for _, f := range findings {
		if f.broken {
			t.Errorf("%s: %s (%s)", f.subject, f.verdict, f.detail)
		}
	}
	if len(findings) != len(healthy) {
		t.Errorf("%d findings, want %d:\n%s", len(findings), len(healthy), table(findings, requests))
	}
}

func TestContractLiveNeedsAnAccount(t *testing.T) {
	t.Parallel()
	whole := map[string]string{"BIRD_TOKEN": "t", "BIRD_WORKSPACE_ID": "w", "BIRD_CHANNEL_ID": "c"}
	for name, test := range map[string]struct {
		change map[string]string
		says   string // in the error; "" for none
	}{
		"all that is needed": {nil, ""},
		"an access key":      {map[string]string{"BIRD_TOKEN": "", "BIRD_ACCESS_KEY": "k"}, ""},
		"no credential":      {map[string]string{"BIRD_TOKEN": ""}, "BIRD_TOKEN or BIRD_ACCESS_KEY"},
		"two credentials":    {map[string]string{"BIRD_ACCESS_KEY": "k"}, "only one of"},
		"no workspace":       {map[string]string{"BIRD_WORKSPACE_ID": ""}, "BIRD_WORKSPACE_ID"},
		"nothing":            {map[string]string{"BIRD_TOKEN": "", "BIRD_WORKSPACE_ID": "", "BIRD_CHANNEL_ID": ""}, "BIRD_CHANNEL_ID"},
		"no channel":         {map[string]string{"BIRD_CHANNEL_ID": ""}, "BIRD_CHANNEL_ID"},
		"plain HTTP":         {map[string]string{"BIRD_BASE_URL": "http://api.bird.com"}, "BIRD_BASE_URL"},
	} {
		environment := maps.Clone(whole)
		maps.Copy(environment, test.change)
		s, err := liveService(func(name string) string { return environment[name] })
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.says == "" && s.base.String() != bird.DefaultBaseURL:
			t.Errorf("%s: base URL %s", name, s.base)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// editing changes requests and lists on their way.
type editing struct {
	next   http.RoundTripper
	change func(*http.Request)
	edit   func(*http.Request, map[string]any)
}

func (e editing) RoundTrip(req *http.Request) (*http.Response, error) {
	if e.change != nil {
		req = req.Clone(req.Context())
		e.change(req)
	}
	resp, err := e.next.RoundTrip(req)
	if err != nil || e.edit == nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	var object map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
		return nil, err
	}
	e.edit(req, object)
	body, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
	return resp, nil
}

// setQuery changes a parameter of a request; "" takes it away.
func setQuery(req *http.Request, name, value string) {
	query := req.URL.Query()
	query.Set(name, value)
	if value == "" {
		query.Del(name)
	}
	req.URL.RawQuery = query.Encode()
}
