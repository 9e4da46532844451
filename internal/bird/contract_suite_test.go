package bird_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// The contract is what the provider rests on and the documentation does not
// say. A run of it asks a service a few dozen questions, and uses the responses
// apart by code of its own. Of the product it uses the client, to compare a
// divided read with one in sequence, and the decoder, to see whether it accepts
// what came.
//
// A finding holds counts, names of fields and words of open enumerations, never
// a value of a call. A finding that breaks the provider's promise (every call
// that was asked for, or an error) is broken; everything else is news.

// maxContractRequests is how many requests one run makes at most.
const maxContractRequests = 60

// finding is the result of one check.
type finding struct {
	subject string
	verdict string
	detail  string // counts
	broken  bool
}

// service is what a contract is checked against.
type service struct {
	base                   *url.URL
	credential             bird.Credential
	authorization          string // the same credential as a header
	workspaceID, channelID string
	rate                   rate.Limit
	transport              http.RoundTripper // nil for that of the client
}

// contract is one run.
type contract struct {
	service
	ctx      context.Context //nolint:containedctx // of the run, which is all there is to a contract
	meter    *meter
	client   *bird.Client
	findings []finding

	known    map[string]*record // every call that came, by id
	bodies   [][]byte           // of every list that came
	envelope map[string]bool    // names of fields beside results and nextPageToken

	sample   []*record // of the list without bounds, in its order
	complete bool      // the sample is the whole list
	pageSize int       // the most calls that a page of the sample held
	sorted   bool      // the sample is in the order of some time

	start, end  time.Time // the window that everything below is asked in
	within      []*record // its calls, by time of creation; nil where there is none
	why         string    // there is none
	loose       bool      // some of its calls lie outside
	early, late int       // calls outside a window that was too large
}

// checkContract runs every check.
func checkContract(ctx context.Context, s service) (findings []finding, requests int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := s.transport
	if next == nil {
		next = bird.NewTransport()
	}
	m := &meter{next: next, limiter: rate.NewLimiter(s.rate, 1), exhausted: cancel}
	client := bird.New(bird.Config{Credential: s.credential, BaseURL: s.base, UserAgent: "terraform-provider-bird/contract", MaxRetries: bird.DefaultMaxRetries, Transport: m})
	defer client.Close()
	c := &contract{service: s, ctx: ctx, meter: m, client: client, known: make(map[string]*record), envelope: make(map[string]bool)}

	if c.checkList() {
		c.chooseWindow()
		c.checkBound("startAt", true)
		c.checkBound("endAt", false)
		c.checkFilters()
		c.checkLog()
		c.checkCuts()
	}
	c.checkErrors()
	c.checkDividedRead()
	c.checkFields()
	c.checkHeaders()
	return c.findings, c.meter.count()
}

func (c *contract) find(subject, verdict, detail string, args ...any) {
	c.findings = append(c.findings, finding{subject, verdict, fmt.Sprintf(detail, args...), false})
}

// breach is a finding that breaks the provider's promise.
func (c *contract) breach(subject, verdict, detail string, args ...any) {
	c.findings = append(c.findings, finding{subject, verdict, fmt.Sprintf(detail, args...), true})
}

func (c *contract) unknown(subject, why string, args ...any) {
	c.find(subject, "not known", why, args...)
}

// meter counts the requests of a run, paces them, and ends the run at the last
// one that is allowed.
type meter struct {
	next      http.RoundTripper
	limiter   *rate.Limiter
	exhausted context.CancelFunc

	mu       sync.Mutex
	requests int
	starts   map[string]bool // of the windows asked for since limit was set
	limit    int             // that is sent instead of what was asked for; 0 for none
	statuses map[int]int
	headers  map[string]bool // names, of responses
}

var errExhausted = errors.New("no requests left")

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	if m.requests == maxContractRequests {
		m.mu.Unlock()
		m.exhausted()
		return nil, errExhausted
	}
	m.requests++
	if m.limit > 0 {
		req = req.Clone(req.Context())
		query := req.URL.Query()
		m.starts[query.Get("startAt")] = true
		query.Set("limit", strconv.Itoa(m.limit))
		req.URL.RawQuery = query.Encode()
	}
	m.mu.Unlock()
	if err := m.limiter.Wait(req.Context()); err != nil {
		return nil, err
	}
	resp, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.statuses == nil {
		m.statuses, m.headers = make(map[int]int), make(map[string]bool)
	}
	m.statuses[resp.StatusCode]++
	for name := range resp.Header {
		m.headers[name] = true
	}
	return resp, nil
}

func (m *meter) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

func (m *meter) left() int { return maxContractRequests - m.count() }

// shrink makes each page ask for at most so many calls; 0 ends that, and
// returns how many windows were asked for meanwhile.
func (m *meter) shrink(limit int) (windows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	windows = len(m.starts)
	m.limit, m.starts = limit, make(map[string]bool)
	return windows
}

// The times of a call, in the order in which a finding prefers them.
var timeFields = [...]string{"createdAt", "updatedAt", "endedAt", "answeredAt", "ringingAt", "scheduledFor"}

// record is a call as it came.
type record struct {
	id     string
	fields map[string]any
	times  [len(timeFields)]int64 // nanoseconds since 1970; noTime where there is none
}

const noTime = math.MinInt64

func newRecord(fields map[string]any) *record {
	r := &record{id: textAt(fields, "id"), fields: fields}
	for i, name := range timeFields {
		r.times[i] = noTime
		if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(textAt(fields, name))); err == nil && t.Year() > 1 {
			r.times[i] = t.UnixNano()
		}
	}
	return r
}

func (r *record) created() time.Time { return time.Unix(0, r.times[0]).UTC() }

