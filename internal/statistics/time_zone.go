package statistics

import (
	"archive/zip"
	_ "embed"
	"errors"
	"io"
	"slices"
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

// TimeZones returns the names that [ParseTimeZone] takes, sorted.
func TimeZones() []string {
	database, err := zones()
	if err != nil {
		return nil
	}
	var names []string
	for _, file := range database.File {
		if !file.FileInfo().IsDir() && file.Name != factory {
			names = append(names, file.Name)
		}
	}
	slices.Sort(names)
	return names
}

// factory is an entry of the database that is no zone.
const factory = "Factory"

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
	if strings.ContainsAny(name[:min(1, len(name))], "+-") {
		return nil, errors.New("it is an offset, and a time zone may have another one in summer")
	}
	file, err := database.Open(name)
	if err != nil || name == factory {
		return nil, errors.New("it names no time zone")
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.New("it names no time zone") // but a directory, such as Europe
	}
	return time.LoadLocationFromTZData(name, data)
}
