package bird

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"
)

// Figures are the statistics of a set of calls that do not name anything of
// them. Ratios are from 0 to 1 and, like means, rounded nowhere; what has no
// value is nil.
type Figures struct {
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

// Distribution describes the values that calls have of one measure. Percentiles
// are exact, by nearest rank.
type Distribution struct {
	Count      int64    `tfsdk:"count"` // of the values that are measurements
	Mean       *float64 `tfsdk:"mean"`
	Min        *float64 `tfsdk:"min"`
	Max        *float64 `tfsdk:"max"`
	P50        *float64 `tfsdk:"p50"`
	P95        *float64 `tfsdk:"p95"`
	Unmeasured int64    `tfsdk:"unmeasured"` // values that are no measurements, in none of the above
}

// shortCall is the length in seconds below which an answered call is short.
const shortCall = 10

// measure is what a [Distribution] is of.
type measure int

const (
	duration measure = iota
	timeToAnswer
	postDialDelay
	opinionScore
	measures // how many there are
)

// of returns where the distribution of a measure belongs.
func (m measure) of(f *Figures) **Distribution {
	return [measures]**Distribution{&f.Duration, &f.TimeToAnswer, &f.PostDialDelay, &f.MOS}[m]
}

// longest is the largest measurement in seconds, so that no sum is infinite.
const longest = math.MaxFloat64 / math.MaxInt64

// tally counts the calls of a group.
type tally struct {
	counts     Figures // but for what is computed
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

// figures returns what the counts alone tell.
func (t *tally) figures() Figures {
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

// samples are what is kept of calls to compute their figures: at most 16 bytes
// for when a call was under way and 8 for each measure, with 2 for the group
// beside each.
type samples struct {
	measured [measures]series[float64]
	underWay series[presence]
}

// add keeps what a call of a group, which the tally counts, was measured at.
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

// number reads a decimal; a text that is none is not a number.
func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return value
}

// figures returns those of each group and of all calls together.
func (s *samples) figures(tallies []*tally) (groups []Figures, whole Figures) {
	var all tally
	groups = make([]Figures, len(tallies))
	for i, t := range tallies {
		groups[i] = t.figures()
		all.merge(t)
	}
	whole = all.figures()
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

func (f *Figures) setAverage() {
	if f.Duration != nil {
		f.AverageDuration = ratio(f.TotalDuration, f.Duration.Count)
	}
}

// newDistribution returns that of some values, which it sorts, and nil where
// there was no value at all.
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

// percentile returns the smallest of the sorted values that at least so many
// percent of them do not exceed.
func percentile(sorted []float64, percent int) float64 {
	return sorted[(len(sorted)*percent+99)/100-1]
}

// presence is when a call was under way: from its start until just before its
// end, in nanoseconds since 1970.
type presence struct{ start, end int64 }

// presence returns when a call was or is under way; ok is false where it never
// was, or where the API does not say.
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

// latest is the last instant that a number of nanoseconds can mean.
var latest = time.Unix(0, math.MaxInt64)

// nanoseconds returns a time as a number, which reaches from 1678 to 2262; ok
// is false for other times.
func nanoseconds(t time.Time) (n int64, ok bool) {
	n = t.UnixNano()
	return n, time.Unix(0, n).Equal(t)
}

// peak returns the most calls that were under way at one instant and the first
// such instant. A call that ends at an instant makes room for one that begins
// at it. The presences are sorted.
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

// series is a list of values, each of a group. It grows by chunks, so that it
// is never copied.
type series[T any] struct {
	chunks []*chunk[T]
	last   int // how many values the last chunk holds
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

// byGroup returns the values of each group, and those of all: the same memory,
// which is that of the buffer where it is large enough.
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