// span returns the first and the last of the times.
func (r *record) span() (first, last time.Time) {
	lowest, highest := int64(math.MaxInt64), int64(math.MinInt64)
	for _, t := range r.times {
		if t != noTime {
			lowest, highest = min(lowest, t), max(highest, t)
		}
	}
	return time.Unix(0, lowest), time.Unix(0, highest)
}

// valueAt returns a value by the names that lead to it, nil where there is none.
func valueAt(fields map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return fields[name]
	}
	inner, _ := fields[name].(map[string]any)
	return valueAt(inner, rest)
}

func textAt(fields map[string]any, path string) string {
	text, _ := valueAt(fields, path).(string)
	return text
}

// statusError is a response that is not a list.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// response is a response in whole.
type response struct {
	status int
	body   []byte
}

func (c *contract) channelPath(id string) string {
	return "workspaces/" + c.workspaceID + "/channels/" + id + "/calls"
}

func (c *contract) logPath() string { return "workspaces/" + c.workspaceID + "/channels/calls" }

// get sends a request, up to three times where the failure is transient.
func (c *contract) get(authorization, path string, query url.Values) (response, error) {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	for attempt := 1; ; attempt++ {
		req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return response{}, errors.New("the request could not be made")
		}
		req.Header.Set("Authorization", authorization)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", "terraform-provider-bird/contract")
		resp, err := c.meter.RoundTrip(req)
		var result response
		wait := time.Second
		if err == nil {
			result.status = resp.StatusCode
			result.body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
			_ = resp.Body.Close()
			if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
				wait = time.Duration(min(seconds, 30)) * time.Second
			}
		}
		switch {
		case c.ctx.Err() != nil:
			return response{}, errExhausted
		case err == nil && result.status != http.StatusTooManyRequests && result.status < 500:
			return result, nil
		case attempt == 3 && err != nil:
			return response{}, errors.New("no whole response") // the words of err may hold the URL
		case attempt == 3:
			return result, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.ctx.Done():
			timer.Stop()
		}
	}
}

// page is a page of calls as it came.
type contractPage struct {
	calls []*record
	next  string
}

// page requests a page of 1,000 calls.
func (c *contract) page(path string, query url.Values) (contractPage, error) {
	query = maps.Clone(query)
	query.Set("limit", "1000")
	resp, err := c.get(c.authorization, path, query)
	if err != nil {
		return contractPage{}, err
	}
	if resp.status != http.StatusOK {
		return contractPage{}, statusError(resp.status)
	}
	var object map[string]any
	if json.Unmarshal(resp.body, &object) != nil {
		return contractPage{}, errors.New("the response is not a JSON object")
	}
	results, ok := object["results"].([]any)
	if !ok {
		return contractPage{}, errors.New("the response has no list named results")
	}
	c.bodies = append(c.bodies, resp.body)
	for name := range object {
		if name != "results" && name != "nextPageToken" {
			c.envelope[name] = true
		}
	}
	p := contractPage{next: textAt(object, "nextPageToken")}
	for _, element := range results {
		fields, _ := element.(map[string]any)
		r := newRecord(fields)
		p.calls = append(p.calls, r)
		c.known[r.id] = r
	}
	return p, nil
}

// read reads a list of calls to its end, or so many pages of it. Each call is
// returned once.
func (c *contract) read(path string, query url.Values, pages int) (calls []*record, complete bool, err error) {
	query = maps.Clone(query)
	seen, tokens := make(map[string]bool), make(map[string]bool)
	for range pages {
		p, err := c.page(path, query)
		if err != nil {
			return calls, false, err
		}
		for _, call := range p.calls {
			if !seen[call.id] {
				seen[call.id] = true
				calls = append(calls, call)
			}
		}
		if p.next == "" {
			return calls, true, nil
		}
		if tokens[p.next] {
			return calls, false, errors.New("a page token came twice")
		}
		tokens[p.next] = true
		query.Set("pageToken", p.next)
	}
	return calls, false, nil
}

