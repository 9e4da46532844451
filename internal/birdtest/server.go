// Package birdtest is a fake server for the Bird API: a real HTTP server on a
// loopback address that responds as the documentation says, from a data set
// generated from a seed, with the faults that a test asks for.
package birdtest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// What a server knows unless its options say otherwise.
const (
	DefaultWorkspaceID = "a1b7c9d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	DefaultChannelID   = "a739d30b-8171-471c-9df4-591d4dd7bee5"
	EmptyChannelID     = "00000000-0000-4000-8000-000000000000" // a channel without calls
	VoicePlatform      = "voice-messagebird"                    // of the voice channels; Bird does not document the name
	DefaultToken       = "fake-token-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	DefaultAccessKey   = "fake-access-key-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	ForbiddenToken     = "fake-token-of-a-role-that-may-not-read-calls"
)

// pathPrefix is the path of the base URL, so that a client that drops it fails.
const pathPrefix = "/prefix"

// Order is the order in which calls are listed.
type Order int

// The orders.
const (
	Descending Order = iota // newest first, as the service does
	Ascending
	Shuffled
)

// TimeField is the time of a call that a server compares with the bounds.
type TimeField int

// The times.
const (
	CreatedAt TimeField = iota
	UpdatedAt
	EndedAt
)

// of returns that time of a call, or the zero time if it has none.
func (f TimeField) of(call *bird.Call) (time.Time, error) {
	text := [...]*string{call.CreatedAt, call.UpdatedAt, call.EndedAt}[f]
	if text == nil {
		return time.Time{}, nil
	}
	return bird.ParseTime(*text)
}

// Options say how a server behaves. A server with the zero value behaves well
// and has no calls.
type Options struct {
	Calls                        []bird.Call    // listed under the channel that their ChannelID names
	Channels                     []bird.Channel // in the order of listing; nil for those of the calls and some of other platforms
	Order                        Order
	StartExclusive, EndExclusive bool
	StartBy, EndBy               TimeField     // compared with the bounds
	ListedBy                     *TimeField    // by which the calls are in order; nil for StartBy
	Precision                    time.Duration // to which times are truncated before they are compared; 0 for all digits
	Ignore                       []string      // query parameters that have no effect, such as type
	Arriving                     int           // how many of the latest calls appear while the server runs, one with each request
	Repeat                       int           // every n-th call is repeated at the end of the list; 0 for none
	EmptyPages                   int           // every n-th page is preceded by an empty one; 0 for none
	RequestsPerSecond            float64       // above it the response is 429; 0 for no limit
	Limit                        LimitKind     // how they are counted
	Latency                      time.Duration // before each response
	Jitter                       time.Duration // the most that the arrival of a request is delayed
	PageSize                     int           // the most calls in a page, even if the query asks for more; 0 for no maximum
	MaxLimit                     int           // the highest limit of a query that is accepted; 0 for 1000
	TokensOnce                   bool          // a page token works once; then it is that of an empty last page
	Total                        bool          // each page has the total of the list
	Token                        string        // a bearer token that is good too

	// Fault is called for each authorized request; it may be nil.
	Fault func(Request) Fault
}

// Request is a request that the server received.
type Request struct {
	Number  int    // from 1, all requests
	Attempt int    // from 1, those for the same URL
	Page    string // its page token
	Method  string
	Path    string
	Query   url.Values
	Header  http.Header
	At      time.Time
}

// Rand returns random numbers that depend only on a seed and on the path, the
// query and the attempt of the request. With the same seed, a fault that is drawn
// from them hits the same requests, in whatever order they arrive.
func (r Request) Rand(seed uint64) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s?%s %d", r.Path, r.Query.Encode(), r.Attempt)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Fault says how a response goes wrong. The zero value is no fault.
type Fault struct {
	Status      int         // respond with it, and with Body
	Header      http.Header // of that response
	Body        string
	ContentType string        // "application/json" if it is empty
	Drop        bool          // reset the connection without a response
	Truncate    int           // truncate the right response after this many bytes
	Stall       int           // send nothing after this many bytes of the right response
	Hang        bool          // do not respond
	Wait        time.Duration // delay the response
}

