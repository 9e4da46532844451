package bird

import (
	"context"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"time"
)

// ChannelCalls reads every call of a channel that the query selects: each once, in
// no particular order. A sequence that ends without an error has all of them; an
// error is its last element. Errors are [*APIError],
// [*ResponseError], [*FieldError], [*FilterError], [*ConnectionError], [ErrDeadline],
// or that of ctx, which ends every wait at once. A call that is listed again is in
// [Page.Repeats]: it may have changed meanwhile, see [ReplaceRepeated].
//
// A window that has a start and many pages is divided by time, and its parts are
// read side by side.
//
// GET /workspaces/{workspaceId}/channels/{channelId}/calls.
func (c *Client) ChannelCalls(ctx context.Context, workspaceID, channelID string, query CallsQuery) iter.Seq2[Page[Call], error] {
	path, err := joinPath("workspaces", workspaceID, "channels", channelID, "calls")
	if err != nil {
		return errorSequence[Call](err)
	}
	return c.calls(ctx, list[Call]{client: c, throttle: c.throttle(workspaceID), path: path, values: query.values()}, WorkspaceCallsQuery{CallsQuery: query})
}

// WorkspaceCalls reads calls of all channels of a workspace from its calls log,
// like [Client.ChannelCalls].
//
// GET /workspaces/{workspaceId}/channels/calls.
func (c *Client) WorkspaceCalls(ctx context.Context, workspaceID string, query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	path, err := joinPath("workspaces", workspaceID, "channels", "calls")
	if err != nil {
		return errorSequence[Call](err)
	}
	values, err := query.values()
	if err != nil {
		return errorSequence[Call](err)
	}
	return c.calls(ctx, list[Call]{client: c, throttle: c.throttle(workspaceID), path: path, values: values}, query)
}

// calls reads a list of calls.
func (c *Client) calls(ctx context.Context, list list[Call], query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	return dedupe(readWindow(ctx, list, query.window()), c.config.Credential, query.check)
}

// dedupe checks each element of a list, and moves repeats to [Page.Repeats].
func dedupe[T any](pages iter.Seq2[Page[T], error], credential Credential, check func(*T) error) iter.Seq2[Page[T], error] {
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
				if number, isNew := seen.add(asListed(&items[i]).key()); isNew {
					page.Items = append(page.Items, items[i])
				} else {
					page.Repeats = append(page.Repeats, Repeat[T]{number, items[i]})
				}
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// ReplaceRepeated replaces the items that were listed again by their latest
// version: the one with the latest updatedAt, and the first of those that are
// equal. The items are those of all pages so far, in the order of arrival.
func ReplaceRepeated[T any](items []T, repeats []Repeat[T]) {
	for i := range repeats {
		repeat := &repeats[i]
		if asListed(&repeat.Item).updated().After(asListed(&items[repeat.Of]).updated()) {
			items[repeat.Of] = repeat.Item
		}
	}
}

// errorSequence is a sequence that has only an error.
func errorSequence[T any](err error) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) { yield(Page[T]{}, err) }
}

// sightings numbers the elements of a list in the order in which they are seen. A
// UUID, which ids are according to the documentation, takes 16 bytes instead of a
// string.
type sightings struct {
	uuids  map[[16]byte]uint32
	others map[string]uint32
}

// add returns the number of an id, and whether it is seen for the first time.
func (s *sightings) add(id string) (number int, isNew bool) {
	if s.uuids == nil {
		s.uuids, s.others = make(map[[16]byte]uint32), make(map[string]uint32)
	}
	next := uint32(len(s.uuids) + len(s.others))
	if uuid, ok := parseUUID(id); ok {
		return numberIn(s.uuids, uuid, next)
	}
	return numberIn(s.others, id, next)
}

// numberIn returns the number of a key. A key without one gets the next.
func numberIn[K comparable](numbers map[K]uint32, key K, next uint32) (number int, isNew bool) {
	if known, ok := numbers[key]; ok {
		return int(known), false
	}
	numbers[key] = next
	return int(next), true
}

// parseUUID parses a UUID in its canonical form (RFC 9562, section 4), in lower
// case. Another form is a different id.
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

// SortCalls sorts by time of creation, then id. Calls without a time of creation
// come first.
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
