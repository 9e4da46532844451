package bird

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	someStart = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	someNow   = someStart.AddDate(0, 1, 0)
)

// span is the time between in microseconds: a Duration holds 292 years only.
func span(from, to time.Time) int64 { return to.UnixMicro() - from.UnixMicro() }

// checkParts tells what is wrong with the parts of a window, if any.
func checkParts(t *testing.T, w window, now time.Time, parts []window) {
	t.Helper()
	if parts == nil {
		return
	}
	if len(parts) < 2 || len(parts) > maxParts {
		t.Errorf("%d parts", len(parts))
	}
	if !parts[0].start.Equal(w.start) {
		t.Errorf("the first part starts at %s, the window at %s", parts[0].start, w.start)
	}
	if last := parts[len(parts)-1]; !last.end.Equal(w.end) {
		t.Errorf("the last part ends at %s, the window at %s", last.end, w.end)
	}
	whole := w.end
	if whole.IsZero() {
		whole = now
	}
	for i, part := range parts {
		end := part.end
		if i == len(parts)-1 {
			end = whole
		}
		if !part.start.Before(end) {
			t.Errorf("part %d is empty: %v", i, part)
		}
		if span(part.start, end) >= span(w.start, whole) {
			t.Errorf("part %d is no shorter than the window: %v", i, part)
		}
		if i > 0 && parts[i-1].end.Sub(part.start) < time.Millisecond {
			t.Errorf("part %d starts at %s, less than a millisecond before the end of its neighbour, %s", i, part.start, parts[i-1].end)
		}
	}
}

func TestALongWindowIsDividedIntoPartsThatCoverIt(t *testing.T) {
	t.Parallel()
	dense := observation{pages: 1, first: someStart, last: someStart.Add(time.Minute)}
	turnedOutLong := observation{pages: longAfter, first: someStart, last: someNow}
	for name, test := range map[string]struct {
		w    window
		seen observation
	}{
		"dense":            {window{someStart, someNow}, dense},
		"open":             {window{start: someStart}, dense},
		"turned out long":  {window{someStart, someNow}, turnedOutLong},
		"odd bounds":       {window{someStart.Add(123456789), someNow.Add(-987654321)}, turnedOutLong},
		"in another zone":  {window{someStart.In(time.FixedZone("", 19800)), someNow}, turnedOutLong},
		"two seconds":      {window{someStart, someStart.Add(2 * time.Second)}, turnedOutLong},
		"a thousand years": {window{someStart.AddDate(-1000, 0, 0), someNow}, turnedOutLong},
	} {
		t.Run(name, func(t *testing.T) {
			parts := test.w.divide(test.seen, someNow)
			if parts == nil {
				t.Fatal("the window was not divided")
			}
			checkParts(t, test.w, someNow, parts)
		})
	}
}

func TestSomeWindowsAreReadOnInSequence(t *testing.T) {
	t.Parallel()
	dense := observation{pages: 1, first: someStart, last: someStart.Add(time.Minute)}
	for name, test := range map[string]struct {
		w    window
		seen observation
	}{
		"no start":         {window{end: someNow}, dense},
		"one second":       {window{someStart, someStart.Add(time.Second)}, dense},
		"starts tomorrow":  {window{start: someNow.AddDate(0, 0, 1)}, dense},
		"end before start": {window{someNow, someStart}, dense},
		"nearly read":      {window{someStart, someNow}, observation{pages: 1, first: someStart, last: someNow.Add(-time.Hour)}},
		// Nothing is known of where its calls lie, so that division could go on
		// and on.
		"no calls seen":          {window{someStart, someNow}, observation{pages: 1}},
		"no calls seen for long": {window{someStart, someNow}, observation{pages: longAfter}},
	} {
		t.Run(name, func(t *testing.T) {
			if parts := test.w.divide(test.seen, someNow); parts != nil {
				t.Errorf("divided into %v", parts)
			}
		})
	}
}

func TestAnObservationSpansTheCallsOfAllPages(t *testing.T) {
	t.Parallel()
	at := func(texts ...string) (calls []Call) {
		for _, text := range texts {
			calls = append(calls, Call{ID: "c", CreatedAt: &text})
		}
		return calls
	}
	var got observation
	got.add([]Call{{ID: "without a time"}})
	got.add(at("2024-02-03T00:00:00Z", "2024-02-02T00:00:00Z"))
	got.add(at("2024-02-02T12:00:00Z", "2024-02-05T00:00:00+01:00"))
	got.add(nil)
	want := observation{4, time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 4, 23, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(observation{})); diff != "" {
		t.Errorf("observation (-want +got):\n%s", diff)
	}
}

// FuzzDivide: whatever was seen of whatever window, its parts cover it and are
// shorter than it.
func FuzzDivide(f *testing.F) {
	const day = int64(24 * time.Hour)
	f.Add(int64(0), 30*day, 1, int64(0), int64(time.Minute), false)
	f.Add(int64(1), 30*day, longAfter, int64(0), 30*day, true)
	f.Add(int64(999_999), int64(2*time.Second), 1, int64(0), int64(0), false)
	f.Add(int64(-5), int64(1<<62), 1, int64(-1<<62), int64(1<<62), true)
	f.Add(int64(0), 365*day, 3, day, 2*day, false)
	f.Fuzz(func(t *testing.T, start, width int64, pages int, first, covered int64, open bool) {
		w := window{start: someStart.Add(time.Duration(start))}
		now := w.start.Add(time.Duration(width))
		if !open {
			w.end = now
		}
		seen := observation{pages: pages, first: w.start.Add(time.Duration(first))}
		seen.last = seen.first.Add(time.Duration(covered))
		checkParts(t, w, now, w.divide(seen, now))
	})
}

func TestCallsAreSortedByTimeThenID(t *testing.T) {
	t.Parallel()
	at := func(id, text string) Call { return Call{ID: id, CreatedAt: &text} }
	want := []Call{
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
		SortCalls(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("sorted (-want +got):\n%s", diff)
		}
	}
}
