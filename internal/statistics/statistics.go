package statistics

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// Statistics are the statistics that every set of calls has. Ratios are from 0 to
// 1. Ratios and means are not rounded. A statistic without a value is nil.
type Statistics struct {
	TotalCalls     int64 `tfsdk:"total_calls"`
	ChildCalls     int64 `tfsdk:"child_calls"` // legs of another call
	PendingCalls   int64 `tfsdk:"pending_calls"`
	AnsweredCalls  int64 `tfsdk:"answered_calls"`
	AbandonedCalls int64 `tfsdk:"abandoned_calls"` // cancelled while they rang
	ShortCalls     int64 `tfsdk:"short_calls"`     // answered, and at most 6 seconds long

	AnswerSeizureRatio        *float64 `tfsdk:"answer_seizure_ratio"`        // of the calls that are not pending (ITU-T E.411)
	NetworkEffectivenessRatio *float64 `tfsdk:"network_effectiveness_ratio"` // of the same (ITU-T E.425)

	TotalDuration   int64         `tfsdk:"total_duration"`   // seconds, of answered calls
	AverageDuration *float64      `tfsdk:"average_duration"` // seconds, of answered calls that have a duration
	Duration        *Distribution `tfsdk:"duration"`         // seconds, of the same

	TimeToAnswer  *Distribution `tfsdk:"time_to_answer"`  // seconds from ringing, of answered calls
	PostDialDelay *Distribution `tfsdk:"post_dial_delay"` // seconds (ITU-T E.431)
	MOS           *Distribution `tfsdk:"mos"`             // mean opinion score (ITU-T P.800.1)

	PeakConcurrentCalls int64   `tfsdk:"peak_concurrent_calls"`
	PeakConcurrentAt    *string `tfsdk:"peak_concurrent_at"` // the first instant of that many, RFC 3339 in UTC
}

// measure is what a [Distribution] describes.
type measure int

const (
	duration measure = iota
	timeToAnswer
	postDialDelay
	opinionScore
	measures // the number of measures
)

// of returns the field for the distribution of a measure.
func (m measure) of(s *Statistics) **Distribution {
	return [measures]**Distribution{&s.Duration, &s.TimeToAnswer, &s.PostDialDelay, &s.MOS}[m]
}

// shortCall is the greatest length of a short call, in seconds.
const shortCall = 6

// A measurement that a call does not have is absent, and one that has no valid value
// is unmeasured. No valid measurement is negative.
const unmeasured = -1

var absent = math.NaN()

// longestDuration is ten years, in seconds.
const longestDuration = 315_360_000

// largestDelay is the largest measurement in seconds, so that no sum is infinite.
const largestDelay = math.MaxFloat64 / math.MaxInt64

// measurementsOf returns the measurements of a call.
func measurementsOf(call *bird.Call) [measures]float64 {
	measured := [measures]float64{absent, absent, absent, absent}
	if outcomeOf(call) == answered {
		if call.Duration != nil && hasEnded(call) {
			measured[duration] = within(float64(*call.Duration), 0, longestDuration)
		}
		measured[timeToAnswer] = secondsBetween(call.RingingAt, call.AnsweredAt)
	}
	if quality := call.QualityInsights; quality != nil {
		measured[postDialDelay] = decimal(quality.PDD, 0, largestDelay)
		measured[opinionScore] = decimal(quality.MOS, 1, 5)
	}
	return measured
}

// secondsBetween returns the seconds from one time of a call to another, absent if
// one of them is.
func secondsBetween(first, second *string) float64 {
	from, errFrom := bird.TimeOf(first)
	to, errTo := bird.TimeOf(second)
	switch {
	case errFrom == nil && from.IsZero(), errTo == nil && to.IsZero():
		return absent
	case errFrom != nil, errTo != nil:
		return unmeasured
	}
	return within(float64(to.Sub(from))/float64(time.Second), 0, largestDelay)
}

// within returns a value between two bounds; any other is unmeasured.
func within(value, lowest, highest float64) float64 {
	if value >= lowest && value <= highest {
		return value
	}
	return unmeasured
}

// decimalForm leaves out what strconv takes for a number besides: hexadecimal,
// underscores, infinity.
var decimalForm = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

// decimal returns the value of a decimal between two bounds, absent if there is no
// text.
func decimal(field *string, lowest, highest float64) float64 {
	if textOf(field) == "" {
		return absent
	}
	value, err := strconv.ParseFloat(*field, 64)
	if err != nil || !decimalForm.MatchString(*field) {
		return unmeasured
	}
	return within(value, lowest, highest)
}

// flagsOf returns what is true of a call.
func flagsOf(call *bird.Call) flags {
	var f flags
	set := func(flag flags, is bool) {
		if is {
			f |= flag
		}
	}
	set(isLeg, isLegOfCall(call))
	set(isPending, outcomeOf(call) == pending)
	set(isAnswered, outcomeOf(call) == answered)
	set(isAbandoned, abandoned(call))
	set(isDelivered, delivered(call))
	return f
}

