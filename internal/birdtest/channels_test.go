package birdtest_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

const channelsPath = "/workspaces/" + birdtest.DefaultWorkspaceID + "/channels"

// channelIDs requests all pages of the channels, and returns the ids of each.
func channelIDs(t *testing.T, server *birdtest.Server, query url.Values) (pages [][]string) {
	t.Helper()
	for {
		resp, body, err := do(t, server, "GET", channelsPath+"?"+query.Encode(), bearer)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%v: %s", err, body)
		}
		var page struct {
			Results       []map[string]any
			NextPageToken string
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, channel := range page.Results {
			if channel["capabilities"] == nil {
				t.Errorf("channel %v has no field that the client does not know", channel)
			}
			ids = append(ids, channel["id"].(string))
		}
		pages = append(pages, ids)
		if page.NextPageToken == "" {
			return pages
		}
		query.Set("pageToken", page.NextPageToken)
	}
}

func TestServerListsChannels(t *testing.T) {
	t.Parallel()
	channels := make([]bird.Channel, 23)
	var all, voice []string
	for i := range channels {
		channels[i] = bird.Channel{ID: string(rune('a' + i)), PlatformID: new([]string{birdtest.VoicePlatform, "email", "line"}[i%3]), Status: new([]string{"active", "inactive"}[i%2])}
		all = append(all, channels[i].ID)
		if i%3 == 0 && i%2 == 0 {
			voice = append(voice, channels[i].ID)
		}
	}
	server := birdtest.NewServer(t, birdtest.Options{Channels: channels})
	if got := channelIDs(t, server, url.Values{}); len(got) != 3 || len(got[0]) != 10 || !slices.Equal(slices.Concat(got...), all) {
		t.Errorf("pages %v, want all in tens", got)
	}
	if got := channelIDs(t, server, url.Values{"limit": {"1000"}, "platform": {birdtest.VoicePlatform}, "status": {"active"}}); len(got) != 1 || !slices.Equal(got[0], voice) {
		t.Errorf("active voice channels %v, want %v", got, voice)
	}
	if got := channelIDs(t, server, url.Values{"limit": {"1000"}, "platform": {birdtest.VoicePlatform, "email"}}); len(got[0]) != 16 {
		t.Errorf("%d channels of two platforms, want 16", len(got[0]))
	}
	slices.Reverse(all)
	if got := channelIDs(t, server, url.Values{"reverse": {"true"}, "limit": {"7"}}); !slices.Equal(slices.Concat(got...), all) {
		t.Errorf("reversed %v", got)
	}
	for _, query := range []string{"limit=0", "limit=1001", "platform=a_b", "platform="} {
		if resp, body, err := do(t, server, "GET", channelsPath+"?"+query, bearer); err != nil || resp.StatusCode != 422 {
			t.Errorf("%s: %v: %s", query, err, body)
		}
	}
	// A token is good for its list only, and so is what a list found.
	_, body, _ := do(t, server, "GET", channelsPath+"?limit=5", bearer)
	var page struct{ NextPageToken string }
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.NextPageToken == "" {
		t.Fatal(body)
	}
	if resp, body, _ := do(t, server, "GET", channelsPath+"/calls?limit=5&pageToken="+url.QueryEscape(page.NextPageToken), bearer); resp.StatusCode != 422 {
		t.Errorf("the calls took the token of the channels: %s", body)
	}
	if resp, body, _ := do(t, server, "GET", "/workspaces/other/channels", bearer); resp.StatusCode != 404 {
		t.Errorf("another workspace: %s", body)
	}
}

func TestServerListsChannelsThatHaveCallsAmongThoseOfOtherPlatforms(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: dataSet()[:1]})
	_, body, err := do(t, server, "GET", channelsPath, bearer)
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Results []bird.Channel }
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	platforms := make(map[string]int)
	var voice []string
	for _, channel := range page.Results {
		platforms[*channel.PlatformID]++
		if *channel.PlatformID == birdtest.VoicePlatform {
			voice = append(voice, channel.ID)
		}
	}
	if len(platforms) < 3 || !slices.Contains(voice, birdtest.DefaultChannelID) || !slices.Contains(voice, birdtest.EmptyChannelID) || !strings.Contains(body, birdtest.NumberPattern+"000") {
		t.Errorf("channels %s", body)
	}
}
