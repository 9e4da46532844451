package contract

// checkOrder looks for a time by which the sample is in order. An order by a time
// that changes is worth knowing: a call that moves while the list is read can be
// skipped.
var checkOrder = check{
	subjects: []string{"order"},
	needs:    needsList,
	run: func(r *run) error {
		calls := r.calls()
		var best ordered
		for field := range timeFields {
			o := orderBy(calls, field)
			// A time that few calls have says little of the order of all.
			if o.pairs >= 2 && 2*o.pairs >= len(calls)-1 && o.share() > best.share() {
				best = o
			}
		}
		r.sorted = best.share() >= 0.9
		switch {
		case best.pairs == 0:
			r.found("order", notKnown, "%d calls", len(calls))
		case !r.sorted:
			r.found("order", "none by time", "%d calls", len(calls))
		default:
			verdict := best.direction() + ", by " + timeFields[best.field]
			if best.share() < 1 {
				verdict = "mostly " + verdict
			}
			if best.field != createdAt {
				verdict += ", not by createdAt"
			}
			r.found("order", verdict, "%d neighbors, %d of them the other way round", best.pairs, min(best.rising, best.falling))
		}
		return nil
	},
}

// ordered is how neighbors of a list compare by a time.
type ordered struct{ field, pairs, rising, falling int }

func orderBy(calls []*call, field int) ordered {
	o := ordered{field: field}
	before := int64(noTime)
	for _, c := range calls {
		t := c.times[field]
		if t == noTime {
			continue
		}
		switch {
		case before == noTime || before == t:
		case before < t:
			o.rising++
		default:
			o.falling++
		}
		before = t
	}
	o.pairs = o.rising + o.falling
	return o
}

// share is that of the neighbors in the more frequent order.
func (o ordered) share() float64 {
	if o.pairs == 0 {
		return 0
	}
	return float64(max(o.rising, o.falling)) / float64(o.pairs)
}

func (o ordered) direction() string {
	if o.falling > o.rising {
		return "newest first"
	}
	return "oldest first"
}
