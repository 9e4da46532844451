package provider_test

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// verdict is the outcome of a validation.
type verdict string

const (
	accepted verdict = "accepted"
	warned   verdict = "accepted with a warning"
	refused  verdict = "refused"
)

func verdictOf(diagnostics []*tfprotov6.Diagnostic) verdict {
	v := accepted
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return refused
		}
		v = warned
	}
	return v
}

// isSet reports whether an object has a value of an attribute that is known.
func isSet(value any, attribute string) bool {
	attributes, _ := value.(object)
	return attributes[attribute] != nil && attributes[attribute] != unknown
}

func TestArguments(t *testing.T) {
	t.Parallel()
	uuid, upper := birdtest.DefaultChannelID, strings.ToUpper(birdtest.DefaultChannelID)
	long := func(n int) string { return strings.Repeat("ä", n) }
	didYouMean := func(name string) string { return fmt.Sprintf("Did you mean %q?", name) }
	now := time.Now().UTC()
	read := func(text any) object { return object{"read": text} }
	type test struct {
		value any
		want  verdict
		words []string
	}
	ids := []test{
		{uuid, accepted, nil}, {upper, accepted, nil}, {unknown, accepted, nil},
		{"my workspace", refused, []string{"canonical form", `"my workspace".`}}, {"", refused, []string{"canonical form", `""`}}, {"../" + uuid, refused, []string{`"../`}},
		{"{" + uuid + "}", refused, []string{"no braces", didYouMean(uuid)}}, {"urn:uuid:" + uuid, refused, []string{didYouMean(uuid)}},
		{" " + uuid, refused, []string{`" ` + uuid + `"`, didYouMean(uuid)}}, {uuid + "\n", refused, []string{uuid + `\n"`, didYouMean(uuid)}},
		{"ws_01kabc", refused, []string{`"ws_01kabc": ids that start with ws_`, "newer platform"}},
	}
	text := []test{
		{nil, accepted, nil}, {unknown, accepted, nil}, {"9", accepted, nil}, {long(100), accepted, nil},
		{"", refused, []string{"1", "100"}}, {long(101), refused, []string{"1", "100"}},
	}
	number := append(slices.Clone(text),
		test{"+31201234567", accepted, nil}, test{"31201234567", accepted, nil}, test{"112", accepted, nil}, test{"client:" + uuid, accepted, nil}, test{"sip:a-b (c)@example.com", accepted, nil}, test{"-", accepted, nil},
		test{"+31 6 1234 5678", warned, []string{"Phone number in another form", "with spaces, dashes or brackets", "31201234567 or +31201234567"}}, test{"06-12345678", warned, []string{"with spaces, dashes or brackets"}}, test{"(31)\u00a020", warned, nil},
		test{" 31201234567", warned, nil}, test{"0201234567", warned, []string{"begins with 0", "international form"}}, test{"0031201234567", warned, []string{"begins with 0"}},
	)
	enumeration := func(known ...string) []test {
		documented := "The documented values are " + strings.Join(known, ", ") + ", in lower case."
		tests := []test{
			{nil, accepted, nil}, {unknown, accepted, nil}, {long(100), warned, nil},
			{"", refused, nil}, {long(101), refused, nil},
			{strings.ToUpper(known[0]), warned, []string{"Unknown filter value", strings.ToUpper(known[0]), didYouMean(known[0]), documented}},
			{"9", warned, []string{`is "9"`, documented}},
		}
		for _, value := range known {
			tests = append(tests, test{value, accepted, nil})
		}
		return tests
	}
	times := []test{
		{nil, accepted, nil}, {unknown, accepted, nil},
		{"2024-02-28T16:54:33.241Z", accepted, nil}, {"2024-02-28T17:54:33+01:00", accepted, nil}, {"2016-12-31T23:59:60Z", accepted, nil},
		{"0002-01-01T00:00:00Z", accepted, nil},
		{"0001-01-01T00:00:00Z", refused, []string{"Time out of range", "does not exist"}}, {"0002-01-01T00:00:00+01:00", refused, []string{"Time out of range"}},
		{"2026-02-30", refused, []string{`"2026-02-30": February 2026 has 28 days.`}}, {"2024-02-30T00:00:00Z", refused, []string{"February 2024 has 29 days."}}, {"2026-04-31 10:00", refused, []string{"April 2026 has 30 days."}},
		{"2026-13-01T00:00:00Z", refused, []string{"there is no month 13."}}, {"2026-01-00", refused, []string{"January 2026 has 31 days."}},
		{"2026-01-01T25:00:00Z", refused, []string{`"2026-01-01T25:00:00Z".`}}, {"2026-01-31T25:00:00Z", refused, []string{`"2026-01-31T25:00:00Z".`}},
		{"1706745600", refused, []string{`"1706745600": epoch seconds.`, didYouMean("2024-02-01T00:00:00Z")}}, {"1706745600250", refused, []string{"epoch milliseconds.", didYouMean("2024-02-01T00:00:00.25Z")}}, {"1706", refused, []string{`"1706".`}},
		{"99999999", refused, []string{`"99999999".`}}, {"100000000", refused, []string{"epoch seconds.", didYouMean("1973-03-03T09:46:40Z")}}, {"9999999999", refused, []string{"epoch seconds.", didYouMean("2286-11-20T17:46:39Z")}}, {"10000000000", refused, []string{`"10000000000".`}},
		{"100000000000", refused, []string{"epoch milliseconds.", didYouMean("1973-03-03T09:46:40Z")}}, {"9999999999999", refused, []string{"epoch milliseconds.", didYouMean("2286-11-20T17:46:39.999Z")}}, {"10000000000000", refused, []string{`"10000000000000".`}},
		{"9999-12-31T23:59:59-01:00", refused, []string{"Time out of range"}},
		{"2026-11-20", refused, []string{"Invalid date-time", didYouMean("2026-11-20T00:00:00Z")}}, {"2026-11-20 10:00", refused, []string{didYouMean("2026-11-20T10:00:00Z")}}, {" 2026-11-20T10:00:00Z", refused, []string{`" 2026`}},
		{"2026-11-20T10:00:00", refused, []string{"2026-11-20T10:00:00Z"}}, {"yesterday", refused, []string{"RFC 3339", "yesterday"}}, {"", refused, []string{"RFC 3339"}},
	}
	names := newSession(t).callAttributes()
	dimensions := statistics.Dimensions()
	thresholds := func(name string, value any) object { return object{name: value} }
	// Where a kind has an argument of its own meaning, its name is in front.
	table := map[string][]test{
		"workspace_id": ids,
		"channel_id":   ids,
		"channel_ids": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {[]string{uuid, upper}, accepted, nil},
			{[]string{}, refused, []string{"at least 1"}}, {[]string{""}, refused, []string{"canonical form"}}, {[]string{uuid, "x"}, refused, []string{"canonical form"}},
			{[]any{uuid, nil}, refused, []string{"Null List Value"}},
		},
		"tags": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {[]string{"v", long(50)}, accepted, nil},
			{[]string{}, refused, []string{"at least 1"}}, {[]string{""}, refused, []string{"1", "50"}}, {[]string{long(51)}, refused, []string{"1", "50"}},
			{[]any{"v", nil}, refused, []string{"Null List Value"}}, {[]any{"v", unknown}, accepted, nil},
			{[]string{"v", "VIP"}, warned, []string{"Tag in another form", `"VIP", and Bird stores tags in lower case`, `Did you mean "vip"?`}},
			{[]string{"ÄRGER"}, warned, []string{`Did you mean "ärger"?`}}, {[]string{"2024", "ß"}, accepted, nil},
		},
		"status":    enumeration("accepted", "scheduled", "starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed", "cancelled"),
		"type":      enumeration("pstn", "webrtc", "sip"),
		"direction": enumeration("incoming", "outgoing"),
		"start_at": append(slices.Clone(times),
			test{"9999-12-31T23:59:59Z", warned, []string{"Window begins in the future", "9999-12-31T23:59:59Z", "passes for the wrong reason"}},
			test{now.Add(time.Hour).Format(time.RFC3339), warned, nil}, test{now.Add(-time.Second).Format(time.RFC3339Nano), accepted, nil}),
		"end_at": append(slices.Clone(times), test{"9999-12-31T23:59:59Z", accepted, nil}),
		"max_calls": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {1, accepted, nil}, {1<<31 - 1, accepted, nil},
			{0, refused, []string{"whole number from 1 to 2147483647"}}, {-1, refused, nil}, {1 << 31, refused, nil}, {1.5, refused, []string{"max_calls must be a whole number from 1", "1.5"}},
		},
		"personal_data": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {"keep", accepted, nil}, {"omit", accepted, nil}, {"pseudonymize", accepted, nil},
			{"OMIT", refused, []string{"must be one of keep, omit, pseudonymize, and", didYouMean("omit")}}, {"", refused, nil}, {"none", refused, nil},
		},
		"attributes": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {[]string{"id"}, accepted, nil}, {[]string{"status", unknown}, accepted, nil}, {names, accepted, nil},
			{[]string{}, refused, []string{"at least 1"}}, {[]string{"status", "form"}, refused, []string{`"form"`, didYouMean("from")}},
			{[]string{"hangup_cause"}, refused, []string{"Unknown name", `"hangup_cause"`, didYouMean("hangup_cause_code")}}, {[]string{"answeredAt"}, refused, []string{didYouMean("answered_at")}}, {[]string{strings.Repeat("x", 1<<16)}, refused, names}, {[]string{"price"}, refused, append([]string{`"price"`}, names...)},
			{[]string{""}, refused, names}, {[]string{"Status"}, refused, []string{didYouMean("status")}}, {[]string{"originator.number"}, refused, []string{didYouMean("originator")}},
			{[]string{"caller_id_name"}, refused, nil}, {[]string{"channelId"}, refused, nil}, {[]any{"id", nil}, refused, nil},
		},
		"group_by": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {[]string{"day"}, accepted, nil}, {[]string{"day", unknown}, accepted, nil}, {dimensions, accepted, nil},
			{[]string{}, refused, []string{"at least 1"}}, {[]string{"day", "from"}, refused, append(dimensions, `"from": there are no groups by phone number`, "most_calls_from_one")}, {[]string{"callee"}, refused, []string{"most_calls_to_one"}}, {[]string{"houre"}, refused, []string{didYouMean("hour")}}, {[]string{"country"}, refused, []string{didYouMean("receiver_country")}},
			{[]string{"day", "hour", "day"}, refused, []string{"day", "duplicate"}}, {[]any{"day", nil}, refused, nil}, {[]string{"Day"}, refused, []string{didYouMean("day")}}, {[]string{"hourhour"}, refused, []string{didYouMean("hour")}}, {[]string{"sip"}, refused, dimensions}, {[]string{"ou"}, refused, dimensions}, {[]string{""}, refused, dimensions},
		},
		"thresholds": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {object{}, warned, []string{"Nothing is set", "none of answer_within, long_call, poor_mos, short_call"}}, {thresholds("short_call", unknown), accepted, nil},
			{object{"short_call": 1, "long_call": 315_360_000, "answer_within": 86_400, "poor_mos": 1}, accepted, nil}, {object{"short_call": 315_360_000, "long_call": 1, "answer_within": 1, "poor_mos": 5}, accepted, nil},
			{thresholds("short_call", 0), refused, []string{"short_call", "whole number from 1 to 315360000"}}, {thresholds("short_call", 315_360_001), refused, nil}, {thresholds("short_call", 1.5), refused, nil},
			{thresholds("long_call", 0), refused, []string{"long_call"}}, {thresholds("long_call", 315_360_001), refused, nil},
			{thresholds("answer_within", 0), refused, []string{"answer_within", "86400"}}, {thresholds("answer_within", 86_401), refused, nil}, {thresholds("answer_within", -20), refused, nil},
			{thresholds("poor_mos", 3.6), accepted, nil}, {thresholds("poor_mos", 0.99), refused, []string{"poor_mos", "a number from 1 to 5"}}, {thresholds("poor_mos", 5.01), refused, nil},
		},
		"fill_gaps": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {false, accepted, nil}, {true, refused, []string{"Invalid fill_gaps", "group_by is not set"}},
		},
		"sort_by": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {"total_calls", refused, []string{"Invalid sort_by", "group_by is not set"}},
		},
		"time_zone": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {"UTC", accepted, nil}, {"America/New_York", accepted, nil},
			{"", refused, []string{"Unknown time zone", "Europe/Amsterdam"}}, {"Local", refused, []string{`"Local"`}}, {"Mars/Olympus", refused, []string{`"Mars/Olympus"`, "IANA"}}, {"+01:00", refused, []string{`"+01:00": it is an offset`}}, {"Europe/Amsterdm", refused, []string{didYouMean("Europe/Amsterdam")}}, {"america/new york", refused, []string{didYouMean("America/New_York")}}, {"Berlin", refused, []string{didYouMean("Europe/Berlin")}},
		},
		"timeouts": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {read(nil), accepted, nil}, {read(unknown), accepted, nil}, {read("1ns"), accepted, nil}, {read("1h30m"), accepted, nil},
			{read("0s"), refused, []string{"longer than zero", "90s", "10m"}}, {read("-5m"), refused, []string{"-5m", "longer than zero"}},
			{read("10 minutes"), refused, []string{"Invalid timeout", "such as 90s or 10m", `it is "10 minutes"`}}, {read(""), refused, []string{`it is ""`}}, {read("5"), refused, []string{`it is "5"`}},
		},
		"bird_channels.platform": {
			{nil, accepted, nil}, {unknown, accepted, nil}, {"voice", accepted, nil}, {"SMS-messagebird-2", accepted, nil}, {strings.Repeat("x", 100), accepted, nil},
			{"", refused, []string{"letters, digits and hyphens"}}, {"a_b", refused, nil}, {"a b", refused, []string{`"a b"`}}, {" voice", refused, []string{`" voice"`, didYouMean("voice")}}, {"ä", refused, nil}, {"a\n", refused, nil}, {strings.Repeat("x", 101), refused, []string{"1 to 100"}},
		},
		"bird_channels.status": append(text, test{"active", accepted, nil}, test{"ACTIVE", accepted, nil}),
	}
	for _, filter := range bird.CallFilters {
		if filter.Number {
			table[filter.Parameter] = number
		}
	}
	all := newSession(t)
	for _, k := range all.kinds() {
		for _, argument := range all.arguments(k) {
			tests, ok := table[k.name+"."+argument]
			if !ok {
				tests = table[argument]
			}
			if tests == nil {
				t.Errorf("no value of the argument %s of %s is tried", argument, k)
			}
			object, ok := all.types(k)[argument].(tftypes.Object)
			if !ok {
				continue
			}
			for part := range object.AttributeTypes { // such as those of thresholds
				for _, v := range []verdict{accepted, refused} {
					if !slices.ContainsFunc(tests, func(test test) bool { return test.want == v && isSet(test.value, part) }) {
						t.Errorf("no value of %s in the argument %s of %s is tried that is %s", part, argument, k, v)
					}
				}
			}
		}
	}
	for name, tests := range table {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t)
			only, argument, special := strings.Cut(name, ".")
			if !special {
				argument = name
			}
			kinds := slices.DeleteFunc(s.kindsWith(argument), func(k kind) bool {
				_, own := table[k.name+"."+argument]
				return special && k.name != only || !special && own
			})
			if len(kinds) == 0 {
				t.Fatal("nothing takes it")
			}
			for _, k := range kinds {
				for _, test := range tests {
					config := s.required(k)
					config[argument] = test.value
					diagnostics := s.validate(k, config)
					text := diagnosticsText(diagnostics)
					if got := verdictOf(diagnostics); got != test.want {
						t.Errorf("%s: %s = %.60q is %s, want %s\n%s", k, argument, fmt.Sprint(test.value), got, test.want, text)
						continue
					}
					if len(diagnostics) > 1 {
						t.Errorf("%s: %s = %.60q: %d diagnostics, want one\n%s", k, argument, fmt.Sprint(test.value), len(diagnostics), text)
					}
					at := tftypes.NewAttributePath().WithAttributeName(argument)
					if parts, ok := test.value.(object); ok {
						for part := range parts {
							at = at.WithAttributeName(part)
						}
					}
					if test.want != accepted && !strings.HasPrefix(diagnostics[0].Attribute.String(), at.String()) {
						t.Errorf("%s: %s = %.60q: the diagnostic is at %s, want %s", k, argument, fmt.Sprint(test.value), diagnostics[0].Attribute, at)
					}
					for _, word := range append(test.words, argument) {
						if test.want != accepted && !strings.Contains(text, word) {
							t.Errorf("%s: %s = %.60q: %q is not in the diagnostic:\n%s", k, argument, fmt.Sprint(test.value), word, text)
						}
					}
				}
			}
		})
	}
}

