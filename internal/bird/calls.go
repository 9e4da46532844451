package bird

import (
	"cmp"
	"context"
	"crypto/sha256"
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
	return c.calls(ctx, list[Call]{client: c, throttle: c.throttle(workspaceID), path: path, values: filterValues(&query, CallFilters)}, WorkspaceCallsQuery{CallsQuery: query})
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
func (c *Client) calls(ctx context.Context, all list[Call], query WorkspaceCallsQuery) iter.Seq2[Page[Call], error] {
	return dedupe(readWindow(ctx, all, window{query.StartAt, query.EndAt}), c.config.Credential, query.check)
}

// dedupe checks each element of a list, and moves repeats to [Page.Repeats].
func dedupe[T any](pages iter.Seq2[Page[T], error], credential Credential, check func(*T) error) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		seen := sightings{}
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

// sightings numbers the elements of a list in the order in which they are seen. It
// keeps the first 12 bytes of the SHA-256 of an id instead of a string: among a
// billion ids, two are the same with a probability of 1 to 10^11.
type sightings map[[12]byte]uint32

// add returns the number of an id, and whether it is seen for the first time.
func (s sightings) add(id string) (number int, isNew bool) {
	hash := sha256.Sum256([]byte(id))
	key := [12]byte(hash[:12])
	known, ok := s[key]
	if !ok {
		known = uint32(len(s))
		s[key] = known
	}
	return int(known), !ok
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
		return cmp.Or(a.created.Compare(b.created), strings.Compare(a.call.ID, b.call.ID))
	})
	for i := range keys {
		calls[i] = keys[i].call
	}
}