// Server is a running fake server.
type Server struct {
	options  Options
	http     *http.Server
	url      string
	calls    []entry // in the order of listing
	lines    []entry // the channels, in the order of listing
	channels map[string]bool
	limit    *limit // nil for none
	closed   chan struct{}

	closeOnce sync.Once

	mu       sync.Mutex
	requests []Request
	attempts map[string]int
	inFlight int
	highest  int
	lists    map[string][]*entry
	used     map[string]bool // page tokens
	open     map[net.Conn]bool
}

// entry is an element of a list, with what is computed from it once.
type entry struct {
	call       *bird.Call
	channel    *bird.Channel // nil for a call
	json       []byte
	start, end time.Time // compared with the bounds
	listed     time.Time // by which the list is in order
	since      int       // the number of the request with which it appears
	shuffled   uint64    // its place in a list without order
}

// NewServer starts a server on a free port of 127.0.0.1 that ends with the test.
func NewServer(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server on addr, which must be a loopback address.
func Start(addr string, options Options) (*Server, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not a loopback address", host)
	}
	s, err := newServer(options)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	s.url = "http://" + listener.Addr().String() + pathPrefix
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// newServer returns a server that does not listen.
func newServer(options Options) (*Server, error) {
	s := &Server{
		options:  options,
		channels: map[string]bool{DefaultChannelID: true, EmptyChannelID: true},
		attempts: make(map[string]int),
		lists:    make(map[string][]*entry),
		used:     make(map[string]bool),
		open:     make(map[net.Conn]bool),
		closed:   make(chan struct{}),
	}
	if options.RequestsPerSecond > 0 {
		s.limit = &limit{kind: options.Limit, perSecond: options.RequestsPerSecond}
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if err := s.loadChannels(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc(pathPrefix+"/workspaces/{workspace}/channels/{channel}/calls", s.serve(s.matching))
	mux.HandleFunc(pathPrefix+"/workspaces/{workspace}/channels/calls", s.serve(s.matching))
	mux.HandleFunc(pathPrefix+"/workspaces/{workspace}/channels", s.serve(s.matchingChannels))
	mux.HandleFunc("/", s.serveUnknown)
	s.http = &http.Server{Handler: mux, ConnState: func(conn net.Conn, to http.ConnState) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch to {
		case http.StateNew:
			s.open[conn] = true
		case http.StateClosed, http.StateHijacked:
			delete(s.open, conn)
		}
	}}
	return s, nil
}

// URL returns the base URL, which has a path.
func (s *Server) URL() string { return s.url }

// Close ends the server and its connections.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		close(s.closed)
		_ = s.http.Close()
	})
}

// Requests returns the requests so far, in the order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// MaxInFlight returns the highest number of requests that were in flight at once.
func (s *Server) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.highest
}

// OpenConnections returns how many connections are open.
func (s *Server) OpenConnections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// BusiestSecond returns the highest number of requests that arrived within one
// second.
func (s *Server) BusiestSecond() int {
	requests := s.Requests()
	busiest, first := 0, 0
	for i := range requests {
		for requests[i].At.Sub(requests[first].At) >= time.Second {
			first++
		}
		busiest = max(busiest, i-first+1)
	}
	return busiest
}

// load encodes the calls and sorts them into the order of listing.
func (s *Server) load() error {
	s.calls = make([]entry, len(s.options.Calls))
	for i := range s.options.Calls {
		call := &s.options.Calls[i]
		encoded, err := json.Marshal(call, json.OmitZeroStructFields(true))
		if err != nil {
			return err
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(call.ID))
		shuffled := h.Sum64()
		encoded = append(appendAbsent([]byte{'{'}, call, shuffled), encoded[1:]...)
		start, err1 := s.options.StartBy.of(call)
		end, err2 := s.options.EndBy.of(call)
		listed, err3 := cmp.Or(s.options.ListedBy, &s.options.StartBy).of(call)
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
		s.calls[i] = entry{call: call, json: encoded, start: start, end: end, listed: listed, shuffled: shuffled}
		s.channels[*call.ChannelID] = true
	}
	if n := min(s.options.Arriving, len(s.calls)); n > 0 {
		slices.SortStableFunc(s.calls, func(a, b entry) int { return a.listed.Compare(b.listed) })
		for i := range n {
			s.calls[len(s.calls)-n+i].since = i + 1
		}
	}
	slices.SortStableFunc(s.calls, func(a, b entry) int {
		switch s.options.Order {
		case Ascending:
			return a.listed.Compare(b.listed)
		case Shuffled:
			return cmp.Compare(a.shuffled, b.shuffled)
		default:
			return cmp.Or(b.listed.Compare(a.listed), strings.Compare(b.call.ID, a.call.ID))
		}
	})
	return nil
}

