package contract

import (
	"math"
	"strings"
	"time"
)

// checkForms counts how values are written that the API writes in more than one
// way.
var checkForms = countingCheck("forms of values", func(seen tally, c *call) {
	for _, path := range numberNames {
		switch value := textAt(c.fields, path); {
		case strings.HasPrefix(value, "+"):
			seen["numbers with +"]++
		case value != "" && strings.Trim(value, "0123456789") == "":
			seen["numbers without +"]++
		case value != "":
			seen["addresses that are no number"]++
		}
	}
	for _, path := range []string{"qualityInsights.mos", "qualityInsights.pdd", "hangupSipCode", "sipInsights.hangupSipCode", "hangupCauseCode", "duration"} {
		switch value := valueAt(c.fields, path).(type) {
		case string:
			if value != "" {
				seen[path+" as text"]++
			}
		case float64:
			if value == math.Trunc(value) {
				seen[path+" as a whole number"]++
			} else {
				seen[path+" as a number with decimals"]++
			}
		}
	}
	for _, name := range timeFields {
		text := textAt(c.fields, name)
		if text == "" {
			continue
		}
		if _, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)); err != nil {
			seen[name+" not in RFC 3339"]++
			continue
		}
		_, fraction, _ := strings.Cut(text, ".")
		if digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789")); digits > 3 {
			seen["times finer than a millisecond"]++
		}
		if !strings.HasSuffix(strings.ToUpper(text), "Z") {
			seen["times with an offset"]++
		}
	}
})
