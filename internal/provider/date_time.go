package provider

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// dateTimeMistake says what is wrong with a text that is no RFC 3339 date-time, and
// which date-time it is probably meant to be. Each is "" where it is not known.
func dateTimeMistake(text string) (problem, suggestion string) {
	for _, rest := range []string{"T00:00:00Z", ":00Z", "Z"} { // what is left out, in UTC
		complete := strings.Replace(strings.TrimSpace(text), " ", "T", 1) + rest
		if _, err := bird.ParseTime(complete); err == nil {
			return "", complete
		}
	}
	if epoch, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch len(text) { // from 1973 to 2286
		case 9, 10:
			return "epoch seconds", time.Unix(epoch, 0).UTC().Format(time.RFC3339)
		case 12, 13:
			return "epoch milliseconds", time.UnixMilli(epoch).UTC().Format(time.RFC3339Nano)
		}
	}
	date := calendarDate.FindStringSubmatch(text)
	if date == nil {
		return "", ""
	}
	month, err := time.Parse("2006-01", date[1]+"-"+date[2])
	if err != nil {
		return "there is no month " + date[2], ""
	}
	day, _ := strconv.Atoi(date[3])
	if last := month.AddDate(0, 1, -1).Day(); day < 1 || day > last {
		return fmt.Sprintf("%s has %d days", month.Format("January 2006"), last), ""
	}
	return "", ""
}

// calendarDate is the date of a date-time, or a date alone.
var calendarDate = regexp.MustCompile(`^\s*(\d{4})-(\d{2})-(\d{2})(?:[Tt\s]|$)`)