// appendAbsent appends fields that a call does not have, with what the service,
// which is written in Go, sends for nothing. Whether it does depends on random bits.
func appendAbsent(encoded []byte, call *bird.Call, random uint64) []byte {
	for _, field := range []struct {
		name, zero string
		have       *string
	}{
		{"ringingAt", "0001-01-01T00:00:00Z", call.RingingAt},
		{"answeredAt", "0001-01-01T00:00:00Z", call.AnsweredAt},
		{"endedAt", "0001-01-01T00:00:00Z", call.EndedAt},
		{"scheduledFor", "0001-01-01T00:00:00Z", call.ScheduledFor},
		{"parentId", "00000000-0000-0000-0000-000000000000", call.ParentID},
		{"hangupSipCode", "", call.HangupSIPCode},
	} {
		if field.have == nil && random%4 == 0 {
			encoded = fmt.Appendf(encoded, "%q:%q,", field.name, field.zero)
		}
		random /= 4
	}
	if call.HangupSource == nil && call.HangupCauseCode != nil {
		source := "null" // as in the published samples
		if random%2 == 0 {
			source = `""`
		}
		encoded = append(encoded, `"hangupSource":`+source+`,`...)
	}
	return encoded
}

// record records a request and returns it. The caller calls done when the
// response begins.
func (s *Server) record(r *http.Request) (request Request, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[r.URL.String()]++
	request = Request{
		Number:  len(s.requests) + 1,
		Attempt: s.attempts[r.URL.String()],
		Page:    r.URL.Query().Get("pageToken"),
		Method:  r.Method,
		Path:    r.URL.Path,
		Query:   r.URL.Query(),
		Header:  r.Header.Clone(),
		At:      time.Now(),
	}
	s.requests = append(s.requests, request)
	s.inFlight++
	s.highest = max(s.highest, s.inFlight)
	return request, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	})
}

// responding counts a request as done when its response begins: as soon as a
// client has the response, it may send the next request.
type responding struct {
	http.ResponseWriter
	done func()
}

func (r responding) WriteHeader(status int) {
	r.done()
	r.ResponseWriter.WriteHeader(status)
}

func (r responding) Write(p []byte) (int, error) {
	r.done()
	return r.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (r responding) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *Server) serveUnknown(w http.ResponseWriter, r *http.Request) {
	_, done := s.record(r)
	defer done()
	fail(w, http.StatusNotFound, `{"code":"NotFound","message":"no such path"}`)
}

// matcher returns the elements of a list that a query selects, in order. The
// list and the query have the name bound, under which a matcher may cache what it
// found.
type matcher func(bound, channel string, query url.Values) ([]*entry, *argumentError)

// serve responds with a list.
func (s *Server) serve(matching matcher) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.serveList(w, r, matching) }
}

