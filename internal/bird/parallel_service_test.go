package bird_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// The services of this file are made of random meanings of the bounds of a window,
// by code that shares nothing with the client or with birdtest. A read of each is
// compared with the calls that its meaning selects.

// The times of a call, as indexes of [timedCall.times].
const (
	byCreation = iota
	byRinging
	byAnswer
	byEnd
	byUpdate
	bySchedule
	timesOfACall
)

var wireNames = [timesOfACall]string{"createdAt", "ringingAt", "answeredAt", "endedAt", "updatedAt", "scheduledFor"}

// timedCall is a call of a service. Its times are Unix times in nanoseconds, 0 for
// none.
type timedCall struct {
	id        string
	times     [timesOfACall]int64
	updatedAt time.Time // the moment of an update during the read, or zero
}

// at returns the times of the call at a moment.
func (c *timedCall) at(now time.Time) [timesOfACall]int64 {
	times := c.times
	if !c.updatedAt.IsZero() && !now.Before(c.updatedAt) {
		times[byUpdate] = c.updatedAt.UnixNano()
	}
	return times
}

// appendJSON appends the call as a service writes it at a moment.
func (c *timedCall) appendJSON(b []byte, now time.Time) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, c.id...)
	b = append(b, '"')
	for i, at := range c.at(now) {
		if at != 0 {
			b = append(b, `,"`...)
			b = append(b, wireNames[i]...)
			b = append(b, `":"`...)
			b = time.Unix(0, at).UTC().AppendFormat(b, time.RFC3339Nano)
			b = append(b, '"')
		}
	}
	return append(b, '}')
}

// meaning is what a service makes of one bound of a window.
type meaning struct {
	by        int // the time of a call that it is compared with
	orCreated bool
	exclusive bool
	shift     time.Duration // the bound is taken for the time of a zone
	precision time.Duration // to which the bound is rounded; 0 for not at all
	up        bool          // it is rounded up
	nearest   bool          // or to the nearest
	zone      time.Duration // of the days and hours to which it is rounded
	both      bool          // the time of the call is rounded down, too
	longOnly  bool          // it is rounded in windows of more than 8 seconds only
}

func (m meaning) String() string {
	direction := "down"
	if m.nearest {
		direction = "to the nearest"
	} else if m.up {
		direction = "up"
	}
	return fmt.Sprintf("%s (or creation %t), exclusive %t, shifted by %s, rounded %s to %s in zone %s (the call's too: %t), only if long %t",
		wireNames[m.by], m.orCreated, m.exclusive, m.shift, direction, m.precision, m.zone, m.both, m.longOnly)
}

// floor rounds a Unix time down in a zone.
func floor(at int64, precision, zone time.Duration) int64 {
	if precision <= 1 {
		return at
	}
	local := at + int64(zone)
	return at - (local%int64(precision)+int64(precision))%int64(precision)
}

// sides returns the two sides of the comparison of a call with a bound. It reports
// false for a call that has no such time.
func (m meaning) sides(times [timesOfACall]int64, bound int64, long bool) (call, limit int64, ok bool) {
	if m.longOnly && !long {
		return times[byCreation], bound, true
	}
	call = times[m.by]
	if call == 0 && m.orCreated {
		call = times[byCreation]
	}
	bound += int64(m.shift)
	limit = bound
	if m.precision > 0 {
		limit = floor(bound, m.precision, m.zone)
		switch {
		case m.nearest:
			limit = floor(bound+int64(m.precision)/2, m.precision, m.zone)
		case m.up && limit != bound:
			limit += int64(m.precision)
		}
		if m.both {
			call = floor(call, m.precision, m.zone)
		}
	}
	return call, limit, call != 0
}

// randomMeaning returns a meaning of a bound. Half of them are plain.
func randomMeaning(random *rand.Rand) meaning {
	m := meaning{exclusive: random.IntN(2) == 0}
	if random.IntN(3) == 0 {
		m.by, m.orCreated = random.IntN(timesOfACall), random.IntN(2) == 0
	}
	if random.IntN(3) == 0 {
		m.precision = []time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, time.Second, time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour}[random.IntN(8)]
		m.zone = time.Duration(random.IntN(105)-48) * 15 * time.Minute
		m.both = random.IntN(2) == 0
		m.nearest = random.IntN(8) == 0
	}
	if random.IntN(8) == 0 {
		m.shift = time.Duration(random.IntN(105)-48) * 15 * time.Minute
	}
	if m.precision > 0 && random.IntN(4) == 0 {
		m.by, m.shift, m.nearest, m.longOnly = byCreation, 0, false, true
	}
	return m
}

