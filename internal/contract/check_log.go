package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The ids of no channel.
const (
	someUUID    = "5f0c1c5e-0d3b-4c8e-9d55-7a1f4f2c6b90"
	anotherUUID = "c1b7a0d4-6a52-4f0e-8f3e-2d9b5e7f1a36"
)

const severalChannels = "several channelIds"

// checkLog compares the calls log of the workspace with the list of the channel.
var checkLog = check{
	subjects: []string{"calls log", "channelId", severalChannels, "tag"},
	needs:    needsWindow,
	run: func(r *run) error {
		all, complete, err := r.readLog()
		if err != nil {
			return err
		}
		lost := missingFrom(r.within, all)
		switch {
		case !complete:
			r.found("calls log", notKnown, "it has more than two pages")
		case len(lost) > 0:
			r.broken("calls log", "loses calls", "%d of %d of the channel", len(lost), len(r.within))
		default:
			others := matching(all, func(c *call) bool { return textAt(c.fields, "channelId") != r.channelID })
			r.found("calls log", "has the channel's calls", "%d, and %d of other channels", len(r.within), len(others))
		}
		if r.logHas("channelId", nil, all, "channelId", someUUID) && r.logHas("channelId", r.within, all, "channelId", r.channelID) {
			r.found("channelId", "applied", "%d calls, and none of a channel that does not exist", len(r.within))
		}
		// The channel is neither the first nor the last, in case one of them alone counts.
		if r.logHas(severalChannels, r.within, all, "channelId", someUUID, "channelId", r.channelID, "channelId", anotherUUID) {
			r.found(severalChannels, "returns the calls of each", "%d calls", len(r.within))
		}
		tag, tagged := r.someTag()
		switch {
		case tag == "":
			r.found("tag", notKnown, "no tag distinguishes the calls of the window")
		case r.logHas("tag", tagged, all, "channelId", r.channelID, "tag", tag):
			r.found("tag", "applied", "%d of %d calls", len(tagged), len(r.within))
		}
		return nil
	},
}

func (r *run) readLog(pairs ...string) (calls []*call, complete bool, err error) {
	return r.read(r.logPath(), windowQuery(r.start, r.end, pairs...), 2)
}

// logHas compares the calls log with filters to the calls that it should return. all
// are its calls without filters. If they differ, it reports a finding, and returns
// false.
func (r *run) logHas(subject string, want, all []*call, pairs ...string) bool {
	calls, _, err := r.readLog(pairs...)
	lost, others := missingFrom(want, calls), missingFrom(calls, want)
	detail := fmt.Sprintf("%d calls", len(want))
	_, refused := errors.AsType[statusError](err)
	switch {
	case refused && len(want) == 0:
		return true // the service may know that there is no such channel
	case err != nil:
		r.found(subject, notKnown, "%v", err)
	case len(others) > 0 && len(missingFrom(all, calls)) == 0:
		r.broken(subject, "ignored", "%s; %d others came", detail, len(others))
	case len(others) > 0:
		r.broken(subject, "returns other calls, too", "%s; %d others came", detail, len(others))
	case len(lost) > 0:
		r.broken(subject, "loses calls", "%s; %d did not come", detail, len(lost))
	default:
		return true
	}
	return false
}

// someTag returns a tag that some calls of the window have and others lack, and
// those that have it. The tag is "" if there is none.
func (r *run) someTag() (tag string, tagged []*call) {
	for _, c := range r.within {
		for _, tag = range tags(c) {
			tagged = matching(r.within, func(other *call) bool { return slices.Contains(tags(other), tag) })
			if len(tagged) < len(r.within) {
				return tag, tagged
			}
		}
	}
	return "", nil
}

// tags returns the tags of a call in lower case, as the service stores them.
func tags(c *call) (lower []string) {
	list, _ := c.fields["tags"].([]any)
	for _, element := range list {
		if tag, ok := element.(string); ok {
			lower = append(lower, strings.ToLower(tag))
		}
	}
	return lower
}
