package statistics

import (
	"cmp"
	"math"
	"reflect"
	"slices"
)

// Statistics are the statistics that every set of calls has. Ratios are from 0 to
// 1. Ratios and means are not rounded. A statistic without a value is nil.
type Statistics struct {
	TotalCalls     int64 `tfsdk:"total_calls"`
	ChildCalls     int64 `tfsdk:"child_calls"` // legs of another call
	PendingCalls   int64 `tfsdk:"pending_calls"`
	AnsweredCalls  int64 `tfsdk:"answered_calls"`
	AbandonedCalls int64 `tfsdk:"abandoned_calls"` // cancelled while they rang

	AnswerSeizureRatio        *float64 `tfsdk:"answer_seizure_ratio"`        // of the calls that are not pending (ITU-T E.411)
	NetworkEffectivenessRatio *float64 `tfsdk:"network_effectiveness_ratio"` // of the same (ITU-T E.425)

	TotalDuration   int64         `tfsdk:"total_duration"`   // seconds, of answered calls that have ended
	AverageDuration *float64      `tfsdk:"average_duration"` // seconds, of those of them that have a duration
	Duration        *Distribution `tfsdk:"duration"`         // seconds, of the same
	ShortCalls      int64         `tfsdk:"short_calls"`      // of the same, at most Thresholds.ShortCall long
	LongCalls       int64         `tfsdk:"long_calls"`       // of the same, at least Thresholds.LongCall long

	TimeToAnswer   *Distribution `tfsdk:"time_to_answer"`  // seconds from ringing, of answered calls
	AnsweredWithin int64         `tfsdk:"answered_within"` // of the same, at most Thresholds.AnswerWithin
	ServiceLevel   *float64      `tfsdk:"service_level"`   // AnsweredWithin, of the same and the abandoned calls
	RingTime       *Distribution `tfsdk:"ring_time"`       // seconds from ringing to the end, of calls that nobody answered

	PostDialDelay *Distribution `tfsdk:"post_dial_delay"` // seconds (ITU-T E.431)
	MOS           *Distribution `tfsdk:"mos"`             // mean opinion score (on the scale of ITU-T P.800)
	PoorMOSCalls  int64         `tfsdk:"poor_mos_calls"`  // under Thresholds.PoorMOS

	DistinctCallers  int64 `tfsdk:"distinct_callers"` // numbers that called, without anonymous ones
	DistinctCallees  int64 `tfsdk:"distinct_callees"`
	MostCallsFromOne int64 `tfsdk:"most_calls_from_one"` // of these numbers
	MostCallsToOne   int64 `tfsdk:"most_calls_to_one"`

	PeakConcurrentCalls  int64   `tfsdk:"peak_concurrent_calls"`
	PeakConcurrentAt     *string `tfsdk:"peak_concurrent_at"` // the first instant of that many, RFC 3339 in UTC
	OpenCalls            int64   `tfsdk:"open_calls"`         // under way, without an end
	PeakCallsPerSecond   int64   `tfsdk:"peak_calls_per_second"`
	PeakCallsPerSecondAt *string `tfsdk:"peak_calls_per_second_at"` // the first second of that many, RFC 3339 in UTC
}

// Thresholds are the values that some statistics compare with.
type Thresholds struct {
	ShortCall    float64 // seconds
	LongCall     float64 // seconds
	AnswerWithin float64 // seconds
	PoorMOS      float64
}

// DefaultThresholds are what carriers and contact centres agree on: surcharges for
// calls of up to 6 seconds, calls that platforms end after four hours, 80 % of the
// calls answered within 20 seconds, and the score below which many users are
// dissatisfied (ITU-T G.107, Annex B).
var DefaultThresholds = Thresholds{ShortCall: 6, LongCall: 14_400, AnswerWithin: 20, PoorMOS: 3.6}

// buffers are reused from one column of values to the next.
type buffers struct {
	floats         []float64
	integers, ends []int64
}

