package bird

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Each time of a call that is more than two seconds from its creation is shown.
func TestWitnessShowsTheTimesThatAreNotNearItsCreation(t *testing.T) {
	t.Parallel()
	fields := map[times]func(*Call) **string{
		ringing: func(c *Call) **string { return &c.RingingAt }, answer: func(c *Call) **string { return &c.AnsweredAt },
		end: func(c *Call) **string { return &c.EndedAt }, update: func(c *Call) **string { return &c.UpdatedAt },
		schedule: func(c *Call) **string { return &c.ScheduledFor },
	}
	all := creation
	for other, field := range fields {
		all |= other
		for _, test := range []struct {
			text string
			want times
		}{
			{"2024-02-01T00:00:12Z", creation}, {"2024-02-01T00:00:12.001Z", creation | other},
			{"2024-02-01T00:00:08Z", creation}, {"2024-02-01T00:00:07.999Z", creation | other},
			{"", creation}, {"0001-01-01T00:00:00Z", creation}, {"soon", creation},
		} {
			call := Call{ID: "call", CreatedAt: new("2024-02-01T00:00:10Z")}
			*field(&call) = &test.text
			if got := newWitness(&call, allTimes).shows; got != test.want {
				t.Errorf("a call whose time %05b is %q shows %05b, want %05b", other, test.text, got, test.want)
			}
			if got := newWitness(&call, allTimes&^other).shows; got != creation {
				t.Errorf("a call whose time %05b nobody asks for shows %05b", other, got)
			}
		}
	}
	if all != allTimes {
		t.Errorf("the times are %b, and those that are tested %b", allTimes, all)
	}
}

