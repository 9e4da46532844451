package bird

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Summary holds statistics of a set of calls, and no personal data. Its tfsdk
// tags name Terraform's attributes, like those of [Call]. A map does not count
// calls without the field that it counts by.
type Summary struct {
	Statistics

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
	ByDay               map[string]int64 `tfsdk:"by_day"` // date of createdAt in the time zone
	ByChannel           map[string]int64 `tfsdk:"by_channel"`

	Groups []Group `tfsdk:"groups"` // nil if calls are not grouped
}

// outcome is the result of a call so far. The status decides, because the API sets
// answeredAt even on calls that nobody answered.
type outcome int

const (
	unanswered outcome = iota
	answered
	pending // may still be answered
)

// status returns the status of the call, or "".
func (c *Call) status() string {
	if c.Status == nil {
		return ""
	}
	return *c.Status
}

func (c *Call) outcome() outcome {
	switch c.status() {
	case "accepted", "scheduled", "starting", "ringing":
		return pending
	case "ongoing", "completed":
		return answered
	case "no-answer", "busy", "failed", "cancelled":
		return unanswered
	}
	if _, ok := instant(c.AnsweredAt); ok { // a status that Bird has added since
		return answered
	}
	return unanswered
}

// abandoned reports whether the caller hung up while the call rang.
func (c *Call) abandoned() bool {
	if c.status() != "cancelled" {
		return false
	}
	_, rang := instant(c.RingingAt)
	return rang
}

// delivered reports whether the network delivered a call, whatever the called
// side did: answer, user busy, ring no answer or terminal rejection
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
	return c.abandoned() || c.status() == "busy" || c.status() == "no-answer"
}

// sipCode returns the SIP code that ended the call. The API often sets it only in
// the SIP insights.
func (c *Call) sipCode() *string {
	if c.HangupSIPCode == nil && c.SIPInsights != nil {
		return c.SIPInsights.HangupSIPCode
	}
	return c.HangupSIPCode
}

// causeCode returns the cause of the release of the call, as text.
func (c *Call) causeCode() *string {
	if c.HangupCauseCode == nil {
		return nil
	}
	return new(strconv.FormatInt(*c.HangupCauseCode, 10))
}

func (p *Party) country() *string {
	if p == nil || p.Number == nil {
		return nil
	}
	return p.Number.CountryISOCode
}

// instant parses a time of a call. Go's zero time, which the API sends for some
// times that do not exist, is not a time.
func instant(text *string) (time.Time, bool) {
	if text == nil {
		return time.Time{}, false
	}
	t, err := ParseTime(*text)
	return t, err == nil && t.Year() > 1
}

// Summarizer computes the [Summary] of calls that are added one at a time, in any
// order. It keeps none of them, only their measurements. The zero value is not
// usable; see [NewSummarizer].
type Summarizer struct {
	summary     Summary // except its statistics and groups
	first, last time.Time
	zone        *time.Location
	groups      groups // one group of all calls if they are not grouped
	tallies     []*tally
	samples     samples
}

// NewSummarizer returns a summarizer without calls. It groups calls by the
// dimensions, if there are any, see [Dimensions]. The time zone decides the days.
func NewSummarizer(groupBy []string, zone *time.Location) (*Summarizer, error) {
	s := &Summarizer{
		summary: Summary{
			ByStatus: map[string]int64{}, ByDirection: map[string]int64{}, ByType: map[string]int64{},
			ByHangupSource: map[string]int64{}, ByHangupCauseCode: map[string]int64{}, ByHangupSIPCode: map[string]int64{},
			ByOriginatorCountry: map[string]int64{}, ByReceiverCountry: map[string]int64{},
			ByDay: map[string]int64{}, ByChannel: map[string]int64{},
		},
		zone:   zone,
		groups: groups{numbers: make(map[string]uint16)},
	}
	for _, name := range groupBy {
		i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("calls cannot be grouped by %q", name)
		}
		s.groups.by = append(s.groups.by, dimensions[i])
	}
	return s, nil
}

// Add adds a call. Its error is a [*TooManyGroupsError], after which there is no
// summary.
func (s *Summarizer) Add(call *Call) error {
	var at *time.Time
	if created, ok := instant(call.CreatedAt); ok {
		at = new(created.In(s.zone))
	}
	group, err := s.groups.number(call, at)
	if err != nil {
		return err
	}
	if int(group) == len(s.tallies) {
		s.tallies = append(s.tallies, new(tally))
	}
	s.tallies[group].add(call)
	s.samples.add(group, s.tallies[group], call)

	sum := &s.summary
	if at != nil {
		sum.ByDay[at.Format(time.DateOnly)]++
		if sum.FirstCallAt == nil || at.Before(s.first) || at.Equal(s.first) && *call.CreatedAt < *sum.FirstCallAt {
			s.first, sum.FirstCallAt = *at, call.CreatedAt
		}
		if sum.LastCallAt == nil || at.After(s.last) || at.Equal(s.last) && *call.CreatedAt > *sum.LastCallAt {
			s.last, sum.LastCallAt = *at, call.CreatedAt
		}
	}
	count(sum.ByStatus, call.Status)
	count(sum.ByDirection, call.Direction)
	count(sum.ByType, call.Type)
	count(sum.ByHangupSource, call.HangupSource)
	count(sum.ByHangupCauseCode, call.causeCode())
	count(sum.ByHangupSIPCode, call.sipCode())
	count(sum.ByOriginatorCountry, call.Originator.country())
	count(sum.ByReceiverCountry, call.Receiver.country())
	count(sum.ByChannel, call.ChannelID)
	return nil
}

func count(counts map[string]int64, key *string) {
	if key != nil {
		counts[*key]++
	}
}

// Summary returns the statistics of the calls so far. The same calls have exactly
// the same statistics, in whatever order they were added. Groups are sorted as
// text by the dimensions, in their order; calls without a value come first.
func (s *Summarizer) Summary() Summary {
	sum := s.summary
	groups, whole := s.samples.statistics(s.tallies)
	sum.Statistics = whole
	if len(s.groups.by) > 0 {
		sum.Groups = []Group{} // not nil, even without calls
		for _, number := range s.groups.sorted() {
			group := s.groups.list[number]
			group.Statistics = groups[number]
			sum.Groups = append(sum.Groups, group)
		}
	}
	return sum
}
