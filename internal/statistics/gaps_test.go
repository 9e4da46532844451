package statistics_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// gaps groups calls of a window, with its gaps.
func gaps(t *testing.T, zone, start, end string, calls []bird.Call, groupBy ...string) ([]string, error) {
	t.Helper()
	parse := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	location, err := statistics.ParseTimeZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := statistics.NewSummarizer(statistics.Options{GroupBy: groupBy, TimeZone: location, Gaps: statistics.Window{Start: parse(start), End: parse(end)}})
	if err != nil {
		return nil, err
	}
	if err := s.Add(bird.Page[bird.Call]{Items: calls}); err != nil {
		t.Fatal(err)
	}
	return groupTexts(t, s.Summary().Groups, groupBy...), nil
}

func TestGapsOfAWindowAreGroups(t *testing.T) {
	t.Parallel()
	calls := []bird.Call{{CreatedAt: new("2024-02-28T23:30:00Z")}, {CreatedAt: new("2024-03-02T00:00:00Z")}, {}}
	for name, test := range map[string]struct {
		zone, start, end string
		groupBy          []string
		want             []string
	}{
		"days, the end is outside": {"UTC", "2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", []string{"day"}, []string{"-: 1", "2024-02-28: 1", "2024-02-29: 0", "2024-03-02: 1"}},
		"days, a nanosecond more":  {"UTC", "2024-02-28T00:00:00Z", "2024-03-01T00:00:00.000000001Z", []string{"day"}, []string{"-: 1", "2024-02-28: 1", "2024-02-29: 0", "2024-03-01: 0", "2024-03-02: 1"}},
		"days in Amsterdam":        {"Europe/Amsterdam", "2024-02-27T23:00:00Z", "2024-02-29T23:00:00Z", []string{"day"}, []string{"-: 1", "2024-02-28: 0", "2024-02-29: 1", "2024-03-02: 1"}},
		"months":                   {"UTC", "2023-11-30T23:59:59Z", "2024-03-01T00:00:00Z", []string{"month"}, []string{"-: 1", "2023-11: 0", "2023-12: 0", "2024-01: 0", "2024-02: 1", "2024-03: 1"}},
		"no window":                {"UTC", "2024-02-28T00:00:00Z", "2024-02-28T00:00:00Z", []string{"day"}, []string{"-: 1", "2024-02-28: 1", "2024-03-02: 1"}},
		"fractions of a second":    {"UTC", "2024-02-28T21:59:59.9Z", "2024-02-28T22:00:00.05Z", []string{"hour"}, []string{"-: 1", "00: 1", "21: 0", "22: 0", "23: 1"}},
		"forward":                  {"America/New_York", "2024-03-10T06:59:00Z", "2024-03-10T08:30:00Z", []string{"hour"}, []string{"-: 1", "01: 0", "03: 0", "04: 0", "18: 1", "19: 1"}},
		"back":                     {"America/New_York", "2024-11-03T05:30:00Z", "2024-11-03T07:00:00Z", []string{"hour"}, []string{"-: 1", "01: 0", "18: 1", "19: 1"}},
		"in the middle of an hour": {"America/Caracas", "2016-05-01T06:30:00Z", "2016-05-01T07:15:00Z", []string{"hour"}, []string{"-: 1", "02: 0", "03: 0", "19: 1", "20: 1"}},
		// The clock of Lord Howe is changed by half an hour, and that of Kathmandu was
		// changed by a quarter of one, at midnight.
		"half an hour":       {"Australia/Lord_Howe", "2024-04-06T14:00:00Z", "2024-04-06T16:00:00Z", []string{"hour"}, []string{"-: 1", "01: 0", "02: 0", "10: 1", "11: 1"}},
		"quarter of an hour": {"Asia/Kathmandu", "1985-12-31T18:00:00Z", "1985-12-31T18:45:00Z", []string{"day", "hour"}, []string{"- -: 1", "1985-12-31 23: 0", "1986-01-01 00: 0", "2024-02-29 05: 1", "2024-03-02 05: 1"}},
	} {
		got, err := gaps(t, test.zone, test.start, test.end, calls, test.groupBy...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestGapsOfALongWindowAreTooManyGroups(t *testing.T) {
	t.Parallel()
	_, err := gaps(t, "UTC", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", nil, "hour", "day")
	if diff := cmp.Diff(error(&statistics.TooManyGroupsError{Dimension: "day", Values: 417}), err); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if _, err := gaps(t, "UTC", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", nil, "day"); err != nil {
		t.Error(err)
	}
}

func TestGapsAreOfTimesOnly(t *testing.T) {
	t.Parallel()
	for _, name := range statistics.Dimensions() {
		_, err := gaps(t, "UTC", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", nil, "day", name)
		if isTime := slices.Contains(statistics.TimeDimensions, name); (err == nil) != isTime {
			t.Errorf("gaps by day and %s: %v", name, err)
		}
	}
}

func TestGroupsSortedByWhatIsNoNumberAreAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"duration", "peak_concurrent_at", "day", "Total_calls", "TotalCalls"} {
		if _, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"day"}, SortBy: name}); err == nil {
			t.Errorf("groups are sorted by %s", name)
		}
	}
}

// A ratio that is 0 is a value, and one that is null is none.
func TestGroupsWithoutTheStatisticThatSortsThemAreLast(t *testing.T) {
	t.Parallel()
	s, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"status"}, SortBy: "answer_seizure_ratio"})
	if err != nil {
		t.Fatal(err)
	}
	var page bird.Page[bird.Call]
	for i, status := range []string{"accepted", "busy", "completed", "failed", "ringing"} {
		page.Items = append(page.Items, bird.Call{ID: strconv.Itoa(i), Status: &status})
	}
	if err := s.Add(page); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, group := range s.Summary().Groups {
		got = append(got, *group.Status)
	}
	if want := []string{"completed", "busy", "failed", "accepted", "ringing"}; !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
}
