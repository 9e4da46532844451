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

// Filter is a filter of a list by the text of a field: Q is the query, T an element
// of the list. It ignores case.
type Filter[Q, T any] struct {
	Parameter string           // of the request
	Value     func(*Q) *string // in a query: "" for no filter
	Field     func(*T) *string // of an element: nil if it has none

	// Number marks a filter by a number or an address. It may be personal, and Bird
	// does not document how it matches numbers.
	Number bool
}

// Matches reports whether a query selects an element as far as this filter goes. In
// numbers, it ignores a leading +.
func (f Filter[Q, T]) Matches(query *Q, element *T) bool {
	want, have := *f.Value(query), f.Field(element)
	switch {
	case want == "":
		return true
	case have == nil:
		return false
	case f.Number:
		return strings.EqualFold(strings.TrimPrefix(*have, "+"), strings.TrimPrefix(want, "+"))
	}
	return strings.EqualFold(*have, want)
}

// checkFilters returns an error for an element that the query does not select,
// which means that the service did not apply a filter. It does not check numbers.
func checkFilters[Q, T any](query *Q, element *T, filters []Filter[Q, T]) error {
	for _, filter := range filters {
		if !filter.Number && !filter.Matches(query, element) {
			return newFilterError(asListed(element), filter.Parameter, filter.Field(element))
		}
	}
	return nil
}

// check returns an error for a call that the query does not select.
func (q WorkspaceCallsQuery) check(call *Call) error {
	if err := checkFilters(&q.CallsQuery, call, CallFilters); err != nil {
		return err
	}
	if len(q.ChannelIDs) > 0 && (call.ChannelID == nil || !slices.ContainsFunc(q.ChannelIDs, func(id string) bool { return strings.EqualFold(id, *call.ChannelID) })) {
		return newFilterError(call, "channelId", call.ChannelID)
	}
	all := call.times()
	if len(all) == 0 {
		return nil
	}
	if last := slices.MaxFunc(all, time.Time.Compare); !q.StartAt.IsZero() && last.Before(q.StartAt.Add(-filterTolerance)) {
		return newFilterError(call, "startAt", new(last.UTC().Format(time.RFC3339Nano)))
	}
	if first := slices.MinFunc(all, time.Time.Compare); !q.EndAt.IsZero() && first.After(q.EndAt.Add(filterTolerance)) {
		return newFilterError(call, "endAt", new(first.UTC().Format(time.RFC3339Nano)))
	}
	return nil
}

func newFilterError(item listed, parameter string, have *string) *FilterError {
	return &FilterError{Parameter: parameter, Noun: item.noun(), ID: item.key(), Have: have}
}
