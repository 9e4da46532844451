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
	return c.calls(ctx, list[Call]{client: c, path: path, values: query.values()}, WorkspaceCallsQuery{CallsQuery: query})
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
	return c.calls(ctx, list[Call]{client: c, path: path, values: values}, query)
}

// calls reads a list of calls and tells repeats from first sightings.
func (c *Client) calls(ctx context.Context, list list[Call], query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	return func(yield func(Page[Call], error) bool) {
		var seen sightings
		for page, err := range readSideBySide(ctx, list, query.window()) {
			if err != nil {
				yield(page, err)
				return
			}
			for i := range page.Items {
				if err := query.checkFilters(&page.Items[i]); err != nil {
					yield(page, err)
					return
				}
			}
			page.Items = slices.DeleteFunc(page.Items, func(call Call) bool {
				repeat := !seen.add(call.ID)
				if repeat {
					page.Repeats = append(page.Repeats, call)
				}
				return repeat
			})
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

// sightings remembers which calls were seen. A UUID, which ids are as
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

// created returns the time of creation, zero where there is none; the decoder
// has checked the text.
func (c *Call) created() time.Time {
	if c.CreatedAt == nil {
		return time.Time{}
	}
	t, _ := ParseTime(*c.CreatedAt)
	return t
}

// updated returns the time of the last update, zero where there is none.
func (c *Call) updated() time.Time {
	if c.UpdatedAt == nil {
		return time.Time{}
	}
	t, _ := ParseTime(*c.UpdatedAt)
	return t
}

// Latest holds calls that came more than once, by id: of each the one with the
// latest updatedAt. An absent updatedAt is the earliest.
type Latest map[string]Call

// Add takes the repeats of a page into account.
func (l Latest) Add(repeats []Call) {
	for _, call := range repeats {
		if before, ok := l[call.ID]; !ok || call.updated().After(before.updated()) {
			l[call.ID] = call
		}
	}
}

// Apply replaces each of the calls that came again with a later updatedAt.
func (l Latest) Apply(calls []Call) {
	for i := range calls {
		if call, ok := l[calls[i].ID]; ok && call.updated().After(calls[i].updated()) {
			calls[i] = call
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