// windowQuery asks for the calls between two times, and for what the names and
// values say.
func windowQuery(start, end time.Time, pairs ...string) url.Values {
	query := url.Values{"startAt": {start.UTC().Format(time.RFC3339Nano)}, "endAt": {end.UTC().Format(time.RFC3339Nano)}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return query
}

// readWithin reads a part of the window.
func (c *contract) readWithin(query url.Values) ([]*record, error) {
	calls, complete, err := c.read(c.channelPath(c.channelID), query, 3)
	if err == nil && !complete {
		// More calls than the window holds.
		return calls, nil
	}
	return calls, err
}

// checkList reads up to three pages without bounds, and reports whether the list
// can be read at all.
func (c *contract) checkList() bool {
	path, query := c.channelPath(c.channelID), url.Values{}
	var second url.Values // the query of the second page with calls
	var secondPage contractPage
	full, empty, repeated, endless := 0, 0, 0, false
	seen, tokens := make(map[string]bool), make(map[string]bool)
	for range 6 {
		p, err := c.page(path, query)
		if err != nil {
			c.breach("list of calls", "cannot be read", "%v", err)
			return false
		}
		switch {
		case len(p.calls) > 0:
			if full++; full == 2 {
				second, secondPage = maps.Clone(query), p
			}
		case p.next != "":
			empty++
		}
		c.pageSize = max(c.pageSize, len(p.calls))
		for _, call := range p.calls {
			if seen[call.id] {
				repeated++
				continue
			}
			seen[call.id] = true
			c.sample = append(c.sample, call)
		}
		c.complete = p.next == ""
		endless = endless || tokens[p.next]
		tokens[p.next] = true
		if c.complete || endless || full == 3 {
			break
		}
		query.Set("pageToken", p.next)
	}

	more := " and more"
	if c.complete {
		more = ""
	}
	c.find("list of calls", "can be read", "%d calls%s; pages: %d", len(c.sample), more, full)
	switch {
	case endless:
		c.breach("page tokens", "one was repeated", "the list has no end")
	case second == nil:
		c.unknown("page tokens", "one page")
	default:
		again, err := c.page(path, second)
		switch {
		case err != nil:
			c.breach("page tokens", "good for one use", "%v", err)
		case sameCalls(again.calls, secondPage.calls):
			c.find("page tokens", "can be used again", "the same %d calls", len(again.calls))
		default:
			c.find("page tokens", "can be used again", "with %d other calls of %d", len(missingFrom(again.calls, secondPage.calls)), len(again.calls))
		}
	}
	switch {
	case c.pageSize > 1000:
		c.find("limit of 1000", "exceeded", "%d calls in a page", c.pageSize)
	case c.pageSize == 1000:
		c.find("limit of 1000", "honoured", "")
	case !c.complete:
		c.find("limit of 1000", "capped", "%d calls in a page at most", c.pageSize)
	default:
		c.unknown("limit of 1000", "the channel has fewer calls")
	}
	if empty > 0 {
		c.find("empty pages", "come", "%d, each with a token of the next", empty)
	} else {
		c.find("empty pages", "none", "")
	}
	if repeated > 0 {
		c.find("repeated ids", "some", "%d of %d calls", repeated, len(c.sample)+repeated)
	} else {
		c.find("repeated ids", "none", "%d calls", len(c.sample))
	}
	c.checkOrder()
	return true
}

// checkOrder looks for a time by which the sample is in order.
func (c *contract) checkOrder() {
	best, bestShare, bestDetail := "", 0.0, ""
	for i, name := range timeFields {
		rising, falling, pairs := 0, 0, 0
		var before int64 = noTime
		for _, call := range c.sample {
			if call.times[i] == noTime {
				continue
			}
			if before != noTime && before != call.times[i] {
				pairs++
				if before < call.times[i] {
					rising++
				} else {
					falling++
				}
			}
			before = call.times[i]
		}
		// A time that few calls have says little of the order of all.
		if pairs < 2 || 2*pairs < len(c.sample)-1 {
			continue
		}
		share := float64(max(rising, falling)) / float64(pairs)
		if share <= bestShare {
			continue
		}
		verdict := "oldest first"
		if falling > rising {
			verdict = "newest first"
		}
		bestShare = share
		best, bestDetail = verdict+", by "+name, fmt.Sprintf("%d neighbours, %d the other way round", pairs, min(rising, falling))
	}
	switch c.sorted = bestShare >= 0.9; {
	case best == "":
		c.unknown("order", "%d calls", len(c.sample))
	case bestShare == 1:
		c.find("order", best, "%s", bestDetail)
	case c.sorted:
		c.find("order", "mostly "+best, "%s", bestDetail)
	default:
		c.find("order", "none by time", "%d calls", len(c.sample))
	}
}

// chooseWindow looks for a window of the past whose calls fit one page.
func (c *contract) chooseWindow() {
	settled := slices.DeleteFunc(slices.Clone(c.sample), func(r *record) bool { return r.times[0] == noTime })
	slices.SortFunc(settled, func(a, b *record) int { return a.created().Compare(b.created()) })
	var before time.Time // what happened until then has settled
	for _, age := range []time.Duration{time.Hour, time.Minute, 0} {
		before = time.Now().Add(-age)
		i, _ := slices.BinarySearchFunc(settled, before, func(r *record, t time.Time) int { return r.created().Compare(t) })
		if i > 0 {
			settled = settled[:i]
			break
		}
	}
	if len(settled) == 0 {
		c.why = "the channel has no calls"
		c.unknown("window", "%s", c.why)
		return
	}

	size := max(c.pageSize*85/100, 1)
	if c.complete && len(c.sample) == c.pageSize {
		size = len(settled)
	}
	// A sample without order that is not the whole list is thinner than it.
	if !c.sorted && !c.complete {
		size = min(size, 100)
	}
	for range 4 {
		size = min(size, len(settled))
		first := (len(settled) - size) / 2
		c.start, c.end = settled[first].created(), settled[first+size-1].created()
		if c.complete && size == len(settled) {
			c.start, c.end = c.start.AddDate(0, 0, -1), slices.MinFunc([]time.Time{c.end.AddDate(0, 0, 1), before}, time.Time.Compare)
		}
		calls, complete, err := c.read(c.channelPath(c.channelID), windowQuery(c.start, c.end), 2)
		if err != nil {
			c.why = err.Error()
			c.breach("window", "cannot be read", "%v", err)
			return
		}
		if !complete {
			c.early, c.late = c.outside(calls, time.Minute)
			size = max(size/4, 2)
			continue
		}
		c.within = calls
		slices.SortFunc(c.within, func(a, b *record) int { return a.created().Compare(b.created()) })
		c.checkWindow(settled)
		return
	}
	c.why = "no window of one page was found"
	c.unknown("window", "%s", c.why)
}

// outside counts calls all of whose times are before or after the window, give
// or take.
func (c *contract) outside(calls []*record, slack time.Duration) (early, late int) {
	for _, call := range calls {
		switch first, last := call.span(); {
		case last.Before(c.start.Add(-slack)):
			early++
		case first.After(c.end.Add(slack)):
			late++
		}
	}
	return early, late
}

// checkWindow compares the window with the list without bounds.
func (c *contract) checkWindow(sample []*record) {
	// Those that lie inside whatever the bounds are checked against.
	inside := slices.DeleteFunc(slices.Clone(sample), func(r *record) bool {
		first, last := r.span()
		return first.Before(c.start.Add(2*time.Minute)) || last.After(c.end.Add(-2*time.Minute))
	})
	lost := missingFrom(inside, c.within)
	early, late := c.outside(c.within, 24*time.Hour)
	c.loose = early+late > 0
	switch {
	case early+late > 0:
		c.breach("window", "not held", "%d of %d calls lie outside by more than a day", early+late, len(c.within))
	case len(lost) > 0:
		c.breach("window", "loses calls", "%d of %d that the list without bounds has", len(lost), len(inside))
	default:
		c.find("window", "holds what the list without bounds has", "%d calls, %d of them also seen there", len(c.within), len(inside))
	}
}

// hypothesis is what a bound may be compared with.
type hypothesis struct {
	field   int // of timeFields; -1 where the bound is passed over
	unit    time.Duration
	exclude bool
}

var units = map[time.Duration]string{time.Second: "seconds", time.Minute: "minutes", time.Hour: "hours", 24 * time.Hour: "days"}

// holds reports whether a call is on the right side of a bound.
func (h hypothesis) holds(call *record, bound int64, isStart bool) bool {
	if h.field < 0 {
		return true
	}
	t := call.times[h.field]
	if t == noTime {
		return false
	}
	early, late := bound-bound%int64(h.unit), t-t%int64(h.unit)
	if !isStart {
		early, late = late, early
	}
	return early < late || early == late && !h.exclude
}

// checkBound asks for parts of the window, each with the bound where it tells
// most of the hypotheses that are left apart.
func (c *contract) checkBound(name string, isStart bool) {
	if c.within == nil {
		stray := c.late
		if isStart {
			stray = c.early
		}
		if stray > 0 {
			c.breach(name, "passed over", "%d calls lie outside the window by more than a minute", stray)
		} else {
			c.unknown(name, "%s", c.why)
		}
		return
	}
	left := []hypothesis{{field: -1}}
	for field := range timeFields {
		for _, unit := range slices.Sorted(maps.Keys(units)) {
			left = append(left, hypothesis{field, unit, false}, hypothesis{field, unit, true})
		}
		left = append(left, hypothesis{field, 1, false}, hypothesis{field, 1, true})
	}
	questions := 0
	most := 4
	if len(c.within) < dividedFrom {
		most = 8 // the requests that a divided read would take
	}
	for ; questions < most; questions++ {
		bound, ok := c.bestBound(left, isStart)
		if !ok {
			break
		}
		start, end := c.start, time.Unix(0, bound)
		if isStart {
			start, end = end, c.end
		}
		calls, err := c.readWithin(windowQuery(start, end))
		if err != nil {
			c.unknown(name, "%v", err)
			return
		}
		got := idSet(calls)
		left = slices.DeleteFunc(left, func(h hypothesis) bool {
			return slices.ContainsFunc(c.within, func(call *record) bool { return got[call.id] != h.holds(call, bound, isStart) })
		})
	}
	seen := fmt.Sprintf("%d calls; bounds that were asked for: %d", len(c.within), questions)
	switch {
	case len(left) == 0:
		c.find(name, "compared with none of a call's times", "%s", seen)
	case left[0].field >= 0:
		c.find(name, describe(left), "%s", seen)
	case len(left) == 1:
		c.breach(name, "passed over", "%s", seen)
	default:
		c.unknown(name, "%s", seen)
	}
}

// bestBound returns the bound for which the hypotheses differ most.
func (c *contract) bestBound(left []hypothesis, isStart bool) (best int64, ok bool) {
	bounds := []int64{between(c.start.UnixNano(), c.within[0].times[0]), between(c.within[len(c.within)-1].times[0], c.end.UnixNano())}
	// Some 200 of the calls suffice to compare, and the times of every 20th of
	// them to choose from.
	var some []*record
	for i := 0; i < len(c.within); i += max(len(c.within)/200, 1) {
		some = append(some, c.within[i])
	}
	for i := 0; i < len(some); i += max(len(some)/10, 1) {
		times := slices.DeleteFunc(slices.Clone(some[i].times[:]), func(t int64) bool { return t == noTime })
		bounds = append(bounds, times...)
		slices.Sort(times)
		for j := 1; j < len(times); j++ {
			bounds = append(bounds, between(times[j-1], times[j]))
		}
	}
	most := 1
	for _, bound := range bounds {
		if bound <= c.start.UnixNano() || bound >= c.end.UnixNano() {
			continue
		}
		predictions := make(map[uint64]bool)
		for _, h := range left {
			prediction := uint64(0)
			for _, call := range some {
				prediction *= 31
				if h.holds(call, bound, isStart) {
					prediction++
				}
			}
			predictions[prediction] = true
		}
		if len(predictions) > most {
			most, best, ok = len(predictions), bound, true
		}
	}
	return best, ok
}

// between returns the middle of two times, in whole milliseconds.
func between(a, b int64) int64 { return (a + (b-a)/2) / 1e6 * 1e6 }

// describe says what hypotheses have in common. Where both are left, a time in
// all its digits is likelier than one in whole minutes.
func describe(left []hypothesis) string {
	unit := slices.MinFunc(left, func(a, b hypothesis) int { return cmp.Compare(a.unit, b.unit) }).unit
	var fields []string
	inclusive, exclusive := false, false
	for _, h := range left {
		if h.unit != unit {
			continue
		}
		if !slices.Contains(fields, timeFields[h.field]) {
			fields = append(fields, timeFields[h.field])
		}
		inclusive, exclusive = inclusive || !h.exclude, exclusive || h.exclude
	}
	text := "inclusive"
	switch {
	case inclusive && exclusive:
		text = "inclusive or exclusive"
	case exclusive:
		text = "exclusive"
	}
	text += ", compared with " + strings.Join(fields, " or ")
	if name := units[unit]; name != "" {
		text += ", in whole " + name
	}
	return text
}

// The values of open enumerations that are published or were seen in published
// samples.
var published = map[string][]string{
	"status":                 {"accepted", "scheduled", "starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed", "cancelled"},
	"direction":              {"incoming", "outgoing"},
	"type":                   {"pstn", "webrtc", "sip"},
	"originator.number.type": {"pstn", "webrtc", "sip"},
	"receiver.number.type":   {"pstn", "webrtc", "sip"},
	"hangupSource":           {"caller", "callee", "api", "timeout", "media-timeout", "none"},
	"sipType":                {"elastic"},
	"amdResult.result":       {"human"},
}

// checkFilters asks for the window with each filter alone, and with all.
func (c *contract) checkFilters() {
	names := []string{"status", "type", "direction", "from", "to"}
	if len(c.within) == 0 {
		for _, name := range append(names, "+ in from", "+ in to", "all filters together") {
			c.unknown(name, "%s", cmp.Or(c.why, "the window holds no calls"))
		}
		return
	}
	for _, name := range names {
		value, has := c.filterValue(name)
		plusless := func(s string) string { return strings.TrimPrefix(s, "+") }
		if name != "from" && name != "to" {
			c.checkFilter(name, []string{name, value}, has, func(r *record) bool { return textAt(r.fields, name) == value }, nil)
			continue
		}
		matches := func(r *record) bool { return textAt(r.fields, name) == value }
		c.checkFilter(name, []string{name, value}, has, matches, func(r *record) bool { return plusless(textAt(r.fields, name)) == plusless(value) })
		if !has || strings.Trim(value, "+0123456789") != "" {
			c.unknown("+ in "+name, "no number")
			continue
		}
		toggled := "+" + value
		if strings.HasPrefix(value, "+") {
			toggled = value[1:]
		}
		calls, err := c.readWithin(windowQuery(c.start, c.end, name, toggled))
		found := 0
		for _, call := range calls {
			if have := textAt(call.fields, name); have != toggled && plusless(have) == plusless(value) {
				found++
			}
		}
		switch {
		case err != nil:
			c.unknown("+ in "+name, "%v", err)
		case found > 0:
			c.find("+ in "+name, "makes no difference", "%d calls without the + that they have, or with one that they lack", found)
		default:
			c.find("+ in "+name, "must be as the calls have it", "no calls otherwise")
		}
	}
	call := c.within[len(c.within)/2]
	pairs := make([]string, 0, 2*len(names))
	for _, name := range names {
		if value := textAt(call.fields, name); value != "" {
			pairs = append(pairs, name, value)
		}
	}
	c.checkFilter("all filters together", pairs, true, func(r *record) bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			value := textAt(call.fields, name)
			return value != "" && textAt(r.fields, name) != value
		})
	}, func(r *record) bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			value := strings.TrimPrefix(textAt(call.fields, name), "+")
			return value != "" && strings.TrimPrefix(textAt(r.fields, name), "+") != value
		})
	})
}

