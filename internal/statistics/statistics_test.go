package statistics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// summaryOf returns the statistics of calls that are not grouped.
func summaryOf(calls ...bird.Call) Summary { return groupsOf(nil, time.UTC, calls...) }

func groupsOf(groupBy []string, zone *time.Location, calls ...bird.Call) Summary {
	s, err := NewSummarizer(Options{GroupBy: groupBy, TimeZone: zone, Thresholds: DefaultThresholds})
	if err != nil {
		panic(err)
	}
	if err := s.Add(bird.Page[bird.Call]{Items: calls}); err != nil {
		panic(err)
	}
	return s.Summary()
}

func TestStatisticsOfAnsweredCallsOnly(t *testing.T) {
	t.Parallel()
	length := func(status string, seconds int64) bird.Call { return bird.Call{Status: &status, Duration: &seconds} }
	got := summaryOf(
		length("completed", 5), length("completed", 6), length("completed", 7), length("parked", 1), length("completed", 12), length("ongoing", 0), length("ongoing", 90),
		length("completed", -1), length("completed", 315_360_001), length("completed", math.MaxInt64), length("completed", math.MinInt64),
		length("no-answer", 1000), length("ringing", 1000), length("failed", 0),
		bird.Call{Status: new("completed")},
	)
	want := &Distribution{Count: 4, Mean: new(7.5), Min: new(5.0), Max: new(12.0), P5: new(5.0), P50: new(6.0), P95: new(12.0), P99: new(12.0), Unmeasured: 4}
	if diff := cmp.Diff(want, got.Duration); diff != "" {
		t.Errorf("duration (-want +got):\n%s", diff)
	}
	if got.ShortCalls != 2 || got.TotalDuration != 30 || *got.AverageDuration != 7.5 {
		t.Errorf("%d short calls, %d seconds, %v on average, want 2, 30 and 7.5", got.ShortCalls, got.TotalDuration, *got.AverageDuration)
	}
	if diff := cmp.Diff(summaryOf(length("busy", 0)), summaryOf(length("busy", 5))); diff != "" {
		t.Errorf("a call that was not answered, of no duration (-) and of one (+):\n%s", diff)
	}
}

