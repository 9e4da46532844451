package contract

// total is what the envelope of a list that was read to its end claims, and how
// many calls came.
type total struct{ claimed, read int }

// noteTotal records the total of a list that was read to its end. A negative one
// was not sent.
func (r *run) noteTotal(claimed float64, read int) {
	if claimed >= 0 {
		r.totals = append(r.totals, total{int(claimed), read})
	}
}

// checkTotal compares the totals of the envelopes with the calls that came. Nobody
// knows what the service counts there, so that a difference is no proof of a lost
// call.
var checkTotal = check{
	subjects: []string{"total"},
	needs:    needsList,
	run: func(r *run) error {
		larger, smaller, example := 0, 0, total{}
		for _, t := range r.totals {
			switch {
			case t.claimed > t.read:
				larger++
				example = t
			case t.claimed < t.read:
				smaller++
				if larger == 0 {
					example = t
				}
			}
		}
		switch {
		case len(r.totals) == 0:
			r.found("total", "none", "")
		case larger > 0:
			r.found("total", "larger than what was read", "in %d of %d lists; total %d, %d calls read", larger, len(r.totals), example.claimed, example.read)
		case smaller > 0:
			r.found("total", "smaller than what was read", "in %d of %d lists; total %d, %d calls read", smaller, len(r.totals), example.claimed, example.read)
		default:
			r.found("total", "as many as were read", "in %d lists", len(r.totals))
		}
		return nil
	},
}