func TestScopesAreNamedInDescriptions(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for argument, words := range map[string]string{
		"channel_id":  " call of a voice channel",
		"channel_ids": " call of some or all voice channels of a workspace",
	} {
		for _, k := range s.kindsWith(argument) {
			if text := s.block(k).Description; !strings.Contains(text, words) {
				t.Errorf("the description of %s does not say%s:\n%s", k, words, text)
			}
		}
	}
}

// A default stays in the provider: an argument that is not set is null in the
// state.
func TestArgumentsAreReturnedAsTheyAreSet(t *testing.T) {
	t.Parallel()
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 3})}), nil)
	for _, k := range s.kindsWith("workspace_id") {
		config := s.required(k)
		if slices.Contains(s.kindsWith("start_at"), k) {
			config["start_at"] = "2024-02-01T00:00:00+01:00"
		}
		var value tftypes.Value
		if k.ephemeral {
			value, _ = s.open(t.Context(), k.name, config)
		} else {
			value = s.state(k.name, config)
		}
		for _, argument := range s.arguments(k) {
			if got, want := attributeOf(t, value, argument), newValue(t, s.types(k)[argument], config[argument]); !got.Equal(want) {
				t.Errorf("%s: the argument %s is %s, want %s", k, argument, got, want)
			}
		}
	}
}

