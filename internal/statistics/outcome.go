package statistics

import (
	"strconv"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// outcome is the result of a call so far.
type outcome int

const (
	unanswered outcome = iota
	answered
	pending // may still be answered
)

// outcomeOf decides from the status, because the API sets answeredAt even on calls
// that nobody answered.
func outcomeOf(call *bird.Call) outcome {
	switch text(call.Status) {
	case "accepted", "scheduled", "starting", "ringing":
		return pending
	case "ongoing", "completed":
		return answered
	case "no-answer", "busy", "failed", "cancelled":
		return unanswered
	}
	if at, err := bird.TimeOf(call.AnsweredAt); err == nil && !at.IsZero() { // a status that Bird has added since
		return answered
	}
	return unanswered
}

// abandoned reports whether the caller hung up while the call rang.
func abandoned(call *bird.Call) bool {
	if text(call.Status) != "cancelled" {
		return false
	}
	rang, err := bird.TimeOf(call.RingingAt)
	return err == nil && !rang.IsZero()
}

// delivered reports whether the network delivered a call, whatever the called
// side did: answer, user busy, ring no answer or terminal rejection
// (ITU-T E.425).
func delivered(call *bird.Call) bool {
	switch outcomeOf(call) {
	case answered:
		return true
	case pending:
		return false
	}
	if call.HangupCauseCode != nil {
		switch *call.HangupCauseCode {
		case 17, 18, 19, 21: // user busy, no answer (two of them), rejected
			return true
		}
	}
	status := text(call.Status)
	return abandoned(call) || status == "busy" || status == "no-answer"
}

// sipCode returns the SIP code that ended the call, or "". The API often sets it
// only in the SIP insights.
func sipCode(call *bird.Call) string {
	if code := text(call.HangupSIPCode); code != "" || call.SIPInsights == nil {
		return code
	}
	return text(call.SIPInsights.HangupSIPCode)
}

// causeCode returns the cause of the release of the call, or "".
func causeCode(call *bird.Call) string {
	if call.HangupCauseCode == nil {
		return ""
	}
	return strconv.FormatInt(*call.HangupCauseCode, 10)
}

// country returns the country of the number of a party, or "".
func country(party *bird.Party) string {
	if party == nil || party.Number == nil {
		return ""
	}
	return text(party.Number.CountryISOCode)
}

// text returns the text of a field, or "" if it is absent.
func text(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}