// filterValue returns the value that about half the calls have, or one that
// none has where all have the same.
func (c *contract) filterValue(name string) (value string, has bool) {
	counts := make(map[string]int)
	for _, call := range c.within {
		if value := textAt(call.fields, name); value != "" {
			counts[value]++
		}
	}
	distance := func(value string) int {
		d := 2*counts[value] - len(c.within)
		return max(d, -d)
	}
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(distance(a)-distance(b), strings.Compare(a, b))
	})
	if len(values) > 0 && counts[values[0]] < len(c.within) {
		return values[0], true
	}
	for _, value := range published[name] {
		if counts[value] == 0 {
			return value, false
		}
	}
	return "contract", false
}

// checkFilter asks for the window with a filter, and compares with the calls of
// the window that match. Those that match loosely may come too.
func (c *contract) checkFilter(subject string, pairs []string, has bool, matches, loosely func(*record) bool) {
	calls, err := c.readWithin(windowQuery(c.start, c.end, pairs...))
	if err != nil {
		c.unknown(subject, "%v", err)
		return
	}
	if loosely == nil {
		loosely = matches
	}
	want := slices.DeleteFunc(slices.Clone(c.within), func(r *record) bool { return !matches(r) })
	lost := missingFrom(want, calls)
	others := slices.DeleteFunc(slices.Clone(calls), func(r *record) bool { return loosely(r) })
	detail := fmt.Sprintf("%d of %d calls", len(want), len(c.within))
	if !has {
		detail = fmt.Sprintf("none of %d calls has the value that was asked for", len(c.within))
	}
	switch {
	case len(others) > 0 && len(missingFrom(c.within, calls)) == 0:
		c.breach(subject, "passed over", "%s", detail)
	case len(others) > 0:
		c.breach(subject, "lets others pass", "%s; %d others came", detail, len(others))
	case len(lost) > 0:
		c.breach(subject, "loses calls", "%s; %d did not come", detail, len(lost))
	case len(want) == len(c.within):
		c.unknown(subject, "%s match", detail)
	default:
		c.find(subject, "kept", "%s", detail)
	}
}

