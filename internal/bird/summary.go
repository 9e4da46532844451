package bird

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// Summary holds figures of a set of calls, and nothing of a person. Its tfsdk
// tags name Terraform's attributes, as those of [Call] do. Ratios are from 0 to
// 1 and, like means, rounded nowhere; what has no value is nil. A call without
// the member that a map counts by is counted under no key.
type Summary struct {
	TotalCalls    int64 `tfsdk:"total_calls"`
	ChildCalls    int64 `tfsdk:"child_calls"`    // legs of another call
	AnsweredCalls int64 `tfsdk:"answered_calls"` // have answeredAt

	FirstCallAt *string `tfsdk:"first_call_at"` // createdAt, as the API sent it
	LastCallAt  *string `tfsdk:"last_call_at"`

	TotalDuration   int64    `tfsdk:"total_duration"`   // seconds, of answered calls
	AverageDuration *float64 `tfsdk:"average_duration"` // seconds, of answered calls that have a duration

	AnswerSeizureRatio        *float64 `tfsdk:"answer_seizure_ratio"`        // ITU-T E.411
	NetworkEffectivenessRatio *float64 `tfsdk:"network_effectiveness_ratio"` // ITU-T E.425

	ByStatus            map[string]int64 `tfsdk:"by_status"`
	ByDirection         map[string]int64 `tfsdk:"by_direction"`
	ByType              map[string]int64 `tfsdk:"by_type"`
	ByHangupSource      map[string]int64 `tfsdk:"by_hangup_source"`
	ByHangupCauseCode   map[string]int64 `tfsdk:"by_hangup_cause_code"`
	ByHangupSIPCode     map[string]int64 `tfsdk:"by_hangup_sip_code"`
	ByOriginatorCountry map[string]int64 `tfsdk:"by_originator_country"`
	ByReceiverCountry   map[string]int64 `tfsdk:"by_receiver_country"`
	ByDay               map[string]int64 `tfsdk:"by_day"` // UTC date of createdAt
	ByChannel           map[string]int64 `tfsdk:"by_channel"`

	MOS           *Distribution `tfsdk:"mos"`             // mean opinion score (ITU-T P.800.1)
	PostDialDelay *Distribution `tfsdk:"post_dial_delay"` // seconds (ITU-T E.431)
}

// Distribution describes the values that calls have of one measure. Percentiles
// are exact, by nearest rank.
type Distribution struct {
	Count      int64    `tfsdk:"count"` // of the values that are numbers
	Mean       *float64 `tfsdk:"mean"`
	Min        *float64 `tfsdk:"min"`
	Max        *float64 `tfsdk:"max"`
	P50        *float64 `tfsdk:"p50"`
	P95        *float64 `tfsdk:"p95"`
	Unparsable int64    `tfsdk:"unparsable"` // values that are not numbers, in none of the above
}

// Summarizer makes a [Summary] of calls that it is given one at a time, in any
// order, and keeps none of them. The zero value is not usable; see
// [NewSummarizer].
type Summarizer struct {
	summary      Summary
	first, last  time.Time
	withDuration int64 // answered calls that have a duration
	effective    int64 // answered, busy or unanswered calls
	mos, delay   values
}

// NewSummarizer returns a summarizer that has seen no call.
func NewSummarizer() *Summarizer {
	return &Summarizer{
		summary: Summary{
			ByStatus: map[string]int64{}, ByDirection: map[string]int64{}, ByType: map[string]int64{},
			ByHangupSource: map[string]int64{}, ByHangupCauseCode: map[string]int64{}, ByHangupSIPCode: map[string]int64{},
			ByOriginatorCountry: map[string]int64{}, ByReceiverCountry: map[string]int64{},
			ByDay: map[string]int64{}, ByChannel: map[string]int64{},
		},
	}
}

