package contract

import (
	"slices"
	"strings"
)

const nilUUID = "00000000-0000-0000-0000-000000000000"

// checkZeroValues counts values that a service written in Go sends for nothing.
var checkZeroValues = countingCheck("zero values", func(seen tally, c *call) {
	countZeros(seen, "", c.fields)
	over := slices.Contains([]string{"completed", "no-answer", "busy", "failed", "cancelled"}, textAt(c.fields, "status"))
	if !over && c.fields["duration"] == 0.0 {
		seen["duration 0 of a call that is not over"]++
	}
})

func countZeros(seen tally, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			countZeros(seen, strings.TrimPrefix(path+"."+fieldName(name), "."), inner)
		}
	case []any:
		for _, inner := range v {
			countZeros(seen, path+"[]", inner)
		}
	case string:
		switch {
		case v == "":
			seen[`"" in `+path]++
		case v == nilUUID:
			seen["nil UUID in "+path]++
		case strings.HasPrefix(v, "0001-"):
			seen["year 0001 in "+path]++
		}
	}
}
