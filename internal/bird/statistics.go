package bird

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"
)

// Statistics are the statistics that every set of calls has. Ratios are from 0 to
// 1. Ratios and means are not rounded. A statistic without a value is nil.
type Statistics struct {
	TotalCalls     int64 `tfsdk:"total_calls"`
	ChildCalls     int64 `tfsdk:"child_calls"` // legs of another call
	PendingCalls   int64 `tfsdk:"pending_calls"`
	AnsweredCalls  int64 `tfsdk:"answered_calls"`
	AbandonedCalls int64 `tfsdk:"abandoned_calls"` // cancelled while they rang
	ShortCalls     int64 `tfsdk:"short_calls"`     // answered, and shorter than 10 seconds

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

// Distribution describes the values of one measure. Percentiles are exact, by
// nearest rank.
type Distribution struct {
	Count      int64    `tfsdk:"count"` // of the values that are valid measurements
	Mean       *float64 `tfsdk:"mean"`
	Min        *float64 `tfsdk:"min"`
	Max        *float64 `tfsdk:"max"`
	P50        *float64 `tfsdk:"p50"`
	P95        *float64 `tfsdk:"p95"`
	Unmeasured int64    `tfsdk:"unmeasured"` // the number of other values, which none of the above includes
}

// shortCall is the length in seconds below which an answered call is short.
const shortCall = 10

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
func (m measure) of(f *Statistics) **Distribution {
	return [measures]**Distribution{&f.Duration, &f.TimeToAnswer, &f.PostDialDelay, &f.MOS}[m]
}

// longest is the largest measurement in seconds, so that no sum is infinite.
const longest = math.MaxFloat64 / math.MaxInt64

// tally counts the calls of a group.
type tally struct {
	counts     Statistics // except what is computed
	delivered  int64
	unmeasured [measures]int64
}

func (t *tally) add(call *Call) {
	t.counts.TotalCalls++
	if call.ParentID != nil {
		t.counts.ChildCalls++
	}
	switch call.outcome() {
	case pending:
		t.counts.PendingCalls++
	case answered:
		t.counts.AnsweredCalls++
		if call.Duration != nil {
			t.counts.TotalDuration += *call.Duration
			if *call.Duration < shortCall {
				t.counts.ShortCalls++
			}
		}
	}
	if call.abandoned() {
		t.counts.AbandonedCalls++
	}
	if call.delivered() {
		t.delivered++
	}
}

// merge adds the calls of another group.
func (t *tally) merge(other *tally) {
	t.counts.TotalCalls += other.counts.TotalCalls
	t.counts.ChildCalls += other.counts.ChildCalls
	t.counts.PendingCalls += other.counts.PendingCalls
	t.counts.AnsweredCalls += other.counts.AnsweredCalls
	t.counts.AbandonedCalls += other.counts.AbandonedCalls
	t.counts.ShortCalls += other.counts.ShortCalls
	t.counts.TotalDuration += other.counts.TotalDuration
	t.delivered += other.delivered
	for m := range t.unmeasured {
		t.unmeasured[m] += other.unmeasured[m]
	}
}

// statistics returns the statistics that follow from the counts alone.
func (t *tally) statistics() Statistics {
	f := t.counts
	f.AnswerSeizureRatio = ratio(f.AnsweredCalls, f.TotalCalls-f.PendingCalls)
	f.NetworkEffectivenessRatio = ratio(t.delivered, f.TotalCalls-f.PendingCalls)
	return f
}

func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// samples keep the measurements of calls: at most 16 bytes for the time when a
// call was in progress and 8 for each measure, each with 2 for the group.
type samples struct {
	measured [measures]series[float64]
	underWay series[presence]
}

// add keeps the measurements of a call of a group, which the tally counts.
func (s *samples) add(group uint16, t *tally, call *Call) {
	keep := func(m measure, value, lowest, highest float64) {
		if value >= lowest && value <= highest {
			s.measured[m].add(group, value+0) // -0 becomes 0
		} else { // or not a number
			t.unmeasured[m]++
		}
	}
	if call.outcome() == answered {
		if call.Duration != nil {
			keep(duration, float64(*call.Duration), -longest, longest)
		}
		rang, known := instant(call.RingingAt)
		answered, ok := instant(call.AnsweredAt)
		if known && ok {
			keep(timeToAnswer, float64(answered.Sub(rang))/float64(time.Second), 0, longest)
		}
	}
	if quality := call.QualityInsights; quality != nil {
		if quality.PDD != nil {
			keep(postDialDelay, number(*quality.PDD), 0, longest)
		}
		if quality.MOS != nil {
			keep(opinionScore, number(*quality.MOS), 1, 5)
		}
	}
	if presence, ok := call.presence(); ok {
		s.underWay.add(group, presence)
	}
}

// number parses a decimal. The result is NaN if the text is not a decimal.
func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return value
}

// statistics returns the statistics of each group and of all calls together.
func (s *samples) statistics(tallies []*tally) (groups []Statistics, whole Statistics) {
	var all tally
	groups = make([]Statistics, len(tallies))
	for i, t := range tallies {
		groups[i] = t.statistics()
		all.merge(t)
	}
	whole = all.statistics()
	var parts [][]float64
	var values []float64
	for m := range measures {
		parts, values = s.measured[m].byGroup(len(tallies), values)
		for i, part := range parts {
			*m.of(&groups[i]) = newDistribution(part, tallies[i].unmeasured[m])
		}
		*m.of(&whole) = newDistribution(values, all.unmeasured[m])
	}
	times, allTimes := s.underWay.byGroup(len(tallies), nil)
	for i, part := range times {
		groups[i].PeakConcurrentCalls, groups[i].PeakConcurrentAt = peak(part)
		groups[i].setAverage()
	}
	whole.PeakConcurrentCalls, whole.PeakConcurrentAt = peak(allTimes)
	whole.setAverage()
	return groups, whole
}

