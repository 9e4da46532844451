package bird

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Order is seen in the calls, in whatever else they are listed by.
func TestSampleSeesTheOrderOfItsCalls(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, test := range map[string]struct {
		at   func(i int) int // second of the i-th call
		want order
	}{
		"rising":              {func(i int) int { return i }, rising},
		"falling":             {func(i int) int { return -i }, falling},
		"rising by the end":   {func(i int) int { return i + random.IntN(100) }, rising},
		"falling by the end":  {func(i int) int { return -i - random.IntN(100) }, falling},
		"mixed":               {func(int) int { return random.IntN(1e6) }, mixed},
		"one instant":         {func(int) int { return 7 }, mixed},
		"half of them later":  {func(i int) int { return i / 750 }, mixed}, // than those half the list before
		"half of them before": {func(i int) int { return -i / 750 }, mixed},
	} {
		p := &sample{}
		for i := range 1000 {
			p.created = append(p.created, someStart.Add(time.Duration(test.at(i))*time.Second))
		}
		if got := p.order(); got != test.want {
			t.Errorf("%s: order %d, want %d", name, got, test.want)
		}
	}
}

// minutely returns a sample of pages of calls, each a minute after the other, or
// before it. The first is at someStart.
func minutely(o order, pages, perPage int) *sample {
	s := &sample{}
	for page := range pages {
		var created []time.Time
		for i := range perPage {
			created = append(created, someStart.Add(time.Duration(o)*time.Duration(page*perPage+i)*time.Minute))
		}
		s.add(created)
	}
	return s
}

func TestSampleCuts(t *testing.T) {
	t.Parallel()
	const page = 100 * time.Minute
	edge := 99 * time.Minute // of one page of a hundred calls
	many := func(pages float64) time.Duration { return time.Duration(pages * float64(page)) }
	second := minutely(rising, 1, 100)
	var dense []time.Time
	for i := range 100 {
		dense = append(dense, someStart.Add(edge+time.Duration(i+1)*time.Second))
	}
	second.add(dense) // ends at the edge and 100 seconds
	lone := minutely(rising, 1, 100)
	lone.add([]time.Time{someStart.Add(100 * time.Minute)})
	shuffled := &sample{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2 {
		var created []time.Time
		for range 100 {
			created = append(created, someStart.Add(time.Duration(random.Int64N(int64(edge)))))
		}
		shuffled.add(created)
	}
	burst := &sample{}
	burst.add(nil)
	for range 2 {
		var created []time.Time
		for i := range 100 {
			created = append(created, someStart.Add(time.Duration(i+100*burst.pages)*time.Millisecond))
		}
		burst.add(created)
	}
	for name, test := range map[string]struct {
		sample          *sample
		from, to        time.Duration // the window, from someStart
		inFlight, ahead int
		want            []time.Duration // from someStart
		rest            bool
	}{
		"rising": {minutely(rising, 1, 100), -time.Hour, edge + many(56), 8, 4,
			[]time.Duration{edge + many(4.7), edge + many(10.4), edge + many(16.1), edge + many(21.8)}, true},
		"falling": {minutely(falling, 1, 100), -edge - many(56), time.Hour, 8, 4,
			[]time.Duration{-edge - many(4.7), -edge - many(10.4), -edge - many(16.1), -edge - many(21.8)}, true},
		"two pages": {minutely(rising, 2, 100), -time.Hour, edge + page + many(55), 8, 2,
			[]time.Duration{edge + page + many(3.7), edge + page + many(9.4)}, true},
		"no more than there are":  {minutely(rising, 1, 100), 0, edge + many(16.1), 8, 4, []time.Duration{edge + many(4.7), edge + many(10.4)}, false},
		"just as many":            {minutely(rising, 1, 100), 0, edge + many(16.1), 8, 2, []time.Duration{edge + many(4.7), edge + many(10.4)}, false},
		"one less":                {minutely(rising, 1, 100), 0, edge + many(16.1), 8, 1, []time.Duration{edge + many(4.7)}, true},
		"six in flight":           {minutely(rising, 1, 100), 0, edge + many(22.4), 6, 1, []time.Duration{edge + many(23.4/4-1)}, true},
		"five in flight":          {minutely(rising, 1, 100), 0, edge + many(34.1), 5, 1, []time.Duration{edge + many(10.7)}, true},
		"two parts are left":      {minutely(rising, 1, 100), 0, edge + many(11.4) + time.Second, 8, 2, []time.Duration{edge + (many(12.4)+time.Second)/2 - page}, false},
		"just two parts":          {minutely(rising, 1, 100), 0, edge + 1140*time.Minute, 8, 2, []time.Duration{edge + many(5.2)}, false},
		"hardly two parts":        {minutely(rising, 1, 100), 0, edge + many(11.4) - time.Second, 8, 2, nil, false},
		"hardly two parts before": {minutely(falling, 1, 100), -edge - many(11.4) + time.Second, 0, 8, 2, nil, false},
		"hardly two long parts":   {minutely(rising, 1, 100), 0, edge + many(23.4) - time.Second, 5, 2, nil, false},
		"ninety-nine calls":       {minutely(rising, 1, 99), 0, edge + many(56), 8, 4, nil, false},
		"24 pages":                {minutely(rising, 24, 5), 0, 119*time.Minute + 60*5*time.Minute, 8, 1, []time.Duration{119 * time.Minute}, true},
		"25 pages":                {minutely(rising, 25, 5), 0, 124*time.Minute + 60*5*time.Minute, 8, 1, nil, false},
		"no order":                {shuffled, 0, edge + many(56), 8, 4, nil, false},
		"a page of one call":      {lone, 0, edge + many(56), 8, 4, nil, false},
		"the density of the last page": {second, 0, edge + 100*time.Second + 55*100*time.Second, 8, 1,
			[]time.Duration{edge + 100*time.Second + 370*time.Second}, true},
		// A page stands for 40 s / 5.7, the shortest part, so that 14.25 are left. Of
		// the two cuts, after 16.25 / 3 and 32.5 / 3 pages, one is too near the end.
		"a burst": {burst, -time.Hour, 199*time.Millisecond + 100*time.Second, 8, 9, []time.Duration{199*time.Millisecond + 23976*time.Millisecond}, false},
		// Cut into three, the last part is 40 s long to the millisecond.
		"a burst, just long enough": {burst, -time.Hour, 199*time.Millisecond + 105964*time.Millisecond, 8, 9,
			[]time.Duration{199*time.Millisecond + 25964*time.Millisecond, 199*time.Millisecond + 65964*time.Millisecond}, false},
	} {
		cuts, rest := test.sample.cuts(window{someStart.Add(test.from), someStart.Add(test.to)}, test.inFlight, test.ahead)
		var got []time.Duration
		for _, cut := range cuts {
			got = append(got, cut.Sub(someStart))
		}
		near := func(a, b time.Duration) bool { return (a - b).Abs() <= time.Millisecond }
		if !slices.EqualFunc(got, test.want, near) || rest != test.rest {
			t.Errorf("%s: cuts at %v (rest %t), want %v (%t)", name, got, rest, test.want, test.rest)
		}
	}
}

func TestPartsAhead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ inFlight, before, want int }{
		{2, 0, 2}, {5, 0, 2}, {6, 0, 3}, {32, 0, 16}, // half of those in flight, and two at least
		{32, 5, 16}, {32, 10, 20}, {32, 16, 32}, {32, 20, 32}, {2, 5, 2}, // twice as many as before, up to those in flight
	} {
		if got := partsAhead(test.inFlight, test.before); got != test.want {
			t.Errorf("%d in flight, %d before: %d ahead, want %d", test.inFlight, test.before, got, test.want)
		}
	}
}

