package contract

import (
	"errors"
	"net/http"
	"net/url"
)

// checkList reads the sample: up to three pages with calls, without bounds.
var checkList = check{
	subjects: []string{"list of calls"},
	run: func(r *run) error {
		query := url.Values{}
		filled := 0
		var pages []page
		for len(pages) < 6 && filled < 3 {
			p, err := r.firstOr(query)
			switch {
			case err != nil && r.ctx.Err() != nil:
				return err
			case err != nil:
				r.broken("list of calls", "cannot be read", "%v", err)
				return nil
			}
			pages = append(pages, p)
			if len(p.calls) > 0 {
				filled++
			}
			r.pageSize = max(r.pageSize, len(p.calls))
			if p.next == "" || p.next == query.Get("pageToken") {
				break
			}
			query.Set("pageToken", p.next)
		}
		r.sample = pages
		more := " and more"
		if r.complete() {
			more = ""
			r.noteTotal(pages[len(pages)-1].total, len(r.calls()))
		}
		r.found("list of calls", "can be read", "%d calls%s; pages: %d", len(r.calls()), more, filled)
		return nil
	},
}

// firstOr requests a page of the list. A refusal of the first one may be about its
// limit of 1000, so it is requested again, with the limit of the platform's other
// lists.
func (r *run) firstOr(query url.Values) (page, error) {
	path := r.channelPath(r.channelID)
	p, err := r.page(path, query)
	status, _ := errors.AsType[statusError](err)
	if r.limit == 1000 && !query.Has("pageToken") && (status == http.StatusBadRequest || status == http.StatusUnprocessableEntity) {
		r.limit = 100
		if p, err = r.page(path, query); err == nil {
			r.refused = int(status)
		}
	}
	return p, err
}

// calls returns the calls of the sample, each once, in its order.
func (r *run) calls() []*call { return distinct(r.sample) }

// complete reports whether the sample is the whole list.
func (r *run) complete() bool { return len(r.sample) > 0 && r.sample[len(r.sample)-1].next == "" }
