package bird_test

import (
	"errors"
	"reflect"
	"slices"
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
	window := bird.WorkspaceCallsQuery{CallsQuery: bird.CallsQuery{StartAt: at(0), EndAt: at(1)}}
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

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filter string
		have   string // "" for none
		text   bool   // whether a text matches
		number bool   // whether a number matches
	}{
		{"", "", true, true}, {"", "1", true, true}, {"31970", "", false, false}, {"31970", "31970", true, true},
		{"31970", "+31970", false, true}, {"+31970", "31970", false, true}, {"31970", "++31970", false, false},
		{"+31970", "31971", false, false}, {"31970", "3197", false, false}, {"client:AB", "client:ab", true, true},
	} {
		query, call := bird.CallsQuery{Status: test.filter, To: test.filter}, bird.Call{}
		if test.have != "" {
			call = bird.Call{Status: &test.have, To: &test.have}
		}
		if got := filterOf(t, "Status").Matches(&query, &call); got != test.text {
			t.Errorf("the filter %q matches the status %q: %t, want %t", test.filter, test.have, got, test.text)
		}
		if got := filterOf(t, "To").Matches(&query, &call); got != test.number {
			t.Errorf("the filter %q matches the number %q: %t, want %t", test.filter, test.have, got, test.number)
		}
	}
}

// filterOf returns the filter that is about the field of a name.
func filterOf(t *testing.T, field string) bird.Filter[bird.CallsQuery, bird.Call] {
	t.Helper()
	var query bird.CallsQuery
	i := slices.IndexFunc(bird.CallFilters, func(filter bird.Filter[bird.CallsQuery, bird.Call]) bool {
		return any(filter.Value(&query)) == reflect.ValueOf(&query).Elem().FieldByName(field).Addr().Interface()
	})
	if i < 0 {
		t.Fatalf("no filter has the value %s of a query", field)
	}
	return bird.CallFilters[i]
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

// A filter of the query is one of the field of a call with the same name, and so is
// its parameter. How Bird matches numbers is not documented, so from and to are not
// checked.
func TestCallFiltersAreTheTextsOfTheQuery(t *testing.T) {
	t.Parallel()
	texts := 0
	for text := range reflect.TypeFor[bird.CallsQuery]().Fields() {
		if text.Type.Kind() != reflect.String {
			continue // a bound of the window
		}
		texts++
		filter := filterOf(t, text.Name)
		call := bird.Call{ID: "123e4567-e89b-12d3-a456-426614174000", ChannelID: new(birdtest.DefaultChannelID)}
		field, _ := reflect.TypeFor[bird.Call]().FieldByName(text.Name)
		reflect.ValueOf(&call).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(new("other")))
		if have := filter.Field(&call); filter.Parameter != field.Tag.Get("json") || have == nil || *have != "other" {
			t.Errorf("the filter %s is about another field than %s", filter.Parameter, field.Name)
		}
		var query bird.WorkspaceCallsQuery
		*filter.Value(&query.CallsQuery) = "wanted"
		_, err := collect(newClient(t, serveCalls(t, call), nil).WorkspaceCalls(t.Context(), birdtest.DefaultWorkspaceID, query))
		_, refused := errors.AsType[*bird.FilterError](err)
		if number := text.Name == "From" || text.Name == "To"; refused == number || filter.Number != number {
			t.Errorf("a call with another %s: error %v", text.Name, err)
		}
	}
	if len(bird.CallFilters) != texts {
		t.Errorf("%d filters of %d texts", len(bird.CallFilters), texts)
	}
}
