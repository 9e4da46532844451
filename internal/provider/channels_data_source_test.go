package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// inWorkspace returns the arguments for the fake server's workspace, with more.
func inWorkspace(more object) object {
	arguments := channel(more)
	delete(arguments, "channel_id")
	return arguments
}

// texts returns the attributes of objects of strings; what is null is missing.
func texts(t testing.TB, list []tftypes.Value) []map[string]string {
	t.Helper()
	all := []map[string]string{}
	for _, element := range list {
		var attributes map[string]tftypes.Value
		if err := element.As(&attributes); err != nil {
			t.Fatal(err)
		}
		texts := make(map[string]string)
		for name, attribute := range attributes {
			var text *string
			if err := attribute.As(&text); err != nil {
				t.Fatal(err)
			}
			if text != nil {
				texts[name] = *text
			}
		}
		all = append(all, texts)
	}
	return all
}

func TestChannelsDataSourceReturnsChannelsAsTheAPISentThem(t *testing.T) {
	t.Parallel()
	s := configured(t, serveBody(t, `{"results":[
		{"id":"3","name":"b","platformId":"p3","identifier":"+31","status":"active","connectorId":"c3","createdAt":"2024-02-28T18:54:47.77Z","updatedAt":"t3","capabilities":["x"]},
		{"id":"2","name":"a","platformId":"p2"},
		{"id":"1","name":"a","status":"new at Bird"},
		{"id":"4"}],"nextPageToken":"2"}`), nil)
	state := s.state("bird_channels", inWorkspace(nil))
	want := []map[string]string{
		{"id": "4"},
		{"id": "1", "name": "a", "status": "new at Bird"},
		{"id": "2", "name": "a", "platform_id": "p2"},
		{"id": "3", "name": "b", "platform_id": "p3", "identifier": "+31", "status": "active", "connector_id": "c3", "created_at": "2024-02-28T18:54:47.77Z", "updated_at": "t3"},
	}
	if diff := cmp.Diff(want, texts(t, elements(t, state, "channels"))); diff != "" {
		t.Errorf("channels as sent, sorted (-), in the state (+):\n%s", diff)
	}
	if !attributeOf(t, state, "platform").IsNull() || attributeOf(t, state, "workspace_id").IsNull() {
		t.Errorf("the arguments are not in the state as they were set: %s", state)
	}
}

func TestChannelsDataSourceReturnsTheLaterVersionOfAChannel(t *testing.T) {
	t.Parallel()
	server := servePages(t,
		`{"results":[{"id":"1","name":"old","updatedAt":"2024-02-28T18:54:47.7Z"}],"nextPageToken":"2"}`,
		`{"results":[{"id":"1","name":"new","updatedAt":"2024-02-28T18:54:47.77Z"}]}`)
	got := texts(t, elements(t, configured(t, server, nil).state("bird_channels", inWorkspace(nil)), "channels"))
	if len(got) != 1 || got[0]["name"] != "new" {
		t.Errorf("channels %v, want the one named new", got)
	}
}

func TestChannelsDataSourceReturnsAnEmptyListWithoutChannels(t *testing.T) {
	t.Parallel()
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Channels: []bird.Channel{}}), nil)
	if got := elements(t, s.state("bird_channels", inWorkspace(nil)), "channels"); len(got) != 0 {
		t.Errorf("%d channels", len(got))
	}
}

