package contract

// checkEnvelope counts the pages that have more fields than results and
// nextPageToken.
var checkEnvelope = check{
	subjects: []string{"fields beside results"},
	needs:    needsList,
	run: func(r *run) error {
		if len(r.envelope) == 0 {
			r.found("fields beside results", "none", "%d pages", len(r.bodies))
		} else {
			r.found("fields beside results", "some", "%s; of %d pages", r.envelope, len(r.bodies))
		}
		return nil
	},
}