func (s *Server) serveList(w http.ResponseWriter, r *http.Request, matching matcher) {
	if s.options.Jitter > 0 && !s.wait(r.Context(), rand.N(s.options.Jitter)) {
		panic(http.ErrAbortHandler)
	}
	request, done := s.record(r)
	defer done()
	w = responding{w, done}
	allowed := s.limit == nil || s.limit.allow()
	if s.options.Latency > 0 && !s.wait(r.Context(), s.options.Latency) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Request-Id", "req-"+strconv.Itoa(request.Number))
	switch r.Header.Get("Authorization") {
	case "Bearer " + DefaultToken, "AccessKey " + DefaultAccessKey, "Bearer " + cmp.Or(s.options.Token, DefaultToken):
	case "Bearer " + ForbiddenToken:
		fail(w, http.StatusForbidden, `{"error":{"type":"access","code":"Forbidden","message":"the access role may not read calls","request_id":"req-forbidden"}}`)
		return
	default:
		fail(w, http.StatusUnauthorized, `{"errors":[{"code":2,"description":"Request not allowed (incorrect access_key)","parameter":"access_key"}]}`)
		return
	}
	if !allowed {
		fail(w, http.StatusTooManyRequests, `{"code":"TooManyRequests","message":"rate limit of the workspace reached"}`)
		return
	}
	var fault Fault
	if s.options.Fault != nil {
		fault = s.options.Fault(request)
	}
	again := s.options.TokensOnce && fault.Status/100 != 4 && s.use(request.Page)
	switch {
	case fault.Hang:
		s.wait(r.Context(), time.Hour)
		panic(http.ErrAbortHandler) // ends the connection without a response
	case fault.Wait > 0 && !s.wait(r.Context(), fault.Wait):
		panic(http.ErrAbortHandler)
	case fault.Drop:
		reset(w)
		return
	case fault.Status != 0:
		for name, values := range fault.Header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Type", "application/json")
		if fault.ContentType != "" {
			w.Header().Set("Content-Type", fault.ContentType)
		}
		w.WriteHeader(fault.Status)
		_, _ = w.Write([]byte(fault.Body))
		return
	}
	if r.Method != http.MethodGet {
		fail(w, http.StatusMethodNotAllowed, `{"code":"MethodNotAllowed","message":"only GET is allowed"}`)
		return
	}
	channel := r.PathValue("channel")
	if r.PathValue("workspace") != DefaultWorkspaceID || channel != "" && !s.channels[channel] {
		fail(w, http.StatusNotFound, `{"code":"ResourceNotFound","message":"the workspace or the channel does not exist"}`)
		return
	}
	body, err := s.list(r.URL.Path, channel, request.Query, matching)
	if again {
		body = []byte(`{"results":[]}`)
	}
	if err != nil {
		problem, _ := json.Marshal(map[string]any{
			"code": "InvalidPayload", "message": "the request is not valid", "details": map[string][]string{err.field: {err.problem}},
		})
		fail(w, http.StatusUnprocessableEntity, string(problem))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if fault.Stall > 0 {
		_, _ = w.Write(body[:min(fault.Stall, len(body)-1)])
		_ = http.NewResponseController(w).Flush()
		s.wait(r.Context(), time.Hour)
		panic(http.ErrAbortHandler)
	}
	if fault.Truncate > 0 {
		_, _ = w.Write(body[:min(fault.Truncate, len(body)-1)])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

// use reports whether a page token was used before.
func (s *Server) use(token string) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again = s.used[token]
	s.used[token] = token != ""
	return again
}

// wait reports whether the time passed before the request or the server ended.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closed:
	}
	return false
}

// reset ends the connection with a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// argumentError is a query parameter that is not valid.
type argumentError struct{ field, problem string }

// list returns the page that the query asks for of the list at a path.
func (s *Server) list(path, channel string, query url.Values, matching matcher) ([]byte, *argumentError) {
	size := 10
	if text := query.Get("limit"); text != "" {
		most := cmp.Or(s.options.MaxLimit, 1000)
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return nil, &argumentError{"limit", fmt.Sprintf("must be an integer from 1 to %d", most)}
		}
		size = n
	}
	if s.options.PageSize > 0 {
		size = min(size, s.options.PageSize)
	}
	token := query.Get("pageToken")
	key := url.Values{}
	for name, values := range query {
		if name != "pageToken" {
			key[name] = values
		}
	}
	bound := path + "?" + key.Encode()
	offset, emptied, ok := openToken(bound, token)
	if !ok {
		return nil, &argumentError{"pageToken", "is not a token of this query"}
	}
	for _, name := range s.options.Ignore {
		key.Del(name)
	}
	found, failed := matching(bound, channel, key)
	if failed != nil {
		return nil, failed
	}
	var b strings.Builder
	b.WriteString(`{"results":[`)
	end := min(offset+size, len(found))
	if n := s.options.EmptyPages; n > 0 && !emptied && offset < len(found) && (offset/size)%n == n-1 {
		end = offset
		emptied = true
	} else {
		emptied = false
	}
	for i, e := range found[min(offset, end):end] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(e.json)
	}
	b.WriteByte(']')
	if s.options.Total {
		fmt.Fprintf(&b, `,"total":%d`, len(found))
	}
	if end < len(found) {
		fmt.Fprintf(&b, `,"nextPageToken":%q`, sealToken(bound, end, emptied))
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// matching is the [matcher] of calls, of all channels where channel is "".
// The pages of one query are cached together.
func (s *Server) matching(bound, channel string, query url.Values) ([]*entry, *argumentError) {
	s.mu.Lock()
	requests := len(s.requests)
	if s.options.Arriving > 0 {
		bound = fmt.Sprintf("%d %s", requests, bound)
	}
	list, ok := s.lists[bound]
	s.mu.Unlock()
	if ok {
		return list, nil
	}
	var start, end time.Time
	for name, t := range map[string]*time.Time{"startAt": &start, "endAt": &end} {
		if text := query.Get(name); text != "" {
			parsed, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, &argumentError{name, "must be an RFC 3339 date-time"}
			}
			*t = parsed
		}
	}
	direction := query.Get("direction")
	if direction != "" && direction != "incoming" && direction != "outgoing" {
		return nil, &argumentError{"direction", "must be incoming or outgoing"}
	}
	ordered := func(early, late time.Time, exclusive bool) bool {
		if s.options.Precision > 0 {
			early, late = early.Truncate(s.options.Precision), late.Truncate(s.options.Precision)
		}
		return early.Before(late) || early.Equal(late) && !exclusive
	}
	duration := query.Get("duration")
	for i := range s.calls {
		e := &s.calls[i]
		switch c := e.call; {
		case e.since > requests:
		case channel != "" && *c.ChannelID != channel:
		case channel == "" && !s.inLog(c, query):
		case !start.IsZero() && (e.start.IsZero() || !ordered(start, e.start, s.options.StartExclusive)):
		case !end.IsZero() && (e.end.IsZero() || !ordered(e.end, end, s.options.EndExclusive)):
		case !matchesTexts(c, query):
		case duration != "" && (c.Duration == nil || strconv.FormatInt(*c.Duration, 10) != duration):
		default:
			list = append(list, e)
		}
	}
	list = s.repeat(list)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[bound] = list
	return list, nil
}