// buffers are reused from one column of values to the next.
type buffers struct {
	values       []float64
	starts, ends []int64
}

// statistics returns the statistics of each group of rows.
func (r *rows) statistics(number int, group func(*callRow) int, b *buffers) []Statistics {
	list := make([]Statistics, number)
	others := make([][measures]int64, number) // unmeasured
	reached := make([]int64, number)          // delivered
	for row := range r.all {
		s := &list[group(row)]
		s.TotalCalls++
		s.ChildCalls += row.flags.count(isLeg)
		s.PendingCalls += row.flags.count(isPending)
		s.AnsweredCalls += row.flags.count(isAnswered)
		s.AbandonedCalls += row.flags.count(isAbandoned)
		reached[group(row)] += row.flags.count(isDelivered)
		if seconds := row.measured[duration]; seconds >= 0 {
			s.TotalDuration += int64(seconds)
			if seconds <= shortCall {
				s.ShortCalls++
			}
		}
		for m, value := range row.measured {
			if value == unmeasured {
				others[group(row)][m]++
			}
		}
	}
	for m := range measures {
		var columns [][]float64
		columns, b.values = gather(r, number, group, b.values, func(row *callRow) (float64, bool) { return row.measured[m], row.measured[m] >= 0 })
		for i, values := range columns {
			*m.of(&list[i]) = newDistribution(values, others[i][m])
		}
	}
	var starts, ends [][]int64
	starts, b.starts = gather(r, number, group, b.starts, func(row *callRow) (int64, bool) { return row.start, row.start < row.end })
	ends, b.ends = gather(r, number, group, b.ends, func(row *callRow) (int64, bool) { return row.end, row.start < row.end })
	for i := range list {
		s := &list[i]
		s.PeakConcurrentCalls, s.PeakConcurrentAt = peak(starts[i], ends[i])
		s.AnswerSeizureRatio = ratio(s.AnsweredCalls, s.TotalCalls-s.PendingCalls)
		s.NetworkEffectivenessRatio = ratio(reached[i], s.TotalCalls-s.PendingCalls)
		if s.Duration != nil {
			s.AverageDuration = ratio(s.TotalDuration, s.Duration.Count)
		}
	}
	return list
}

func ratio(part, of int64) *float64 {
	if of == 0 {
		return nil
	}
	return new(float64(part) / float64(of))
}

// gather returns the values of the rows of each group, without those of rows that
// have none. It uses the buffer if that is large enough, and returns it.
func gather[T any](r *rows, number int, group func(*callRow) int, buffer []T, value func(*callRow) (T, bool)) (columns [][]T, reusable []T) {
	counts := make([]int, number)
	total := 0
	for row := range r.all {
		if _, ok := value(row); ok {
			counts[group(row)]++
			total++
		}
	}
	if cap(buffer) < total {
		buffer = make([]T, total)
	}
	columns = make([][]T, number)
	rest := buffer[:total]
	for i, count := range counts {
		columns[i], rest = rest[:0:count], rest[count:]
	}
	for row := range r.all {
		if v, ok := value(row); ok {
			columns[group(row)] = append(columns[group(row)], v)
		}
	}
	return columns, buffer
}

// underWay returns from when until just before when a call was under way, in
// nanoseconds since 1970. They are equal if the call was never under way, or if the API does not say.
func underWay(call *bird.Call) (start, end int64) {
	created, errCreated := bird.TimeOf(call.CreatedAt)
	scheduled, errScheduled := bird.TimeOf(call.ScheduledFor)
	ended, errEnded := bird.TimeOf(call.EndedAt)
	if errCreated != nil || errScheduled != nil || errEnded != nil {
		return 0, 0
	}
	from := created
	if scheduled.After(created) {
		from = scheduled
	}
	switch textOf(call.Status) {
	case "accepted", "scheduled":
		return 0, 0
	case "starting", "ringing", "ongoing":
		if ended.IsZero() {
			ended = latest
		}
	}
	if from.IsZero() || !from.Before(ended) {
		return 0, 0
	}
	return nanoseconds(from), nanoseconds(ended)
}

// peak returns the highest number of calls under way at one instant, and the first
// such instant. A call that ends at an instant does not overlap one that begins at
// it. It sorts the starts and the ends of the calls.
func peak(starts, ends []int64) (most int64, at *string) {
	slices.Sort(starts)
	slices.Sort(ends)
	var first int64
	ended := 0
	for i, start := range starts {
		for ends[ended] <= start {
			ended++
		}
		if n := int64(i + 1 - ended); n > most {
			most, first = n, start
		}
	}
	if most > 0 {
		at = instantText(first)
	}
	return most, at
}
