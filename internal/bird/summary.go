package bird

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// Summary holds statistics of a set of calls, and no personal data. Its tfsdk
// tags name Terraform's attributes, as those of [Call] do. A call without the
// field that a map counts by is counted under no key.
type Summary struct {
	Figures

	FirstCallAt *string `tfsdk:"first_call_at"` // createdAt, as the API sent it
	LastCallAt  *string `tfsdk:"last_call_at"`

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
}

// Figures are the statistics of a set of calls that do not name anything of
// them. Ratios are from 0 to 1 and, like means, rounded nowhere; what has no
// value is nil.
type Figures struct {
	TotalCalls     int64 `tfsdk:"total_calls"`
	ChildCalls     int64 `tfsdk:"child_calls"` // legs of another call
	PendingCalls   int64 `tfsdk:"pending_calls"`
	AnsweredCalls  int64 `tfsdk:"answered_calls"`
	AbandonedCalls int64 `tfsdk:"abandoned_calls"` // cancelled while they rang

	AnswerSeizureRatio        *float64 `tfsdk:"answer_seizure_ratio"`        // of the calls that are not pending (ITU-T E.411)
	NetworkEffectivenessRatio *float64 `tfsdk:"network_effectiveness_ratio"` // of the same (ITU-T E.425)

	TotalDuration   int64    `tfsdk:"total_duration"`   // seconds, of answered calls
	AverageDuration *float64 `tfsdk:"average_duration"` // seconds, of answered calls that have a duration

	PostDialDelay *Distribution `tfsdk:"post_dial_delay"` // seconds (ITU-T E.431)
	MOS           *Distribution `tfsdk:"mos"`             // mean opinion score (ITU-T P.800.1)
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

// outcome is what became of a call so far. It rests on the status: the API sets
// answeredAt on calls that nobody answered, too.
type outcome int

const (
	unanswered outcome = iota
	answered
	pending // nobody knows yet
)

func (c *Call) outcome() outcome {
	var status string
	if c.Status != nil {
		status = *c.Status
	}
	switch status {
	case "accepted", "scheduled", "starting", "ringing":
		return pending
	case "ongoing", "completed":
		return answered
	case "no-answer", "busy", "failed", "cancelled":
		return unanswered
	}
	if _, ok := instant(c.AnsweredAt); ok { // a status that is new at the API
		return answered
	}
	return unanswered
}

// abandoned reports whether the caller gave up while the call rang.
func (c *Call) abandoned() bool {
	if c.Status == nil || *c.Status != "cancelled" {
		return false
	}
	_, rang := instant(c.RingingAt)
	return rang
}

// delivered reports whether the network did its part for a call, whatever the
// called side did: answer, user busy, ring no answer or terminal rejection
// (ITU-T E.425).
func (c *Call) delivered() bool {
	switch c.outcome() {
	case answered:
		return true
	case pending:
		return false
	}
	if c.HangupCauseCode != nil {
		switch *c.HangupCauseCode {
		case 17, 18, 19, 21: // user busy, no answer (two of them), rejected
			return true
		}
	}
	return c.abandoned() || c.Status != nil && (*c.Status == "busy" || *c.Status == "no-answer")
}

// sipCode returns the SIP code that ended the call. The API often sets that of
// the SIP insights alone.
func (c *Call) sipCode() *string {
	if c.HangupSIPCode == nil && c.SIPInsights != nil {
		return c.SIPInsights.HangupSIPCode
	}
	return c.HangupSIPCode
}

func (p *Party) country() *string {
	if p == nil || p.Number == nil {
		return nil
	}
	return p.Number.CountryISOCode
}

// instant reads a time of a call. Go's zero time, which the API sends for some
// times that there are not, is none.
func instant(text *string) (time.Time, bool) {
	if text == nil {
		return time.Time{}, false
	}
	t, err := ParseTime(*text)
	return t, err == nil && t.Year() > 1
}

// Summarizer makes a [Summary] of calls that it is given one at a time, in any
// order, and keeps none of them. The zero value is not usable; see
// [NewSummarizer].
type Summarizer struct {
	summary     Summary // but for its figures
	first, last time.Time
	all         tally
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
	s.all.add(call)
	sum := &s.summary
	if created, ok := instant(call.CreatedAt); ok {
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
	count(sum.ByHangupSIPCode, call.sipCode())
	count(sum.ByOriginatorCountry, call.Originator.country())
	count(sum.ByReceiverCountry, call.Receiver.country())
	count(sum.ByChannel, call.ChannelID)
	if call.HangupCauseCode != nil {
		sum.ByHangupCauseCode[strconv.FormatInt(*call.HangupCauseCode, 10)]++
	}
}

func count(counts map[string]int64, key *string) {
	if key != nil {
		counts[*key]++
	}
}

// Summary returns the statistics of the calls so far. The same calls have the
// same statistics to the last digit, whatever the order they were added in.
func (s *Summarizer) Summary() Summary {
	sum := s.summary
	sum.Figures = s.all.figures()
	return sum
}

// tally gathers what [Figures] are made of.
type tally struct {
	counts       Figures // but for what is computed of the others
	withDuration int64   // answered calls that have a duration
	delivered    int64
	delay, mos   values
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
			t.withDuration++
		}
	}
	if call.abandoned() {
		t.counts.AbandonedCalls++
	}
	if call.delivered() {
		t.delivered++
	}
	if quality := call.QualityInsights; quality != nil {
		t.delay.addText(quality.PDD, 0, math.MaxFloat64)
		t.mos.addText(quality.MOS, 1, 5)
	}
}

func (t *tally) figures() Figures {
	f := t.counts
	f.AnswerSeizureRatio = ratio(f.AnsweredCalls, f.TotalCalls-f.PendingCalls)
	f.NetworkEffectivenessRatio = ratio(t.delivered, f.TotalCalls-f.PendingCalls)
	f.AverageDuration = ratio(f.TotalDuration, t.withDuration)
	f.PostDialDelay = t.delay.distribution()
	f.MOS = t.mos.distribution()
	return f
}

func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// values counts how often each value of a measure came. The API gives few
// decimals, so that there are few of them however many calls there are.
type values struct {
	counts     map[float64]int64
	unmeasured int64
}

// addText adds a value as the API wrote it; nil is none.
func (v *values) addText(text *string, lowest, highest float64) {
	if text == nil {
		return
	}
	value, err := strconv.ParseFloat(*text, 64)
	if err != nil {
		value = math.NaN()
	}
	v.add(value, lowest, highest)
}

// add adds a value, which is no measurement where it is beyond the bounds.
func (v *values) add(value, lowest, highest float64) {
	if !(value >= lowest && value <= highest) { // or not a number
		v.unmeasured++
		return
	}
	if v.counts == nil {
		v.counts = make(map[float64]int64)
	}
	v.counts[value+0]++ // -0 becomes 0
}

// distribution returns nil where there was no value at all.
func (v *values) distribution() *Distribution {
	if len(v.counts) == 0 && v.unmeasured == 0 {
		return nil
	}
	d := &Distribution{Unmeasured: v.unmeasured}
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

// percentile returns the smallest value that at least so many percent of the
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
