package provider_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics/figures"
)

// What is wanted of the awkward calls is computed here from their JSON, by the names
// of the schema: no code of the product has a part in it.

// rawCalls are the decoded awkward calls, with numbers as they are written.
var rawCalls = sync.OnceValue(func() (calls []figures.Call) {
	for _, call := range birdtest.AwkwardCalls {
		calls = append(calls, figures.Parse([]byte("["+call.JSON+"]"))...)
	}
	return calls
})

// latestCalls returns the versions of the awkward calls that count.
func latestCalls() (latest []figures.Call) {
	for i, call := range birdtest.AwkwardCalls {
		if !call.Superseded {
			latest = append(latest, rawCalls()[i])
		}
	}
	return latest
}

// awkwardServer lists the awkward calls in pages of twenty, so that some are listed
// again on the same page and some on another. It applies the filters of a query to their
// JSON, but not those that are ignored. In numbers, a + makes no difference to it.
func awkwardServer(t testing.TB, ignored ...string) *birdtest.Server {
	t.Helper()
	const size = 20
	return birdtest.NewServer(t, birdtest.Options{Token: secretToken, Fault: func(r birdtest.Request) birdtest.Fault {
		var list []birdtest.AwkwardCall
		for i, call := range rawCalls() {
			if selects(r.Query, call, ignored...) {
				list = append(list, birdtest.AwkwardCalls[i])
			}
		}
		begin, _ := strconv.Atoi(r.Page)
		end, next := begin+size, strconv.Itoa(begin+size)
		if end >= len(list) {
			end, next = len(list), ""
		}
		return birdtest.Fault{Status: 200, Body: birdtest.AwkwardPage(next, list[begin:end]...)}
	}})
}

func selects(query url.Values, call figures.Call, ignored ...string) bool {
	for name, values := range query {
		have, _ := call[name].(string)
		known, want := have != "", values[0]
		if name == "from" || name == "to" {
			have, want = strings.TrimPrefix(have, "+"), strings.TrimPrefix(want, "+")
		}
		if name != "limit" && name != "pageToken" && !slices.Contains(ignored, name) && (!known || have != want) {
			return false
		}
	}
	return true
}

var (
	idName   = regexp.MustCompile(`^id$|_id$`)
	timeName = regexp.MustCompile(`_at$|^scheduled_for$`)
)

// wanted returns what Terraform gets for a value in JSON, in the form of [plain].
func wanted(t testing.TB, ty tftypes.Type, name string, raw any) any {
	t.Helper()
	switch ty := ty.(type) {
	case tftypes.Object:
		fields, ok := raw.(map[string]any)
		if raw == nil || !ok {
			return nil
		}
		byName := make(map[string]any)
		for name, value := range fields {
			byName[snakeCase(name)] = value
		}
		object := make(map[string]any)
		for name, attribute := range ty.AttributeTypes {
			object[name] = wanted(t, attribute, name, byName[name])
		}
		return object
	case tftypes.List:
		list, ok := raw.([]any)
		if !ok {
			return nil
		}
		elements := []any{}
		for _, element := range list {
			if element == nil && !ty.ElementType.Is(tftypes.String) {
				element = map[string]any{} // Bird has no null there
			}
			if value := wanted(t, ty.ElementType, name, element); value != nil {
				elements = append(elements, value)
			}
		}
		return elements
	}
	switch {
	case raw == nil, raw == "",
		idName.MatchString(name) && raw == "00000000-0000-0000-0000-000000000000",
		timeName.MatchString(name) && regexp.MustCompile(`^000[01]-`).MatchString(fmt.Sprint(raw)):
		return nil
	case ty.Is(tftypes.String):
		return fmt.Sprint(raw)
	case ty.Is(tftypes.Number):
		number, err := strconv.ParseFloat(fmt.Sprint(raw), 64)
		if err != nil {
			t.Fatal(err)
		}
		return number
	}
	return raw
}

