package bird_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// manyChannels returns channels with the names and ids that the fake server
// lists, in no order.
func manyChannels(n int) []bird.Channel {
	channels := make([]bird.Channel, n)
	for i := range channels {
		channels[i] = bird.Channel{ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", (i*7919)%n), PlatformID: new([]string{"voice", "whatsapp"}[i%2]), Status: new("active")}
	}
	return channels
}

func readChannels(pages iter.Seq2[bird.Page[bird.Channel], error]) (channels []bird.Channel, n int, err error) {
	for page, err := range pages {
		if err != nil {
			return channels, n, err
		}
		channels = append(channels, page.Items...)
		n++
	}
	return channels, n, nil
}

func TestChannelsAreReadOnce(t *testing.T) {
	t.Parallel()
	channels := manyChannels(2345)
	for name, test := range map[string]struct {
		options birdtest.Options
		pages   int
	}{
		"plain":                {birdtest.Options{}, 3},
		"repeats":              {birdtest.Options{Repeat: 3}, 4},
		"empty pages":          {birdtest.Options{EmptyPages: 1}, 6},
		"small pages":          {birdtest.Options{PageSize: 300}, 8},
		"each page fails once": {birdtest.Options{Fault: firstAttempt(birdtest.Fault{Status: 503})}, 3},
		"connections break":    {birdtest.Options{Fault: firstAttempt(birdtest.Fault{Truncate: 5000})}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.options.Channels = channels
			server := birdtest.NewServer(t, test.options)
			got, pages, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}))
			if err != nil {
				t.Fatal(err)
			}
			var want, have []string
			for i := range channels {
				want = append(want, channels[i].ID)
			}
			for i := range got {
				have = append(have, got[i].ID)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if pages != test.pages {
				t.Errorf("%d pages, want %d", pages, test.pages)
			}
		})
	}
}

// firstAttempt makes the first attempt for each page fail.
func firstAttempt(fault birdtest.Fault) func(birdtest.Request) birdtest.Fault {
	return func(r birdtest.Request) birdtest.Fault {
		if r.Attempt == 1 {
			return fault
		}
		return birdtest.Fault{}
	}
}

// A channel as the API's documentation shows it, with fields that the client
// does not know, and one with as little as there may be.
func TestChannelsEndWithTheLoop(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Channels: manyChannels(25), PageSize: 10})
	for _, err := range newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if n := len(server.Requests()); n != 1 {
		t.Errorf("%d requests, want that of the page that was looked at", n)
	}
}

func TestChannelsCanBeRangedTwice(t *testing.T) {
	t.Parallel()
	channels := manyChannels(25)
	pages := newClient(t, birdtest.NewServer(t, birdtest.Options{Channels: channels, PageSize: 10}), nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{})
	for range 2 {
		n := 0
		for page, err := range pages {
			if err != nil {
				t.Fatal(err)
			}
			n += len(page.Items)
		}
		if n != len(channels) {
			t.Errorf("%d channels, want %d", n, len(channels))
		}
	}
}

func TestChannelsAreDecodedByTheirPublishedNames(t *testing.T) {
	t.Parallel()
	body := `{"results":[
		{"id":"a","platformId":"p","name":"n","connectorId":"c","identifier":"i","status":"s","createdAt":"t1","updatedAt":"t2","capabilities":["x"],"visibility":"all","new":{"y":1}},
		{"id":"b","name":null}],"total":2}`
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 200, Body: body} }})
	got, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	want := []bird.Channel{
		{ID: "a", PlatformID: new("p"), Name: new("n"), ConnectorID: new("c"), Identifier: new("i"), Status: new("s"), CreatedAt: new("t1"), UpdatedAt: new("t2")},
		{ID: "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestChannelsAreRequestedAsTheAPIWants(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query bird.ChannelsQuery
		want  url.Values
	}{
		{bird.ChannelsQuery{}, url.Values{"limit": {"1000"}}},
		{bird.ChannelsQuery{Platform: "voice", Status: "active"}, url.Values{"limit": {"1000"}, "platform": {"voice"}, "status": {"active"}}},
	} {
		server := birdtest.NewServer(t, birdtest.Options{})
		if _, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, test.query)); err != nil {
			t.Fatal(err)
		}
		for _, request := range server.Requests() {
			if diff := cmp.Diff(test.want, request.Query); diff != "" || request.Method != http.MethodGet || request.Path != "/prefix/workspaces/"+birdtest.DefaultWorkspaceID+"/channels" {
				t.Errorf("%s %s, query (-want +got):\n%s", request.Method, request.Path, diff)
			}
		}
	}
}