func TestChannelsDataSourceSendsItsFilters(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: twoChannels()})
	s := configured(t, server, nil)
	for _, test := range []struct {
		arguments object
		want      []string
	}{
		{nil, []string{"Alerts", "Inbox", "Line 5f1c9a52", "Main line", "Main line", "Spare line"}},
		{object{"platform": birdtest.VoicePlatform}, []string{"Line 5f1c9a52", "Main line", "Spare line"}},
		{object{"platform": birdtest.VoicePlatform, "status": "inactive"}, []string{"Spare line"}},
	} {
		var got []string
		for _, channel := range texts(t, elements(t, s.state("bird_channels", inWorkspace(test.arguments)), "channels")) {
			got = append(got, channel["name"])
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v: channels %q, want %q", test.arguments, got, test.want)
		}
	}
	for filter, value := range map[string]string{"platform": "voice", "status": "Active"} {
		text := s.diagnose(kind{name: "bird_channels"}, inWorkspace(object{filter: value}))
		for _, word := range []string{"WARNING", "There are no channels of workspace " + birdtest.DefaultWorkspaceID + ", with " + filter + " " + value + ".", "passes for the wrong reason"} {
			if !strings.Contains(text, word) {
				t.Errorf("%s = %s: %q is not in the diagnostic:\n%s", filter, value, word, text)
			}
		}
	}
}

func TestChannelsDataSourceReportsErrors(t *testing.T) {
	t.Parallel()
	const number = "31970001234567"
	always := func(fault birdtest.Fault) func(birdtest.Request) birdtest.Fault {
		return func(birdtest.Request) birdtest.Fault { return fault }
	}
	for name, test := range map[string]struct {
		config   object // of the provider
		argument object
		fault    func(birdtest.Request) birdtest.Fault
		want     []string
		not      string
	}{
		"401":        {object{"token": "wrong-token-0123456789"}, nil, nil, []string{"Status 401", "Check that the credential", "policies allow viewing /workspaces/*/channels.", "bird_workspace_call_summary"}, "/calls"},
		"403":        {object{"token": birdtest.ForbiddenToken}, nil, nil, []string{"Status 403", "policies allow viewing /workspaces/*/channels.", "bird_workspace_call_summary"}, "/calls"},
		"404":        {nil, object{"workspace_id": birdtest.DefaultChannelID}, nil, []string{"Status 404", "Check workspace_id: no such workspace is visible to the credential.", birdtest.DefaultChannelID}, "channel_id"},
		"503":        {object{"max_retries": 1}, nil, always(birdtest.Fault{Status: 503, Body: `{"message":"` + number + ` is down"}`}), []string{"After 2 attempts", "status 503", "[number] is down"}, "call"},
		"HTML":       {nil, nil, always(birdtest.Fault{Status: 200, Body: "<!DOCTYPE html><title>Proxy says no</title>", ContentType: "text/html"}), []string{"HTML where JSON should be", "Proxy says no"}, "call"},
		"JSON":       {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[{"identifier":"` + number + `",]}`}), []string{"not shown, because it contains JSON"}, "call"},
		"wrong type": {nil, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[{"id":"c-1","identifier":"` + number + `","status":[]}]}`}), []string{"Channel 1 of the page (id c-1): field status is a list", "The channel does not have the form", "the id of the channel"}, "call"},
		"filter": {nil, object{"platform": "voice", "status": "active"}, always(birdtest.Fault{Status: 200, Body: `{"results":[{"id":"c-1","platformId":"voice","identifier":"` + number + `","status":"blocked"}]}`}),
			[]string{"Filter not applied by Bird", `AttributeName("status")`, "returned channel c-1, whose status is \"blocked\"", "Leave out status and filter the channels in Terraform", ", with platform voice, with status active"}, "call"},
		"token comes twice": {object{"max_retries": 0}, nil, always(birdtest.Fault{Status: 200, Body: `{"results":[],"nextPageToken":"again"}`}), []string{"repeats its token"}, "call"},
		"timeout":           {nil, object{"timeouts": object{"read": "50ms"}}, always(birdtest.Fault{Hang: true}), []string{"Reading channels timed out", "limited to 50ms", "with a platform or a status"}, "call"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := configured(t, birdtest.NewServer(t, birdtest.Options{Fault: test.fault}), test.config)
			resp := s.read(t.Context(), "bird_channels", inWorkspace(test.argument))
			text := diagnosticsText(resp.Diagnostics)
			if len(resp.Diagnostics) != 1 {
				t.Fatalf("%d diagnostics, want 1\n%s", len(resp.Diagnostics), text)
			}
			for _, word := range append(test.want, "the channels of workspace ", " channels in ") {
				if !strings.Contains(text, word) {
					t.Errorf("%q is not in the diagnostic:\n%s", word, text)
				}
			}
			// The fake server's own words are about calls.
			text = strings.ReplaceAll(text, "the access role may not read calls", "")
			for _, word := range []string{test.not, number, birdtest.DefaultToken, birdtest.ForbiddenToken} {
				if strings.Contains(text, word) {
					t.Errorf("%q is in the diagnostic:\n%s", word, text)
				}
			}
			if resp.State != nil {
				value := s.value(s.schema.DataSourceSchemas["bird_channels"].ValueType(), resp.State)
				if !value.IsNull() && !attributeOf(t, value, "channels").IsNull() {
					t.Error("an error carries channels")
				}
			}
		})
	}
}