// texts are the query parameters that select calls by the text of a field.
var texts = []struct {
	parameter string
	field     func(*bird.Call) *string
}{
	{"status", func(c *bird.Call) *string { return c.Status }},
	{"type", func(c *bird.Call) *string { return c.Type }},
	{"direction", func(c *bird.Call) *string { return c.Direction }},
	{"from", func(c *bird.Call) *string { return c.From }},
	{"to", func(c *bird.Call) *string { return c.To }},
}

func matchesTexts(call *bird.Call, query url.Values) bool {
	for _, text := range texts {
		want, have := query.Get(text.parameter), text.field(call)
		if want != "" && (have == nil || *have != want) {
			return false
		}
	}
	return true
}

// repeat appends some elements again, if the options say so.
func (s *Server) repeat(list []*entry) []*entry {
	if n := s.options.Repeat; n > 0 {
		for i := range (len(list) + n - 1) / n {
			list = append(list, list[i*n])
		}
	}
	return list
}

// inLog reports whether a call passes the filters that only the calls log of a
// workspace has. If a filter has several values, one of them has to match.
func (s *Server) inLog(call *bird.Call, query url.Values) bool {
	one := func(name string, have ...*string) bool {
		want := query[name]
		return len(want) == 0 || slices.ContainsFunc(have, func(value *string) bool { return value != nil && slices.Contains(want, *value) })
	}
	return one("channelId", call.ChannelID) && one("id", &call.ID) && one("tag", call.Tags...)
}

var tokenKey = []byte("the fake server's own")

// sealToken returns an opaque token that is valid for one query.
func sealToken(bound string, offset int, emptied bool) string {
	position := fmt.Sprintf("%d,%t,", offset, emptied)
	mac := hmac.New(sha256.New, tokenKey)
	_, _ = mac.Write([]byte(position + bound))
	sealed := append([]byte(position), mac.Sum(nil)[:16]...)
	for len(sealed)%3 != 1 { // so that it ends in ==
		sealed = append(sealed, 0)
	}
	return base64.StdEncoding.EncodeToString(sealed)
}

func openToken(bound, token string) (offset int, emptied, ok bool) {
	if token == "" {
		return 0, false, true
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, false, false
	}
	parts := strings.SplitN(string(raw), ",", 3)
	if len(parts) != 3 {
		return 0, false, false
	}
	offset, err1 := strconv.Atoi(parts[0])
	emptied, err2 := strconv.ParseBool(parts[1])
	ok = errors.Join(err1, err2) == nil && hmac.Equal([]byte(sealToken(bound, offset, emptied)), []byte(token))
	return offset, emptied, ok
}