func (f *Statistics) setAverage() {
	if f.Duration != nil {
		f.AverageDuration = ratio(f.TotalDuration, f.Duration.Count)
	}
}

// newDistribution returns the distribution of values, which it sorts, or nil if
// there is neither a valid value nor another.
func newDistribution(values []float64, unmeasured int64) *Distribution {
	count := len(values)
	if count == 0 && unmeasured == 0 {
		return nil
	}
	d := &Distribution{Count: int64(count), Unmeasured: unmeasured}
	if count == 0 {
		return d
	}
	slices.Sort(values)
	var sum float64 // in sorted order, since the order decides the last digits
	for i := 0; i < count; {
		next := i + 1
		for next < count && values[next] == values[i] {
			next++
		}
		sum += values[i] * float64(next-i)
		i = next
	}
	d.Mean = new(sum / float64(count))
	d.Min, d.Max = new(values[0]), new(values[count-1])
	d.P50, d.P95 = new(percentile(values, 50)), new(percentile(values, 95))
	return d
}

// percentile returns the smallest of the sorted values that is not exceeded by at
// least this percentage of them.
func percentile(sorted []float64, percent int) float64 {
	return sorted[(len(sorted)*percent+99)/100-1]
}

// presence is the time when a call was in progress: from its start until just
// before its end, in nanoseconds since 1970.
type presence struct{ start, end int64 }

// presence returns the time when a call was in progress. It is not ok if the call
// never was, or if the API does not say.
func (c *Call) presence() (p presence, ok bool) {
	start, _ := instant(c.CreatedAt)
	if scheduled, ok := instant(c.ScheduledFor); ok && scheduled.After(start) {
		start = scheduled
	}
	var end time.Time
	switch c.status() {
	case "accepted", "scheduled":
		return p, false
	case "starting", "ringing", "ongoing":
		end = latest
	default:
		if end, ok = instant(c.EndedAt); !ok {
			return p, false
		}
	}
	var starts, ends bool
	p.start, starts = nanoseconds(start)
	p.end, ends = nanoseconds(end)
	return p, starts && ends && p.start < p.end
}

// latest is the last instant that nanoseconds in an int64 can express.
var latest = time.Unix(0, math.MaxInt64)

// nanoseconds returns a time in nanoseconds since 1970. It is not ok outside of the
// years 1678 to 2262.
func nanoseconds(t time.Time) (n int64, ok bool) {
	n = t.UnixNano()
	return n, time.Unix(0, n).Equal(t)
}

// peak returns the highest number of calls in progress at one instant, and the
// first such instant. A call that ends at an instant does not overlap one that
// begins at it. It sorts the presences by start.
func peak(presences []presence) (most int64, at *string) {
	ends := make([]int64, len(presences))
	for i, p := range presences {
		ends[i] = p.end
	}
	slices.Sort(ends)
	slices.SortFunc(presences, func(a, b presence) int { return cmp.Compare(a.start, b.start) })
	var first int64
	ended := 0
	for i, p := range presences {
		for ends[ended] <= p.start {
			ended++
		}
		if n := int64(i + 1 - ended); n > most {
			most, first = n, p.start
		}
	}
	if most > 0 {
		at = new(time.Unix(0, first).UTC().Format(time.RFC3339Nano))
	}
	return most, at
}

// series is a list of values of groups. It grows in chunks, so that it is never
// copied.
type series[T any] struct {
	chunks []*chunk[T]
	last   int // the number of values in the last chunk
}

const chunkSize = 4096

type chunk[T any] struct {
	values [chunkSize]T
	groups [chunkSize]uint16
}

func (s *series[T]) add(group uint16, value T) {
	if len(s.chunks) == 0 || s.last == chunkSize {
		s.chunks, s.last = append(s.chunks, new(chunk[T])), 0
	}
	c := s.chunks[len(s.chunks)-1]
	c.values[s.last], c.groups[s.last] = value, group
	s.last++
}

// all returns each value with its group.
func (s *series[T]) all(yield func(group uint16, value T) bool) {
	for i, c := range s.chunks {
		held := chunkSize
		if i == len(s.chunks)-1 {
			held = s.last
		}
		for j := range held {
			if !yield(c.groups[j], c.values[j]) {
				return
			}
		}
	}
}

// byGroup returns the values of each group, and those of all groups in the same
// memory. It uses the buffer if that is large enough.
func (s *series[T]) byGroup(groups int, buffer []T) (parts [][]T, all []T) {
	counts := make([]int, groups)
	total := 0
	for group := range s.all {
		counts[group]++
		total++
	}
	if cap(buffer) < total {
		buffer = make([]T, total)
	}
	all = buffer[:total]
	parts = make([][]T, groups)
	rest := all
	for group, count := range counts {
		parts[group], rest = rest[:0:count], rest[count:]
	}
	for group, value := range s.all {
		parts[group] = append(parts[group], value)
	}
	return parts, all
}
