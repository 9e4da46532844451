package bird

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Wherever it is cut, the parts of a window cover it: they begin and end where it
// does, and neighbours overlap by two seconds.
func TestWindowSplitCoversTheWindow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		w := window{start: someStart.Add(time.Duration(random.IntN(1e9)))}
		if random.IntN(2) == 0 {
			w.end = someNow
		}
		cuts := make([]time.Time, 1+random.IntN(9))
		for i := range cuts {
			cuts[i] = someStart.Add(time.Second + time.Duration(random.Int64N(int64(someNow.Sub(someStart)-2*time.Second))))
		}
		parts := w.split(cuts)
		if len(parts) != len(cuts)+1 {
			t.Fatalf("%d parts of %d cuts", len(parts), len(cuts))
		}
		if first, last := parts[0], parts[len(parts)-1]; !first.start.Equal(w.start) || !last.end.Equal(w.end) {
			t.Errorf("parts from %s to %s, want from %s to %s", first.start, last.end, w.start, w.end)
		}
		for i, part := range parts[1:] {
			if parts[i].end.Sub(part.start) != 2*time.Second || !part.start.After(parts[i].start) {
				t.Errorf("part %v follows %v", part, parts[i])
			}
		}
	}
}

// A cut outside of the window proves nothing, so that calls that are partly there
// are no proof.
func TestPartProvesWithCallsWithinTheWindow(t *testing.T) {
	t.Parallel()
	call := func(created, ended time.Duration) Call {
		wire := func(after time.Duration) *string {
			return new(someStart.Add(after + 30*time.Second).Format(time.RFC3339))
		}
		return Call{ID: "call", CreatedAt: wire(created), EndedAt: wire(ended), UpdatedAt: wire(ended)}
	}
	p := &part{window: window{start: someStart, end: someNow}}
	within := call(time.Hour, time.Hour+2*time.Minute)
	long := someNow.Sub(someStart)
	p.add([]Call{
		call(-10*time.Hour, time.Hour), {ID: "no time"}, within, call(time.Hour, long+time.Hour), call(-time.Hour, long+time.Hour),
		call(2*time.Hour, 2*time.Hour+time.Minute),
	})
	if want := within.span(); p.proof.longest != want {
		t.Errorf("the longest call is %v, want %v", p.proof.longest, want)
	}
	if len(p.ids) != 6 || len(p.times) != 5 || p.last != 5 || !p.latest.Equal(someNow.Add(time.Hour+30*time.Second)) {
		t.Errorf("%d calls, %d with a time, %d of the last page, the latest at %s", len(p.ids), len(p.times), p.last, p.latest)
	}
}

// clock is a time of one hour, as minutes, seconds and milliseconds.
func clock(m, s, ms int) time.Time {
	return someStart.Add(time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(ms)*time.Millisecond)
}

// A call proves a division if a cut a millisecond after its creation, and one
// before its end by the overlap and a millisecond, are in the minutes of these.
func TestSpanProves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		created, ended time.Time
		want           bool
	}{
		"minutes":                           {clock(0, 5, 0), clock(2, 5, 0), true},
		"twice the overlap":                 {clock(0, 5, 0), clock(0, 9, 0), true},
		"less":                              {clock(0, 5, 0), clock(0, 8, 999), false},
		"created at the end of a minute":    {clock(0, 58, 0), clock(2, 5, 0), false},
		"created a moment before":           {clock(0, 57, 998), clock(2, 5, 0), true},
		"ended at the begin of a minute":    {clock(0, 5, 0), clock(2, 2, 0), false},
		"ended a moment later":              {clock(0, 5, 0), clock(2, 2, 1), true},
		"both":                              {clock(0, 59, 0), clock(2, 1, 0), false},
		"created at the end, ended at once": {clock(0, 58, 0), clock(1, 1, 0), false},
	} {
		if got := (span{created: test.created, ended: test.ended}).proves(); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

func TestApartIsTheTimeAndTheWholeMinutesBetween(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to time.Time
		want     time.Duration
	}{
		{clock(0, 5, 0), clock(0, 40, 0), 35 * time.Second},
		{clock(0, 50, 0), clock(2, 10, 0), 80*time.Second + 2*time.Minute},
		{clock(0, 59, 0), clock(2, 10, 0), 71*time.Second + time.Minute}, // from 01:01, with the overlap
		{clock(0, 50, 0), clock(0, 50, 0), 0},
	} {
		if got := apart(test.from, test.to); got != test.want {
			t.Errorf("from %s to %s: %s, want %s", test.from, test.to, got, test.want)
		}
	}
}

