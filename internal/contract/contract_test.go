package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
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
		if i%25 == 3 {
			created, _ := bird.ParseTime(*c.CreatedAt)
			calls[i].ScheduledFor = new(created.Add(time.Hour).Format(time.RFC3339Nano))
		}
	}
	return calls
}

// healthy is what a fake server without a fault shows.
var healthy = map[string]string{
	"list of calls":             "can be read",
	"page tokens":               "can be used again",
	"limit of 1000":             "accepted",
	"empty pages":               "none",
	"repeated calls":            "none",
	"order":                     "newest first, by createdAt",
	"window":                    "returns the calls that the list without bounds has",
	"startAt":                   "inclusive, compared with createdAt",
	"endAt":                     "inclusive, compared with createdAt",
	rareTimes:                   "compared with createdAt",
	allFilters:                  "applied",
	"calls log":                 "has the channel's calls",
	"channelId":                 "applied",
	severalChannels:             "returns the calls of each",
	"tag":                       "applied",
	windowInTwo:                 "returns the same calls",
	"unknown credential":        "401 {errors[{code, description, parameter}]}",
	"unknown channel":           "404 {code, message}",
	"limit of 1001":             "422 {code, details{limit[]}, message}",
	"startAt that is no time":   "422 {code, details{startAt[]}, message}",
	inParts:                     "returns the same calls",
	"decoder":                   "accepts every call",
	"total":                     "none",
	"fields beside results":     "none",
	"unknown fields":            "none",
	"unknown values":            "none",
	"missing fields":            "none",
	"zero values":               "some",
	"forms of values":           "some",
	"contradictions":            "some", // as in the documentation's own sample
	"headers of the rate limit": "none",
	"header of the request id":  "X-Request-Id",
}

func init() {
	for _, name := range filterNames {
		healthy[name] = "applied"
	}
	for _, name := range numberNames {
		healthy[plusIn(name)] = "must be as in the call"
	}
}

// Each subject has a verdict above, and no two checks report the same one.
func TestChecksHaveSubjectsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var subjects []string
	for _, c := range checks {
		subjects = append(subjects, c.subjects...)
	}
	slices.Sort(subjects)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(healthy)), subjects); diff != "" {
		t.Errorf("subjects (-expected of a healthy server +of the checks):\n%s", diff)
	}
}

