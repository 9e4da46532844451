// Package statistics computes statistics of voice calls: of all calls of a read, and
// of each group of them. A [Summarizer] keeps no call and no personal data.
package statistics

import (
	"fmt"
	"slices"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// Summary holds statistics of a set of calls, and no personal data. Its tfsdk
// tags name Terraform's attributes, like those of [bird.Call]. A map does not count
// calls without the field that it counts by.
type Summary struct {
	Statistics

	FirstCallAt *string `tfsdk:"first_call_at"` // createdAt of the earliest call, RFC 3339 in UTC
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

// Summarizer computes the [Summary] of calls that are added page by page. It keeps a
// row of fixed size for each. The zero value is not usable; see [NewSummarizer].
type Summarizer struct {
	zone   *time.Location
	groups groups // one group of all calls if they are not grouped
	values [len(callRow{}.values)]symbols
	rows   rows
}

// counted are the dimensions that calls are counted by.
var counted = slices.DeleteFunc(slices.Clone(dimensions), func(d dimension) bool { return d.count == nil })

// NewSummarizer returns a summarizer without calls. It groups calls by the
// dimensions, if there are any, see [Dimensions]. The time zone decides the days.
func NewSummarizer(groupBy []string, zone *time.Location) (*Summarizer, error) {
	s := &Summarizer{zone: zone, groups: groups{numbers: make(map[string]uint16)}}
	for _, name := range groupBy {
		i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("calls cannot be grouped by %q", name)
		}
		s.groups.by = append(s.groups.by, dimensions[i])
	}
	return s, nil
}

// Add adds the calls of the next page of a read. Of a call that is listed again, the
// version with the latest updatedAt counts, and the first of those that are equal.
// After an error, which may be a [*TooManyGroupsError], there is no summary.
func (s *Summarizer) Add(page bird.Page[bird.Call]) error {
	for i := range page.Items {
		added, err := s.row(&page.Items[i])
		if err != nil {
			return err
		}
		s.rows.add(added)
	}
	for i := range page.Repeats {
		repeat := &page.Repeats[i]
		before := s.rows.at(repeat.Of)
		if updatedAt(&repeat.Item) <= before.updated {
			continue
		}
		later, err := s.row(&repeat.Item)
		if err != nil {
			return err
		}
		*before = later
	}
	return nil
}

// Summary returns the statistics of the calls so far. The same calls have exactly
// the same statistics, in whatever order they were added. Groups are sorted as
// text by the dimensions, in their order; calls without a value come first.
func (s *Summarizer) Summary() Summary {
	var sum Summary
	var b buffers
	all := s.rows.statistics(1, func(*callRow) int { return 0 }, &b)
	sum.Statistics = all[0]
	sum.FirstCallAt, sum.LastCallAt = s.rows.firstAndLast()
	for i, d := range counted {
		*d.count(&sum) = s.rows.countBy(i, &s.values[i])
	}
	if len(s.groups.by) == 0 {
		return sum
	}
	statistics := s.rows.statistics(len(s.groups.list), func(r *callRow) int { return int(r.group) }, &b)
	sum.Groups = make([]Group, 0, len(statistics)) // not nil, even without calls
	for _, number := range s.groups.sorted() {
		if statistics[number].TotalCalls > 0 { // its calls may have moved to other groups since
			group := s.groups.list[number]
			group.Statistics = statistics[number]
			sum.Groups = append(sum.Groups, group)
		}
	}
	return sum
}
