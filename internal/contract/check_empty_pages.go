package contract

// checkEmptyPages counts pages without calls that are not the last one.
var checkEmptyPages = check{
	subjects: []string{"empty pages"},
	needs:    needsList,
	run: func(r *run) error {
		empty := 0
		for _, p := range r.sample {
			if len(p.calls) == 0 && p.next != "" {
				empty++
			}
		}
		if empty > 0 {
			r.found("empty pages", "some", "%d, each with the token of the next page", empty)
		} else {
			r.found("empty pages", "none", "")
		}
		return nil
	},
}