// A run finds out how the fake server behaves, and nothing else. A subject that want
// leaves out is as in healthy; a verdict that begins with ! breaks the promise.
func TestCheck(t *testing.T) {
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
	with := func(more ...map[string]string) map[string]string {
		verdicts := make(map[string]string)
		for _, m := range more {
			maps.Copy(verdicts, m)
		}
		return verdicts
	}
	unwindowed := make(map[string]string) // whatever is asked within the window
	for _, c := range []check{checkStartAt, checkEndAt, checkRareTimes, checkFilters, checkPlusSigns, checkLog, checkCuts, checkParts} {
		for _, subject := range c.subjects {
			unwindowed[subject] = notKnown
		}
	}
	unread := make(map[string]string) // whatever needs the list
	for _, c := range checks {
		if c.needs != nil {
			for _, subject := range c.subjects {
				unread[subject] = notKnown
			}
		}
	}
	capped := map[string]string{"limit of 1000": "accepted, but pages are smaller", inParts: notKnown}
	short := map[string]string{inParts: notKnown}
	few := with(short, map[string]string{"page tokens": notKnown})
	now := birdtest.DefaultStart.AddDate(0, 0, 40)
	recent := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 400, Days: 1, Start: now.AddDate(0, 0, -1)})
	plusless := contractCalls(120, 20)
	for _, call := range plusless {
		*call.From, *call.To = strings.TrimPrefix(*call.From, "+"), strings.TrimPrefix(*call.To, "+")
	}
	type variant struct {
		options birdtest.Options
		calls   []bird.Call                         // 120 in pages of 100 unless it is set
		edit    func(*http.Request, map[string]any) // of a list
		change  func(*http.Request)
		want    map[string]string
		says    map[string]string // what the details of a finding hold
	}
	variants := map[string]variant{
		"healthy":         {calls: many, says: map[string]string{"page tokens": "the same 200 calls", "window": "850 calls", "calls log": "850, and "}},
		"oldest first":    {calls: many, options: birdtest.Options{Order: birdtest.Ascending}, want: map[string]string{"order": "oldest first, by createdAt"}},
		"no order":        {calls: many, options: birdtest.Options{Order: birdtest.Shuffled}, want: map[string]string{"order": "none by time", inParts: notKnown}, says: map[string]string{inParts: "did not divide"}},
		"start exclusive": {options: birdtest.Options{StartExclusive: true}, want: map[string]string{"startAt": "exclusive, compared with createdAt"}},
		"end exclusive":   {options: birdtest.Options{EndExclusive: true}, want: map[string]string{"endAt": "exclusive, compared with createdAt"}},
		"both exclusive": {options: birdtest.Options{StartExclusive: true, EndExclusive: true}, want: map[string]string{
			"startAt": "exclusive, compared with createdAt", "endAt": "exclusive, compared with createdAt",
		}},
		"by updatedAt": {calls: many, options: birdtest.Options{StartBy: birdtest.UpdatedAt, EndBy: birdtest.UpdatedAt, EndExclusive: true}, want: map[string]string{
			rareTimes: notKnown, inParts: "read page by page", "order": "newest first, by updatedAt, not by createdAt", "startAt": "inclusive, compared with updatedAt", "endAt": "exclusive, compared with updatedAt",
		}},
		"by createdAt and endedAt": {options: birdtest.Options{EndBy: birdtest.EndedAt}, want: map[string]string{
			rareTimes: notKnown, "endAt": "inclusive, compared with endedAt", windowInTwo: "loses calls",
			"window": "!loses calls", // those that have not ended
		}},
		"in whole minutes": {calls: many, options: birdtest.Options{Precision: time.Minute, EndExclusive: true}, want: map[string]string{
			rareTimes: notKnown, inParts: "read page by page", "startAt": "inclusive, compared with createdAt, in whole minutes", "endAt": "exclusive, compared with createdAt, in whole minutes",
		}},
		"repeats":      {options: birdtest.Options{Repeat: 9}, want: map[string]string{"repeated calls": "some"}, says: map[string]string{"window": "85 calls"}},
		"empty pages":  {options: birdtest.Options{EmptyPages: 2}, want: map[string]string{"empty pages": "some"}},
		"pages of 100": {calls: many, options: birdtest.Options{PageSize: 100}, want: capped},
		"pages of 100, no order": {calls: many, options: birdtest.Options{PageSize: 100, Order: birdtest.Shuffled}, want: with(capped, map[string]string{
			"order": "none by time",
		})},
		"calls arrive": {options: birdtest.Options{Arriving: 12}, want: map[string]string{"repeated calls": "some"}},
		"no calls": {calls: all[120:], want: with(unwindowed, map[string]string{
			"page tokens": notKnown, "order": notKnown, "window": notKnown,
			"decoder": notKnown, "unknown fields": notKnown, "unknown values": notKnown, "missing fields": notKnown,
			"forms of values": notKnown, "contradictions": notKnown, "zero values": notKnown,
		})},
		"a call": {calls: one, want: with(few, map[string]string{
			"+ in from": notKnown, "+ in to": notKnown, allFilters: notKnown, "order": notKnown, "tag": notKnown, windowInTwo: notKnown,
			"contradictions": "none", "zero values": "none", rareTimes: notKnown,
		})},
		"an empty page before each page": {calls: one, options: birdtest.Options{EmptyPages: 1}, want: with(few, map[string]string{
			"+ in from": notKnown, "+ in to": notKnown, allFilters: notKnown, "order": notKnown, "tag": notKnown, windowInTwo: notKnown,
			"contradictions": "none", "zero values": "none", rareTimes: notKnown, "empty pages": "some",
		})},
		"calls arrive while others are younger than an hour": {calls: recent, options: birdtest.Options{Arriving: 12}, want: with(few, map[string]string{"unknown values": "some"})},
		"twelve calls": {calls: all[:12], want: few},
		"429 once": {options: birdtest.Options{Fault: fault(429, "{}", func(r birdtest.Request) bool { return r.Query.Get("status") != "" && r.Attempt == 1 })}, want: map[string]string{
			"headers of the rate limit": "Retry-After, X-Ratelimit-Remaining",
		}},
		"calls log forbidden": {options: birdtest.Options{Fault: fault(403, "{}", func(r birdtest.Request) bool { return strings.HasSuffix(r.Path, "/channels/calls") })}, want: map[string]string{
			"calls log": notKnown, "channelId": notKnown, severalChannels: notKnown, "tag": notKnown,
		}},

		"by updatedAt, bounds by createdAt": {calls: many, options: birdtest.Options{ListedBy: new(birdtest.UpdatedAt)}, want: map[string]string{
			"order": "newest first, by updatedAt, not by createdAt",
		}},
		"400 for a limit of 1000": {options: birdtest.Options{Fault: fault(400, "{}", func(r birdtest.Request) bool { return r.Query.Get("limit") == "1000" })}, want: map[string]string{
			"limit of 1000": "refused",
		}, says: map[string]string{"limit of 1000": "status 400; a limit of 100 is accepted", "list of calls": "120 calls; pages: 2"}},
		"422 for a limit of 1000": {calls: many, options: birdtest.Options{MaxLimit: 100}, want: with(capped, map[string]string{
			"limit of 1000": "refused",
		}), says: map[string]string{"limit of 1000": "status 422"}},
		"totals of what was read": {options: birdtest.Options{Total: true}, want: map[string]string{
			"total": "as many as were read", "fields beside results": "some",
		}},
		"totals of the channel": {edit: func(_ *http.Request, list map[string]any) { list["total"] = 120 }, want: map[string]string{
			"total": "larger than what was read", "fields beside results": "some",
		}, says: map[string]string{"total": "total 120, "}},
		"totals of a page": {edit: func(_ *http.Request, list map[string]any) { list["total"] = len(list["results"].([]any)) }, want: map[string]string{
			"total": "smaller than what was read", "fields beside results": "some",
		}, says: map[string]string{"total": "total 20, 120 calls read"}},

		// These break the promise.
		"another error for every page": {options: birdtest.Options{Fault: fault(403, "{}", func(birdtest.Request) bool { return true })}, want: with(unread, map[string]string{
			"list of calls": "!cannot be read", "unknown channel": "403 {}", "limit of 1001": "403 {}", "startAt that is no time": "403 {}",
		}), says: map[string]string{"list of calls": "status 403"}},
		"a limit of 1000 refused, and one of 100": {options: birdtest.Options{Fault: fault(422, "{}", func(birdtest.Request) bool { return true })}, want: with(unread, map[string]string{
			"list of calls": "!cannot be read", "unknown channel": "422 {}", "limit of 1001": "422 {}", "startAt that is no time": "422 {}",
		}), says: map[string]string{"list of calls": "status 422"}},
		"page tokens that work once": {options: birdtest.Options{Fault: fault(422, "{}", func(r birdtest.Request) bool { return r.Page != "" && r.Attempt > 1 })}, want: map[string]string{
			"page tokens": "!work once",
		}, says: map[string]string{"page tokens": "status 422"}},
		"page tokens that lead to calls once": {options: birdtest.Options{TokensOnce: true}, want: map[string]string{
			"page tokens": "!work once",
		}, says: map[string]string{"page tokens": "empty"}},
		"endAt compared with scheduledFor": {edit: func(req *http.Request, list map[string]any) {
			end, _ := time.Parse(time.RFC3339Nano, req.URL.Query().Get("endAt"))
			list["results"] = slices.DeleteFunc(list["results"].([]any), func(c any) bool {
				scheduled, err := time.Parse(time.RFC3339Nano, textAt(c.(map[string]any), "scheduledFor"))
				return err == nil && !end.IsZero() && scheduled.After(end)
			})
		}, want: map[string]string{rareTimes: "!compared with another time than createdAt"}, says: map[string]string{rareTimes: "scheduledFor at 5 of 120 calls"}},
		"channelId ignored": {calls: contractCalls(120, 60), options: birdtest.Options{PageSize: 100, Ignore: []string{"channelId"}}, want: with(short, map[string]string{
			"channelId": "!ignored", severalChannels: "!ignored", "tag": "!returns other calls, too",
		})},
		"tag ignored": {options: birdtest.Options{Ignore: []string{"tag"}}, want: map[string]string{"tag": "!returns other calls, too"}},
		"startAt ignored": {options: birdtest.Options{Ignore: []string{"startAt"}}, want: map[string]string{
			rareTimes: notKnown, "window": "!returns calls outside of it", "startAt": "!ignored", "startAt that is no time": "200 with calls",
		}},
		"endAt ignored": {options: birdtest.Options{Ignore: []string{"endAt"}}, want: map[string]string{
			rareTimes: notKnown, "window": "!returns calls outside of it", "endAt": "!ignored",
		}},
		"startAt ignored, pages of 100": {calls: many, options: birdtest.Options{Ignore: []string{"startAt"}, PageSize: 100}, want: with(unwindowed, map[string]string{
			"limit of 1000": "accepted, but pages are smaller", "window": notKnown, "startAt": "!ignored", "startAt that is no time": "200 with calls",
		})},
		"bounds ignored, pages of 100": {calls: many, options: birdtest.Options{Ignore: []string{"startAt", "endAt"}, PageSize: 100}, want: with(unwindowed, map[string]string{
			"limit of 1000": "accepted, but pages are smaller", "window": notKnown, "startAt": "!ignored", "endAt": "!ignored", "startAt that is no time": "200 with calls",
		})},
		"limit ignored": {change: func(req *http.Request) { setQuery(req, "limit", "") }, want: map[string]string{
			"limit of 1000": "accepted, but pages are smaller", "limit of 1001": "200 with calls",
		}},
		"a page token for ever": {edit: func(_ *http.Request, list map[string]any) {
			if list["nextPageToken"] != nil {
				list["nextPageToken"] = "again"
			}
		}, change: func(req *http.Request) {
			setQuery(req, "pageToken", "")
		}, want: with(capped, map[string]string{"page tokens": "!one comes twice", "repeated calls": "some"})},
		"a window without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool { return r.Query.Has("startAt") })}, want: with(unwindowed, map[string]string{
			"window": "!loses calls", "startAt that is no time": "200 {results[]}",
		})},
		"only the first channelId": {change: func(req *http.Request) { setQuery(req, "channelId", req.URL.Query().Get("channelId")) }, want: map[string]string{
			severalChannels: "!loses calls",
		}},
		"only the last channelId": {change: func(req *http.Request) {
			if ids := req.URL.Query()["channelId"]; len(ids) > 0 {
				setQuery(req, "channelId", ids[len(ids)-1])
			}
		}, want: map[string]string{severalChannels: "!loses calls"}},
		"numbers with and without +": {calls: plusless, options: birdtest.Options{PageSize: 100}, change: func(req *http.Request) {
			for _, name := range []string{"from", "to"} {
				setQuery(req, name, strings.TrimPrefix(req.URL.Query().Get(name), "+"))
			}
		}, want: with(short, map[string]string{"+ in from": "makes no difference", "+ in to": "makes no difference"})},
		"an unknown channelId refused": {options: birdtest.Options{Fault: fault(404, "{}", func(r birdtest.Request) bool { return r.Query.Get("channelId") == someUUID })}, want: map[string]string{
			severalChannels: notKnown,
		}},
		"a filter without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool {
			return r.Query.Has("status") && !r.Query.Has("from") || r.Query.Get("channelId") == birdtest.DefaultChannelID
		})}, want: map[string]string{"status": "!loses calls", "channelId": "!loses calls", "tag": "!loses calls"}},
		"a log without calls": {options: birdtest.Options{Fault: fault(200, `{"results":[]}`, func(r birdtest.Request) bool {
			return strings.HasSuffix(r.Path, "/channels/calls") && !r.Query.Has("channelId")
		})}, want: map[string]string{"calls log": "!loses calls"}},
		"a call lost in divided reads": {calls: many, edit: func(req *http.Request, list map[string]any) {
			if req.URL.Query().Get("limit") != "1000" {
				list["results"] = slices.DeleteFunc(list["results"].([]any), func(call any) bool { return textAt(call.(map[string]any), "id") == many[600].ID })
			}
		}, want: map[string]string{inParts: "!differs from the window"}},
		"another channel for an unknown one": {change: func(req *http.Request) {
			req.URL.Path = strings.Replace(req.URL.Path, "/channels/"+someUUID+"/", "/channels/"+birdtest.DefaultChannelID+"/", 1)
		}, want: map[string]string{"unknown channel": "!200 with calls"}},
	}
	for _, name := range filterNames {
		ignored := variant{options: birdtest.Options{Ignore: []string{name}}, want: map[string]string{name: "!ignored"}}
		if slices.Contains(numberNames, name) {
			ignored.want[plusIn(name)] = "makes no difference"
		}
		variants[name+" ignored"] = ignored
	}
	for name, test := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := healthy
			if test.options.Calls = test.calls; test.calls == nil {
				test.options.Calls, test.options.PageSize = all, 100
				want = with(healthy, short)
			}
			test.options.Latency = 100 * time.Millisecond // as the client divides no read of a service that is near
			var report Report
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(now))
				server := birdtest.NewTransport(t, test.options)
				report = checkFake(t, test.options.Calls, server.Server, "http://localhost/prefix", editing{server, test.change, test.edit})
			})
			got := make(map[string]string)
			for _, f := range report.Findings {
				mark := ""
				if f.Broken {
					mark = "!"
				}
				got[f.Subject] = mark + f.Verdict
				if !strings.Contains(f.Detail, test.says[f.Subject]) {
					t.Errorf("%s: %q does not say %q", f.Subject, f.Detail, test.says[f.Subject])
				}
			}
			if diff := cmp.Diff(with(want, test.want), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			t.Logf("\n%s", report)
		})
	}
}

