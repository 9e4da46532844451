package bird

import (
	"slices"
	"strings"
	"time"
)

// filterTolerance is how far outside a window the times of a call may lie. The
// API does not say which time of a call it holds a bound against, so a call is
// taken for one that the service should not have returned only where all of
// its times are this far outside.
const filterTolerance = 24 * time.Hour

// checkFilters returns an error for a call that the query does not ask for: the
// service did not apply the filter, so what it returned is not what was asked
// for. Case is ignored. The filters from and to are not checked here, since how
// the API matches numbers is not published; see [SameNumber].
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

// textFilter is a filter by a text, and what an element of the list has.
type textFilter struct {
	parameter, want string
	have            *string
}

// checkText returns an error for an element of a list that one of the filters
// does not match. Case is ignored.
func checkText(item listed, filters ...textFilter) error {
	for _, filter := range filters {
		if filter.want != "" && (filter.have == nil || !strings.EqualFold(*filter.have, filter.want)) {
			return newFilterError(item, filter.parameter, filter.have)
		}
	}
	return nil
}

// times returns the instants of a call that are real times.
func (c *Call) times() []time.Time {
	var times []time.Time
	for _, text := range []*string{c.CreatedAt, c.UpdatedAt, c.RingingAt, c.AnsweredAt, c.EndedAt, c.ScheduledFor} {
		if t, ok := instant(text); ok {
			times = append(times, t)
		}
	}
	return times
}

// SameNumber reports whether a call's from or to is the one that a filter asks
// for. Case and a leading + are ignored; an empty filter matches everything.
func SameNumber(filter string, have *string) bool {
	if filter == "" {
		return true
	}
	return have != nil && strings.EqualFold(strings.TrimPrefix(*have, "+"), strings.TrimPrefix(filter, "+"))
}

func newFilterError(item listed, parameter string, have *string) *FilterError {
	return &FilterError{Parameter: parameter, Noun: item.noun(), ID: item.key(), Have: have}
}
