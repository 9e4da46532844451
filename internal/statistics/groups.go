package statistics

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// Group is the statistics of the calls that have the same values of the dimensions
// that calls are grouped by. A dimension is nil if calls are not grouped by it, or
// if the calls of the group have no value.
type Group struct {
	Month                *string `tfsdk:"month"`
	Day                  *string `tfsdk:"day"`
	Weekday              *string `tfsdk:"weekday"`
	Hour                 *string `tfsdk:"hour"`
	ChannelID            *string `tfsdk:"channel_id"`
	Direction            *string `tfsdk:"direction"`
	Leg                  *string `tfsdk:"leg"`
	Status               *string `tfsdk:"status"`
	Type                 *string `tfsdk:"type"`
	SIPType              *string `tfsdk:"sip_type"`
	ProviderName         *string `tfsdk:"provider_name"`
	HangupSource         *string `tfsdk:"hangup_source"`
	HangupCauseCode      *string `tfsdk:"hangup_cause_code"`
	HangupSIPCode        *string `tfsdk:"hangup_sip_code"`
	AMDResult            *string `tfsdk:"amd_result"`
	OriginatorCountry    *string `tfsdk:"originator_country"`
	ReceiverCountry      *string `tfsdk:"receiver_country"`
	OriginatorNumberType *string `tfsdk:"originator_number_type"`
	ReceiverNumberType   *string `tfsdk:"receiver_number_type"`
	Anonymous            *string `tfsdk:"anonymous"`

	Statistics
}

// MaxGroups is the maximum number of groups.
const MaxGroups = 10_000

// dimension is what calls can be grouped by and counted by. None is personal data.
type dimension struct {
	name  string
	value func(call *bird.Call, created time.Time) string // "" if there is none; created is in the time zone of the statistics
	group func(*Group) **string
	count func(*Summary) *map[string]int64 // nil if calls are not counted by it
}

var dimensions = []dimension{
	{"month", dateText("2006-01"), func(g *Group) **string { return &g.Month }, nil},
	{"day", dateText(time.DateOnly), func(g *Group) **string { return &g.Day }, nil},
	{"weekday", weekday, func(g *Group) **string { return &g.Weekday }, nil},
	{"hour", dateText("15"), func(g *Group) **string { return &g.Hour }, nil},
	{"channel_id", func(c *bird.Call, _ time.Time) string { return channelOf(c) }, func(g *Group) **string { return &g.ChannelID }, func(s *Summary) *map[string]int64 { return &s.ByChannel }},
	{"direction", func(c *bird.Call, _ time.Time) string { return textOf(c.Direction) }, func(g *Group) **string { return &g.Direction }, func(s *Summary) *map[string]int64 { return &s.ByDirection }},
	{"leg", func(c *bird.Call, _ time.Time) string { return strconv.FormatBool(isLegOfCall(c)) }, func(g *Group) **string { return &g.Leg }, nil},
	{"status", func(c *bird.Call, _ time.Time) string { return textOf(c.Status) }, func(g *Group) **string { return &g.Status }, func(s *Summary) *map[string]int64 { return &s.ByStatus }},
	{"type", func(c *bird.Call, _ time.Time) string { return textOf(c.Type) }, func(g *Group) **string { return &g.Type }, func(s *Summary) *map[string]int64 { return &s.ByType }},
	{"sip_type", func(c *bird.Call, _ time.Time) string { return textOf(c.SIPType) }, func(g *Group) **string { return &g.SIPType }, nil},
	{"provider_name", func(c *bird.Call, _ time.Time) string { return providerName(c) }, func(g *Group) **string { return &g.ProviderName }, nil},
	{"hangup_source", func(c *bird.Call, _ time.Time) string { return textOf(c.HangupSource) }, func(g *Group) **string { return &g.HangupSource }, func(s *Summary) *map[string]int64 { return &s.ByHangupSource }},
	{"hangup_cause_code", func(c *bird.Call, _ time.Time) string { return causeCode(c) }, func(g *Group) **string { return &g.HangupCauseCode }, func(s *Summary) *map[string]int64 { return &s.ByHangupCauseCode }},
	{"hangup_sip_code", func(c *bird.Call, _ time.Time) string { return sipCode(c) }, func(g *Group) **string { return &g.HangupSIPCode }, func(s *Summary) *map[string]int64 { return &s.ByHangupSIPCode }},
	{"amd_result", func(c *bird.Call, _ time.Time) string { return amdResult(c) }, func(g *Group) **string { return &g.AMDResult }, func(s *Summary) *map[string]int64 { return &s.ByAMDResult }},
	{"originator_country", func(c *bird.Call, _ time.Time) string { return country(c.Originator) }, func(g *Group) **string { return &g.OriginatorCountry }, func(s *Summary) *map[string]int64 { return &s.ByOriginatorCountry }},
	{"receiver_country", func(c *bird.Call, _ time.Time) string { return country(c.Receiver) }, func(g *Group) **string { return &g.ReceiverCountry }, func(s *Summary) *map[string]int64 { return &s.ByReceiverCountry }},
	{"originator_number_type", func(c *bird.Call, _ time.Time) string { return numberType(c.Originator) }, func(g *Group) **string { return &g.OriginatorNumberType }, nil},
	{"receiver_number_type", func(c *bird.Call, _ time.Time) string { return numberType(c.Receiver) }, func(g *Group) **string { return &g.ReceiverNumberType }, nil},
	{"anonymous", func(c *bird.Call, _ time.Time) string { return anonymous(c.Originator) }, func(g *Group) **string { return &g.Anonymous }, nil},
}