func TestArgumentsOfTheWindow(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, k := range s.kindsWith("start_at") {
		for end, want := range map[string]verdict{
			"2024-02-28T17:00:00+01:00": refused, "2024-02-28T16:00:00Z": refused, "2024-02-28T16:00:00.001Z": accepted, unknown: accepted,
		} {
			config := s.required(k)
			config["start_at"], config["end_at"] = "2024-02-28T16:00:00Z", end
			text := diagnosticsText(s.validate(k, config))
			if (text != "") != (want == refused) || want == refused && (!strings.Contains(text, "Window ends before it begins") || !strings.Contains(text, `AttributeName("end_at")`)) {
				t.Errorf("%s: window to %s: %q", k, end, text)
			}
		}
	}
}

// FuzzArguments: whatever the arguments, validation does not panic, and what it
// accepts can be sent to the API as it is meant.
func FuzzArguments(f *testing.F) {
	f.Add(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00+01:00", "busy", int64(1), "keep")
	f.Add("{"+birdtest.DefaultWorkspaceID+"}", "", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "", int64(0), "omit")
	f.Add(birdtest.DefaultWorkspaceID, "../..", "0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\xff", int64(-1), "pseudonymize")
	f.Add("urn:uuid:"+birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID+"\n", "2024-02-01T00:00:00.123456789Z", "2024-02-01t00:00:00z", "ä", int64(1)<<62, "hide")
	s := newSession(f)
	uuid := regexp.MustCompile(`(?i)\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z`)
	f.Fuzz(func(t *testing.T, workspace, channelID, start, end, status string, limit int64, personal string) {
		for _, text := range []string{workspace, channelID, start, end, status, personal} {
			if !utf8.ValidString(text) || text == unknown {
				t.Skip("Terraform has no such string")
			}
		}
		s := &session{t, s.server, s.schema}
		config := s.dynamic(s.schema.DataSourceSchemas["bird_channel_calls"].ValueType(), object{
			"workspace_id": workspace, "channel_id": channelID, "start_at": start, "end_at": end,
			"status": status, "max_calls": limit, "personal_data": personal,
		})
		resp, err := s.server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "bird_channel_calls", Config: config})
		if err != nil {
			t.Fatal(err)
		}
		if verdictOf(resp.Diagnostics) == refused {
			return
		}
		from, fromErr := bird.ParseTime(start)
		until, untilErr := bird.ParseTime(end)
		switch {
		case !uuid.MatchString(workspace) || !uuid.MatchString(channelID):
			t.Errorf("accepted the ids %q and %q", workspace, channelID)
		case fromErr != nil || untilErr != nil || !from.Before(until):
			t.Errorf("accepted the window from %q to %q", start, end)
		case status == "" || utf8.RuneCountInString(status) > 100 || limit < 1:
			t.Errorf("accepted the status %q and %d calls", status, limit)
		case personal != "keep" && personal != "omit" && personal != "pseudonymize":
			t.Errorf("accepted the personal data %q", personal)
		}
	})
}

