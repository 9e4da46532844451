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

// CallsQuery says which calls of a channel to read. Fields that are zero do
// not restrict; a bound that is set travels as it is set, whatever its value.
type CallsQuery struct {
	StartAt   *time.Time
	EndAt     *time.Time
	Status    string
	Type      string
	Direction string
	From      string
	To        string
}

// WorkspaceCallsQuery says which calls of the calls log of a workspace to read.
// Lists that are nil do not restrict; an empty list is an error.
type WorkspaceCallsQuery struct {
	CallsQuery
	ChannelIDs []string // calls of any of these
	Tags       []string // calls with any of these
}

// values returns the query parameters, without those of paging.
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

// values returns the query parameters, without those of paging.
func (q WorkspaceCallsQuery) values() (url.Values, error) {
	values := q.CallsQuery.values()
	for name, list := range map[string][]string{"channelId": q.ChannelIDs, "tag": q.Tags} {
		if list != nil && len(list) == 0 || slices.Contains(list, "") {
			return nil, fmt.Errorf("the filter by %s holds no value or an empty one", name)
		}
		if list != nil {
			values[name] = list
		}
	}
	return values, nil
}

// joinPath makes a path out of its elements. An empty one is an error, and so
// are dots that a path loses: without them it may be that of a wider list.
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