func TestProofKeepsTheCallsThatProveBest(t *testing.T) {
	t.Parallel()
	long := span{clock(1, 10, 0), clock(9, 10, 0), clock(9, 11, 0)}
	late := span{clock(2, 10, 0), clock(3, 10, 0), clock(8, 10, 0)}
	brief := span{clock(5, 10, 0), clock(5, 30, 0), clock(5, 40, 0)}
	for _, spans := range [][]span{{long, late, brief}, {brief, late, long}} {
		var p proof
		for _, s := range spans {
			p.add(s)
		}
		// As long as the best, and no better; partly in another minute.
		for _, s := range []span{
			{clock(11, 10, 0), clock(19, 10, 0), clock(19, 11, 0)}, {clock(12, 10, 0), clock(13, 10, 0), clock(18, 10, 0)},
			{clock(15, 10, 0), clock(15, 30, 0), clock(16, 1, 0)}, {clock(15, 50, 0), clock(16, 1, 0), clock(15, 59, 0)}, {clock(15, 59, 0), clock(15, 59, 5), clock(15, 59, 9)},
		} {
			p.add(s)
		}
		if want := (proof{long, late, brief}); p != want {
			t.Errorf("proof %v, want %v", p, want)
		}
	}
}

func TestProofCuts(t *testing.T) {
	t.Parallel()
	longest := span{clock(0, 10, 500), clock(5, 20, 0), clock(5, 20, 0)}
	late := span{clock(0, 0, 0), clock(7, 20, 0), clock(9, 20, 0)}
	brief := span{clock(30, 0, 0), clock(30, 1, 0), clock(30, 2, 0)}
	common := []time.Time{
		clock(0, 10, 501), clock(5, 0, 0), clock(2, 45, 250), // after its creation, in the minute of its end, between
		clock(7, 20, 1), clock(9, 0, 0), // the same of its end and its update; nothing between two minutes
	}
	for _, test := range []struct {
		proof proof
		last  time.Time
	}{
		{proof{longest, late, span{}}, clock(5, 17, 999)}, // before its end, by the overlap and a tick
		{proof{longest, late, brief}, clock(30, 0, 1)},
	} {
		if got := test.proof.cuts(); !slices.EqualFunc(got, append(slices.Clone(common), test.last), time.Time.Equal) {
			t.Errorf("cuts at %v, want %v and %v", got, common, test.last)
		}
	}
}

// Order is seen in the calls, in whatever else they are listed by.
func TestPartSeesTheOrderOfItsCalls(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, test := range map[string]struct {
		at   func(i int) int // second of the i-th call
		want order
	}{
		"rising":             {func(i int) int { return i }, rising},
		"falling":            {func(i int) int { return -i }, falling},
		"rising by the end":  {func(i int) int { return i + random.IntN(100) }, rising},
		"falling by the end": {func(i int) int { return -i - random.IntN(100) }, falling},
		"mixed":              {func(int) int { return random.IntN(1e6) }, mixed},
		"one instant":        {func(int) int { return 7 }, mixed},
	} {
		p := &part{}
		for i := range 1000 {
			p.times = append(p.times, someStart.Add(time.Duration(test.at(i))*time.Second))
		}
		if got := p.order(); got != test.want {
			t.Errorf("%s: order %d, want %d", name, got, test.want)
		}
	}
}
