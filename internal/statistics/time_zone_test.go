package statistics_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

func TestParseTimeZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT"} {
		if zone, err := statistics.ParseTimeZone(name); err != nil || zone.String() != name {
			t.Errorf("%s is %v (%v)", name, zone, err)
		}
	}
	for _, name := range []string{
		"", "Local", "local", "localtime", "Mars/Olympus", "../UTC", "+01:00", "CEST ", "Europe", "Europe/", "/Europe/Amsterdam", "europe/amsterdam",
		"posixrules", "posix/UTC", "right/UTC", "Factory", "zone.tab", "tzdata.zi",
	} {
		if zone, err := statistics.ParseTimeZone(name); err == nil {
			t.Errorf("%q is %v", name, zone)
		}
	}
}

func TestTimeZonesAreThoseThatAreTaken(t *testing.T) {
	t.Parallel()
	names := statistics.TimeZones()
	if len(names) < 400 || !slices.IsSorted(names) || !slices.Contains(names, "Europe/Amsterdam") {
		t.Errorf("%d time zones: %q", len(names), names)
	}
	for _, name := range names {
		if _, err := statistics.ParseTimeZone(name); err != nil {
			t.Errorf("%q is none: %v", name, err)
		}
	}
}

// It is not parallel: it sets an environment variable. In the database that it names,
// every zone is five hours after UTC.
func TestParseTimeZoneDoesNotAskTheMachine(t *testing.T) {
	directory := t.TempDir()
	fiveHours := "TZif2" + strings.Repeat("\x00", 15+6*4)
	fiveHours = fiveHours[:32] + "\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x04"
	fiveHours += "\x00\x00\x46\x50\x00\x00" + "XXX\x00"
	fiveHours += fiveHours + "\nXXX-5\n"
	for _, name := range []string{"Europe/Amsterdam", "Mars/Olympus"} {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(fiveHours), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("ZONEINFO", directory)
	if zone, err := time.LoadLocation("Mars/Olympus"); err != nil {
		t.Fatalf("the database of the test is none: %v, %v", zone, err)
	}
	if zone, err := statistics.ParseTimeZone("Mars/Olympus"); err == nil {
		t.Errorf("a zone of the machine is %v", zone)
	}
	zone, err := statistics.ParseTimeZone("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Date(2024, 2, 28, 12, 0, 0, 0, time.UTC).In(zone).Format(time.RFC3339); got != "2024-02-28T13:00:00+01:00" {
		t.Errorf("noon of UTC is %s in Amsterdam", got)
	}
}
