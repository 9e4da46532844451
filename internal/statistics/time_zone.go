package statistics

import (
	"archive/zip"
	_ "embed"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// zoneinfo is the time zone database of Go's distribution. time.LoadLocation would
// prefer the one of the machine, and two machines could disagree about a day.
//
//go:generate sh -c "cp \"$(go env GOROOT)/lib/time/zoneinfo.zip\" ."
//go:embed zoneinfo.zip
var zoneinfo string

var zones = sync.OnceValues(func() (*zip.Reader, error) {
	return zip.NewReader(strings.NewReader(zoneinfo), int64(len(zoneinfo)))
})

// ParseTimeZone returns the time zone of an IANA name, such as Europe/Amsterdam,
// from the database in the binary. Any other name is an error, even if it means
// something on this machine.
func ParseTimeZone(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	database, err := zones()
	if err != nil {
		return nil, err
	}
	file, err := database.Open(name)
	if err != nil || name == "Factory" { // which is no zone
		return nil, errors.New("it names no time zone")
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.New("it names no time zone") // but a directory, such as Europe
	}
	return time.LoadLocationFromTZData(name, data)
}
