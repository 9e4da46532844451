package statistics

import (
	"fmt"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// callRow is what the statistics need of a call. Times are in nanoseconds since 1970.
type callRow struct {
	created, updated int64 // noTime if there is none
	start, end       int64 // when the call was under way: from its start until just before its end

	duration, ringing, postDialDelay, opinionScore float64 // absent, unmeasured, or valid

	caller, callee int64      // keyed hashes of the numbers, noNumber if there is none
	values         [10]uint16 // of the counted dimensions
	group          uint16
	flags          flags
}

// measured returns the measurement of a measure.
func (r *callRow) measured(m measure) float64 {
	isAnswer := r.flags&isAnswered != 0
	switch {
	case m == duration:
		return r.duration
	case m == timeToAnswer && isAnswer, m == ringTime && !isAnswer:
		return r.ringing
	case m == postDialDelay:
		return r.postDialDelay
	case m == opinionScore:
		return r.opinionScore
	}
	return absent
}

const nanosecondsPerSecond = 1_000_000_000

// second returns the second of the clock in which the call was created.
func (r *callRow) second() (seconds int64, ok bool) {
	return time.Unix(0, r.created).Unix(), r.created != noTime
}

// flags are what is true of a call.
type flags uint8

const (
	isLeg flags = 1 << iota
	isPending
	isAnswered
	isAbandoned
	isDelivered
	isOpen
)

// count returns 1 if the flag is set, and otherwise 0.
func (f flags) count(flag flags) int64 {
	if f&flag == 0 {
		return 0
	}
	return 1
}

// row returns the row of a call.
func (s *Summarizer) row(call *bird.Call) (callRow, error) {
	created, _ := bird.TimeOf(call.CreatedAt) // the client lets no other text through
	start, end, open := underWay(call)
	r := callRow{
		created: nanoseconds(created), updated: updatedAt(call), start: start, end: end,
		duration: durationOf(call), ringing: ringingOf(call),
		postDialDelay: absent, opinionScore: absent,
		caller: s.hash(call.From, call.Originator), callee: s.hash(call.To, call.Receiver),
		flags: flagsOf(call, open),
	}
	if quality := call.QualityInsights; quality != nil {
		r.postDialDelay = decimal(quality.PDD, 0, largestDelay)
		r.opinionScore = decimal(quality.MOS, 1, 5)
	}
	var local time.Time
	if r.created != noTime {
		local = time.Unix(0, r.created).In(s.options.TimeZone)
	}
	var err error
	for i, d := range counted {
		if r.values[i], err = s.values[i].number(d.value(call, local)); err != nil {
			return r, fmt.Errorf("the calls so far have %w of %s", err, d.name)
		}
	}
	r.group, err = s.groups.number(call, local)
	return r, err
}

// flagsOf returns what is true of a call.
func flagsOf(call *bird.Call, open bool) (f flags) {
	set := func(flag flags, is bool) {
		if is {
			f |= flag
		}
	}
	result := outcomeOf(call)
	set(isLeg, isLegOfCall(call))
	set(isPending, result == pending)
	set(isAnswered, result == answered)
	set(isAbandoned, abandoned(call))
	set(isDelivered, delivered(call))
	set(isOpen, open)
	return f
}

// noNumber stands for no number in a row.
const noNumber = 0

// hash returns the hash of a number of a call, under a key that is random for each
// read, so that a number can neither be kept nor found. Of a million numbers, two
// have the same hash with a probability of 1 to 37 million, and of ten million with
// 1 to 370,000; they are then counted as one.
func (s *Summarizer) hash(number *string, party *bird.Party) int64 {
	digits := strings.TrimPrefix(textOf(number), "+")
	if digits == "" || anonymous(party) == "true" {
		return noNumber
	}
	return int64(max(maphash.String(s.key, digits), 1))
}

// noTime stands for no time in a row.
const noTime = math.MinInt64

// The first and the last instant that nanoseconds in an int64 can express, in the
// years 1677 and 2262.
var earliest, latest = time.Unix(0, noTime+1), time.Unix(0, math.MaxInt64)

// nanoseconds returns a time in nanoseconds since 1970, or noTime for the zero time.
// A time before the earliest or after the latest is that.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.IsZero():
		return noTime
	case t.Before(earliest):
		t = earliest
	case t.After(latest):
		t = latest
	}
	return t.UnixNano()
}

func updatedAt(call *bird.Call) int64 {
	t, _ := bird.TimeOf(call.UpdatedAt)
	return nanoseconds(t)
}

// symbols number the values of a dimension. No value, "", is 0.
type symbols struct {
	numbers map[string]uint16
	texts   []string // from 1
}

func (s *symbols) number(value string) (uint16, error) {
	if value == "" {
		return 0, nil
	}
	if number, ok := s.numbers[value]; ok {
		return number, nil
	}
	if len(s.texts) == math.MaxUint16 {
		return 0, fmt.Errorf("more than %d values", math.MaxUint16)
	}
	if s.numbers == nil {
		s.numbers = make(map[string]uint16)
	}
	s.texts = append(s.texts, value)
	s.numbers[value] = uint16(len(s.texts))
	return uint16(len(s.texts)), nil
}

// rows is a list of rows. It grows by chunks, because a copy would double it.
type rows struct {
	chunks []*[chunkSize]callRow
	count  int
}

const chunkSize = 4096

func (r *rows) add(next callRow) {
	if r.count%chunkSize == 0 {
		r.chunks = append(r.chunks, new([chunkSize]callRow))
	}
	r.count++
	*r.at(r.count - 1) = next
}

// at returns the row of a number, from 0.
func (r *rows) at(number int) *callRow { return &r.chunks[number/chunkSize][number%chunkSize] }

func (r *rows) all(yield func(*callRow) bool) {
	for number := range r.count {
		if !yield(r.at(number)) {
			return
		}
	}
}

// firstAndLast returns the first and the last time of creation.
func (r *rows) firstAndLast() (first, last *string) {
	low, high := int64(math.MaxInt64), int64(noTime)
	for row := range r.all {
		if row.created != noTime {
			low, high = min(low, row.created), max(high, row.created)
		}
	}
	if high == noTime {
		return nil, nil
	}
	return instantText(low), instantText(high)
}

// byDay counts the calls by the date of their creation in a time zone.
func (r *rows) byDay(zone *time.Location) map[string]int64 {
	type date struct {
		year  int
		month time.Month
		day   int
	}
	counts := make(map[date]int64)
	for row := range r.all {
		if row.created != noTime {
			year, month, day := time.Unix(0, row.created).In(zone).Date()
			counts[date{year, month, day}]++
		}
	}
	byText := make(map[string]int64)
	for d, n := range counts {
		byText[time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)] = n
	}
	return byText
}

// instantText writes nanoseconds since 1970 as an RFC 3339 date-time in UTC.
func instantText(nanoseconds int64) *string {
	return new(time.Unix(0, nanoseconds).UTC().Format(time.RFC3339Nano))
}

// countBy counts the calls by the values of the counted dimension of that index.
func (r *rows) countBy(dimension int, values *symbols) map[string]int64 {
	counts := make([]int64, 1+len(values.texts))
	for row := range r.all {
		counts[row.values[dimension]]++
	}
	byText := make(map[string]int64)
	for i, text := range values.texts {
		if n := counts[1+i]; n > 0 { // its calls may have another value since
			byText[text] = n
		}
	}
	return byText
}