func TestStatisticsOfTheTimeToAnswer(t *testing.T) {
	t.Parallel()
	call := func(status, rang, answered string) bird.Call {
		return bird.Call{Status: &status, RingingAt: &rang, AnsweredAt: &answered}
	}
	const zero = "0001-01-01T00:00:00Z"
	got := summaryOf(
		call("completed", "2024-03-01T10:00:00Z", "2024-03-01T10:00:02.003Z"),
		call("completed", "2024-03-01T10:00:00Z", "2024-03-01T11:00:00+01:00"), // at once
		call("ongoing", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00.000000001Z"),
		call("completed", "2024-03-01T10:00:00.003Z", "2024-03-01T10:00:00Z"), // unmeasured
		call("completed", "2024-03-01T10:00:00", "2024-03-01T10:00:09Z"),      // unmeasured
		call("completed", "2024-03-01T10:00:00Z", "1709287209"),               // unmeasured
		call("completed", "", "1709287209"),
		call("completed", "1709287209", zero),
		call("no-answer", "2024-03-01T10:00:00Z", "2024-03-01T10:00:09Z"),
		call("completed", zero, "2024-03-01T10:00:09Z"),
		call("completed", "2024-03-01T10:00:00Z", zero),
		bird.Call{Status: new("completed"), AnsweredAt: new("2024-03-01T10:00:09Z")},
		bird.Call{Status: new("completed"), RingingAt: new("2024-03-01T10:00:09Z")},
	)
	sum := 0.000000001
	sum += 2.003 // rounded, as no constant is
	want := &Distribution{Count: 3, Mean: new(sum / 3), Min: new(0.0), Max: new(2.003), P5: new(0.0), P50: new(0.000000001), P95: new(2.003), P99: new(2.003), Unmeasured: 3}
	if diff := cmp.Diff(want, got.TimeToAnswer); diff != "" {
		t.Errorf("time_to_answer (-want +got):\n%s", diff)
	}
	got = summaryOf(call("no-answer", "2024-03-01T10:00:00Z", "2024-03-01T10:00:09Z"))
	if diff := cmp.Diff((*Distribution)(nil), got.TimeToAnswer); diff != "" {
		t.Errorf("time_to_answer of a call that nobody answered (-want +got):\n%s", diff)
	}
}

func TestStatisticsWhereNothingIsMeasured(t *testing.T) {
	t.Parallel()
	calls := []bird.Call{
		{QualityInsights: &bird.QualityInsights{MOS: new("0.00"), PDD: new("NaN")}},
		{QualityInsights: &bird.QualityInsights{MOS: new("NaN"), PDD: new("-0.01")}},
		{Status: new("completed"), RingingAt: new("2024-03-01T10:00:01Z"), AnsweredAt: new("2024-03-01T10:00:00Z")},
	}
	got := summaryOf(calls...).Statistics
	for name, is := range map[string]*Distribution{"mos": got.MOS, "post_dial_delay": got.PostDialDelay, "time_to_answer": got.TimeToAnswer} {
		want := &Distribution{Unmeasured: 2}
		if name == "time_to_answer" {
			want.Unmeasured = 1
		}
		if diff := cmp.Diff(want, is); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestStatisticsOfHugeValuesAreNumbers(t *testing.T) {
	t.Parallel()
	huge := &bird.QualityInsights{PDD: new("1e308")}
	got := summaryOf(bird.Call{QualityInsights: huge}, bird.Call{QualityInsights: huge}, bird.Call{QualityInsights: &bird.QualityInsights{PDD: new("1e280")}}).PostDialDelay
	if diff := cmp.Diff(&Distribution{Count: 1, Mean: new(1e280), Min: new(1e280), Max: new(1e280), P5: new(1e280), P50: new(1e280), P95: new(1e280), P99: new(1e280), Unmeasured: 2}, got); diff != "" {
		t.Errorf("post_dial_delay (-want +got):\n%s", diff)
	}
	if sum := largestDelay * math.MaxInt64; math.IsInf(sum, 0) {
		t.Error("the sum of the longest delays is infinite")
	}
}

// The percentiles by the words of their definition: the smallest value that at
// least so many percent of the values do not exceed.
func TestDistributionByNearestRank(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 120; n++ {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(random.IntN(n)) / 4
		}
		percentile := func(percent int) float64 {
			least := math.Inf(1)
			for _, v := range values {
				upTo := 0
				for _, w := range values {
					if w <= v {
						upTo++
					}
				}
				if 100*upTo >= percent*n {
					least = min(least, v)
				}
			}
			return least
		}
		sum := 0.0 // of quarters, which is exact
		for _, v := range values {
			sum += v
		}
		want := &Distribution{
			Count: int64(n), Mean: new(sum / float64(n)), Min: new(slices.Min(values)), Max: new(slices.Max(values)),
			P5: new(percentile(5)), P50: new(percentile(50)), P95: new(percentile(95)), P99: new(percentile(99)), Unmeasured: 7,
		}
		if diff := cmp.Diff(want, newDistribution(slices.Clone(values), 7)); diff != "" {
			t.Fatalf("of %v (-want +got):\n%s", values, diff)
		}
	}
}

// span is when a call was under way.
type span struct{ start, end int64 }

func TestUnderWay(t *testing.T) {
	t.Parallel()
	const (
		nine, ten, eleven = "2024-03-01T09:00:00Z", "2024-03-01T10:00:00.0000001Z", "2024-03-01T12:00:00+01:00"
		zero              = "0001-01-01T00:00:00Z"
	)
	at := func(text string) int64 {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Unix()*1e9 + int64(at.Nanosecond())
	}
	call := func(status, created, scheduled, ended string) bird.Call {
		c := bird.Call{Status: &status}
		for text, field := range map[*string]**string{&created: &c.CreatedAt, &scheduled: &c.ScheduledFor, &ended: &c.EndedAt} {
			if *text != "" {
				*field = text
			}
		}
		return c
	}
	never := span{}
	for name, test := range map[string]struct {
		call bird.Call
		want span
	}{
		"completed":                     {call("completed", nine, "", ten), span{at(nine), at(ten)}},
		"scheduled for later":           {call("completed", nine, ten, eleven), span{at(ten), at(eleven)}},
		"scheduled for earlier":         {call("completed", ten, nine, eleven), span{at(ten), at(eleven)}},
		"scheduled for no time":         {call("completed", nine, zero, eleven), span{at(nine), at(eleven)}},
		"created at no time":            {call("completed", zero, ten, eleven), span{at(ten), at(eleven)}},
		"no start":                      {call("completed", "", "", eleven), never},
		"ongoing without a start":       {call("ongoing", "", zero, ""), never},
		"no end":                        {call("completed", nine, "", ""), never},
		"ended at no time":              {call("failed", nine, "", zero), never},
		"of no length":                  {call("failed", nine, "", nine), never},
		"ended before it was scheduled": {call("cancelled", nine, eleven, ten), never},
		"accepted":                      {call("accepted", nine, "", ten), never},
		"scheduled":                     {call("scheduled", nine, ten, eleven), never},
		"starting":                      {call("starting", nine, "", ""), span{at(nine), math.MaxInt64}},
		"ringing":                       {call("ringing", nine, "", ""), span{at(nine), math.MaxInt64}},
		"ongoing":                       {call("ongoing", nine, ten, ""), span{at(ten), math.MaxInt64}},
		"ongoing, with an end":          {call("ongoing", nine, "", ten), span{at(nine), at(ten)}},
		"ringing, with an end":          {call("ringing", nine, "", ten), span{at(nine), at(ten)}},
		"ongoing, ended at no time":     {call("ongoing", nine, "", zero), span{at(nine), math.MaxInt64}},
		"ongoing, end is unreadable":    {call("ongoing", nine, "", "1709283600"), never},
		"end is unreadable":             {call("completed", nine, "", "2024-03-01T10:00:00"), never},
		"schedule is unreadable":        {call("completed", nine, "soon", ten), never},
		"busy":                          {call("busy", nine, "", ten), span{at(nine), at(ten)}},
		"new status":                    {call("parked", nine, "", ten), span{at(nine), at(ten)}},
		"new status without an end":     {call("parked", nine, "", ""), never},
		"no status":                     {bird.Call{CreatedAt: new(nine), EndedAt: new(ten)}, span{at(nine), at(ten)}},
		"of another age":                {call("completed", "1600-01-01T00:00:00Z", "", ten), span{math.MinInt64 + 1, at(ten)}},
		"until another age":             {call("completed", nine, "", "2300-01-01T00:00:00Z"), span{at(nine), math.MaxInt64}},
		"in another age":                {call("completed", "2300-01-01T00:00:00Z", "", "2301-01-01T00:00:00Z"), span{math.MaxInt64, math.MaxInt64}},
		"at the last instant":           {call("ongoing", "2262-04-11T23:47:16.854775807Z", "", ""), never},
		"before the last instant":       {call("ongoing", "2262-04-11T23:47:16.854775806Z", "", ""), span{math.MaxInt64 - 1, math.MaxInt64}},
	} {
		start, end, _ := underWay(&test.call)
		if got := (span{start, end}); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// No other time of a call stands in for its start or its end.
func TestUnderWayIsFromCreationToEnd(t *testing.T) {
	t.Parallel()
	created, other, ended := new("2024-03-01T09:00:00Z"), new("2024-03-01T09:30:00Z"), new("2024-03-01T10:00:00Z")
	for name, call := range map[string]bird.Call{
		"end":   {CreatedAt: created, RingingAt: other, AnsweredAt: other, UpdatedAt: other, Duration: new(int64(60))},
		"start": {EndedAt: ended, RingingAt: other, AnsweredAt: other, UpdatedAt: other, Duration: new(int64(60))},
	} {
		call.Status = new("completed")
		if start, end, _ := underWay(&call); start != end {
			t.Errorf("a call without %s: from %d to %d, want never", name, start, end)
		}
	}
}

// A count at each instant, of calls of which many begin and end together.
func TestPeakIsThatOfABruteForceCount(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for trial := range 2000 {
		var spans []span
		for range random.IntN(12) {
			start := random.Int64N(20)
			end := start + 1 + random.Int64N(10)
			if random.IntN(8) == 0 {
				end = math.MaxInt64
			}
			spans = append(spans, span{start, end})
		}
		most, first := int64(0), time.Time{}
		for instant := range int64(40) {
			n := int64(0)
			for _, p := range spans {
				if p.start <= instant && instant < p.end {
					n++
				}
			}
			if n > most {
				most, first = n, time.Unix(0, instant)
			}
		}
		var starts, ends []int64
		for _, s := range spans {
			starts, ends = append(starts, s.start), append(ends, s.end)
		}
		got, at := peak(starts, ends)
		if got != most {
			t.Fatalf("trial %d: %d calls, want %d, of %v", trial, got, most, spans)
		}
		if most == 0 {
			if at != nil {
				t.Fatalf("trial %d: no calls at %s", trial, *at)
			}
			continue
		}
		if is, err := time.Parse(time.RFC3339, *at); err != nil || !is.Equal(first) {
			t.Fatalf("trial %d: at %s (%v), want %s, of %v", trial, *at, err, first, spans)
		}
	}
}

func TestPeakIsWrittenInUTC(t *testing.T) {
	t.Parallel()
	for created, want := range map[string]string{
		"2024-03-01T09:00:00Z":              "2024-03-01T09:00:00Z",
		"2024-03-01t09:00:00.250z":          "2024-03-01T09:00:00.25Z",
		"2024-03-01T00:30:00.123456+01:00":  "2024-02-29T23:30:00.123456Z",
		"2024-02-29T23:59:59.999999999Z":    "2024-02-29T23:59:59.999999999Z",
		"1969-12-31T23:59:59.999-00:00":     "1969-12-31T23:59:59.999Z",
		"2016-12-31T23:59:60Z":              "2017-01-01T00:00:00Z", // a leap second
		"2262-04-11T23:47:16.854775806Z":    "2262-04-11T23:47:16.854775806Z",
		"1677-09-21T00:12:43.145224193Z":    "1677-09-21T00:12:43.145224193Z", // the first instant of a row
		"2024-03-01T09:00:00.1234567890123": "",                               // no time at all
	} {
		got, wanted := summaryOf(bird.Call{Status: new("ongoing"), CreatedAt: &created}).PeakConcurrentAt, &want
		if want == "" {
			wanted = nil
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("peak of a call of %s (-want +got):\n%s", created, diff)
		}
	}
}

// It is not parallel: it sets the time zone of the machine.
func TestPeakIsInUTCWhateverTheTimeZoneOfTheMachine(t *testing.T) {
	defer func(local *time.Location) { time.Local = local }(time.Local)
	time.Local = time.FixedZone("", 5*3600)
	got := summaryOf(bird.Call{Status: new("ongoing"), CreatedAt: new("2024-03-01T09:00:00Z")})
	if *got.PeakConcurrentAt != "2024-03-01T09:00:00Z" {
		t.Errorf("peak at %s, want 2024-03-01T09:00:00Z", *got.PeakConcurrentAt)
	}
}

// One instant in two spellings is one instant.
func TestPeakOfEqualInstants(t *testing.T) {
	t.Parallel()
	completed := new("completed")
	got := summaryOf(
		bird.Call{Status: completed, CreatedAt: new("2024-03-01T10:00:00Z"), EndedAt: new("2024-03-01T10:05:00Z")},
		bird.Call{Status: completed, CreatedAt: new("2024-03-01T11:00:00.000+01:00"), EndedAt: new("2024-03-01T11:05:00+01:00")},
		bird.Call{Status: completed, CreatedAt: new("2024-03-01T15:35:00+05:30"), EndedAt: new("2024-03-01T10:06:00Z")}, // as the others end
	)
	if got.PeakConcurrentCalls != 2 || *got.PeakConcurrentAt != "2024-03-01T10:00:00Z" {
		t.Errorf("%d calls at %s, want 2 at 2024-03-01T10:00:00Z", got.PeakConcurrentCalls, *got.PeakConcurrentAt)
	}
}

// Values of groups that come by turns, over the ends of chunks.
func TestGather(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			const groups = 4
			var all rows
			want := make([][]int64, groups)
			for i := range n {
				group := uint16(i * i % 3) // 0 and 1: the others have none
				all.add(callRow{created: int64(i), group: group})
				if i%5 > 0 {
					want[group] = append(want[group], int64(i))
				}
			}
			got, _ := gather(&all, groups, func(r *callRow) int { return int(r.group) }, make([]int64, 7, 100), func(r *callRow) (int64, bool) { return r.created, r.created%5 > 0 })
			for group := range groups {
				if !slices.Equal(got[group], want[group]) {
					t.Errorf("group %d has %d values, want %d", group, len(got[group]), len(want[group]))
				}
			}
		})
	}
}

// What is exactly at a threshold is short, long and answered within it, and not poor.
func TestStatisticsAtTheThresholds(t *testing.T) {
	t.Parallel()
	const rang = "2024-03-01T10:00:00Z"
	call := func(seconds int64, answered, mos string) bird.Call {
		return bird.Call{Status: new("completed"), Duration: &seconds, RingingAt: new(rang), AnsweredAt: &answered, QualityInsights: &bird.QualityInsights{MOS: &mos}}
	}
	got := summaryOf(
		call(6, "2024-03-01T10:00:20Z", "3.6"), call(7, "2024-03-01T10:00:20.001Z", "3.59"), call(14_399, rang, "0.00"), call(14_400, "2024-03-01T10:00:19.999Z", "5"),
		bird.Call{Status: new("cancelled"), RingingAt: new(rang)}, bird.Call{Status: new("cancelled")}, bird.Call{Status: new("ongoing"), Duration: new(int64(3))},
	).Statistics
	is := []any{got.ShortCalls, got.LongCalls, got.AnsweredWithin, *got.ServiceLevel, got.PoorMOSCalls}
	if diff := cmp.Diff([]any{int64(1), int64(1), int64(3), 0.6, int64(1)}, is); diff != "" {
		t.Errorf("short, long, answered within, service level, poor (-want +got):\n%s", diff)
	}
}

func TestStatisticsOfTheRingTime(t *testing.T) {
	t.Parallel()
	call := func(status, rang, ended string) bird.Call {
		return bird.Call{Status: &status, RingingAt: &rang, EndedAt: &ended}
	}
	got := summaryOf(
		call("no-answer", "2024-03-01T10:00:00Z", "2024-03-01T10:00:01.5Z"), call("cancelled", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z"),
		call("busy", "2024-03-01T10:00:00.001Z", "2024-03-01T10:00:00Z"), call("failed", "2024-03-01T10:00:00Z", "1709287209"), // unmeasured
		call("completed", "2024-03-01T10:00:00Z", "2024-03-01T10:00:09Z"), call("ringing", "2024-03-01T10:00:00Z", "2024-03-01T10:00:09Z"),
		call("no-answer", "", "2024-03-01T10:00:09Z"), call("no-answer", "2024-03-01T10:00:09Z", ""),
	).RingTime
	want := &Distribution{Count: 2, Mean: new(0.75), Min: new(0.0), Max: new(1.5), P5: new(0.0), P50: new(0.0), P95: new(1.5), P99: new(1.5), Unmeasured: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ring_time (-want +got):\n%s", diff)
	}
}

func TestStatisticsOfNumbers(t *testing.T) {
	t.Parallel()
	call := func(from, to string, anonymous bool) bird.Call {
		return bird.Call{From: &from, To: &to, Originator: &bird.Party{Number: &bird.Number{Anonymous: &anonymous}}, Receiver: &bird.Party{}}
	}
	got := summaryOf(
		call("+31901", "+31909", false), call("31901", "31909", false), call("31902", "31909", true), call("31902", "31908", true), call("31902", "", true), call("", "31907", false),
		call("client:+31901", "31907", false), call("+", "31907", false), bird.Call{},
	).Statistics
	is := []int64{got.DistinctCallers, got.MostCallsFromOne, got.DistinctCallees, got.MostCallsToOne}
	if diff := cmp.Diff([]int64{2, 2, 3, 3}, is); diff != "" {
		t.Errorf("callers and the most calls from one, callees and the most calls to one (-want +got):\n%s", diff)
	}
}

func TestHashDiffersFromReadToRead(t *testing.T) {
	t.Parallel()
	hash := func() int64 {
		s, err := NewSummarizer(Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s.hash(new("+31901"), nil)
	}
	if first, second := hash(), hash(); first == second {
		t.Error("a number has the same hash in two reads")
	}
}

func TestPeakCallsPerSecond(t *testing.T) {
	t.Parallel()
	for want, created := range map[string][]string{
		"2 at 2024-03-01T10:00:00Z": {"2024-03-01T10:00:01.999Z", "2024-03-01T10:00:00.999Z", "2024-03-01T10:00:00Z", "2024-03-01T10:00:01Z", "2024-03-01T09:59:59.999Z", "0001-01-01T00:00:00Z"},
		"1 at 1969-12-31T23:59:59Z": {"1970-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z"},
		"2 at 1969-12-31T23:59:58Z": {"1969-12-31T23:59:59Z", "1969-12-31T23:59:58Z", "1969-12-31T23:59:58.999Z"},
	} {
		var calls []bird.Call
		for _, at := range created {
			calls = append(calls, bird.Call{CreatedAt: &at})
		}
		got := summaryOf(calls...)
		if is := fmt.Sprint(got.PeakCallsPerSecond, " at ", *got.PeakCallsPerSecondAt); is != want {
			t.Errorf("%s, want %s", is, want)
		}
	}
	if got := summaryOf(bird.Call{}); got.PeakCallsPerSecond != 0 || got.PeakCallsPerSecondAt != nil {
		t.Errorf("%d calls in the busiest second, though none was created, or a time of it", got.PeakCallsPerSecond)
	}
}

func TestOpenCallsAreThoseWithoutAnEnd(t *testing.T) {
	t.Parallel()
	created, ended := new("2024-03-01T10:00:00Z"), new("2024-03-01T10:01:00Z")
	got := summaryOf(
		bird.Call{Status: new("starting"), CreatedAt: created}, bird.Call{Status: new("ringing"), CreatedAt: created}, bird.Call{Status: new("ongoing"), CreatedAt: created},
		bird.Call{Status: new("ongoing"), CreatedAt: created, EndedAt: ended}, bird.Call{Status: new("completed"), CreatedAt: created}, bird.Call{Status: new("accepted"), CreatedAt: created},
		bird.Call{Status: new("ongoing")}, bird.Call{Status: new("ongoing"), CreatedAt: created, EndedAt: new("soon")},
	)
	if got.OpenCalls != 3 || got.PeakConcurrentCalls != 4 {
		t.Errorf("%d open calls, %d at the peak, want 3 and 4", got.OpenCalls, got.PeakConcurrentCalls)
	}
}