// wantedCalls returns what Terraform gets for all awkward calls, in order.
func (s *session) wantedCalls() []any {
	s.t.Helper()
	list := s.schema.DataSourceSchemas["bird_channel_calls"].ValueType().(tftypes.Object).AttributeTypes["calls"].(tftypes.List)
	var calls []any
	for _, raw := range latestCalls() {
		calls = append(calls, wanted(s.t, list.ElementType, "", raw))
	}
	place := func(call any) int { return slices.Index(birdtest.AwkwardOrder, call.(map[string]any)["id"].(string)) }
	slices.SortFunc(calls, func(a, b any) int { return place(a) - place(b) })
	if len(calls) != len(birdtest.AwkwardOrder) {
		s.t.Fatalf("%d calls and %d in order", len(calls), len(birdtest.AwkwardOrder))
	}
	return calls
}

// changeField changes a field of a value by its path, in each element of the lists on
// the way.
func changeField(value any, path string, change func(string) any) {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			changeField(element, path, change)
		}
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		changeField(object[name], rest, change)
	} else if text, ok := object[name].(string); ok {
		object[name] = change(text)
	}
}

// tokenOf computes a pseudonym by its definition.
func tokenOf(key, value string) any {
	if regexp.MustCompile(`^\+[0-9]*$`).MatchString(value) {
		value = value[1:]
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

func TestAwkwardCallsAreListedAsTheyWereSent(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("ключ", 8)
	s := configured(t, awkwardServer(t), object{"pseudonym_key": key, "max_requests_per_second": 1000})
	kinds := s.kindsWith("attributes")
	for personal, change := range map[string]func(string) any{
		"keep": nil, "omit": func(string) any { return nil }, "pseudonymize": func(value string) any { return tokenOf(key, value) },
	} {
		want := s.wantedCalls()
		if change != nil {
			for path := range personalFields {
				changeField(want, path, change)
			}
		}
		for _, k := range kinds {
			config := s.required(k)
			config["personal_data"] = personal
			var got []any
			for _, call := range s.calls(k, config) {
				got = append(got, plain(t, call))
			}
			wantCalls(t, fmt.Sprintf("%s, %s", k, personal), want, got)
		}
	}
}

// wantCalls compares calls one by one, so that a failure shows the first that differs.
func wantCalls(t *testing.T, name string, want, got []any) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		var w, g any
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s: call %d of %d, want %d (-want +got):\n%.3000s", name, i+1, len(got), len(want), diff)
			return
		}
	}
}

// awkwardPersonalTexts returns the personal data of the awkward calls, in every version.
func (s *session) awkwardPersonalTexts() (texts []string) {
	s.t.Helper()
	list := s.schema.DataSourceSchemas["bird_channel_calls"].ValueType().(tftypes.Object).AttributeTypes["calls"].(tftypes.List)
	for _, call := range rawCalls() {
		value := wanted(s.t, list.ElementType, "", call)
		for path := range personalFields {
			changeField(value, path, func(text string) any {
				if len(text) > 4 {
					texts = append(texts, text)
				}
				return text
			})
		}
	}
	if len(texts) < 50 {
		s.t.Fatalf("only %d texts to look for", len(texts))
	}
	return texts
}