// selection is a value of an argument that selects calls, how messages name it, and
// what the request has of it.
type selection struct {
	value any
	named string
	sent  url.Values
}

// selections returns a selection for each argument that selects calls. Messages
// have no values of numbers, which are personal.
func selections() map[string]selection {
	other := strings.Replace(birdtest.DefaultChannelID, "-4", "-5", 1)
	all := map[string]selection{
		"workspace_id": {birdtest.DefaultWorkspaceID, " in workspace " + birdtest.DefaultWorkspaceID, nil},
		"channel_id":   {birdtest.DefaultChannelID, "calls of channel " + birdtest.DefaultChannelID + " in", nil},
		"channel_ids": {
			[]string{birdtest.DefaultChannelID, other}, "calls of the channels " + birdtest.DefaultChannelID + ", " + other + " in",
			url.Values{"channelId": {birdtest.DefaultChannelID, other}},
		},
		"tags":     {[]string{"vip", "a b&c"}, ", with tags vip, a b&c", url.Values{"tag": {"vip", "a b&c"}}},
		"start_at": {"2024-02-28T17:54:33.241+01:00", ", from 2024-02-28T16:54:33.241Z", url.Values{"startAt": {"2024-02-28T16:54:33.241Z"}}},
		"end_at":   {"2024-03-01T00:00:00.5Z", ", until 2024-03-01T00:00:00.5Z", url.Values{"endAt": {"2024-03-01T00:00:00.5Z"}}},
	}
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 300})
	var numbers []string
	for _, filter := range bird.CallFilters {
		name := filter.Parameter
		if filter.Number {
			numbers = append(numbers, name)
			continue
		}
		value := valueOf(filter, calls)
		all[name] = selection{value, ", with " + name + " " + value, url.Values{name: {value}}}
	}
	for _, name := range numbers {
		value := "client:a b&c=d " + name
		all[name] = selection{value, ", filtered by " + strings.Join(numbers, " and "), url.Values{name: {value}}}
	}
	return all
}