// editedNumber is put where neither a name of a field nor a word should be shown.
const editedNumber = "9988776655"

// checkFake checks the contract against a fake server through a transport, and
// fails the test where that takes too many requests or shows a value of a call.
func checkFake(t *testing.T, calls []bird.Call, server *birdtest.Server, url string, transport http.RoundTripper) Report {
	t.Helper()
	base, err := bird.ParseBaseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	report := Check(t.Context(), Service{
		baseURL: base, credential: bird.BearerToken(birdtest.DefaultToken), authorization: "Bearer " + birdtest.DefaultToken,
		workspaceID: birdtest.DefaultWorkspaceID, channelID: birdtest.DefaultChannelID, perSecond: rate.Inf,
		transport: transport,
	})
	if sent := len(server.Requests()); sent != report.Requests || sent > 60 {
		t.Errorf("%d requests, and %d are reported; 60 are allowed", sent, report.Requests)
	}
	text := report.String()
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
	return report
}

// What came is counted, by names and words that are no values.
func TestCountingChecks(t *testing.T) {
	t.Parallel()
	published := contractCalls(3, 0)
	base := map[string]any{
		"channelId": birdtest.DefaultChannelID, "from": "+3197" + birdtest.NumberPattern + "1", "to": "3197" + birdtest.NumberPattern + "2",
		"type": "pstn", "direction": "incoming", "createdAt": "2024-02-01T08:00:00Z", "updatedAt": "2024-02-01T11:00:00Z",
	}
	fields := make(map[string]map[string]any)
	for i, text := range []string{
		`{"status": "no-answer", "answeredAt": "2024-02-01T10:00:00Z", "scheduledFor": "0001-01-01T00:00:00Z", "hangupSource": "+9988776655",
			"sipInsights": {"hangupSipCode": "480", "edgeRegion": "", "9988776655": ""}, "qualityInsights": {"mos": "0.00", "pdd": 1.5},
			"jitter": 3, "9988776655": "x", "parentId": "00000000-0000-0000-0000-000000000000", "tags": ["", "a"],
			"originator": {"number": {"type": "satellite", "verified": true}}, "callFlow": {"commands": [{"loop": 1}]}, "duration": 0}`,
		`{"status": "completed", "answeredAt": "0001-01-01T00:00:00Z", "hangupSipCode": "486", "sipInsights": {"hangupSipCode": "487"},
			"duration": "long", "direction": "sideways", "endedAt": "2024-02-01T07:00:00Z"}`,
		`{"status": "busy", "duration": 0, "answeredAt": null, "hangupSipCode": 486, "qualityInsights": {"mos": 4, "pdd": "-1"}, "from": "+9988776655", "to": null,
			"updatedAt": "2024-02-01T10:00:00.1234+01:00"}`,
		`{"status": "ongoing", "answeredAt": "2024-02-01T08:00:01Z", "duration": 0, "hangupSource": ""}`,
	} {
		call := maps.Clone(base)
		if err := json.Unmarshal([]byte(text), &call); err != nil {
			t.Fatal(err)
		}
		if i < len(published) {
			fields[published[i].ID] = call
			continue
		}
		call["id"] = "one-more"
		fields[""] = call
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: published})
	pages := 0
	report := checkFake(t, published, server, server.URL(), editing{http.DefaultTransport, nil, func(_ *http.Request, list map[string]any) {
		pages++
		results := list["results"].([]any)
		for _, call := range results {
			call := call.(map[string]any)
			id := call["id"].(string)
			clear(call)
			maps.Copy(call, fields[id])
			call["id"] = id
		}
		list["results"], list["total"], list["9988776655"] = append(results, fields[""]), 3, "x"
	}})
	for subject, want := range map[string]string{
		"fields beside results": fmt.Sprintf("(a name that may be a value): %d, total: %d; of %d pages", pages, pages, pages),
		"unknown fields":        "(a name that may be a value): 1, callFlow.commands[].loop: 1, jitter: 1, originator.number.verified: 1, sipInsights.(a name that may be a value): 1; of 4 calls",
		"unknown values":        "direction sideways: 1, hangupSource (not a word): 1, originator.number.type satellite: 1; of 4 calls",
		"missing fields":        "to: 1; of 4 calls",
		"zero values": `"" in hangupSource: 1, "" in sipInsights.(a name that may be a value): 1, "" in sipInsights.edgeRegion: 1, "" in tags[]: 1, ` +
			`duration 0 of a call that is not over: 1, nil UUID in parentId: 1, year 0001 in answeredAt: 1, year 0001 in scheduledFor: 1; of 4 calls`,
		"forms of values": "numbers with +: 4, duration as a whole number: 3, numbers without +: 3, sipInsights.hangupSipCode as text: 2, duration as text: 1, " +
			"hangupSipCode as a whole number: 1, hangupSipCode as text: 1, qualityInsights.mos as a whole number: 1, qualityInsights.mos as text: 1, " +
			"qualityInsights.pdd as a number with decimals: 1, qualityInsights.pdd as text: 1, times finer than a millisecond: 1, times with an offset: 1; of 4 calls",
		"contradictions": "SIP code in sipInsights only: 1, SIP code in the call only: 1, answered without answeredAt: 1, endedAt before createdAt: 1, mos outside 1 to 5: 1, " +
			"pdd that is no delay: 1, two SIP codes that differ: 1, unanswered with answeredAt: 1; of 4 calls",
		"decoder": fmt.Sprintf("pages by the first field that is refused: duration: 1; of %d", pages),
	} {
		i := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Subject == subject })
		if i < 0 {
			t.Errorf("no finding on %s", subject)
			continue
		}
		f := report.Findings[i]
		if f.Detail != want || f.Broken != (subject == "decoder") {
			t.Errorf("%s: %s (%t)\nwant %s", f.Subject, f.Detail, f.Broken, want)
		}
	}
}