// TestChannelsDataSourceInForEach reads the calls of each voice channel among 2,600
// channels. That many instances of for_each would take Terraform itself minutes.
func TestChannelsDataSourceInForEach(t *testing.T) {
	t.Parallel()
	const channels, every, perChannel = 2600, 100, 3
	id := func(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }
	want := make(map[string]int) // calls by channel
	var names []string
	var calls []bird.Call
	list := make([]bird.Channel, channels)
	for i := range list {
		n := (i * 1009) % channels // in no order
		list[i] = bird.Channel{
			ID: id(n), PlatformID: new("whatsapp"), Status: new("active"),
			Name: new(fmt.Sprintf("Line %d", n/2)), Identifier: new(fmt.Sprintf("+3197%s000%03d", birdtest.NumberPattern, n%1000)),
		}
		names = append(names, *list[i].Name)
		if n%every == 7 {
			list[i].PlatformID = new("voice")
			want[id(n)] = perChannel
			calls = append(calls, birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(n), Calls: perChannel, ChannelID: id(n)})...)
		}
	}
	slices.Sort(names)
	server := birdtest.NewServer(t, birdtest.Options{Channels: list, Calls: calls})
	w := newWorkspace(t, server, fmt.Sprintf(`
data "bird_channels" "all" {
  workspace_id = %[1]q
}

data "bird_channel_calls" "each" {
  for_each     = toset([for channel in data.bird_channels.all.channels : channel.id if channel.platform_id == "voice"])
  workspace_id = %[1]q
  channel_id   = each.key
}

output "calls" {
  value = { for id, channel in data.bird_channel_calls.each : id => length([for call in channel.calls : call if call.channel_id == id]) }
}

output "names" {
  value = data.bird_channels.all.channels[*].name
}
`, birdtest.DefaultWorkspaceID))
	w.env = append(w.env, "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+w.dir+"/debug.log")
	w.run("apply", "-auto-approve", "-input=false")
	paths := make(map[string]int)
	for _, request := range server.Requests() {
		paths[strings.TrimPrefix(request.Path, "/prefix/workspaces/"+birdtest.DefaultWorkspaceID)]++
	}
	if paths["/channels"] != 3 || len(paths) != 1+channels/every {
		t.Errorf("requests %v, want one for each of 3 pages of channels, and the calls of %d channels", paths, channels/every)
	}
	var got struct {
		Calls struct{ Value map[string]int }
		Names struct{ Value []string }
	}
	if err := json.Unmarshal([]byte(w.run("output", "-json")), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Calls.Value); diff != "" {
		t.Errorf("calls by channel (-want +got):\n%s", diff)
	}
	if !slices.Equal(got.Names.Value, names) {
		t.Errorf("%d names, or in another order, want %d sorted", len(got.Names.Value), len(names))
	}
	log := w.read("debug.log")
	for _, words := range []string{"Read a page of channels", "channels=2600", "pages=3"} {
		if !strings.Contains(log, words) {
			t.Errorf("%q is not in the log", words)
		}
	}
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "@module=bird") && strings.Contains(line, birdtest.NumberPattern+"000") {
			t.Errorf("a channel's number is in the log: %.300s", line)
			break
		}
	}
}