// selecting returns a configuration of a kind with each argument that selects calls,
// and these selections.
func selecting(t *testing.T, s *session, k kind) (config object, selected []selection) {
	t.Helper()
	all := selections()
	config = object{}
	for _, argument := range s.arguments(k) {
		selection, ok := all[argument]
		switch {
		case ok:
			config[argument] = selection.value
			selected = append(selected, selection)
		case !slices.Contains([]string{"max_calls", "attributes", "personal_data", "group_by", "thresholds", "fill_gaps", "sort_by", "time_zone", "timeouts"}, argument):
			t.Errorf("%s: add the argument %s to the selections, or to those that select no calls", k, argument)
		}
	}
	return config, selected
}

// valueOf returns the first value that a filter can have among calls.
func valueOf(filter bird.Filter[bird.CallsQuery, bird.Call], calls []bird.Call) string {
	i := slices.IndexFunc(calls, func(call bird.Call) bool { return filter.Field(&call) != nil })
	return *filter.Field(&calls[i])
}

func TestArgumentsAreSentAsAQuery(t *testing.T) {
	t.Parallel()
	for _, k := range newSession(t).kindsWith("start_at") {
		server := birdtest.NewServer(t, birdtest.Options{})
		s := configured(t, server, nil)
		config, selected := selecting(t, s, k)
		if text := s.diagnose(k, config); text != "" {
			t.Errorf("%s: %s", k, text)
		}
		want := url.Values{"limit": {"1000"}}
		for _, selection := range selected {
			maps.Copy(want, selection.sent)
		}
		requests := server.Requests()
		if len(requests) != 1 {
			t.Errorf("%s: %d requests, not 1", k, len(requests))
			continue
		}
		if diff := cmp.Diff(want, requests[0].Query); diff != "" {
			t.Errorf("%s: query (-want +got):\n%s", k, diff)
		}
		agent := requests[0].Header.Get("User-Agent")
		if !regexp.MustCompile(`^Terraform/1\.11\.4 \(\+https://www\.terraform\.io\) terraform-provider-bird/test \(\+https://\S+\)$`).MatchString(agent) {
			t.Errorf("%s: User-Agent %q", k, agent)
		}
	}
}