// someUUID is that of no channel.
const someUUID = "5f0c1c5e-0d3b-4c8e-9d55-7a1f4f2c6b90"

// checkLog compares the calls log of the workspace with the list of the channel.
func (c *contract) checkLog() {
	if len(c.within) == 0 {
		for _, name := range []string{"calls log", "channelId", "two channelIds", "tag"} {
			c.unknown(name, "%s", cmp.Or(c.why, "the window holds no calls"))
		}
		return
	}
	ask := func(pairs ...string) ([]*record, bool, error) {
		return c.read(c.logPath(), windowQuery(c.start, c.end, pairs...), 2)
	}
	all, complete, err := ask()
	lost := missingFrom(c.within, all)
	foreign := func(r *record) bool { return textAt(r.fields, "channelId") != c.channelID }
	others := len(slices.DeleteFunc(slices.Clone(all), func(r *record) bool { return !foreign(r) }))
	switch {
	case err != nil:
		for _, name := range []string{"calls log", "channelId", "two channelIds", "tag"} {
			c.unknown(name, "%v", err)
		}
		return
	case !complete:
		c.unknown("calls log", "more than two pages")
	case len(lost) > 0:
		c.breach("calls log", "loses calls", "%d of %d of the channel", len(lost), len(c.within))
	default:
		c.find("calls log", "holds the channel's calls", "%d, and %d of other channels", len(c.within), others)
	}

	compare := func(subject string, want []*record, pairs ...string) bool {
		calls, _, err := ask(pairs...)
		lost, extra := missingFrom(want, calls), missingFrom(calls, want)
		detail := fmt.Sprintf("%d calls", len(want))
		_, refused := errors.AsType[statusError](err)
		switch {
		case refused && len(want) == 0:
			return true // it may know that there is no such channel
		case err != nil:
			c.unknown(subject, "%v", err)
		case len(extra) > 0 && len(missingFrom(all, calls)) == 0:
			c.breach(subject, "passed over", "%s; %d others came", detail, len(extra))
		case len(extra) > 0:
			c.breach(subject, "lets others pass", "%s; %d others came", detail, len(extra))
		case len(lost) > 0:
			c.breach(subject, "loses calls", "%s; %d did not come", detail, len(lost))
		default:
			return true
		}
		return false
	}
	if compare("channelId", nil, "channelId", someUUID) && compare("channelId", c.within, "channelId", c.channelID) {
		c.find("channelId", "kept", "%d calls, and none of a channel that does not exist", len(c.within))
	}
	if compare("two channelIds", c.within, "channelId", c.channelID, "channelId", someUUID) &&
		compare("two channelIds", c.within, "channelId", someUUID, "channelId", c.channelID) {
		c.find("two channelIds", "either suffices", "%d calls", len(c.within))
	}
	tags := func(r *record) (tags []string) {
		list, _ := r.fields["tags"].([]any)
		for _, tag := range list {
			if text, ok := tag.(string); ok {
				tags = append(tags, strings.ToLower(text))
			}
		}
		return tags
	}
	for _, call := range c.within {
		for _, tag := range tags(call) {
			want := slices.DeleteFunc(slices.Clone(c.within), func(r *record) bool { return !slices.Contains(tags(r), tag) })
			if len(want) < len(c.within) {
				if compare("tag", want, "channelId", c.channelID, "tag", tag) {
					c.find("tag", "kept", "%d of %d calls", len(want), len(c.within))
				}
				return
			}
		}
	}
	c.unknown("tag", "no tag distinguishes the calls of the window")
}

