package statistics_test

import (
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

func TestParseTimeZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		if zone, err := statistics.ParseTimeZone(name); err != nil || zone.String() != name {
			t.Errorf("%s is %v (%v)", name, zone, err)
		}
	}
	for _, name := range []string{"", "Local", "local", "localtime", "Mars/Olympus", "../UTC", "+01:00", "CEST "} {
		if zone, err := statistics.ParseTimeZone(name); err == nil {
			t.Errorf("%q is %v", name, zone)
		}
	}
}
