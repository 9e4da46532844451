package bird

import (
	"iter"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is empty by mistake must not read more than was meant.
func TestQueryWithAnEmptyIDOrFilterIsAnErrorAndSendsNothing(t *testing.T) {
	t.Parallel()
	client := newFakeClient(Config{}, func(req *http.Request) (*http.Response, error) {
		t.Errorf("requested %s", req.URL)
		return respond(200, pageBody("a", ""))
	})
	ctx := t.Context()
	for name, pages := range map[string]iter.Seq2[Page[Call], error]{
		"no workspace":           client.ChannelCalls(ctx, "", "c", CallsQuery{}),
		"no channel":             client.ChannelCalls(ctx, "w", "", CallsQuery{}),
		"no workspace of a log":  client.WorkspaceCalls(ctx, "", WorkspaceCallsQuery{}),
		"no channels":            client.WorkspaceCalls(ctx, "w", WorkspaceCallsQuery{ChannelIDs: []string{}}),
		"an empty channel":       client.WorkspaceCalls(ctx, "w", WorkspaceCallsQuery{ChannelIDs: []string{"c", ""}}),
		"no tags":                client.WorkspaceCalls(ctx, "w", WorkspaceCallsQuery{Tags: []string{}}),
		"an empty tag":           client.WorkspaceCalls(ctx, "w", WorkspaceCallsQuery{Tags: []string{""}}),
		"channel dot (its name)": client.ChannelCalls(ctx, "w", ".", CallsQuery{}),
		"channel dot dot":        client.ChannelCalls(ctx, "w", "..", CallsQuery{}),
	} {
		if ids, err := readAll(pages); err == nil || len(ids) > 0 {
			t.Errorf("%s: calls %v, error %v, want an error alone", name, ids, err)
		}
	}
}

func TestQueryIsSentAsItIsSet(t *testing.T) {
	t.Parallel()
	var got url.Values
	client := newFakeClient(Config{}, func(req *http.Request) (*http.Response, error) {
		got = req.URL.Query()
		if req.URL.Path != "/workspaces/w/channels/calls" {
			t.Errorf("requested %s", req.URL.Path)
		}
		return respond(200, `{"results":[]}`)
	})
	if _, err := readAll(client.WorkspaceCalls(t.Context(), "w", WorkspaceCallsQuery{
		CallsQuery: CallsQuery{StartAt: time.Time{}.Add(1), EndAt: time.Time{}.Add(time.Second)},
		ChannelIDs: []string{"c", "d"}, Tags: []string{"x y", "z"},
	})); err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"limit": {"1000"}, "startAt": {"0001-01-01T00:00:00.000000001Z"}, "endAt": {"0001-01-01T00:00:01Z"},
		"channelId": {"c", "d"}, "tag": {"x y", "z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}