// meanings is a service, as an [http.RoundTripper].
type meanings struct {
	calls      []timedCall // in the order of listing
	start, end meaning
	order      string
	pageSize   int
	emptyPages int // every n-th page is preceded by an empty one; 0 for none
	repeats    int // every n-th page begins with the call before it; 0 for none
	latency    func() time.Duration
	slow       map[string]bool // calls whose responses take a second to read, cancelled or not, except those of the whole window

	mu       sync.Mutex
	requests int
	small    []int                   // numbers of the requests that measure
	began    []time.Time             // of all requests
	underWay int                     // requests
	outside  []string                // windows that reach beyond the one that was asked for
	wanted   [2]int64                // that one; an end of 0 is open
	shown    [timesOfACall]bool      // times that a call of a response showed more than two seconds from its creation
	received map[string]bool         // ids
	windows  map[[2]int64]struct{}   // that were asked for
	fault    func(requests int) bool // refuses a request; it may be nil
}

// matches reports whether the service lists a call in a window.
func (s *meanings) matches(c *timedCall, start, end int64, now time.Time) bool {
	times := c.at(now)
	long := end == 0 || time.Duration(end-start) > 8*time.Second
	call, limit, ok := s.start.sides(times, start, long)
	if !ok || call < limit || call == limit && s.start.exclusive {
		return false
	}
	if end == 0 {
		return true
	}
	call, limit, ok = s.end.sides(times, end, long)
	return ok && (call < limit || call == limit && !s.end.exclusive)
}

// selected returns the ids of the calls in a window, sorted.
func (s *meanings) selected(start, end int64, now time.Time) []string {
	var ids []string
	for i := range s.calls {
		if s.matches(&s.calls[i], start, end, now) {
			ids = append(ids, s.calls[i].id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s *meanings) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	var bounds [2]int64
	for i, name := range []string{"startAt", "endAt"} {
		if text := query.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, err
			}
			bounds[i] = at.UnixNano()
		}
	}
	s.mu.Lock()
	s.requests++
	s.underWay++
	s.began = append(s.began, time.Now())
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.underWay--
	}()
	number := s.requests
	s.windows[bounds] = struct{}{}
	if bounds[1] != 0 && bounds[1]-bounds[0] < int64(10*time.Second) {
		s.small = append(s.small, number)
	}
	if bounds[0] < s.wanted[0] || s.wanted[1] != 0 && (bounds[1] == 0 || bounds[1] > s.wanted[1]) {
		s.outside = append(s.outside, req.URL.RawQuery)
	}
	latency := s.latency()
	s.mu.Unlock()
	// Half of the time passes before the service looks, and half after it.
	for i := range 2 {
		timer := time.NewTimer(latency / 2)
		select {
		case <-timer.C:
		case <-req.Context().Done():
			timer.Stop()
			return nil, req.Context().Err()
		}
		if i == 0 && s.fault != nil && s.fault(number) {
			return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		}
		if i > 0 {
			break
		}
	}
	now := time.Now()
	position, page, emptied := 0, 0, 0
	if token := query.Get("pageToken"); token != "" {
		if _, err := fmt.Sscanf(token, "%d-%d-%d", &position, &page, &emptied); err != nil {
			return nil, err
		}
	}
	body := []byte(`{"results":[`)
	listed, next := 0, position
	reading := time.Duration(0)
	add := func(c *timedCall) {
		if listed++; listed > 1 {
			body = append(body, ',')
		}
		body = c.appendJSON(body, now)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.received[c.id] = true
		if s.slow[c.id] && bounds != s.wanted {
			reading = time.Second
		}
		times := c.at(now)
		for i, at := range times {
			if at != 0 && time.Duration(max(at, times[byCreation])-min(at, times[byCreation])) > 2*time.Second {
				s.shown[i] = true
			}
		}
	}
	full := s.pageSize
	if s.emptyPages > 0 && emptied == 0 && page%s.emptyPages == s.emptyPages-1 {
		full, emptied = 0, 1
	} else {
		emptied = 0
	}
	if s.repeats > 0 && page%s.repeats == s.repeats-1 && full > 0 {
		for i := position - 1; i >= 0; i-- {
			if s.matches(&s.calls[i], bounds[0], bounds[1], now) {
				add(&s.calls[i])
				break
			}
		}
	}
	for ; next < len(s.calls) && full > 0; next++ {
		if s.matches(&s.calls[next], bounds[0], bounds[1], now) {
			if full--; full < 0 {
				break
			}
			add(&s.calls[next])
		}
	}
	more := false
	for i := next; i < len(s.calls) && !more; i++ {
		more = s.matches(&s.calls[i], bounds[0], bounds[1], now)
	}
	body = append(body, ']')
	if more {
		body = fmt.Appendf(body, `,"nextPageToken":"%d-%d-%d"`, next, page+1, emptied)
	}
	body = append(body, '}')
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(slowly{bytes.NewReader(body), reading})}, nil
}