func TestChannelsOfAnEmptyWorkspaceIDAreAnError(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	for _, id := range []string{"", ".", ".."} {
		if _, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), id, bird.ChannelsQuery{})); err == nil {
			t.Errorf("workspace id %q: no error", id)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestChannelsAreCheckedAgainstTheFilters(t *testing.T) {
	t.Parallel()
	const id, number = "123e4567-e89b-12d3-a456-426614174000", "31970001234567"
	channel := bird.Channel{ID: id, Name: new(number), Identifier: new("+" + number), PlatformID: new("voice"), Status: new("active")}
	for name, test := range map[string]struct {
		query  bird.ChannelsQuery
		change func(*bird.Channel)
		want   string // the parameter of the error, "" for none
	}{
		"no filter":                {bird.ChannelsQuery{}, func(*bird.Channel) {}, ""},
		"as asked":                 {bird.ChannelsQuery{Platform: "voice", Status: "active"}, func(*bird.Channel) {}, ""},
		"platform in another case": {bird.ChannelsQuery{Platform: "Voice"}, func(*bird.Channel) {}, ""},
		"another platform":         {bird.ChannelsQuery{Platform: "whatsapp"}, func(*bird.Channel) {}, "platform"},
		"no platform":              {bird.ChannelsQuery{Platform: "voice"}, func(c *bird.Channel) { c.PlatformID = nil }, "platform"},
		"status in another case":   {bird.ChannelsQuery{Status: "ACTIVE"}, func(*bird.Channel) {}, ""},
		"another status":           {bird.ChannelsQuery{Status: "inactive"}, func(*bird.Channel) {}, "status"},
		"no status":                {bird.ChannelsQuery{Status: "active"}, func(c *bird.Channel) { c.Status = nil }, "status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listed := channel
			test.change(&listed)
			server := birdtest.NewServer(t, birdtest.Options{Channels: []bird.Channel{listed}, Ignore: []string{"platform", "status"}})
			_, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, test.query))
			filterErr, ok := errors.AsType[*bird.FilterError](err)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case test.want != "" && (!ok || filterErr.Parameter != test.want || !strings.Contains(err.Error(), "returned channel "+id)):
				t.Errorf("error %v, want one of the filter %s", err, test.want)
			case err != nil && strings.Contains(err.Error(), number):
				t.Errorf("the error holds the channel's number: %v", err)
			}
		})
	}
}

// Nothing of a channel but its id is in an error about its form.
func TestChannelsErrorShowsNoIdentifier(t *testing.T) {
	t.Parallel()
	const number = "31970001234567"
	for name, test := range map[string]struct{ body, want string }{
		"wrong type":    {`{"results":[{"id":"c1","identifier":"` + number + `","name":["` + number + `"]}]}`, "channel 1 of the page (id c1): field name is a list, not a string"},
		"no id":         {`{"results":[{"identifier":"` + number + `"}]}`, "channel 1 of the page: field id is missing"},
		"broken JSON":   {`{"results":[{"id":"c1","identifier":"` + number + `"]}`, "not a list in JSON"},
		"a comma twice": {`{"results":[{"id":"c1","identifier":"` + number + `",,}]}`, "not shown, because it contains JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 200, Body: test.body} }})
			_, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), number) {
				t.Errorf("error %v, want one with %q and without the number", err, test.want)
			}
		})
	}
}

func TestChannelsWhoseTokensNeverEndAreAnError(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		next := "again"
		if r.Number > 10 {
			next = "" // lest the test go on for ever
		}
		return birdtest.Fault{Status: 200, Body: fmt.Sprintf(`{"results":[{"id":"c%d"}],"nextPageToken":%q}`, r.Number, next)}
	}})
	_, _, err := readChannels(newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}))
	if err == nil || !strings.Contains(err.Error(), "page token was repeated") {
		t.Errorf("error %v", err)
	}
}

func TestChannelsThatComeTwiceAreThoseUpdatedLast(t *testing.T) {
	t.Parallel()
	page := func(token, updated, name string) string {
		body, _ := json.Marshal(map[string]any{"results": []map[string]string{{"id": "c1", "name": name, "updatedAt": updated}}, "nextPageToken": token})
		return string(body)
	}
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 200, Body: map[string]string{
			"": page("2", "2024-01-01T00:00:00.7Z", "old"), "2": page("3", "2024-01-01T00:00:00.77Z", "new"), "3": page("", "2024-01-01T00:00:00.5Z", "older"),
		}[r.Page]}
	}})
	var channels []bird.Channel
	for page, err := range newClient(t, server, nil).Channels(t.Context(), birdtest.DefaultWorkspaceID, bird.ChannelsQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, page.Items...)
		bird.ReplaceRepeated(channels, page.Repeats)
	}
	want := []bird.Channel{{ID: "c1", Name: new("new"), UpdatedAt: new("2024-01-01T00:00:00.77Z")}}
	if diff := cmp.Diff(want, channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestSortChannels(t *testing.T) {
	t.Parallel()
	channels := []bird.Channel{{ID: "4", Name: new("b")}, {ID: "2", Name: new("a")}, {ID: "5"}, {ID: "1", Name: new("a")}, {ID: "3", Name: new("")}, {ID: "0", Name: new("Z")}}
	bird.SortChannels(channels)
	var got []string
	for _, channel := range channels {
		got = append(got, channel.ID)
	}
	if want := []string{"3", "5", "0", "1", "2", "4"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}
