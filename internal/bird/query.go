package bird

import (
	"fmt"
	"net/url"
	"slices"
	"time"
)

// CallsQuery selects calls of a channel. Zero fields do not restrict the
// selection.
type CallsQuery struct {
	StartAt   time.Time
	EndAt     time.Time
	Status    string
	Type      string
	Direction string
	From      string
	To        string
}

// WorkspaceCallsQuery selects calls from the calls log of a workspace. Nil lists
// do not restrict the selection; an empty list is an error.
type WorkspaceCallsQuery struct {
	CallsQuery
	ChannelIDs []string // calls of any of these
	Tags       []string // calls with any of these
}

// CallFilters are the filters of a [CallsQuery]. Each is about the field of a
// [Call] that has the name of its parameter.
var CallFilters = []Filter[CallsQuery, Call]{
	{Parameter: "status", Value: func(q *CallsQuery) *string { return &q.Status }, Field: func(c *Call) *string { return c.Status }},
	{Parameter: "type", Value: func(q *CallsQuery) *string { return &q.Type }, Field: func(c *Call) *string { return c.Type }},
	{Parameter: "direction", Value: func(q *CallsQuery) *string { return &q.Direction }, Field: func(c *Call) *string { return c.Direction }},
	{Parameter: "from", Value: func(q *CallsQuery) *string { return &q.From }, Field: func(c *Call) *string { return c.From }, Number: true},
	{Parameter: "to", Value: func(q *CallsQuery) *string { return &q.To }, Field: func(c *Call) *string { return c.To }, Number: true},
}

// values returns the query parameters of the filters.
func (q WorkspaceCallsQuery) values() (url.Values, error) {
	values := filterValues(&q.CallsQuery, CallFilters)
	for name, elements := range map[string][]string{"channelId": q.ChannelIDs, "tag": q.Tags} {
		if elements != nil && len(elements) == 0 || slices.Contains(elements, "") {
			return nil, fmt.Errorf("the filter by %s has no value or an empty one", name)
		}
		if elements != nil {
			values[name] = elements
		}
	}
	return values, nil
}

// filterValues returns the query parameters of a list with filters.
func filterValues[Q, T any](query *Q, filters []Filter[Q, T]) url.Values {
	values := make(url.Values)
	for _, filter := range filters {
		if value := *filter.Value(query); value != "" {
			values.Set(filter.Parameter, value)
		}
	}
	return values
}

// joinPath joins the elements of a path. Empty elements and dots are errors: the
// path would lose them, and could become that of a larger list.
func joinPath(elements ...string) (string, error) {
	path := ""
	for _, element := range elements {
		if element == "" || element == "." || element == ".." {
			return "", fmt.Errorf("%q is not an id", element)
		}
		path += "/" + url.PathEscape(element)
	}
	return path, nil
}
