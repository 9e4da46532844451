package contract

import (
	"fmt"
	"slices"
	"strconv"
)

// checkContradictions counts what is in a call and cannot be, or cannot be meant.
var checkContradictions = countingCheck("contradictions", func(seen tally, c *call) {
	status, answered := textAt(c.fields, "status"), c.times[answeredAt] != noTime
	switch {
	case slices.Contains([]string{"no-answer", "busy", "failed", "cancelled"}, status) && answered:
		seen["unanswered with answeredAt"]++
	case slices.Contains([]string{"ongoing", "completed"}, status) && !answered:
		seen["answered without answeredAt"]++
	}
	if value := valueAt(c.fields, "qualityInsights.mos"); value != nil {
		if score, err := strconv.ParseFloat(fmt.Sprint(value), 64); err != nil {
			seen["mos that is no number"]++
		} else if score < 1 || score > 5 {
			seen["mos outside 1 to 5"]++
		}
	}
	if value := valueAt(c.fields, "qualityInsights.pdd"); value != nil {
		if delay, err := strconv.ParseFloat(fmt.Sprint(value), 64); err != nil || delay < 0 {
			seen["pdd that is no delay"]++
		}
	}
	sipCode := func(path string) string {
		code := valueAt(c.fields, path)
		if code == nil {
			return ""
		}
		return fmt.Sprint(code)
	}
	switch outer, inner := sipCode("hangupSipCode"), sipCode("sipInsights.hangupSipCode"); {
	case outer == "" && inner != "":
		seen["SIP code in sipInsights only"]++
	case outer != "" && inner == "":
		seen["SIP code in the call only"]++
	case outer != inner:
		seen["two SIP codes that differ"]++
	}
	created := c.times[createdAt]
	for name, field := range map[string]int{"endedAt": endedAt, "updatedAt": updatedAt} {
		if t := c.times[field]; t != noTime && created != noTime && t < created {
			seen[name+" before createdAt"]++
		}
	}
})
