package bird

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// pageSize is the largest that the API allows.
const pageSize = 1000

// CallsQuery selects calls of a channel. Zero fields do not restrict the
// selection. A bound that is not nil is sent as it is, whatever its value.
type CallsQuery struct {
	StartAt   *time.Time
	EndAt     *time.Time
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

// values returns the query parameters, except the page token.
func (q CallsQuery) values() url.Values {
	values := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for name, value := range map[string]string{"status": q.Status, "type": q.Type, "direction": q.Direction, "from": q.From, "to": q.To} {
		if value != "" {
			values.Set(name, value)
		}
	}
	for name, bound := range map[string]*time.Time{"startAt": q.StartAt, "endAt": q.EndAt} {
		if bound != nil {
			values.Set(name, bound.UTC().Format(time.RFC3339Nano))
		}
	}
	return values
}

// values returns the query parameters, except the page token.
func (q WorkspaceCallsQuery) values() (url.Values, error) {
	values := q.CallsQuery.values()
	for name, list := range map[string][]string{"channelId": q.ChannelIDs, "tag": q.Tags} {
		if list != nil && len(list) == 0 || slices.Contains(list, "") {
			return nil, fmt.Errorf("the filter by %s has no value or an empty one", name)
		}
		if list != nil {
			values[name] = list
		}
	}
	return values, nil
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