// slowly is a body that has arrived, and takes its time to be read.
type slowly struct {
	io.Reader
	each time.Duration
}

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(s.each)
	return s.Reader.Read(p)
}

// The window of these services begins a month before the clock of a bubble.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0)

// randomCalls returns calls of a month: spread evenly, in clusters, in bursts of
// one instant, of whole seconds or not.
func randomCalls(random *rand.Rand) []timedCall {
	month := int64(31 * 24 * time.Hour)
	n := 200 + random.IntN(300)
	clusters := make([][2]int64, 1+random.IntN(3))
	for i := range clusters {
		clusters[i] = [2]int64{random.Int64N(month), int64(time.Second) << random.IntN(18)}
	}
	clustered, tied := random.Float64()*float64(random.IntN(2)), 0.3*float64(random.IntN(4)/3)
	grain := []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond, time.Microsecond, time.Second, time.Minute}[random.IntN(6)]
	rings := []time.Duration{time.Second, 20 * time.Second}[random.IntN(2)]
	talks := []time.Duration{2 * time.Second, time.Minute, time.Hour, 24 * time.Hour}[random.IntN(4)]
	lag := []time.Duration{time.Second, time.Second, time.Minute, 48 * time.Hour}[random.IntN(4)]
	scheduled := []float64{0, 0, 0.003, 0.5}[random.IntN(4)]
	quick := random.IntN(8) == 0 // all times are near the creation
	calls := make([]timedCall, n)
	for i := range calls {
		c := &calls[i]
		c.id = fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), i)
		at := random.Int64N(month)
		if random.Float64() < clustered {
			cluster := clusters[random.IntN(len(clusters))]
			at = cluster[0] + random.Int64N(cluster[1])
		}
		created := bubbleStart.UnixNano() + min(at, month-1)
		created -= created % int64(grain)
		if i > 0 && random.Float64() < tied {
			created = calls[random.IntN(i)].times[byCreation]
		}
		after := func(from int64, most time.Duration) int64 {
			if quick {
				most = min(most, time.Second/2)
			}
			return from + random.Int64N(int64(most)/int64(time.Millisecond))*int64(time.Millisecond)
		}
		c.times[byCreation] = created
		c.times[byRinging] = after(created, rings)
		ended := after(c.times[byRinging], rings)
		if random.IntN(3) > 0 {
			c.times[byAnswer] = ended
			ended = after(ended, talks)
		}
		c.times[byEnd] = ended
		if random.IntN(20) == 0 {
			c.times[byEnd] = 0
		}
		c.times[byUpdate] = after(ended, lag)
		if random.Float64() < scheduled {
			c.times[bySchedule] = created + random.Int64N(int64(4*time.Hour)) - int64(time.Hour)
		}
	}
	return calls
}

// plainMeanings returns a service that compares both bounds with the creation of
// calls, one in every ten minutes of a month or so. It lists them newest first.
func plainMeanings(calls, pageSize int) *meanings {
	s := &meanings{pageSize: pageSize, received: make(map[string]bool), windows: make(map[[2]int64]struct{})}
	s.latency = func() time.Duration { return 100 * time.Millisecond }
	for i := range calls {
		at := bubbleStart.Add(time.Duration(calls-i) * 607 * time.Second)
		c := timedCall{id: fmt.Sprint("call-", i)}
		for by, after := range [timesOfACall]time.Duration{byRinging: time.Second, byAnswer: 5 * time.Second, byEnd: 90 * time.Second, byUpdate: 91 * time.Second} {
			if by != bySchedule {
				c.times[by] = at.Add(after).UnixNano()
			}
		}
		s.calls = append(s.calls, c)
	}
	s.wanted = [2]int64{bubbleStart.AddDate(0, 0, -1).UnixNano(), bubbleStart.AddDate(0, 0, 31).UnixNano()}
	return s
}

// scheduleSome lets one call in twenty of the older half have been scheduled.
func (s *meanings) scheduleSome() {
	for i := len(s.calls) / 2; i < len(s.calls); i += 20 {
		s.calls[i].times[bySchedule] = s.calls[i].times[byCreation] + int64(3*time.Hour)
	}
}

// measuring reports whether a request measures the ruler.
func (s *meanings) measuring(number int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.small, number)
}

// query selects the window that is wanted.
func (s *meanings) query() bird.CallsQuery {
	return bird.CallsQuery{StartAt: time.Unix(0, s.wanted[0]), EndAt: time.Unix(0, s.wanted[1])}
}

