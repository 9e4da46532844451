package contract

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// The times of a call, in the order in which a finding prefers them.
var timeFields = [...]string{"createdAt", "updatedAt", "endedAt", "answeredAt", "ringingAt", "scheduledFor"}

// The places of the times that checks name.
const (
	createdAt = iota
	updatedAt
	endedAt
	answeredAt
)

// noTime stands for a time that a call does not have.
const noTime = math.MinInt64

// call is a call as it came.
type call struct {
	id     string
	fields map[string]any
	times  [len(timeFields)]int64 // nanoseconds since 1970, or noTime
}

func newCall(fields map[string]any) *call {
	c := &call{id: textAt(fields, "id"), fields: fields}
	for i, name := range timeFields {
		c.times[i] = noTime
		if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(textAt(fields, name))); err == nil && t.Year() > 1 {
			c.times[i] = t.UnixNano()
		}
	}
	return c
}

func (c *call) created() time.Time { return time.Unix(0, c.times[createdAt]).UTC() }

// span returns the first and the last of the times.
func (c *call) span() (first, last time.Time) {
	lowest, highest := int64(math.MaxInt64), int64(math.MinInt64)
	for _, t := range c.times {
		if t != noTime {
			lowest, highest = min(lowest, t), max(highest, t)
		}
	}
	return time.Unix(0, lowest), time.Unix(0, highest)
}

// valueAt returns the value of a field, such as originator.number.type, or nil if
// it is absent.
func valueAt(fields map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return fields[name]
	}
	inner, _ := fields[name].(map[string]any)
	return valueAt(inner, rest)
}

// textAt returns the text of a field, or "".
func textAt(fields map[string]any, path string) string {
	text, _ := valueAt(fields, path).(string)
	return text
}

// matching returns the calls for which is returns true.
func matching(calls []*call, is func(*call) bool) []*call {
	return slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return !is(c) })
}

// missingFrom returns the calls that are not among others.
func missingFrom(calls, others []*call) []*call {
	ids := idsOf(others)
	return matching(calls, func(c *call) bool { return !ids[c.id] })
}

func sameCalls(a, b []*call) bool { return maps.Equal(idsOf(a), idsOf(b)) }

func idsOf(calls []*call) map[string]bool {
	ids := make(map[string]bool, len(calls))
	for _, c := range calls {
		ids[c.id] = true
	}
	return ids
}

func sortByCreation(calls []*call) {
	slices.SortFunc(calls, func(a, b *call) int { return cmp.Compare(a.times[createdAt], b.times[createdAt]) })
}
