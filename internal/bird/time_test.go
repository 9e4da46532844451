package bird

import (
	"testing"
	"time"
)

func TestParseTimeAcceptsLowerCase(t *testing.T) {
	t.Parallel()
	want := time.Date(2024, 2, 28, 16, 54, 33, 241e6, time.UTC)
	for _, text := range []string{"2024-02-28t16:54:33.241z", "2024-02-28T16:54:33.241z", "2024-02-28t22:24:33.241+05:30"} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("ParseTime(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseTimeTakesALeapSecondForTheInstantAfterIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2016-12-31T23:59:60Z":      time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"2017-01-01T05:29:60+05:30": time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"2016-12-31T23:59:60.25Z":   time.Date(2017, 1, 1, 0, 0, 0, 250e6, time.UTC),
		"2016-12-31T23:59:59.25Z":   time.Date(2016, 12, 31, 23, 59, 59, 250e6, time.UTC),
		"2016-12-31t23:59:60z":      time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("ParseTime(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "60", "2016-12-31T23:59", "2016-12-31T23:59:6", "2016-12-31T23:59:61Z", "2016-12-31T23:59:60", "2016-12-31 23:59:60Z", "2016-13-31T23:59:60Z"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %s, want an error", text, got)
		}
	}
}

// No time is the zero time; a text that is none is an error.
func TestTimeOf(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:30", "0001-01-01T05:30:00+05:30", "0000-12-31T19:00:00-05:00", "0001-12-31T23:59:59.999Z",
		"0001-01-01t00:00:00z", "0001-12-31T23:59:59-05:00",
	} {
		if got, err := TimeOf(&text); err != nil || !got.IsZero() {
			t.Errorf("TimeOf(%q) = %s, %v, want the zero time", text, got, err)
		}
	}
	if got, err := TimeOf(nil); err != nil || !got.IsZero() {
		t.Errorf("TimeOf(nil) = %s, %v, want the zero time", got, err)
	}
	for _, text := range []string{"0002-01-01T00:00:00Z", "2024-02-28T16:54:33.241Z", "2024-02-28T16:54:33+23:59"} {
		want, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := TimeOf(&text); err != nil || !got.Equal(want) {
			t.Errorf("TimeOf(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		" ", "soon", "2024-02-28T16:54:33", "1709139273", "2024-02-28T16:54:33,5Z", "2024-02-28T6:54:33Z", "2024-02-28T16:54:33+24:00", "2024-02-28T16:54:33+00:60",
		"2024-02-28T16:54:33+0000", "2024-02-28 16:54:33Z", "2024-02-30T16:54:33Z", "2024-02-28T24:00:00Z", "2016-12-31T23:59:60,5Z", "20240-02-28T16:54:33Z",
	} {
		if got, err := TimeOf(&text); err == nil {
			t.Errorf("TimeOf(%q) = %s, want an error", text, got)
		}
	}
}
