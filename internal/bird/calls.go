package bird

import (
	"context"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"time"
)

// ChannelCalls reads every call of a channel that the query asks for: each
// once, in no particular order. A sequence that ends without an error held all
// of them; an error is its last element. Errors are [*APIError],
// [*ResponseError], [*FieldError], [*FilterError], [*ConnectionError], [ErrDeadline], or that of
// ctx, which ends every wait at once. A call that comes again is in
// [Page.Repeats]: it may have changed meanwhile, see [Latest].
//
// A window with a start that needs many pages is divided by time and its parts
// are read side by side.
//
// GET /workspaces/{workspaceId}/channels/{channelId}/calls.
func (c *Client) ChannelCalls(ctx context.Context, workspaceID, channelID string, query CallsQuery) iter.Seq2[Page[Call], error] {
	path, err := joinPath("workspaces", workspaceID, "channels", channelID, "calls")
	if err != nil {
		return failed[Call](err)
	}
	return c.calls(ctx, list[Call]{client: c, throttle: c.throttle(workspaceID), path: path, values: query.values()}, WorkspaceCallsQuery{CallsQuery: query})
}

// WorkspaceCalls reads the calls log of a workspace, the calls of all its
// channels, as [Client.ChannelCalls] reads those of one.
//
// GET /workspaces/{workspaceId}/channels/calls.
func (c *Client) WorkspaceCalls(ctx context.Context, workspaceID string, query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	path, err := joinPath("workspaces", workspaceID, "channels", "calls")
	if err != nil {
		return failed[Call](err)
	}
	values, err := query.values()
	if err != nil {
		return failed[Call](err)
	}
	return c.calls(ctx, list[Call]{client: c, throttle: c.throttle(workspaceID), path: path, values: values}, query)
}

// calls reads a list of calls.
func (c *Client) calls(ctx context.Context, list list[Call], query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	return once(readWindow(ctx, list, query.window()), c.config.Credential, query.checkFilters)
}

// once checks each element of a list and tells repeats from first sightings.
func once[T any](pages iter.Seq2[Page[T], error], credential Credential, check func(*T) error) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		var seen sightings
		for page, err := range pages {
			if err != nil {
				yield(page, err)
				return
			}
			items := page.Items
			page.Items = items[:0]
			for i := range items {
				if err := check(&items[i]); err != nil {
					yield(page, credential.redactElement(err))
					return
				}
				if seen.add(asListed(&items[i]).key()) {
					page.Items = append(page.Items, items[i])
				} else {
					page.Repeats = append(page.Repeats, items[i])
				}
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// failed is a sequence of an error.
func failed[T any](err error) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) { yield(Page[T]{}, err) }
}

// sightings remembers which elements of a list were seen. A UUID, which ids are as
// published, takes 16 bytes instead of a string.
type sightings struct {
	uuids  map[[16]byte]struct{}
	others map[string]struct{}
}

// add reports whether an id is seen for the first time.
func (s *sightings) add(id string) bool {
	if s.uuids == nil {
		s.uuids, s.others = make(map[[16]byte]struct{}), make(map[string]struct{})
	}
	before := len(s.uuids) + len(s.others)
	if uuid, ok := parseUUID(id); ok {
		s.uuids[uuid] = struct{}{}
	} else {
		s.others[id] = struct{}{}
	}
	return len(s.uuids)+len(s.others) > before
}

// parseUUID reads a UUID in its canonical form (RFC 9562, section 4), in lower
// case: another form is another id.
func parseUUID(s string) (uuid [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' || strings.ToLower(s) != s {
		return uuid, false
	}
	n := 0
	for _, group := range [...]string{s[:8], s[9:13], s[14:18], s[19:23], s[24:]} {
		decoded, err := hex.Decode(uuid[n:], []byte(group))
		if err != nil {
			return uuid, false
		}
		n += decoded
	}
	return uuid, true
}

// created returns the time of creation, zero where there is none.
func (c *Call) created() time.Time { return timeOf(c.CreatedAt) }

// updated returns the time of the last update, zero where there is none.
func (c *Call) updated() time.Time { return timeOf(c.UpdatedAt) }

// timeOf returns the time of a text, zero where there is none.
func timeOf(text *string) time.Time {
	if text == nil {
		return time.Time{}
	}
	t, _ := ParseTime(*text)
	return t
}

// Latest holds elements of a list that came more than once, by id: of each the
// one with the latest updatedAt. Those without one are left out.
type Latest[T any] map[string]T

// Add takes the repeats of a page into account.
func (l Latest[T]) Add(repeats []T) {
	for i := range repeats {
		repeat := asListed(&repeats[i])
		if before := l[repeat.key()]; repeat.updated().After(asListed(&before).updated()) {
			l[repeat.key()] = repeats[i]
		}
	}
}

// Apply replaces each of the items that came again with a later updatedAt.
func (l Latest[T]) Apply(items []T) {
	for i := range items {
		item := asListed(&items[i])
		if repeat := l[item.key()]; asListed(&repeat).updated().After(item.updated()) {
			items[i] = repeat
		}
	}
}

// SortCalls sorts by time of creation, then id. Calls without one come first.
func SortCalls(calls []Call) {
	type key struct {
		created time.Time
		call    Call
	}
	keys := make([]key, len(calls))
	for i := range calls {
		keys[i] = key{calls[i].created(), calls[i]}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if order := a.created.Compare(b.created); order != 0 {
			return order
		}
		return strings.Compare(a.call.ID, b.call.ID)
	})
	for i := range keys {
		calls[i] = keys[i].call
	}
}