// TimeDimensions are the names of the dimensions that are about the time of creation.
var TimeDimensions = []string{"month", "day", "weekday", "hour"}

// Dimensions returns the names of the dimensions that calls can be grouped by.
func Dimensions() []string {
	names := make([]string, len(dimensions))
	for i, d := range dimensions {
		names[i] = d.name
	}
	return names
}

func dateText(layout string) func(*bird.Call, time.Time) string {
	return func(_ *bird.Call, created time.Time) string {
		if created.IsZero() {
			return ""
		}
		return created.Format(layout)
	}
}

// weekday returns the weekday by ISO 8601: 1 is Monday, 7 is Sunday.
func weekday(_ *bird.Call, created time.Time) string {
	if created.IsZero() {
		return ""
	}
	return strconv.Itoa((int(created.Weekday())+6)%7 + 1)
}

// TooManyGroupsError reports that calls have more groups than [MaxGroups].
type TooManyGroupsError struct {
	Dimension string // the one that has the most values
	Values    int    // the number of its values in the calls so far
}

func (e *TooManyGroupsError) Error() string {
	return fmt.Sprintf("there are more than %d groups so far; %s has the most values, %d", MaxGroups, e.Dimension, e.Values)
}

// groups assigns calls to groups.
type groups struct {
	by      []dimension
	numbers map[string]uint16 // of groups, by the values of the dimensions
	list    []Group           // without statistics
	gaps    int               // the first so many are those of the window, with calls or without
	key     []byte            // reused
	values  []string          // reused
}

// number returns the number of the group that a call belongs to, which may be
// a new one.
func (g *groups) number(call *bird.Call, created time.Time) (uint16, error) {
	g.key, g.values = g.key[:0], g.values[:0]
	for _, d := range g.by {
		value := d.value(call, created)
		g.values = append(g.values, value)
		g.key = binary.AppendUvarint(g.key, uint64(len(value)))
		g.key = append(g.key, value...)
	}
	if number, ok := g.numbers[string(g.key)]; ok {
		return number, nil
	}
	if len(g.list) == MaxGroups {
		return 0, g.tooMany()
	}
	number := uint16(len(g.list))
	g.numbers[string(g.key)] = number
	var group Group
	for i, d := range g.by {
		if value := g.values[i]; value != "" {
			*d.group(&group) = &value
		}
	}
	g.list = append(g.list, group)
	return number, nil
}

// Window is a span of time, from its start until just before its end.
type Window struct{ Start, End time.Time }

// fill adds the groups of every hour of a window.
func (g *groups) fill(w Window, zone *time.Location) error {
	for at := w.Start; at.Before(w.End); at = nextHour(at.In(zone)) {
		if _, err := g.number(&bird.Call{}, at.In(zone)); err != nil {
			return err
		}
	}
	g.gaps = len(g.list)
	return nil
}

// nextHour returns when the next hour of the clock begins, or when the clock is
// changed before that.
func nextHour(at time.Time) time.Time {
	next := at.Add(time.Hour - time.Duration(at.Minute())*time.Minute - time.Duration(at.Second())*time.Second - time.Duration(at.Nanosecond()))
	if _, change := at.ZoneBounds(); !change.IsZero() && change.Before(next) {
		return change
	}
	return next
}

func (g *groups) tooMany() error {
	var e TooManyGroupsError
	for _, d := range g.by {
		values := make(map[string]struct{})
		for i := range g.list {
			if value := textOf(*d.group(&g.list[i])); value != "" {
				values[value] = struct{}{}
			}
		}
		if len(values) > e.Values {
			e = TooManyGroupsError{d.name, len(values)}
		}
	}
	return &e
}

// sorted returns the numbers of the groups, sorted as text by the dimensions; those
// without a value come first.
func (g *groups) sorted() []int {
	numbers := make([]int, len(g.list))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortFunc(numbers, func(a, b int) int {
		for _, d := range g.by {
			if order := strings.Compare(textOf(*d.group(&g.list[a])), textOf(*d.group(&g.list[b]))); order != 0 {
				return order
			}
		}
		return 0
	})
	return numbers
}