// Statistics by each dimension of the schema are those of other code.
func TestAwkwardCallsHaveTheStatisticsOfTheDefinitions(t *testing.T) {
	t.Parallel()
	s := configured(t, awkwardServer(t), object{"max_requests_per_second": 1000})
	for _, k := range s.kindsWith("group_by") {
		var statistics, dimensions []string
		var group map[string]tftypes.Type
		for _, attribute := range s.schema.DataSourceSchemas[k.name].Block.Attributes {
			if attribute.Computed {
				statistics = append(statistics, attribute.Name)
			}
			if attribute.Name == "groups" {
				group = attribute.ValueType().(tftypes.List).ElementType.(tftypes.Object).AttributeTypes
			}
		}
		for _, name := range slices.Sorted(maps.Keys(group)) {
			if !slices.Contains(statistics, name) {
				dimensions = append(dimensions, name)
			}
		}
		if want := len(figures.Dimensions()); len(dimensions) != want {
			t.Errorf("%s has %d dimensions, and the definitions have %d", k, len(dimensions), want)
		}
		zones := []string{"", "Asia/Kathmandu", "America/St_Johns"}
		for groupBy := range slices.Chunk(dimensions, 2) {
			zone := zones[0]
			zones = append(zones[1:], zone)
			config := s.required(k)
			config["group_by"], config["time_zone"] = groupBy, zoneArgument(zone)
			want := figures.Summary(latestCalls(), figures.Options{GroupBy: groupBy, Zone: location(zone)})
			for name, value := range statisticsOf(t, k.name, plain(t, s.state(k.name, config)).(map[string]any)) {
				if diff := cmp.Diff(want[name], value, closeTo); diff != "" {
					t.Errorf("%s by %q in zone %q: %s (-want +got):\n%.3000s", k, groupBy, zone, name, diff)
				}
			}
		}
	}
}

// Days and instants are those of the time zone that is asked for, wherever the machine
// is. Go sets the zone of a process once, so the tests of times run in another process.
func TestTimesDoNotDependOnTheZoneOfTheMachine(t *testing.T) {
	t.Parallel()
	const tests = "^(TestAwkwardCallsHaveTheStatistics|TestLocalTime|TestDiagnosticsNameTheCalls|TestArgumentsOfTheWindow)"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", tests, "-test.v")
	cmd.Env = append(os.Environ(), "TZ=Pacific/Kiritimati")
	output, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(output, []byte("--- PASS: Test")) < 4 {
		t.Errorf("on a machine in Pacific/Kiritimati: %v\n%s", err, output)
	}
}

// Each value of each filter selects the calls that have it, and is sent as it is.
func TestAwkwardCallsAreFilteredByTheirValues(t *testing.T) {
	t.Parallel()
	server := awkwardServer(t)
	s := configured(t, server, object{"max_requests_per_second": 1000})
	for _, filter := range bird.CallFilters {
		argument := filter.Parameter
		var values []string
		for _, call := range rawCalls() {
			if value, _ := call[argument].(string); value != "" && len(value) <= 100 && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		kinds := slices.DeleteFunc(s.kindsWith(argument), func(k kind) bool { return !slices.Contains(s.kindsWith("start_at"), k) })
		for i := range max(len(values), len(kinds)) {
			k, value := kinds[i%len(kinds)], values[i%len(values)]
			config := s.required(k)
			config[argument] = value
			found := make(map[string]bool)
			for _, call := range rawCalls() {
				if selects(url.Values{argument: {value}}, call) {
					found[call["id"].(string)] = true
				}
			}
			state, text := s.result(k, config)
			if strings.Contains(text, "ERROR") || strings.Contains(text, "another "+argument) {
				t.Errorf("%s with %s %q: %s", k, argument, value, text)
				continue
			}
			if requests := server.Requests(); requests[len(requests)-1].Query.Get(argument) != value {
				t.Errorf("%s with %s %q: requested %q", k, argument, value, requests[len(requests)-1].Query)
			}
			if total, ok := attributesOf(t, state)["total_calls"]; ok {
				if n := plain(t, total); n != float64(len(found)) {
					t.Errorf("%s with %s %q: %v calls, want %d", k, argument, value, n, len(found))
				}
				continue
			}
			var got []string
			for _, call := range elements(t, state, "calls") {
				got = append(got, plain(t, attributeOf(t, call, "id")).(string))
			}
			slices.Sort(got)
			if want := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
				t.Errorf("%s with %s %q: calls %q, want %q", k, argument, value, got, want)
			}
		}
	}
}

