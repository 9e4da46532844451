package statistics

import (
	"fmt"
	"math"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// callRow is what the statistics need of a call. Times are in nanoseconds since 1970.
type callRow struct {
	created, updated int64 // noTime if there is none
	start, end       int64 // when the call was under way: from its start until just before its end
	measured         [measures]float64
	values           [10]uint16 // of the counted dimensions
	group            uint16
	flags            flags
}

// flags are what is true of a call.
type flags uint8

const (
	isLeg flags = 1 << iota
	isPending
	isAnswered
	isAbandoned
	isDelivered
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
	r := callRow{created: nanoseconds(created), updated: updatedAt(call), flags: flagsOf(call), measured: measurementsOf(call)}
	r.start, r.end = underWay(call)
	local := created
	if !created.IsZero() {
		local = created.In(s.zone)
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

// instantText writes nanoseconds since 1970 as an RFC 3339 date-time in UTC.
func instantText(at int64) *string {
	return new(time.Unix(0, at).UTC().Format(time.RFC3339Nano))
}

// countBy counts the calls by the values of the counted dimension of that index.
func (r *rows) countBy(index int, values *symbols) map[string]int64 {
	counts := make([]int64, 1+len(values.texts))
	for row := range r.all {
		counts[row.values[index]]++
	}
	byText := make(map[string]int64)
	for i, text := range values.texts {
		if n := counts[1+i]; n > 0 { // its calls may have another value since
			byText[text] = n
		}
	}
	return byText
}
