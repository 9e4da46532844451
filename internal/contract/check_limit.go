package contract

// checkLimit looks at what the service made of a limit of 1000.
var checkLimit = check{
	subjects: []string{"limit of 1000"},
	needs:    needsList,
	run: func(r *run) error {
		switch {
		case r.refused != 0:
			r.found("limit of 1000", "refused", "status %d; a limit of 100 is accepted", r.refused)
		case r.pageSize > 1000:
			r.found("limit of 1000", "exceeded", "%d calls in a page", r.pageSize)
		case r.pageSize == 1000:
			r.found("limit of 1000", "accepted", "1000 calls in a page")
		case !r.complete():
			r.found("limit of 1000", "accepted, but pages are smaller", "at most %d calls in a page", r.pageSize)
		default:
			r.found("limit of 1000", "accepted", "the channel has fewer calls")
		}
		return nil
	},
}
