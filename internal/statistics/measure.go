package statistics

import (
	"math"
	"regexp"
	"strconv"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// measure is what a [Distribution] describes.
type measure int

const (
	duration measure = iota
	timeToAnswer
	ringTime
	postDialDelay
	opinionScore
	measures // the number of measures
)

// of returns the field for the distribution of a measure.
func (m measure) of(s *Statistics) **Distribution {
	return [measures]**Distribution{&s.Duration, &s.TimeToAnswer, &s.RingTime, &s.PostDialDelay, &s.MOS}[m]
}

// A measurement that a call does not have is absent, and one that has no valid value
// is unmeasured. No valid measurement is negative.
const unmeasured = -1

var absent = math.NaN()

func isMeasurement(value float64) bool { return value >= 0 }

// LongestDuration is the longest duration that is a measurement: ten years, in
// seconds.
const LongestDuration = 315_360_000

// largestDelay is the largest measurement in seconds, so that no sum is infinite.
const largestDelay = math.MaxFloat64 / math.MaxInt64

// durationOf returns the length of an answered call that has ended, in seconds. A
// call that goes on has no length yet, whatever its duration says.
func durationOf(call *bird.Call) float64 {
	if outcomeOf(call) != answered || !hasEnded(call) || call.Duration == nil {
		return absent
	}
	return within(float64(*call.Duration), 0, LongestDuration)
}

// ringingOf returns how long a call rang, in seconds: until it was answered, or until
// it ended without an answer.
func ringingOf(call *bird.Call) float64 {
	switch {
	case outcomeOf(call) == answered:
		return secondsBetween(call.RingingAt, call.AnsweredAt)
	case hasEnded(call):
		return secondsBetween(call.RingingAt, call.EndedAt)
	}
	return absent
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
	// A time.Duration holds 292 years.
	nanoseconds := float64(to.Unix()-from.Unix())*nanosecondsPerSecond + float64(to.Nanosecond()-from.Nanosecond())
	return within(nanoseconds/nanosecondsPerSecond, 0, largestDelay)
}

// decimalForm leaves out what strconv takes for a number besides: hexadecimal,
// underscores, infinity, signs.
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

// within returns a value between two bounds; any other is unmeasured.
func within(value, lowest, highest float64) float64 {
	if value >= lowest && value <= highest {
		return value
	}
	return unmeasured
}
