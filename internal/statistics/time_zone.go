package statistics

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // for machines without a time zone database
)

// ParseTimeZone returns the time zone of an IANA name, such as
// Europe/Amsterdam. A name whose meaning depends on the machine is an error.
func ParseTimeZone(name string) (*time.Location, error) {
	switch {
	case name == "", strings.EqualFold(name, "local"), strings.EqualFold(name, "localtime"):
		return nil, errors.New("it names no time zone")
	}
	return time.LoadLocation(name)
}