// An id is the same in upper case, and Bird writes ids in lower case.
func TestArgumentsThatAreIDsAreSentInLowerCase(t *testing.T) {
	t.Parallel()
	const one, two = "c839d30b-8171-471c-9df4-591d4dd7bee5", "d839d30b-8171-471c-9df4-591d4dd7bee5"
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault { return birdtest.Fault{Status: 400} }})
	s := configured(t, server, nil)
	for k, test := range map[kind]struct {
		config object
		path   string
		ids    []string
		named  string
	}{
		{name: "bird_workspace_calls"}: {
			object{"channel_ids": []string{strings.ToUpper(one), two}, "tags": []string{"vip", "late"}},
			"/workspaces/" + birdtest.DefaultWorkspaceID + "/channels/calls", []string{one, two},
			"calls of the channels " + one + ", " + two + " in workspace " + birdtest.DefaultWorkspaceID + ", with tags vip, late",
		},
		{name: "bird_channel_calls"}: {
			object{"channel_id": strings.ToUpper(one)},
			"/workspaces/" + birdtest.DefaultWorkspaceID + "/channels/" + one + "/calls", nil,
			"calls of channel " + one + " in workspace " + birdtest.DefaultWorkspaceID + " (",
		},
	} {
		test.config["workspace_id"] = strings.ToUpper(birdtest.DefaultWorkspaceID)
		if text := s.diagnose(k, test.config); !strings.Contains(text, test.named) {
			t.Errorf("%s: %q is not in the diagnostic:\n%s", k, test.named, text)
		}
		requests := server.Requests()
		last := requests[len(requests)-1]
		if !strings.HasSuffix(last.Path, test.path) || !slices.Equal(last.Query["channelId"], test.ids) {
			t.Errorf("%s: requested %s of the channels %q", k, last.Path, last.Query["channelId"])
		}
	}
}

func TestArgumentsAreValidatedWithoutReading(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	w := newWorkspace(t, server, dataChannelCalls(`  start_at = "2024-03-01T00:00:00Z"
  end_at   = "2024-02-01T00:00:00Z"`))
	code, output := w.try("validate")
	if code != 1 || !strings.Contains(output, "Window ends before it begins") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	w.write("main.tf", strings.Replace(w.read("main.tf"), "2024-02-01", "2024-04-01", 1))
	w.run("validate")
	if n := len(server.Requests()); n != 0 {
		t.Errorf("validate made %d requests", n)
	}
}