// Add takes a call into account.
func (s *Summarizer) Add(call *Call) {
	sum := &s.summary
	sum.TotalCalls++
	if call.ParentID != nil {
		sum.ChildCalls++
	}
	if call.AnsweredAt != nil {
		sum.AnsweredCalls++
		if call.Duration != nil {
			sum.TotalDuration += *call.Duration
			s.withDuration++
		}
	}
	if call.AnsweredAt != nil || call.Status != nil && (*call.Status == "busy" || *call.Status == "no-answer") {
		s.effective++
	}
	if created := call.created(); !created.IsZero() {
		sum.ByDay[created.UTC().Format(time.DateOnly)]++
		if sum.FirstCallAt == nil || created.Before(s.first) || created.Equal(s.first) && *call.CreatedAt < *sum.FirstCallAt {
			s.first, sum.FirstCallAt = created, call.CreatedAt
		}
		if sum.LastCallAt == nil || created.After(s.last) || created.Equal(s.last) && *call.CreatedAt > *sum.LastCallAt {
			s.last, sum.LastCallAt = created, call.CreatedAt
		}
	}
	count(sum.ByStatus, call.Status)
	count(sum.ByDirection, call.Direction)
	count(sum.ByType, call.Type)
	count(sum.ByHangupSource, call.HangupSource)
	count(sum.ByHangupSIPCode, call.HangupSIPCode)
	count(sum.ByOriginatorCountry, call.Originator.country())
	count(sum.ByReceiverCountry, call.Receiver.country())
	count(sum.ByChannel, call.ChannelID)
	if call.HangupCauseCode != nil {
		sum.ByHangupCauseCode[strconv.FormatInt(*call.HangupCauseCode, 10)]++
	}
	if quality := call.QualityInsights; quality != nil {
		s.mos.add(quality.MOS)
		s.delay.add(quality.PDD)
	}
}

func count(counts map[string]int64, key *string) {
	if key != nil {
		counts[*key]++
	}
}

func (p *Party) country() *string {
	if p == nil || p.Number == nil {
		return nil
	}
	return p.Number.CountryISOCode
}

// Summary gives the figures of the calls so far. The same calls give the same
// figures to the last digit, whatever the order they were added in.
func (s *Summarizer) Summary() Summary {
	sum := s.summary
	sum.AverageDuration = ratio(sum.TotalDuration, s.withDuration)
	sum.AnswerSeizureRatio = ratio(sum.AnsweredCalls, sum.TotalCalls)
	sum.NetworkEffectivenessRatio = ratio(s.effective, sum.TotalCalls)
	sum.MOS = s.mos.distribution()
	sum.PostDialDelay = s.delay.distribution()
	return sum
}

func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// values counts how often each value of a measure came. The API gives two
// decimals, so that there are few of them however many calls there are.
type values struct {
	counts     map[float64]int64
	unparsable int64
}

func (v *values) add(text *string) {
	if text == nil {
		return
	}
	value, err := strconv.ParseFloat(*text, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		v.unparsable++
		return
	}
	if v.counts == nil {
		v.counts = make(map[float64]int64)
	}
	v.counts[value]++
}

// distribution gives nil where there was no value at all.
func (v *values) distribution() *Distribution {
	if len(v.counts) == 0 && v.unparsable == 0 {
		return nil
	}
	d := &Distribution{Unparsable: v.unparsable}
	sorted := slices.Sorted(maps.Keys(v.counts))
	var sum float64 // in sorted order, since the order decides the last digits
	for _, value := range sorted {
		d.Count += v.counts[value]
		sum += value * float64(v.counts[value])
	}
	if d.Count == 0 {
		return d
	}
	d.Mean = new(sum / float64(d.Count))
	d.Min, d.Max = &sorted[0], &sorted[len(sorted)-1]
	d.P50, d.P95 = new(v.percentile(sorted, d.Count, 50)), new(v.percentile(sorted, d.Count, 95))
	return d
}

// percentile gives the smallest value that at least so many percent of the
// values do not exceed.
func (v *values) percentile(sorted []float64, count, percent int64) float64 {
	rank := (count*percent + 99) / 100
	for _, value := range sorted {
		if rank -= v.counts[value]; rank <= 0 {
			return value
		}
	}
	return sorted[len(sorted)-1]
}