// newMeanings returns a service whose every trait follows from the seed.
func newMeanings(seed uint64) *meanings {
	random := rand.New(rand.NewPCG(seed, 7))
	s := &meanings{
		calls: randomCalls(random), start: randomMeaning(random),
		pageSize: 5 + random.IntN(10), received: make(map[string]bool), windows: make(map[[2]int64]struct{}),
	}
	s.end = randomMeaning(random)
	if random.IntN(2) == 0 {
		s.end = s.start
		s.end.exclusive = random.IntN(2) == 0
		s.end.up = random.IntN(2) == 0
	}
	s.start.up = random.IntN(2) == 0
	if random.IntN(4) == 0 {
		s.emptyPages = 1 + random.IntN(6)
	}
	if random.IntN(4) == 0 {
		s.repeats = 1 + random.IntN(6)
	}
	sort := random.IntN(timesOfACall)
	if random.IntN(2) == 0 {
		sort = byCreation
	}
	s.order = "by " + wireNames[sort]
	slices.SortStableFunc(s.calls, func(a, b timedCall) int { return int(max(-1, min(1, a.times[sort]-b.times[sort]))) })
	switch random.IntN(5) {
	case 0:
		s.order += ", mixed"
		random.Shuffle(len(s.calls), func(i, j int) { s.calls[i], s.calls[j] = s.calls[j], s.calls[i] })
	case 1, 2:
		s.order += ", newest first"
		slices.Reverse(s.calls)
	}
	slowest := time.Duration(1 + random.IntN(1000))
	s.latency = func() time.Duration { return time.Millisecond * (1 + time.Duration(random.Int64N(int64(slowest)))) }
	return s
}

// updateSome updates some of the calls during the next seconds.
func (s *meanings) updateSome(random *rand.Rand) {
	share := random.Float64() * random.Float64()
	for i := range s.calls {
		s.calls[i].times = s.calls[i].at(time.Now())
		if random.Float64() < share {
			s.calls[i].updatedAt = time.Now().Add(time.Duration(random.Int64N(int64(10 * time.Second))))
		}
	}
}

// meaningsOutcome is what the reads of a service did.
type meaningsOutcome struct {
	reads, divided, requests, pages int
	lost                            int // calls
	unseen                          int // of these, those that no client could see the loss of
}

// checkMeanings reads two windows of a service with one client.
func checkMeanings(t *testing.T, seed uint64) (outcome meaningsOutcome) {
	t.Helper()
	s := newMeanings(seed)
	random := rand.New(rand.NewPCG(seed, 8))
	client := newTransportClient(t, s, func(c *bird.Config) { c.RequestsPerSecond = 0 })
	for range 2 {
		start, end := bubbleStart.Add(time.Duration(random.IntN(48)-24)*time.Hour+time.Duration(random.IntN(1e9))), time.Time{}
		query := bird.CallsQuery{StartAt: start}
		s.wanted = [2]int64{start.UnixNano(), 0}
		if random.IntN(4) > 0 {
			end = bubbleStart.AddDate(0, 0, 20+random.IntN(14)).Add(-time.Duration(random.IntN(1e9)))
			query.EndAt = end
			s.wanted[1] = end.UnixNano()
		}
		s.requests, s.outside = 0, nil
		clear(s.received)
		clear(s.windows)
		s.shown = [timesOfACall]bool{}
		want := s.selected(s.wanted[0], s.wanted[1], time.Now())
		if random.IntN(4) == 0 {
			s.updateSome(random)
		}
		got, err := read(t.Context(), client, query)
		if _, other := errors.AsType[*bird.FilterError](err); other {
			continue // a call of a day outside of the window is an error, and no loss
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		have := ids(got)
		slices.Sort(have)
		after := s.selected(s.wanted[0], s.wanted[1], time.Now())
		var lost []string
		for _, id := range want {
			_, stayed := slices.BinarySearch(after, id)
			if _, came := slices.BinarySearch(have, id); stayed && !came {
				lost = append(lost, id)
			}
		}
		if n := len(slices.Compact(slices.Clone(have))); n != len(have) {
			t.Errorf("seed %d: %d calls came more than once", seed, len(have)-n)
		}
		if len(s.outside) > 0 {
			t.Errorf("seed %d: windows beyond the one that was asked for: %v", seed, s.outside)
		}
		outcome.reads++
		outcome.requests += s.requests
		outcome.pages += max(1, (len(want)+s.pageSize-1)/s.pageSize)
		if len(s.windows) > 1 {
			outcome.divided++
		}
		outcome.lost += len(lost)
		if len(lost) > 0 {
			// The end is held against a time that no call showed.
			if s.end.by != byCreation && !s.shown[s.end.by] {
				outcome.unseen += len(lost)
				t.Logf("unseen seed %d: %d of %d calls are lost\nstart: %s\nend: %s\norder: %s", seed, len(lost), len(want), s.start, s.end, s.order)
				continue
			}
			t.Errorf("seed %d: %d of %d calls are lost, such as %s; %d requests\nstart: %s\nend: %s\norder: %s", seed, len(lost), len(want), lost[0], s.requests, s.start, s.end, s.order)
		}
	}
	return outcome
}