// A list is by the last update if all calls are, and by creation they are not.
func TestUpdateOrderIsSeen(t *testing.T) {
	t.Parallel()
	at := func(seconds int) *string {
		return new(someStart.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, test := range map[string]struct {
		n                int
		created, updated func(i int) int // seconds
		want             bool
	}{
		"newest update first":      {21, func(i int) int { return -i - 9*(i%3) }, func(i int) int { return -i }, true},
		"oldest update first":      {21, func(i int) int { return i + 9*(i%3) }, func(i int) int { return i }, true},
		"twenty calls":             {20, func(i int) int { return i + 9*(i%3) }, func(i int) int { return i }, false},
		"two updates in a second":  {41, func(i int) int { return i + 9*(i%3) }, func(i int) int { return i * 2 / 3 }, true},
		"by both":                  {100, func(i int) int { return -i }, func(i int) int { return -i }, false},
		"by creation":              {100, func(i int) int { return -i }, func(i int) int { return -i + 9*(i%3) }, false},
		"one of them not":          {100, func(i int) int { return i + 9*(i%3) }, func(i int) int { return i - i/50*3 + i/51*3 }, false},
		"one update of all":        {100, func(int) int { return random.IntN(1000) }, func(int) int { return 7 }, false},
		"one update of half":       {100, func(int) int { return random.IntN(1000) }, func(i int) int { return i / 2 }, false},
		"an update of every other": {41, func(i int) int { return i + 9*(i%3) }, func(i int) int { return i / 2 }, false},
		"in no order":              {100, func(int) int { return random.IntN(1000) }, func(int) int { return random.IntN(1000) }, false},
	} {
		calls := make([]Call, test.n)
		for i := range calls {
			calls[i] = Call{CreatedAt: at(test.created(i)), UpdatedAt: at(test.updated(i))}
		}
		var o updateOrder
		o.add(calls)
		if got := o.seen(); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
