package bird_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// Of awkward calls, the versions that count are read, and sorted as they were by hand.
func TestChannelCallsOfAwkwardCalls(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 8, len(birdtest.AwkwardCalls)} {
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
			begin, _ := strconv.Atoi(r.Page)
			if begin+size >= len(birdtest.AwkwardCalls) {
				return birdtest.Fault{Status: 200, Body: birdtest.AwkwardPage("", birdtest.AwkwardCalls[begin:]...)}
			}
			return birdtest.Fault{Status: 200, Body: birdtest.AwkwardPage(strconv.Itoa(begin+size), birdtest.AwkwardCalls[begin:begin+size]...)}
		}})
		var calls []bird.Call
		for page, err := range newClient(t, server, nil).ChannelCalls(watchdog.Bounded(t.Context()), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, bird.CallsQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, page.Items...)
			bird.ReplaceRepeated(calls, page.Repeats)
		}
		bird.SortCalls(calls)
		if got := ids(calls); !slices.Equal(got, birdtest.AwkwardOrder) {
			t.Errorf("calls %q, want %q", got, birdtest.AwkwardOrder)
		}
		for _, call := range birdtest.AwkwardCalls {
			var want struct{ ID, From, Status string }
			if err := json.Unmarshal([]byte(call.JSON), &want); err != nil {
				t.Fatal(err)
			}
			got := calls[slices.IndexFunc(calls, func(c bird.Call) bool { return c.ID == want.ID })]
			if !call.Superseded && (textOf(got.From) != want.From || textOf(got.Status) != want.Status) {
				t.Errorf("%s: from %.50q with status %.50q, want %.50q and %.50q", want.ID, textOf(got.From), textOf(got.Status), want.From, want.Status)
			}
		}
	}
}

func textOf(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}

// A body that is no list ends a read of each kind with an error, which quotes nothing
// of it.
func TestListsRefuseAwkwardBodies(t *testing.T) {
	t.Parallel()
	for name, awkward := range birdtest.AwkwardBodies {
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: 200, Body: awkward.Body}
		}})
		client := newClient(t, server, func(config *bird.Config) { config.MaxRetries = 0 })
		ctx := watchdog.Bounded(t.Context())
		_, ofChannel := collect(client.ChannelCalls(ctx, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, bird.CallsQuery{}))
		_, ofWorkspace := collect(client.WorkspaceCalls(ctx, birdtest.DefaultWorkspaceID, bird.WorkspaceCallsQuery{}))
		_, _, channels := readChannels(client.Channels(ctx, birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}))
		for list, err := range map[string]error{"calls of a channel": ofChannel, "calls of a workspace": ofWorkspace, "channels": channels} {
			if text := fmt.Sprint(err); !strings.Contains(text, awkward.Error) || strings.Contains(text, "3197") {
				t.Errorf("%s: %s: error %v, want one with %q", name, list, err, awkward.Error)
			}
		}
	}
}
