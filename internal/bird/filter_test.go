package bird_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// at is a time of a call or of a bound, so many hours into a day.
func at(hours float64) time.Time {
	return time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
}

func wire(hours float64) *string { return new(at(hours).Format(time.RFC3339Nano)) }

func TestCheckFiltersOfWhatComesBack(t *testing.T) {
	t.Parallel()
	const other = "11111111-aaaa-4111-8111-111111111111"
	channels := bird.WorkspaceCallsQuery{ChannelIDs: []string{strings.ToUpper(other)}}
	window := bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{StartAt: new(at(0)), EndAt: new(at(1))}}
	for name, test := range map[string]struct {
		query  bird.WorkspaceCallsQuery
		change func(*bird.Call)
		want   string // the parameter of the error, "" for none
	}{
		"status":                   {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Status: "busy"}}, func(c *bird.Call) { c.Status = new("failed") }, "status"},
		"no status":                {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Status: "busy"}}, func(c *bird.Call) { c.Status = nil }, "status"},
		"status in another case":   {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Status: "Busy"}}, func(c *bird.Call) { c.Status = new("busy") }, ""},
		"type":                     {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Type: "sip"}}, func(c *bird.Call) { c.Type = new("pstn") }, "type"},
		"type in another case":     {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Type: "SIP"}}, func(c *bird.Call) { c.Type = new("sip") }, ""},
		"direction":                {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{Direction: "incoming"}}, func(c *bird.Call) { c.Direction = new("outgoing") }, "direction"},
		"channel":                  {channels, func(*bird.Call) {}, "channelId"},
		"no channel":               {channels, func(c *bird.Call) { c.ChannelID = nil }, "channelId"},
		"channel in another case":  {channels, func(c *bird.Call) { c.ChannelID = new(other) }, ""},
		"numbers":                  {bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{From: "1", To: "2"}}, func(c *bird.Call) { c.From, c.To = new("3"), nil }, ""},
		"a day before":             {window, func(c *bird.Call) { c.CreatedAt = wire(-24) }, ""},
		"more than a day before":   {window, func(c *bird.Call) { c.CreatedAt = wire(-24.001) }, "startAt"},
		"a day after":              {window, func(c *bird.Call) { c.CreatedAt = wire(25) }, ""},
		"more than a day after":    {window, func(c *bird.Call) { c.CreatedAt = wire(25.001) }, "endAt"},
		"ended in the window":      {window, func(c *bird.Call) { c.CreatedAt, c.EndedAt = wire(-30), wire(0.5) }, ""},
		"ringing in the window":    {window, func(c *bird.Call) { c.CreatedAt, c.RingingAt = wire(-30), wire(0.5) }, ""},
		"answered in the window":   {window, func(c *bird.Call) { c.CreatedAt, c.AnsweredAt = wire(-30), wire(0.5) }, ""},
		"updated in the window":    {window, func(c *bird.Call) { c.CreatedAt, c.UpdatedAt = wire(-30), wire(0.5) }, ""},
		"around the window":        {window, func(c *bird.Call) { c.CreatedAt, c.EndedAt = wire(-30), wire(30) }, ""},
		"a zero time is no time":   {window, func(c *bird.Call) { c.CreatedAt, c.AnsweredAt = wire(0.5), new("0001-01-01T00:00:00Z") }, ""},
		"no time tells nothing":    {window, func(c *bird.Call) { c.CreatedAt = new("0001-01-01T00:00:00Z") }, ""},
		"scheduled for the window": {window, func(c *bird.Call) { c.CreatedAt, c.ScheduledFor = wire(-100), wire(0.5) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := bird.Call{ID: "123e4567-e89b-12d3-a456-426614174000", ChannelID: new(birdtest.DefaultChannelID), CreatedAt: wire(0.5)}
			test.change(&call)
			server := serveCalls(t, call)
			_, err := collect(newClient(t, server, nil).WorkspaceCalls(t.Context(), birdtest.DefaultWorkspaceID, test.query))
			filterErr, ok := errors.AsType[*bird.FilterError](err)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case test.want != "" && (!ok || filterErr.Parameter != test.want || !strings.Contains(err.Error(), call.ID)):
				t.Errorf("error %v, want one of the filter %s", err, test.want)
			}
		})
	}
}

func TestSameNumber(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filter string
		have   *string
		want   bool
	}{
		{"", nil, true}, {"", new("1"), true}, {"31970", new("+31970"), true}, {"+31970", new("31970"), true},
		{"+31970", new("31971"), false}, {"31970", nil, false}, {"client:AB", new("client:ab"), true}, {"31970", new("3197"), false},
	} {
		if got := bird.SameNumber(test.filter, test.have); got != test.want {
			t.Errorf("SameNumber(%q, %v) is %v", test.filter, test.have, got)
		}
	}
}

// serveCalls starts a fake server that returns the calls whatever it is asked
// for.
func serveCalls(t *testing.T, calls ...bird.Call) *birdtest.Server {
	t.Helper()
	body, err := json.Marshal(map[string]any{"results": calls}, json.OmitZeroStructFields(true))
	if err != nil {
		t.Fatal(err)
	}
	return birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 200, Body: string(body)}
	}})
}

// A filter of the query is one of the field of a call with the same name. How
// Bird matches numbers is not documented, so from and to are not checked.
func TestCheckFiltersOfEachFieldOfTheQuery(t *testing.T) {
	t.Parallel()
	for filter := range reflect.TypeFor[bird.CallsQuery]().Fields() {
		if filter.Type.Kind() != reflect.String || filter.Name == "From" || filter.Name == "To" {
			continue
		}
		var query bird.WorkspaceCallsQuery
		reflect.ValueOf(&query.CallsQuery).Elem().FieldByIndex(filter.Index).SetString("wanted")
		call := bird.Call{ID: "123e4567-e89b-12d3-a456-426614174000", ChannelID: new(birdtest.DefaultChannelID)}
		reflect.ValueOf(&call).Elem().FieldByName(filter.Name).Set(reflect.ValueOf(new("other")))
		_, err := collect(newClient(t, serveCalls(t, call), nil).WorkspaceCalls(t.Context(), birdtest.DefaultWorkspaceID, query))
		if _, ok := errors.AsType[*bird.FilterError](err); !ok {
			t.Errorf("a call with another %s: error %v, want one of the filter", filter.Name, err)
		}
	}
}
