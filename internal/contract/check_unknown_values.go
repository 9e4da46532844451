package contract

import "slices"

// checkUnknownValues counts the values of open enumerations that are not published.
var checkUnknownValues = countingCheck("unknown values", func(seen tally, c *call) {
	for path, known := range published {
		if value := textAt(c.fields, path); value != "" && !slices.Contains(known, value) {
			seen[path+" "+word(value)]++
		}
	}
})
