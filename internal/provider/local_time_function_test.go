package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// localTime calls the function, and returns its result and the text of its error.
func localTime(t *testing.T, s *session, at any, zone string) (result any, problem string) {
	t.Helper()
	var arguments []*tfprotov6.DynamicValue
	for _, argument := range []any{at, zone} {
		value, err := tfprotov6.NewDynamicValue(tftypes.String, newValue(t, tftypes.String, argument))
		if err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, &value)
	}
	resp, err := s.server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "local_time", Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return nil, resp.Error.Text
	}
	var text *string
	if err := s.value(tftypes.String, resp.Result).As(&text); err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return nil, ""
	}
	return *text, ""
}

func TestLocalTimeOfAnInstantAndOfADate(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, test := range []struct {
		at       any
		zone     string
		want     any
		problems bool
	}{
		{"2024-02-28T16:54:33Z", "Europe/Amsterdam", "2024-02-28T17:54:33+01:00", false},
		{"2024-07-28T23:54:33.25Z", "Europe/Amsterdam", "2024-07-29T01:54:33.25+02:00", false},
		{"2024-02-28T16:54:33+05:30", "UTC", "2024-02-28T11:24:33Z", false},
		{"2024-02-28t16:54:33z", "Europe/Amsterdam", "2024-02-28T17:54:33+01:00", false},
		{"2016-12-31T23:59:60Z", "Europe/Amsterdam", "2017-01-01T01:00:00+01:00", false}, // a leap second
		{"2024-02-28", "UTC", "2024-02-28T00:00:00Z", false},
		{"2024-03-31", "Europe/Amsterdam", "2024-03-31T00:00:00+01:00", false},
		{"2024-04-01", "Europe/Amsterdam", "2024-04-01T00:00:00+02:00", false},
		{"2024-03-10", "America/New_York", "2024-03-10T00:00:00-05:00", false},
		{"9999-12-31T22:59:59Z", "Africa/Algiers", "9999-12-31T23:59:59+01:00", false},
		{"9999-12-31T23:00:00Z", "Africa/Algiers", nil, true},
		{"0000-01-01T00:00:00Z", "UTC", "0000-01-01T00:00:00Z", false},
		{"0000-01-01T00:00:00Z", "America/New_York", nil, true},
		{nil, "UTC", nil, false},
		{"2024-02-30", "UTC", nil, true},
		{"2024-02-28 16:54", "UTC", nil, true},
		{"today", "UTC", nil, true},
		{"2024-02-28", "Mars/Olympus", nil, true},
		{"2024-02-28", "Local", nil, true},
		{"2024-02-28", "", nil, true},
		{"2024-02-28", "../etc/passwd", nil, true},
	} {
		got, problem := localTime(t, s, test.at, test.zone)
		if got != test.want || (problem != "") != test.problems {
			t.Errorf("local_time(%v, %s) is %v, not %v (%s)", test.at, test.zone, got, test.want, problem)
		}
	}
}

func TestLocalTimeSuggestsATimeZone(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for zone, says := range map[string]string{"Europe/Amsterdm": `. It is most like "Europe/Amsterdam"`, "Mars/Olympus": "Use one such as Europe/Amsterdam"} {
		if _, problem := localTime(t, s, "2024-02-28", zone); !strings.Contains(problem, says) {
			t.Errorf("%s: %q is not in the error: %s", zone, says, problem)
		}
	}
}

// The error of what is no date-time says what it is.
func TestLocalTimeNamesTheMistake(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for at, want := range map[string]string{
		"2026-02-30": "February 2026 has 28 days",
		"1706745600": "epoch seconds",
		"today":      "nor a date, such as 2024-02-28",
	} {
		if _, problem := localTime(t, s, at, "UTC"); !strings.HasSuffix(problem, want) {
			t.Errorf("the error of local_time(%q) is %q", at, problem)
		}
	}
}

// The names that are suggested exist.
func TestLocalTimeTakesEachTimeZone(t *testing.T) {
	t.Parallel()
	s, names := newSession(t), statistics.TimeZones()
	for _, name := range names {
		if _, problem := localTime(t, s, "2024-02-28", name); problem != "" {
			t.Error(problem)
		}
	}
	if len(names) < 400 {
		t.Errorf("only %d time zones", len(names))
	}
}

// Zones whose clocks change at midnight, and one that left a day out, against a
// search minute by minute.
func TestLocalTimeOfADateIsItsFirstMoment(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for name, days := range map[string][]string{
		"Europe/Amsterdam":    {"2024-03-31", "2024-10-27", "2024-06-01"},
		"America/Havana":      {"2024-03-10", "2024-11-03", "2024-11-04"}, // no midnight, two midnights
		"Asia/Amman":          {"2021-03-26", "2021-10-29"},               // two midnights, east of Greenwich
		"Asia/Beirut":         {"2024-03-31", "2024-10-27"},
		"America/Asuncion":    {"2023-10-01", "2024-03-24"},
		"Atlantic/Azores":     {"2024-03-31", "2024-10-27"},
		"Australia/Lord_Howe": {"2024-04-07", "2024-10-06"},
		"Pacific/Apia":        {"2011-12-29", "2011-12-31"},
		"Asia/Kathmandu":      {"2024-01-01", "1986-01-01"},
		"UTC":                 {"2024-02-29"},
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range days {
			noon, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			first := noon.Add(-30 * time.Hour)
			for first.In(zone).Format(time.DateOnly) < day {
				first = first.Add(time.Minute)
			}
			if got, problem := localTime(t, s, day, name); got != first.In(zone).Format(time.RFC3339) {
				t.Errorf("%s in %s begins at %v, not %s (%s)", day, name, got, first.In(zone).Format(time.RFC3339), problem)
			}
		}
	}
	// A day that never was begins where the one after it does.
	if got, _ := localTime(t, s, "2011-12-30", "Pacific/Apia"); got != "2011-12-31T00:00:00+14:00" {
		t.Errorf("the day that Samoa left out begins at %v", got)
	}
}
