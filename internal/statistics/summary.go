// Package statistics computes statistics of voice calls: of all calls of a read, and
// of each group of them. A [Summarizer] keeps no call and no personal data.
package statistics

import (
	"cmp"
	"fmt"
	"hash/maphash"
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
	ByAMDResult         map[string]int64 `tfsdk:"by_amd_result"`
	ByDay               map[string]int64 `tfsdk:"by_day"` // date of createdAt in the time zone
	ByChannel           map[string]int64 `tfsdk:"by_channel"`

	Groups []Group `tfsdk:"groups"` // nil if calls are not grouped
}

// Options say which statistics to compute.
type Options struct {
	GroupBy    []string       // names of [Dimensions]; none if calls are not grouped
	TimeZone   *time.Location // decides months, days, weekdays and hours; nil is UTC
	Thresholds Thresholds
	Gaps       Window // the window whose months, days, weekdays and hours without calls are groups; the zero value adds none
	SortBy     string // one of [Sortable]; groups are sorted by the dimensions if it is empty
}

// Summarizer computes the [Summary] of calls that are added page by page. It keeps a
// row of fixed size for each. The zero value is not usable; see [NewSummarizer].
type Summarizer struct {
	options Options
	key     maphash.Seed
	groups  groups // one group of all calls if they are not grouped
	values  [len(callRow{}.values)]symbols
	rows    rows
}

// counted are the dimensions that calls are counted by, with a column of rows each.
var counted = slices.DeleteFunc(slices.Clone(dimensions), func(d dimension) bool { return d.count == nil })

// NewSummarizer returns a summarizer without calls. Its error is a
// [*TooManyGroupsError] if the window whose gaps are filled makes too many groups, or
// says what is wrong with the options.
func NewSummarizer(options Options) (*Summarizer, error) {
	options.TimeZone = cmp.Or(options.TimeZone, time.UTC)
	s := &Summarizer{options: options, key: maphash.MakeSeed(), groups: groups{numbers: make(map[string]uint16)}}
	for _, name := range options.GroupBy {
		i := slices.IndexFunc(dimensions, func(d dimension) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("calls cannot be grouped by %q", name)
		}
		s.groups.by = append(s.groups.by, dimensions[i])
	}
	if options.Gaps != (Window{}) {
		for _, name := range options.GroupBy {
			if !slices.Contains(TimeDimensions, name) {
				return nil, fmt.Errorf("groups by %s have no gaps", name)
			}
		}
	}
	if name := options.SortBy; name != "" && numbers[name] == nil {
		return nil, fmt.Errorf("groups cannot be sorted by %q", name)
	}
	return s, s.groups.fill(options.Gaps, options.TimeZone)
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
// the same statistics, in whatever order they were added.
//
// Groups are sorted as text by the dimensions, in their order; calls without a value
// come first. If they are sorted by a statistic, the largest comes first, and groups
// without a value last.
func (s *Summarizer) Summary() Summary {
	var sum Summary
	var b buffers
	all := s.rows.statistics(1, func(*callRow) int { return 0 }, s.options.Thresholds, &b)
	sum.Statistics = all[0]
	sum.FirstCallAt, sum.LastCallAt = s.rows.firstAndLast()
	sum.ByDay = s.rows.byDay(s.options.TimeZone)
	for i, d := range counted {
		*d.count(&sum) = s.rows.countBy(i, &s.values[i])
	}
	if len(s.groups.by) == 0 {
		return sum
	}
	statistics := s.rows.statistics(len(s.groups.list), func(r *callRow) int { return int(r.group) }, s.options.Thresholds, &b)
	sum.Groups = make([]Group, 0, len(statistics)) // not nil, even without calls
	for _, number := range s.groups.sorted() {
		isGap := number < s.groups.gaps
		if statistics[number].TotalCalls > 0 || isGap { // its calls may have moved to other groups since
			group := s.groups.list[number]
			group.Statistics = statistics[number]
			sum.Groups = append(sum.Groups, group)
		}
	}
	if name := s.options.SortBy; name != "" {
		sum.sortGroups(name)
	}
	return sum
}

// sortGroups sorts the groups by a statistic. Equal ones stay in their order.
func (s *Summary) sortGroups(name string) {
	order := make([]*Group, len(s.Groups))
	for i := range s.Groups {
		order[i] = &s.Groups[i]
	}
	slices.SortStableFunc(order, func(a, b *Group) int { return compareDescending(&a.Statistics, &b.Statistics, name) })
	sorted := make([]Group, len(order))
	for i, group := range order {
		sorted[i] = *group
	}
	s.Groups = sorted
}