// checkCuts cuts the window in three, each part 2 seconds into the next.
func (c *contract) checkCuts() {
	if len(c.within) < 3 {
		c.unknown("window cut in three", "%s", cmp.Or(c.why, "fewer than 3 calls"))
		return
	}
	// In the middle of calls that last: there a call is lost where the two bounds
	// are checked against two of its times.
	half := len(c.within) / 2
	cuts := []time.Time{middleOfLongest(c.within[:half]), middleOfLongest(c.within[half:])}
	var parts []*record
	start := c.start
	for _, end := range append(cuts, c.end.Add(-2*time.Second)) {
		calls, err := c.readWithin(windowQuery(start, end.Add(2*time.Second)))
		if err != nil {
			c.unknown("window cut in three", "%v", err)
			return
		}
		parts = append(parts, calls...)
		start = end
	}
	if lost := missingFrom(c.within, parts); len(lost) > 0 {
		c.find("window cut in three", "loses calls", "%d of %d", len(lost), len(c.within))
		return
	}
	c.find("window cut in three", "holds the same calls", "%d", len(c.within))
}

func middleOfLongest(calls []*record) time.Time {
	longest := slices.MaxFunc(calls, func(a, b *record) int {
		_, lastA := a.span()
		_, lastB := b.span()
		return cmp.Compare(lastA.Sub(a.created()), lastB.Sub(b.created()))
	})
	_, last := longest.span()
	return longest.created().Add(last.Sub(longest.created()) / 2)
}

// checkErrors requests what cannot exist.
func (c *contract) checkErrors() {
	ask := func(subject, authorization, path string, query url.Values) {
		resp, err := c.get(authorization, path, query)
		if err != nil {
			c.unknown(subject, "%v", err)
			return
		}
		var body any
		form := "not JSON"
		switch {
		case len(bytes.TrimSpace(resp.body)) == 0:
			form = "empty"
		case json.Unmarshal(resp.body, &body) == nil:
			form = shape(body)
		}
		if object, ok := body.(map[string]any); ok && resp.status == http.StatusOK {
			results, _ := object["results"].([]any)
			if len(results) > 0 {
				c.breach(subject, "200 with calls", "%d", len(results))
				return
			}
		}
		c.find(subject, fmt.Sprintf("%d %s", resp.status, form), "")
	}
	few := url.Values{"limit": {"10"}}
	scheme, _, _ := strings.Cut(c.authorization, " ")
	ask("unknown credential", scheme+" contract-test", c.channelPath(c.channelID), few)
	ask("unknown channel", c.authorization, c.channelPath(someUUID), few)
	// What a list with calls means here is that the parameter was passed over.
	invalid := func(subject string, query url.Values) {
		before := len(c.findings)
		ask(subject, c.authorization, c.channelPath(c.channelID), query)
		c.findings[before].broken = false
	}
	invalid("limit of 1001", url.Values{"limit": {"1001"}})
	invalid("startAt that is no time", url.Values{"limit": {"10"}, "startAt": {"contract"}})
}