// What is asked for with a witness lies in the window, and in one half of a minute.
func TestWitnessIsClear(t *testing.T) {
	t.Parallel()
	read := window{someStart.Add(3 * time.Second), someStart.Add(time.Hour + 55*time.Second)}
	for after, want := range map[time.Duration]bool{
		11999 * time.Millisecond: false, 12 * time.Second: true, // after the start
		21 * time.Second: true, 21001 * time.Millisecond: false,
		30 * time.Second: false, 38999 * time.Millisecond: false, 39 * time.Second: true, 51 * time.Second: true, 51001 * time.Millisecond: false,
		60 * time.Second: false, time.Minute + 8999*time.Millisecond: false, time.Minute + 9*time.Second: true,
		time.Hour + 46*time.Second: true, time.Hour + 46001*time.Millisecond: false, // before the end
		-time.Hour + 15*time.Second: false,
	} {
		w := witness{created: someStart.Add(after)}
		if got := w.clear(read); got != want {
			t.Errorf("created after %s: clear %t, want %t", after, got, want)
		}
		if !want {
			continue
		}
		half := w.created.Truncate(30 * time.Second)
		for _, small := range w.around() {
			if small.start.Before(read.start) || small.end.After(read.end) || small.start.Before(half) || !small.end.Before(half.Add(30*time.Second)) {
				t.Errorf("created after %s: %v is outside of the window or of the half minute", after, small)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) { // a window without an end ends now
		open := window{start: time.Now().Add(-time.Hour)}
		for before, want := range map[time.Duration]bool{9 * time.Second: true, 9*time.Second - time.Nanosecond: false, 20 * time.Second: true} {
			if got := (witness{created: time.Now().Add(-before)}).clear(open); got != want {
				t.Errorf("created %s ago: clear %t, want %t", before, got, want)
			}
		}
	})
}

func TestWitnessIsInTheSecondOfThreeWindows(t *testing.T) {
	t.Parallel()
	got := witness{created: someStart}.around()
	for i, want := range [3][2]time.Duration{{-3 * time.Second, -time.Second}, {-time.Second, time.Second}, {time.Second, 3 * time.Second}} {
		if !got[i].start.Equal(someStart.Add(want[0])) || !got[i].end.Equal(someStart.Add(want[1])) {
			t.Errorf("window %d is %v, want %v", i, got[i], want)
		}
	}
}

// showing makes a call that shows times, all of them so long after its creation.
func showing(id string, created time.Time, shows times, after time.Duration) Call {
	text := func(t time.Time) *string { return new(t.Format(time.RFC3339Nano)) }
	call := Call{ID: id, CreatedAt: text(created)}
	for i, field := range []**string{&call.RingingAt, &call.AnsweredAt, &call.EndedAt, &call.UpdatedAt, &call.ScheduledFor} {
		if shows&(ringing<<i) != 0 {
			*field = text(created.Add(after))
		}
	}
	return call
}

func TestRulerChoosesWitnesses(t *testing.T) {
	t.Parallel()
	whole := someStart.Add(time.Hour + 15*time.Second)
	hidden := someStart.Add(time.Hour) // on a full minute
	call := func(id string, shows times) Call { return showing(id, whole, shows, time.Minute) }
	for name, test := range map[string]struct {
		settled times
		calls   []Call
		want    []string
		open    times // what is not settled once they are
	}{
		"none":                  {0, nil, nil, 0},
		"one of its creation":   {0, []Call{call("a", 0)}, []string{"a"}, 0},
		"one is enough":         {0, []Call{call("a", ringing), call("b", ringing|end|update)}, []string{"b"}, 0},
		"three":                 {0, []Call{call("a", ringing), call("b", end|update), call("c", answer)}, []string{"b", "a", "c"}, 0},
		"four are too many":     {0, []Call{call("a", ringing), call("b", end), call("c", answer), call("d", schedule)}, []string{"a", "c", "b"}, schedule},
		"none that is clear":    {0, []Call{showing("a", hidden, end, time.Minute)}, nil, creation | end},
		"one that is not clear": {0, []Call{showing("a", hidden, end, time.Minute), call("b", answer)}, []string{"b"}, end},
		"what is settled":       {creation | end, []Call{call("a", end), call("b", end|answer)}, []string{"b"}, 0},
		"all is settled":        {allTimes, []Call{call("a", end)}, nil, 0},
		"the clearest":          {0, []Call{showing("a", whole, end, 3*time.Second), showing("b", whole, end, time.Hour), showing("c", whole, end, time.Minute)}, []string{"b"}, 0},
	} {
		client := New(Config{})
		r := newRuler(list[Call]{client: client, path: "path"}, window{someStart, someNow})
		r.settled = test.settled
		r.add(test.calls)
		var got []string
		chosen := r.witnesses()
		for _, w := range chosen {
			got = append(got, w.id)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: chose %q, want %q", name, got, test.want)
		}
		r.settle(chosen)
		if r.unsettled() != test.open {
			t.Errorf("%s: %b is not settled, want %b", name, r.unsettled(), test.open)
		}
		if remembered := newRuler(r.list, r.read).settled; remembered != r.settled {
			t.Errorf("%s: the client remembers %b, want %b", name, remembered, r.settled)
		}
		if other := newRuler(list[Call]{client: client, path: "other"}, r.read).settled; other != 0 {
			t.Errorf("%s: the client remembers %b of another path", name, other)
		}
	}
}

// The cuts that prove a division are beside the earliest and the latest call that
// can be a witness, and at least a part apart.
func TestRulerCuts(t *testing.T) {
	t.Parallel()
	at := func(seconds ...int) (calls []Call) {
		for i, s := range seconds {
			calls = append(calls, showing(fmt.Sprint(i), someStart.Add(time.Duration(s)*time.Second+500*time.Microsecond), 0, 0))
		}
		return calls
	}
	second := showing("second", someStart.Add(69*time.Second+2500*time.Microsecond), 0, 0)
	for name, test := range map[string]struct {
		calls []Call
		want  []time.Duration
	}{
		"none":                  {nil, nil},
		"just far enough":       {append(at(17), second), []time.Duration{21001 * time.Millisecond, 61001 * time.Millisecond}},
		"one":                   {at(15), nil},
		"too near":              {at(15, 50), nil},
		"nearly far enough":     {at(17, 69), nil},
		"far enough":            {at(17, 70), []time.Duration{21001 * time.Millisecond, 61999 * time.Millisecond}},
		"the outermost":         {at(75, 15, 135, 195, 105), []time.Duration{19001 * time.Millisecond, 186999 * time.Millisecond}},
		"not on a full minute":  {at(0, 75, 135, 240), []time.Duration{79001 * time.Millisecond, 126999 * time.Millisecond}},
		"one on a full minute":  {at(0, 75), nil},
		"one before the window": {at(-105, 15, 75), []time.Duration{19001 * time.Millisecond, 66999 * time.Millisecond}},
	} {
		r := newRuler(list[Call]{client: New(Config{}), path: "path"}, window{someStart, someNow})
		r.add(test.calls)
		var got []time.Duration
		for _, cut := range r.cuts() {
			got = append(got, cut.Sub(someStart))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: cuts at %v, want %v", name, got, test.want)
		}
	}
}

// The ruler is measured if the call comes in the second window and in no other.
// Anything else is no.
func TestRulerIsMeasured(t *testing.T) {
	t.Parallel()
	created := someStart.Add(time.Hour + 15*time.Second)
	const (
		with    = `{"results":[{"id":"other"},{"id":"call"}]}`
		without = `{"results":[{"id":"other"}]}`
		empty   = `{"results":[]}`
		more    = `{"results":[{"id":"other"}],"nextPageToken":"%s2"}`
	)
	for name, test := range map[string]struct {
		pages [3][]string // of each window
		want  bool
	}{
		"as it should":                     {[3][]string{{empty}, {with}, {without}}, true},
		"in the one before":                {[3][]string{{with}, {with}, {empty}}, false},
		"in the one after":                 {[3][]string{{empty}, {with}, {with}}, false},
		"in none":                          {[3][]string{{empty}, {without}, {empty}}, false},
		"in all":                           {[3][]string{{with}, {with}, {with}}, false},
		"on the second page":               {[3][]string{{empty}, {more, with}, {empty}}, true},
		"on the second page of the first":  {[3][]string{{more, with}, {with}, {empty}}, false},
		"on the second page of the last":   {[3][]string{{empty}, {with}, {more, with}}, false},
		"a page that is empty at the end":  {[3][]string{{more, empty}, {with}, {more, empty}}, true},
		"a third page of the first":        {[3][]string{{more, more, empty}, {with}, {empty}}, false},
		"a third page of the last":         {[3][]string{{empty}, {with}, {more, more, empty}}, false},
		"on the third page":                {[3][]string{{empty}, {more, more, with}, {empty}}, false},
		"a small window that is refused":   {[3][]string{{empty}, {with}, {""}}, false},
		"the one of the call that is also": {[3][]string{{empty}, {""}, {empty}}, false},
	} {
		var mu sync.Mutex
		var queries []url.Values
		sent := make(map[string]int)
		client := newFakeClient(Config{}, func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			query := req.URL.Query()
			queries = append(queries, query)
			starts := []string{created.Add(-3 * time.Second).Format(time.RFC3339), created.Add(-time.Second).Format(time.RFC3339), created.Add(time.Second).Format(time.RFC3339)}
			i := slices.Index(starts, query.Get("startAt"))
			if i < 0 {
				return nil, fmt.Errorf("a window from %s", query.Get("startAt"))
			}
			page := test.pages[i][min(sent[starts[i]], len(test.pages[i])-1)]
			sent[starts[i]]++
			if page == "" {
				return respond(http.StatusForbidden, "{}")
			}
			if page == more {
				page = fmt.Sprintf(more, fmt.Sprint(sent[starts[i]]))
			}
			return respond(http.StatusOK, page)
		})
		values := url.Values{"status": {"completed"}, "startAt": {"the whole"}, "endAt": {"window"}}
		r := newRuler(list[Call]{client: client, throttle: client.throttle("w"), path: "path", values: values}, window{someStart, someNow})
		r.add([]Call{showing("call", created, end, time.Minute)})
		if got := r.measure(context.Background(), r.witnesses()); got != test.want {
			t.Errorf("%s: measured %t, want %t", name, got, test.want)
		}
		for _, query := range queries {
			if query.Get("status") != "completed" {
				t.Errorf("%s: asked without the filter: %v", name, query)
			}
		}
		if client.ruler("path") != 0 {
			t.Errorf("%s: remembered before it is settled", name)
		}
	}
}