// statistics returns the statistics of each group of rows.
func (r *rows) statistics(groups int, group func(*callRow) int, t Thresholds, b *buffers) []Statistics {
	list := make([]Statistics, groups)
	delivered := make([]int64, groups)
	others := make([][measures]int64, groups) // unmeasured
	for row := range r.all {
		number := group(row)
		list[number].count(row, t)
		delivered[number] += row.flags.count(isDelivered)
		for m := range measures {
			if row.measured(m) == unmeasured {
				others[number][m]++
			}
		}
	}
	for m := range measures {
		var columns [][]float64
		columns, b.floats = gather(r, groups, group, b.floats, func(row *callRow) (float64, bool) { v := row.measured(m); return v, isMeasurement(v) })
		for i, values := range columns {
			*m.of(&list[i]) = newDistribution(values, others[i][m])
		}
	}
	integers := func(value func(*callRow) (int64, bool)) (columns [][]int64) {
		columns, b.integers = gather(r, groups, group, b.integers, value)
		return columns
	}
	for i, hashes := range integers(func(row *callRow) (int64, bool) { return row.caller, row.caller != noNumber }) {
		list[i].DistinctCallers, list[i].MostCallsFromOne, _ = mostFrequent(hashes)
	}
	for i, hashes := range integers(func(row *callRow) (int64, bool) { return row.callee, row.callee != noNumber }) {
		list[i].DistinctCallees, list[i].MostCallsToOne, _ = mostFrequent(hashes)
	}
	for i, seconds := range integers((*callRow).second) {
		var at int64
		if _, list[i].PeakCallsPerSecond, at = mostFrequent(seconds); len(seconds) > 0 {
			list[i].PeakCallsPerSecondAt = instantText(at * nanosecondsPerSecond)
		}
	}
	var ends [][]int64
	ends, b.ends = gather(r, groups, group, b.ends, func(row *callRow) (int64, bool) { return row.end, row.start < row.end })
	for i, starts := range integers(func(row *callRow) (int64, bool) { return row.start, row.start < row.end }) {
		list[i].PeakConcurrentCalls, list[i].PeakConcurrentAt = peak(starts, ends[i])
	}
	for i := range list {
		list[i].divide(delivered[i])
	}
	return list
}

// count counts a row.
func (s *Statistics) count(row *callRow, t Thresholds) {
	s.TotalCalls++
	s.ChildCalls += row.flags.count(isLeg)
	s.PendingCalls += row.flags.count(isPending)
	s.AnsweredCalls += row.flags.count(isAnswered)
	s.AbandonedCalls += row.flags.count(isAbandoned)
	s.OpenCalls += row.flags.count(isOpen)
	if seconds := row.measured(duration); isMeasurement(seconds) {
		s.TotalDuration += int64(seconds)
		if seconds <= t.ShortCall {
			s.ShortCalls++
		}
		if seconds >= t.LongCall {
			s.LongCalls++
		}
	}
	if seconds := row.measured(timeToAnswer); isMeasurement(seconds) && seconds <= t.AnswerWithin {
		s.AnsweredWithin++
	}
	if score := row.measured(opinionScore); isMeasurement(score) && score < t.PoorMOS {
		s.PoorMOSCalls++
	}
}

// divide computes the ratios from the counts and the distributions.
func (s *Statistics) divide(delivered int64) {
	s.AnswerSeizureRatio = ratio(s.AnsweredCalls, s.TotalCalls-s.PendingCalls)
	s.NetworkEffectivenessRatio = ratio(delivered, s.TotalCalls-s.PendingCalls)
	s.AverageDuration = ratio(s.TotalDuration, s.Duration.count())
	s.ServiceLevel = ratio(s.AnsweredWithin, s.TimeToAnswer.count()+s.AbandonedCalls)
}

func ratio(part, of int64) *float64 {
	if of == 0 {
		return nil
	}
	return new(float64(part) / float64(of))
}

// gather returns the values of the rows of each group, without those of rows that
// have none. It uses the buffer if that is large enough, and returns it.
func gather[T any](r *rows, groups int, group func(*callRow) int, buffer []T, value func(*callRow) (T, bool)) (columns [][]T, reusable []T) {
	counts := make([]int, groups)
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
	columns = make([][]T, groups)
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

// mostFrequent sorts values. It returns how many distinct ones there are, how often
// the most frequent one occurs, and the least of those that occur so often.
func mostFrequent(values []int64) (distinct, times, least int64) {
	slices.Sort(values)
	for value, count := range runs(values) {
		distinct++
		if int64(count) > times {
			times, least = int64(count), value
		}
	}
	return distinct, times, least
}

// numbers are the fields of the statistics that are numbers, by the names of their
// attributes.
var numbers = func() map[string][]int {
	fields := make(map[string][]int)
	for field := range reflect.TypeFor[Statistics]().Fields() {
		switch field.Type {
		case reflect.TypeFor[int64](), reflect.TypeFor[*float64]():
			fields[field.Tag.Get("tfsdk")] = field.Index
		}
	}
	return fields
}()

// Sortable returns the names of the statistics by which groups can be sorted.
func Sortable() []string {
	var names []string
	for field := range reflect.TypeFor[Statistics]().Fields() {
		if name := field.Tag.Get("tfsdk"); numbers[name] != nil {
			names = append(names, name)
		}
	}
	return names
}

// compareDescending orders statistics by one that is a number, the largest first,
// and those without a value last.
func compareDescending(a, b *Statistics, name string) int {
	number := func(s *Statistics) float64 {
		switch value := reflect.ValueOf(s).Elem().FieldByIndex(numbers[name]); {
		case value.CanInt():
			return float64(value.Int())
		case value.IsNil():
			return math.Inf(-1)
		default:
			return value.Elem().Float()
		}
	}
	return cmp.Compare(number(b), number(a))
}