func TestTotalGivesAnExampleOfItsVerdict(t *testing.T) {
	t.Parallel()
	larger, smaller, equal := total{claimed: 12, read: 10}, total{claimed: 5, read: 6}, total{claimed: 7, read: 7}
	for _, totals := range [][]total{{larger, smaller, equal}, {larger, equal, smaller}, {smaller, larger, equal}, {smaller, equal, larger}, {equal, larger, smaller}, {equal, smaller, larger}} {
		r := &run{totals: totals}
		if err := checkTotal.run(r); err != nil {
			t.Fatal(err)
		}
		want := []Finding{{Subject: "total", Verdict: "larger than what was read", Detail: "in 1 of 3 lists; total 12, 10 calls read"}}
		if diff := cmp.Diff(want, r.findings); diff != "" {
			t.Errorf("%v (-want +got):\n%s", totals, diff)
		}
	}
}

// A value may begin or end like a word, and so may the name of a field.
func TestReportShowsNoPartOfAValue(t *testing.T) {
	t.Parallel()
	values := strings.Fields("%s +%s sip:%s@host caller%s caller-%s caller_%s caller.%s caller:%s %scaller %s-caller caller-%s-caller")
	values = append(values, "caller %s", "%s caller", "caller\n%s", "%s\ncaller")
	calls := contractCalls(len(values), 0)
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls})
	report := checkFake(t, calls, server, server.URL(), editing{http.DefaultTransport, nil, func(_ *http.Request, list map[string]any) {
		for _, element := range list["results"].([]any) {
			call := element.(map[string]any)
			i := slices.IndexFunc(calls, func(c bird.Call) bool { return c.ID == call["id"] })
			value := strings.ReplaceAll(values[i], "%s", editedNumber)
			call[value] = "x"
			for path := range published {
				setAt(call, path, value)
			}
		}
	}})
	for _, subject := range []string{"unknown fields", "unknown values"} {
		if i := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Subject == subject }); report.Findings[i].Verdict != "some" {
			t.Errorf("%s: %s", subject, report.Findings[i].Verdict)
		}
	}
}