// shape returns the names of the fields of a JSON value, without its values.
func shape(value any) string {
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		for i, name := range names {
			inner := ""
			switch v[name].(type) {
			case map[string]any, []any:
				inner = shape(v[name])
			}
			names[i] = fieldName(name) + inner
		}
		return "{" + strings.Join(names, ", ") + "}"
	case []any:
		if len(v) > 0 {
			if _, isObject := v[0].(map[string]any); isObject {
				return "[" + shape(v[0]) + "]"
			}
		}
		return "[]"
	default:
		return "a value"
	}
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_-]*[0-9]{0,2}[A-Za-z_-]*$`)
	plainWord = regexp.MustCompile(`^[A-Za-z]+([_-][A-Za-z]+)*$`)
)

// fieldName returns the name of a field, unless it may be a value: objects may
// be keyed by ids or numbers.
func fieldName(name string) string {
	if len(name) > 40 || !plainName.MatchString(name) {
		return "(a name that may be a value)"
	}
	return name
}

const (
	dividedPages = 17  // of a read: the fewest that the client divides, and some more
	dividedFrom  = 500 // calls, of which the client looks at 128 before it divides
)

// checkDividedRead has the client read the window in pages so small that it is
// divided, and compares with the one page.
func (c *contract) checkDividedRead() {
	const subject = "divided read and one in sequence"
	size := len(c.within) / dividedPages
	switch {
	case c.loose:
		c.unknown(subject, "the client refuses calls outside the window")
		return
	case len(c.within) < dividedFrom:
		c.unknown(subject, "%s", cmp.Or(c.why, fmt.Sprintf("%d calls are too few to be divided", len(c.within))))
		return
	case c.meter.left() < dividedPages*7/5:
		c.unknown(subject, "%d requests are left", c.meter.left())
		return
	}
	c.meter.shrink(size)
	before := c.meter.count()
	var calls []*record
	for page, err := range c.client.ChannelCalls(c.ctx, c.workspaceID, c.channelID, bird.CallsQuery{StartAt: &c.start, EndAt: &c.end}) {
		if err != nil {
			c.meter.shrink(0)
			if c.ctx.Err() != nil {
				c.unknown(subject, "no requests left")
				return
			}
			// Its words may name a call.
			c.breach(subject, "ends in an error", "%T", err)
			return
		}
		for _, call := range page.Items {
			calls = append(calls, &record{id: call.ID})
		}
	}
	windows, requests := c.meter.shrink(0), c.meter.count()-before
	lost, extra := missingFrom(c.within, calls), missingFrom(calls, c.within)
	switch {
	case len(lost)+len(extra) > 0:
		c.breach(subject, "differ", "%d windows in %d requests: %d of %d calls lost, %d others", windows, requests, len(lost), len(c.within), len(extra))
	case windows < 2:
		c.unknown(subject, "the client did not divide %d calls in pages of %d", len(c.within), size)
	default:
		c.find(subject, "the same calls", "%d, %d windows in %d requests", len(calls), windows, requests)
	}
}

// checkFields looks at everything that came.
func (c *contract) checkFields() {
	calls := slices.Collect(maps.Values(c.known))
	if len(calls) == 0 {
		for _, subject := range []string{"decoder", "unknown fields", "unknown values", "missing fields", "form of values", "contradictions"} {
			c.unknown(subject, "no calls")
		}
		return
	}
	failed := make(map[string]int)
	for _, body := range c.bodies {
		if _, err := bird.DecodeResponse(bytes.NewReader(body)); err != nil {
			name := "no list of calls"
			if fieldErr, ok := errors.AsType[*bird.FieldError](err); ok {
				names := strings.Split(fieldErr.Field, ".")
				for i := range names {
					names[i] = fieldName(names[i])
				}
				name = strings.Join(names, ".")
			}
			failed[name]++
		}
	}
	if len(failed) > 0 {
		c.breach("decoder", "refuses calls", "pages by the first field that is refused: %s; of %d", counts(failed), len(c.bodies))
	} else {
		c.find("decoder", "accepts every call", "%d calls", len(calls))
	}

	unknown, values, missing, forms, odd := make(map[string]int), make(map[string]int), make(map[string]int), make(map[string]int), make(map[string]int)
	for name := range c.envelope {
		unknown["(beside results) "+fieldName(name)]++
	}
	for _, call := range calls {
		unknownFields(unknown, "", call.fields, reflect.TypeFor[bird.Call]())
		for path, known := range published {
			if value := textAt(call.fields, path); value != "" && !slices.Contains(known, value) {
				if !plainWord.MatchString(value) || len(value) > 30 {
					value = "(not a word)"
				}
				values[path+" "+value]++
			}
		}
		for _, name := range []string{"id", "channelId", "from", "to", "status", "type", "direction", "createdAt", "updatedAt"} {
			if textAt(call.fields, name) == "" {
				missing[name]++
			}
		}
		countForms(forms, call.fields)
		countContradictions(odd, call)
	}
	report := func(subject, none string, found map[string]int) {
		if len(found) == 0 {
			c.find(subject, none, "%d calls", len(calls))
			return
		}
		c.find(subject, "some", "%s; of %d calls", counts(found), len(calls))
	}
	report("unknown fields", "none", unknown)
	report("unknown values", "none", values)
	if missing["id"] > 0 {
		c.breach("missing fields", "id", "%s; of %d calls", counts(missing), len(calls))
	} else {
		report("missing fields", "none", missing)
	}
	report("form of values", "as published", forms)
	report("contradictions", "none", odd)
}

// unknownFields counts the fields that a type has no place for.
func unknownFields(found map[string]int, prefix string, fields map[string]any, t reflect.Type) {
	places := make(map[string]reflect.Type)
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		places[name] = t.Field(i).Type
	}
	for name, value := range fields {
		inner, ok := places[name]
		if !ok {
			found[prefix+fieldName(name)]++
			continue
		}
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct {
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			unknownFields(found, prefix+name+".", v, inner)
		case []any:
			for _, element := range v {
				if object, ok := element.(map[string]any); ok {
					unknownFields(found, prefix+name+"[].", object, inner)
				}
			}
		}
	}
}

// countForms counts how values are written that the API writes in more than one
// way.
func countForms(found map[string]int, fields map[string]any) {
	for _, path := range []string{"from", "to"} {
		switch value := textAt(fields, path); {
		case strings.HasPrefix(value, "+"):
			found["numbers with +"]++
		case value != "" && strings.Trim(value, "0123456789") == "":
			found["numbers without +"]++
		case value != "":
			found["addresses that are no number"]++
		}
	}
	for _, path := range []string{"qualityInsights.mos", "qualityInsights.pdd", "hangupSipCode", "sipInsights.hangupSipCode", "hangupCauseCode", "duration"} {
		switch value := valueAt(fields, path).(type) {
		case string:
			found[path+" as text"]++
		case float64:
			if value == math.Trunc(value) {
				found[path+" as a whole number"]++
			} else {
				found[path+" as a number with decimals"]++
			}
		}
	}
	for _, name := range timeFields {
		text := textAt(fields, name)
		if text == "" {
			continue
		}
		if _, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)); err != nil {
			found[name+" not in RFC 3339"]++
			continue
		}
		_, fraction, _ := strings.Cut(text, ".")
		if digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789")); digits > 3 {
			found["times finer than a millisecond"]++
		}
		if !strings.HasSuffix(strings.ToUpper(text), "Z") {
			found["times with an offset"]++
		}
	}
}

// countContradictions counts what is in a call and cannot be, or cannot be meant.
func countContradictions(found map[string]int, call *record) {
	status, answered := textAt(call.fields, "status"), call.times[slices.Index(timeFields[:], "answeredAt")] != noTime
	switch {
	case slices.Contains([]string{"no-answer", "busy", "failed", "cancelled"}, status) && answered:
		found["unanswered with answeredAt"]++
	case slices.Contains([]string{"ongoing", "completed"}, status) && !answered:
		found["answered without answeredAt"]++
	}
	if value := valueAt(call.fields, "qualityInsights.mos"); value != nil {
		if score, err := strconv.ParseFloat(fmt.Sprint(value), 64); err != nil {
			found["mos that is no number"]++
		} else if score < 1 || score > 5 {
			found["mos outside 1 to 5"]++
		}
	}
	if value := valueAt(call.fields, "qualityInsights.pdd"); value != nil {
		if delay, err := strconv.ParseFloat(fmt.Sprint(value), 64); err != nil || delay < 0 {
			found["pdd that is no delay"]++
		}
	}
	outer, inner := valueAt(call.fields, "hangupSipCode"), valueAt(call.fields, "sipInsights.hangupSipCode")
	switch {
	case outer == nil && inner != nil:
		found["SIP code in sipInsights only"]++
	case outer != nil && inner == nil:
		found["SIP code in the call only"]++
	case outer != nil && fmt.Sprint(outer) != fmt.Sprint(inner):
		found["two SIP codes that differ"]++
	}
	for _, name := range timeFields {
		if strings.HasPrefix(textAt(call.fields, name), "0001-") {
			found["zero time in "+name]++
		}
	}
	created, updated, ended := call.times[0], call.times[1], call.times[2]
	if ended != noTime && created != noTime && ended < created {
		found["endedAt before createdAt"]++
	}
	if updated != noTime && created != noTime && updated < created {
		found["updatedAt before createdAt"]++
	}
}

var (
	limitHeader   = regexp.MustCompile(`(?i)^(x-)?rate-?limit|^retry-after$`)
	requestHeader = regexp.MustCompile(`(?i)request-?id$`)
)

// checkHeaders looks at the names of the headers of all responses.
func (c *contract) checkHeaders() {
	for _, header := range []struct {
		subject string
		pattern *regexp.Regexp
	}{{"headers of the rate limit", limitHeader}, {"header of the request id", requestHeader}} {
		var names []string
		for name := range c.meter.headers {
			if header.pattern.MatchString(name) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		c.find(header.subject, cmp.Or(strings.Join(names, ", "), "none"), "%d requests, %d responses of status 429", c.meter.count(), c.meter.statuses[http.StatusTooManyRequests])
	}
}

// counts lists names with how often each was found.
func counts(found map[string]int) string {
	names := slices.SortedFunc(maps.Keys(found), func(a, b string) int { return cmp.Or(found[b]-found[a], strings.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, found[name])
	}
	return strings.Join(names, ", ")
}

func idSet(calls []*record) map[string]bool {
	set := make(map[string]bool, len(calls))
	for _, call := range calls {
		set[call.id] = true
	}
	return set
}

// missingFrom returns the calls that are not among others.
func missingFrom(calls, others []*record) []*record {
	set := idSet(others)
	return slices.DeleteFunc(slices.Clone(calls), func(r *record) bool { return set[r.id] })
}

func sameCalls(a, b []*record) bool { return maps.Equal(idSet(a), idSet(b)) }

// table writes the findings for an issue.
func table(findings []finding, requests int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| Contract, %d requests | Found | Seen |\n| --- | --- | --- |\n", requests)
	for _, f := range findings {
		verdict := f.verdict
		if f.broken {
			verdict = "**" + verdict + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.subject, verdict, f.detail)
	}
	return b.String()
}
