package bird

import (
	"errors"
	"strings"
	"time"
)

// ParseTime parses an RFC 3339 date-time, whose t and z may be lower-case (section
// 5.6). A leap second (section 5.7) is the instant that follows it, as in POSIX
// time.
func ParseTime(s string) (time.Time, error) {
	s = strings.ToUpper(s)
	t, err := parseStrictly(s)
	if err == nil {
		return t, nil
	}
	const seconds = len("2006-01-02T15:04:")
	if rest, ok := strings.CutPrefix(s[min(seconds, len(s)):], "60"); ok {
		if before, err := parseStrictly(s[:seconds] + "59" + rest); err == nil {
			return before.Add(time.Second), nil
		}
	}
	return time.Time{}, err
}

// parseStrictly leaves out what time.Parse takes for RFC 3339 besides: a comma, an hour
// of one digit, an offset of more than 23:59.
func parseStrictly(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, err
	}
	hours, minutes := "00", "00" // of the offset
	if !strings.HasSuffix(s, "Z") {
		hours, minutes = s[len(s)-5:len(s)-3], s[len(s)-2:]
	}
	if s[len("2006-01-02T15")] != ':' || strings.Contains(s, ",") || hours > "23" || minutes > "59" {
		return time.Time{}, errors.New("it is not an RFC 3339 date-time")
	}
	return t, nil
}

// TimeOf returns the time that a field of a call or a channel holds, or the zero
// time if it holds none: if it is nil, empty, or in year 0001. A text that is not a
// date-time is an error.
func TimeOf(field *string) (time.Time, error) {
	if field == nil || isZero(*field, "time") {
		return time.Time{}, nil
	}
	return ParseTime(*field)
}

// timeOrZero is [TimeOf], for which a text that is not a date-time is no time.
func timeOrZero(field *string) time.Time {
	t, _ := TimeOf(field)
	return t
}

// created returns the time of creation, or the zero time.
func (c *Call) created() time.Time { return timeOrZero(c.CreatedAt) }

// updated returns the time of the last update, or the zero time.
func (c *Call) updated() time.Time { return timeOrZero(c.UpdatedAt) }

// times returns the times that a call has.
func (c *Call) times() []time.Time {
	var all []time.Time
	for _, field := range []*string{c.CreatedAt, c.UpdatedAt, c.RingingAt, c.AnsweredAt, c.EndedAt, c.ScheduledFor} {
		if t := timeOrZero(field); !t.IsZero() {
			all = append(all, t)
		}
	}
	return all
}