// setAt sets a field, such as originator.number.type.
func setAt(fields map[string]any, path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		fields[name] = value
		return
	}
	inner, ok := fields[name].(map[string]any)
	if !ok {
		inner = make(map[string]any)
		fields[name] = inner
	}
	setAt(inner, rest, value)
}

// A service that refuses two of three requests leaves some checks undone, which
// is no failure.
func TestCheckEndsWithItsRequests(t *testing.T) {
	t.Parallel()
	calls := contractCalls(120, 0)
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, Fault: func(r birdtest.Request) birdtest.Fault {
		if r.Attempt%3 != 0 {
			return birdtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}}
		}
		return birdtest.Fault{}
	}})
	report := checkFake(t, calls, server, server.URL(), http.DefaultTransport)
	if report.Requests != MaxRequests {
		t.Errorf("%d requests", report.Requests)
	}
	for _, f := range report.Findings {
		if f.Broken {
			t.Errorf("%s: %s (%s)", f.Subject, f.Verdict, f.Detail)
		}
	}
	if len(report.Findings) != len(healthy) {
		t.Errorf("%d findings, want %d:\n%s", len(report.Findings), len(healthy), report)
	}
}

func TestFromEnvironment(t *testing.T) {
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
		s, err := FromEnvironment(func(name string) string { return environment[name] })
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.says == "" && s.baseURL.String() != bird.DefaultBaseURL:
			t.Errorf("%s: base URL %s", name, s.baseURL)
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
