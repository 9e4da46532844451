package bird

import (
	"slices"
	"strings"
	"time"
)

// filterTolerance is how far outside of a window a call may be. The API does not
// say which time of a call it compares with a bound, so a call is an error only if
// all of its times are this far outside.
const filterTolerance = 24 * time.Hour

// checkFilters returns an error for a call that the query does not select, which
// means that the service did not apply a filter. It ignores case. It does not
// check the filters from and to, because Bird does not document how it matches
// numbers; see [SameNumber].
func (q WorkspaceCallsQuery) checkFilters(call *Call) error {
	err := checkText(call,
		textFilter{"status", q.Status, call.Status},
		textFilter{"type", q.Type, call.Type},
		textFilter{"direction", q.Direction, call.Direction})
	if err != nil {
		return err
	}
	if len(q.ChannelIDs) > 0 && (call.ChannelID == nil || !slices.ContainsFunc(q.ChannelIDs, func(id string) bool { return strings.EqualFold(id, *call.ChannelID) })) {
		return newFilterError(call, "channelId", call.ChannelID)
	}
	times := call.times()
	if len(times) == 0 {
		return nil
	}
	if last := slices.MaxFunc(times, time.Time.Compare); q.StartAt != nil && last.Before(q.StartAt.Add(-filterTolerance)) {
		return newFilterError(call, "startAt", new(last.UTC().Format(time.RFC3339Nano)))
	}
	if first := slices.MinFunc(times, time.Time.Compare); q.EndAt != nil && first.After(q.EndAt.Add(filterTolerance)) {
		return newFilterError(call, "endAt", new(first.UTC().Format(time.RFC3339Nano)))
	}
	return nil
}

// textFilter is a text filter, and the value of an element of the list.
type textFilter struct {
	parameter, want string
	have            *string
}

// checkText returns an error for an element of a list that does not match one of
// the filters. It ignores case.
func checkText(item listed, filters ...textFilter) error {
	for _, filter := range filters {
		if filter.want != "" && (filter.have == nil || !strings.EqualFold(*filter.have, filter.want)) {
			return newFilterError(item, filter.parameter, filter.have)
		}
	}
	return nil
}

// times returns the times of a call that exist.
func (c *Call) times() []time.Time {
	var times []time.Time
	for _, text := range []*string{c.CreatedAt, c.UpdatedAt, c.RingingAt, c.AnsweredAt, c.EndedAt, c.ScheduledFor} {
		if t, ok := instant(text); ok {
			times = append(times, t)
		}
	}
	return times
}

// SameNumber reports whether a call's from or to matches a filter, ignoring case
// and a leading +. An empty filter matches everything.
func SameNumber(filter string, have *string) bool {
	if filter == "" {
		return true
	}
	return have != nil && strings.EqualFold(strings.TrimPrefix(*have, "+"), strings.TrimPrefix(filter, "+"))
}

func newFilterError(item listed, parameter string, have *string) *FilterError {
	return &FilterError{Parameter: parameter, Noun: item.noun(), ID: item.key(), Have: have}
}
