package bird

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var (
	someStart = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	someNow   = someStart.AddDate(0, 1, 0)
)

// span is the time between in microseconds: a Duration holds 292 years only.
func span(from, to time.Time) int64 { return to.UnixMicro() - from.UnixMicro() }

// checkParts tells what is wrong with the parts of a window, which may be
// divided further by now.
func checkParts(t *testing.T, w window, now time.Time, parts []window) {
	t.Helper()
	if !parts[0].start.Equal(w.start) {
		t.Errorf("the first part starts at %s, the window at %s", parts[0].start, w.start)
	}
	if last := parts[len(parts)-1]; !last.end.Equal(w.end) {
		t.Errorf("the last part ends at %s, the window at %s", last.end, w.end)
	}
	for i, part := range parts {
		if end := part.until(now); len(parts) > 1 && (span(part.start, end) < minPart.Microseconds() || span(part.start, end) >= span(w.start, w.until(now))) {
			t.Errorf("part %d is too short or no shorter than the window: %v", i, part)
		}
		if i > 0 && parts[i-1].end.Sub(part.start) < time.Millisecond {
			t.Errorf("part %d starts at %s, less than a millisecond before the end of its neighbour, %s", i, part.start, parts[i-1].end)
		}
	}
}

// read gives a window of which a page was read, with calls at these distances
// from its start.
func read(w window, distances ...time.Duration) *progress {
	p := newProgress(w, firstReach, 0)
	calls := make([]Call, len(distances))
	for i, d := range distances {
		calls[i].CreatedAt = new(w.start.Add(d).UTC().Format(time.RFC3339Nano))
	}
	p.add(calls)
	return p
}

// evenly gives the distances of so many calls.
func evenly(n int, apart time.Duration) []time.Duration {
	distances := make([]time.Duration, n)
	for i := range distances {
		distances[i] = time.Duration(i+1) * apart
	}
	return distances
}

// divided gives the windows that a division makes, in the order of time.
func divided(d *division, now time.Time) []window {
	parts := d.parts(now)
	if d.far != nil {
		parts = append(parts, *d.far)
	}
	slices.SortStableFunc(parts, func(a, b window) int { return a.start.Compare(b.start) })
	return parts
}

func TestALongWindowIsDividedIntoPartsThatCoverIt(t *testing.T) {
	t.Parallel()
	rising := evenly(1000, time.Second)
	falling := slices.Clone(rising)
	slices.Reverse(falling)
	for name, test := range map[string]struct {
		w         window
		distances []time.Duration
	}{
		"rising":          {window{someStart, someNow}, rising},
		"falling":         {window{someStart, someStart.Add(5 * time.Hour)}, evenlyDown(1000, 5*time.Hour, time.Second)},
		"open":            {window{start: someStart}, rising},
		"odd bounds":      {window{someStart.Add(123456789), someNow.Add(-987654321)}, rising},
		"in another zone": {window{someStart.In(time.FixedZone("", 19800)), someNow}, rising},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(test.w, test.distances...).divide(someNow)
			if d == nil {
				t.Fatal("the window was not divided")
			}
			parts := divided(d, someNow)
			if len(parts) < 2 || len(parts) > maxParts+1 {
				t.Errorf("%d parts", len(parts))
			}
			checkParts(t, test.w, someNow, parts)
		})
	}
}

// evenlyDown gives the distances of so many calls, from the end of a window
// that long.
func evenlyDown(n int, long, apart time.Duration) []time.Duration {
	distances := evenly(n, apart)
	for i := range distances {
		distances[i] = long - distances[i]
	}
	return distances
}

func TestSomeWindowsAreReadOnInSequence(t *testing.T) {
	t.Parallel()
	dense := evenly(1000, time.Second)
	for name, test := range map[string]struct {
		w         window
		distances []time.Duration
	}{
		"no start":         {window{end: someNow}, dense},
		"one second":       {window{someStart, someStart.Add(time.Second)}, evenly(1000, time.Millisecond)},
		"end before start": {window{someNow, someStart}, dense},
		"nearly read":      {window{someStart, someStart.Add(1100 * time.Second)}, dense},
		// Nothing is known of where its calls lie, so that division could go on
		// and on.
		"no calls seen": {window{someStart, someNow}, nil},
		"one instant":   {window{someStart, someStart.Add(time.Hour)}, make([]time.Duration, 10)},
	} {
		t.Run(name, func(t *testing.T) {
			if d := read(test.w, test.distances...).divide(someNow); d != nil {
				t.Errorf("divided into %v", divided(d, someNow))
			}
		})
	}
}

// FuzzDivide: wherever it is cut, the parts of a window cover it and are
// shorter than it; and so are those of a division after whatever was seen.
func FuzzDivide(f *testing.F) {
	const day = int64(24 * time.Hour)
	f.Add(uint64(1), 30*day, day, 2*day, false)
	f.Add(uint64(2), 30*day, int64(-1), 31*day, true)
	f.Add(uint64(3), int64(2*time.Second), int64(time.Second), int64(time.Second), false)
	f.Add(uint64(4), int64(0), int64(0), int64(0), true)
	f.Add(uint64(5), -day, int64(0), day, false)
	f.Add(uint64(6), int64(1<<62), int64(1<<40), int64(1<<61), true)
	f.Fuzz(func(t *testing.T, seed uint64, width, first, second int64, open bool) {
		random := rand.New(rand.NewPCG(seed, 0))
		w := window{start: someStart.Add(time.Duration(random.IntN(1e9)))}
		now := w.start.Add(time.Duration(width))
		if !open {
			w.end = now
		}
		checkParts(t, w, now, w.split(now, w.start.Add(time.Duration(first)), w.start.Add(time.Duration(second))))

		p := newProgress(w, firstReach, 0)
		for range 1 + random.IntN(4) {
			calls := make([]Call, random.IntN(1000))
			at := w.start.Add(time.Duration(first))
			step := 1 + random.Int64N(max(1, second&math.MaxInt64>>12))
			for i := range calls {
				if seed%3 == 0 { // without order
					at = w.start.Add(time.Duration(random.Int64N(max(1, width))))
				} else {
					at = at.Add(time.Duration(int64(seed%3*2)*step - 3*step))
				}
				calls[i].CreatedAt = new(at.UTC().Format(time.RFC3339Nano))
				if _, err := ParseTime(*calls[i].CreatedAt); err != nil {
					t.Skip("a year that RFC 3339 cannot write")
				}
			}
			p.add(calls)
			if d := p.divide(now); d != nil {
				checkParts(t, p.rest, now, divided(d, now))
				if d.far != nil {
					p.refuse(d, random.IntN(2) == 0)
				}
			}
		}
	})
}
