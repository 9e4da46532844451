package contract

// checkRepeats counts calls that come more than once.
var checkRepeats = check{
	subjects: []string{"repeated calls"},
	needs:    needsList,
	run: func(r *run) error {
		came := 0
		for _, p := range r.sample {
			came += len(p.calls)
		}
		once := len(r.calls())
		if came > once {
			r.found("repeated calls", "some", "%d of %d", came-once, came)
		} else {
			r.found("repeated calls", "none", "%d calls", once)
		}
		return nil
	},
}
