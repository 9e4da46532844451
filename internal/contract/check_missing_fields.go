package contract

// checkMissingFields counts the fields that a call lacks although the documentation
// promises them. (A call without an id is one that the decoder refuses.)
var checkMissingFields = countingCheck("missing fields", func(seen tally, c *call) {
	for _, name := range []string{"id", "channelId", "from", "to", "status", "type", "direction", "createdAt", "updatedAt"} {
		if textAt(c.fields, name) == "" {
			seen[name]++
		}
	}
})
