package bird

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines without a time zone database
)

// Group is the statistics of the calls that have the same values of the dimensions
// that calls are grouped by. A dimension is nil if calls are not grouped by it, or
// if the calls of the group have no value.
type Group struct {
	Month             *string `tfsdk:"month"`
	Day               *string `tfsdk:"day"`
	Weekday           *string `tfsdk:"weekday"`
	Hour              *string `tfsdk:"hour"`
	ChannelID         *string `tfsdk:"channel_id"`
	Direction         *string `tfsdk:"direction"`
	Status            *string `tfsdk:"status"`
	Type              *string `tfsdk:"type"`
	HangupSource      *string `tfsdk:"hangup_source"`
	HangupCauseCode   *string `tfsdk:"hangup_cause_code"`
	HangupSIPCode     *string `tfsdk:"hangup_sip_code"`
	OriginatorCountry *string `tfsdk:"originator_country"`
	ReceiverCountry   *string `tfsdk:"receiver_country"`

	Statistics
}

// MaxGroups is the maximum number of groups.
const MaxGroups = 10_000

// dimension is what calls can be grouped by. None is personal data.
type dimension struct {
	name  string
	value func(call *Call, created *time.Time) *string // created is in the time zone of the statistics, or nil if it is unknown
	field func(*Group) **string
}

var dimensions = []dimension{
	{"month", dateText("2006-01"), func(g *Group) **string { return &g.Month }},
	{"day", dateText(time.DateOnly), func(g *Group) **string { return &g.Day }},
	{"weekday", weekday, func(g *Group) **string { return &g.Weekday }},
	{"hour", dateText("15"), func(g *Group) **string { return &g.Hour }},
	{"channel_id", func(c *Call, _ *time.Time) *string { return c.ChannelID }, func(g *Group) **string { return &g.ChannelID }},
	{"direction", func(c *Call, _ *time.Time) *string { return c.Direction }, func(g *Group) **string { return &g.Direction }},
	{"status", func(c *Call, _ *time.Time) *string { return c.Status }, func(g *Group) **string { return &g.Status }},
	{"type", func(c *Call, _ *time.Time) *string { return c.Type }, func(g *Group) **string { return &g.Type }},
	{"hangup_source", func(c *Call, _ *time.Time) *string { return c.HangupSource }, func(g *Group) **string { return &g.HangupSource }},
	{"hangup_cause_code", func(c *Call, _ *time.Time) *string { return c.causeCode() }, func(g *Group) **string { return &g.HangupCauseCode }},
	{"hangup_sip_code", func(c *Call, _ *time.Time) *string { return c.sipCode() }, func(g *Group) **string { return &g.HangupSIPCode }},
	{"originator_country", func(c *Call, _ *time.Time) *string { return c.Originator.country() }, func(g *Group) **string { return &g.OriginatorCountry }},
	{"receiver_country", func(c *Call, _ *time.Time) *string { return c.Receiver.country() }, func(g *Group) **string { return &g.ReceiverCountry }},
}

// Dimensions returns the names of the dimensions that calls can be grouped by.
func Dimensions() []string {
	names := make([]string, len(dimensions))
	for i, d := range dimensions {
		names[i] = d.name
	}
	return names
}

func dateText(layout string) func(*Call, *time.Time) *string {
	return func(_ *Call, created *time.Time) *string {
		if created == nil {
			return nil
		}
		return new(created.Format(layout))
	}
}

// weekday returns the weekday by ISO 8601: 1 is Monday, 7 is Sunday.
func weekday(_ *Call, created *time.Time) *string {
	if created == nil {
		return nil
	}
	return new(strconv.Itoa((int(created.Weekday())+6)%7 + 1))
}

// ParseTimeZone returns the time zone of an IANA name, such as
// Europe/Amsterdam. A name whose meaning depends on the machine is an error.
func ParseTimeZone(name string) (*time.Location, error) {
	switch {
	case name == "", strings.EqualFold(name, "local"), strings.EqualFold(name, "localtime"):
		return nil, errors.New("it names no time zone")
	}
	return time.LoadLocation(name)
}

// TooManyGroupsError reports that calls have more groups than [MaxGroups].
type TooManyGroupsError struct {
	Dimension string // the one that has the most values
	Values    int    // the number of its values in the calls so far
}

func (e *TooManyGroupsError) Error() string {
	return fmt.Sprintf("the calls so far make more than %d groups; %s has the most values, %d", MaxGroups, e.Dimension, e.Values)
}

// groups assigns calls to groups.
type groups struct {
	by      []dimension
	numbers map[string]uint16 // of groups, by the values of the dimensions
	list    []Group           // without statistics
	key     []byte            // reused
}

// number returns the number of the group that a call belongs to, which may be
// a new one.
func (g *groups) number(call *Call, created *time.Time) (uint16, error) {
	g.key = g.key[:0]
	for _, d := range g.by {
		value := d.value(call, created)
		if value == nil {
			g.key = append(g.key, 0)
			continue
		}
		g.key = binary.AppendUvarint(g.key, uint64(len(*value))+1)
		g.key = append(g.key, *value...)
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
	for _, d := range g.by {
		*d.field(&group) = d.value(call, created)
	}
	g.list = append(g.list, group)
	return number, nil
}

func (g *groups) tooMany() error {
	var e TooManyGroupsError
	for _, d := range g.by {
		values := make(map[string]struct{})
		for i := range g.list {
			if value := *d.field(&g.list[i]); value != nil {
				values[*value] = struct{}{}
			}
		}
		if len(values) > e.Values {
			e = TooManyGroupsError{d.name, len(values)}
		}
	}
	return &e
}

// sorted returns the numbers of the groups, sorted by the dimensions; those
// without a value come first.
func (g *groups) sorted() []int {
	numbers := make([]int, len(g.list))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortFunc(numbers, func(a, b int) int {
		for _, d := range g.by {
			if order := compareTexts(*d.field(&g.list[a]), *d.field(&g.list[b])); order != 0 {
				return order
			}
		}
		return 0
	})
	return numbers
}

func compareTexts(a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return strings.Compare(*a, *b)
}
