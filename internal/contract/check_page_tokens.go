package contract

// checkPageTokens looks for a token that leads nowhere new, and uses one again, as
// the client does after a response was lost.
var checkPageTokens = check{
	subjects: []string{"page tokens"},
	needs:    needsList,
	run: func(r *run) error {
		tokens := make(map[string]bool)
		filled, second := 0, page{}
		for _, p := range r.sample {
			if p.next != "" && tokens[p.next] {
				r.broken("page tokens", "one comes twice", "the list has no end")
				return nil
			}
			tokens[p.next] = true
			if len(p.calls) > 0 {
				if filled++; filled == 2 {
					second = p
				}
			}
		}
		if filled < 2 {
			r.found("page tokens", notKnown, "the list has one page")
			return nil
		}
		again, err := r.page(r.channelPath(r.channelID), second.query)
		switch {
		case err != nil && r.ctx.Err() != nil:
			return err
		case err != nil:
			r.broken("page tokens", "work once", "%v", err)
		case len(again.calls) == 0:
			r.broken("page tokens", "work once", "then the page is empty")
		case sameCalls(again.calls, second.calls):
			r.found("page tokens", "can be used again", "the same %d calls", len(again.calls))
		default:
			r.found("page tokens", "can be used again", "with %d other calls of %d", len(missingFrom(again.calls, second.calls)), len(again.calls))
		}
		return nil
	},
}
