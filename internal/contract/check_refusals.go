package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// checkRefusals requests what cannot exist.
var checkRefusals = check{
	subjects: []string{"unknown credential", "unknown channel", "limit of 1001", "startAt that is no time"},
	run: func(r *run) error {
		scheme, _, _ := strings.Cut(r.authorization, " ")
		few := url.Values{"limit": {"10"}}
		for _, request := range []struct {
			subject, authorization, channel string
			query                           url.Values
			tolerable                       bool // a list with calls
		}{
			{"unknown credential", scheme + " contract-test", r.channelID, few, false},
			{"unknown channel", r.authorization, someUUID, few, false},
			{"limit of 1001", r.authorization, r.channelID, url.Values{"limit": {"1001"}}, true},
			{"startAt that is no time", r.authorization, r.channelID, url.Values{"limit": {"10"}, "startAt": {"contract"}}, true},
		} {
			resp, err := r.get(request.authorization, r.channelPath(request.channel), request.query)
			if err != nil {
				r.found(request.subject, notKnown, "%v", err)
				continue
			}
			calls := 0
			var object struct{ Results []any }
			if json.Unmarshal(resp.body, &object) == nil && resp.status == http.StatusOK {
				calls = len(object.Results)
			}
			switch {
			case calls > 0 && request.tolerable:
				r.found(request.subject, "200 with calls", "%d", calls)
			case calls > 0:
				r.broken(request.subject, "200 with calls", "%d", calls)
			default:
				r.found(request.subject, fmt.Sprintf("%d %s", resp.status, shapeOf(resp.body)), "")
			}
		}
		return nil
	},
}

// shapeOf returns the names of the fields of a response, without its values.
func shapeOf(body []byte) string {
	var value any
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "empty"
	case json.Unmarshal(body, &value) != nil:
		return "not JSON"
	default:
		return shape(value)
	}
}