// A call may be listed again as one that the filter does not select. That is an error,
// or, for a number, a warning, on the second sight as on the first.
func TestAwkwardCallsAreCheckedOnTheSecondSight(t *testing.T) {
	t.Parallel()
	versions := make(map[string][]int)
	for i, call := range rawCalls() {
		id := call["id"].(string)
		versions[id] = append(versions[id], i)
	}
	later, moved := versions["again-later"], versions["again-moved"]
	tests := map[string]struct {
		value any
		calls []int // the first version, and the second
	}{
		"channel_ids": {[]string{birdtest.DefaultChannelID}, later},
		"start_at":    {"2020-01-01T00:00:00Z", moved},
		"end_at":      {"2012-01-01T00:00:00Z", []int{moved[1], moved[0]}},
	}
	for _, filter := range bird.CallFilters {
		test := tests[filter.Parameter]
		test.value, test.calls = rawCalls()[later[0]][filter.Parameter], later
		tests[filter.Parameter] = test
	}
	for argument, test := range tests {
		s := configured(t, servePages(t, birdtest.AwkwardPage("2", birdtest.AwkwardCalls[test.calls[0]]), birdtest.AwkwardPage("", birdtest.AwkwardCalls[test.calls[1]])), nil)
		want := "ERROR: Filter not applied by Bird (AttributeName(" + strconv.Quote(argument) + "))"
		if argument == "from" || argument == "to" {
			want = "1 of 1 calls have another " + argument
		}
		for _, k := range s.kindsWith(argument) {
			config := s.required(k)
			config[argument] = test.value
			if text := s.diagnose(k, config); !strings.Contains(text, want) {
				t.Errorf("%s with %s: %q is not in the diagnostics:\n%s", k, argument, want, text)
			}
		}
	}
}

// Neither what a user sees nor the log at its most verbose shows anything personal of a
// call, whether the read succeeds or what follows the calls ends it.
func TestAwkwardCallsAreInNoMessage(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	personal := s.awkwardPersonalTexts()
	search := func(what string, k kind, text string) {
		t.Helper()
		for _, found := range personal {
			if strings.Contains(text, found) {
				t.Errorf("%s of %s shows %q:\n%.3000s", what, k, found, text)
				return
			}
		}
	}
	all := awkwardServer(t, "from", "to")
	kinds := s.kindsWith("workspace_id")
	for _, k := range s.kindsWith("start_at") {
		text, log := readForSecrets(t, k, all.URL(), nil)
		search("a diagnostic", k, text)
		search("the log", k, log)
		if strings.Contains(text, "ERROR") || !strings.Contains(log, "Read all calls") {
			t.Errorf("%s: %s\n%s", k, text, log)
		}
	}
	for i, name := range slices.Sorted(maps.Keys(birdtest.AwkwardBodies)) {
		k := kinds[i%len(kinds)]
		first := birdtest.AwkwardPage("2", birdtest.AwkwardCalls...)
		if !slices.Contains(s.kindsWith("start_at"), k) { // channels
			first = birdtest.AwkwardPage("2")
		}
		server := birdtest.NewServer(t, birdtest.Options{Token: secretToken, Fault: func(r birdtest.Request) birdtest.Fault {
			if r.Page == "" {
				return birdtest.Fault{Status: 200, Body: first}
			}
			return birdtest.Fault{Status: 200, Body: birdtest.AwkwardBodies[name].Body}
		}})
		text, log := readForSecrets(t, k, server.URL(), nil)
		search(name+": a diagnostic", k, text)
		search(name+": the log", k, log)
		if strings.Count(text, "ERROR: Unable to list ") != 1 || strings.Count(text, "ERROR") != 1 || secretsOf(text) != nil || secretsOf(log) != nil {
			t.Errorf("%s of %s: %s in the diagnostics or the log:\n%s\n%s", name, k, append(secretsOf(text), secretsOf(log)...), text, log)
		}
	}
}
