package statistics

import (
	"strconv"
	"strings"

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
	switch textOf(call.Status) {
	case "accepted", "scheduled", "starting", "ringing":
		return pending
	case "ongoing", "completed":
		return answered
	case "no-answer", "busy", "failed", "cancelled":
		return unanswered
	}
	if isReal(call.AnsweredAt) { // a status that Bird has added since
		return answered
	}
	return unanswered
}

// isReal reports whether a field holds a time.
func isReal(field *string) bool {
	t, err := bird.TimeOf(field)
	return err == nil && !t.IsZero()
}

// hasEnded reports whether a call has ended.
func hasEnded(call *bird.Call) bool {
	return outcomeOf(call) != pending && textOf(call.Status) != "ongoing"
}

// abandoned reports whether the caller hung up while the call rang.
func abandoned(call *bird.Call) bool {
	return textOf(call.Status) == "cancelled" && isReal(call.RingingAt)
}

// delivered reports whether the network delivered a call, whatever the called
// side did: answer, user busy, ring no answer or terminal rejection
// (ITU-T E.425). Where no cause is known, the SIP code stands for it (RFC 3398,
// section 8.2.6.1).
func delivered(call *bird.Call) bool {
	switch outcomeOf(call) {
	case answered:
		return true
	case pending:
		return false
	}
	switch textOf(call.Status) {
	case "busy", "no-answer":
		return true
	}
	if abandoned(call) {
		return true
	}
	switch causeCode(call) {
	case "17", "18", "19", "21": // user busy, no answer (two of them), rejected
		return true
	case "", "0":
		switch sipCode(call) {
		case "480", "486", "600", "603": // unavailable, busy, busy everywhere, declined
			return true
		}
	}
	return false
}

// sipCode returns the SIP code that ended the call, or "". The API often sets it
// only in the SIP insights.
func sipCode(call *bird.Call) string {
	if code := textOf(call.HangupSIPCode); code != "" || call.SIPInsights == nil {
		return code
	}
	return textOf(call.SIPInsights.HangupSIPCode)
}

// providerName returns the name of the carrier, or "".
func providerName(call *bird.Call) string {
	if call.SIPInsights == nil {
		return ""
	}
	return textOf(call.SIPInsights.ProviderName)
}

// amdResult returns what answering-machine detection found, or "".
func amdResult(call *bird.Call) string {
	if call.AMDResult == nil {
		return ""
	}
	return textOf(call.AMDResult.Result)
}

// causeCode returns the cause of the release of the call, or "".
func causeCode(call *bird.Call) string {
	if call.HangupCauseCode == nil {
		return ""
	}
	return strconv.FormatInt(*call.HangupCauseCode, 10)
}

// numberOf returns the number of a party, without values if there is none.
func numberOf(party *bird.Party) bird.Number {
	if party == nil || party.Number == nil {
		return bird.Number{}
	}
	return *party.Number
}

// country returns the country of the number of a party, or "".
func country(party *bird.Party) string { return textOf(numberOf(party).CountryISOCode) }

// numberType returns the type of the number of a party, or "".
func numberType(party *bird.Party) string { return textOf(numberOf(party).PSTNNumberType) }

// anonymous returns whether the number of a party says that it is anonymous, or "".
func anonymous(party *bird.Party) string {
	if is := numberOf(party).Anonymous; is != nil {
		return strconv.FormatBool(*is)
	}
	return ""
}

// isLegOfCall reports whether a call belongs to another.
func isLegOfCall(call *bird.Call) bool {
	parent := textOf(call.ParentID)
	return parent != "" && parent != bird.NilUUID
}

// channelOf returns the id of the channel of the call in lower case, or "".
func channelOf(call *bird.Call) string {
	if id := strings.ToLower(textOf(call.ChannelID)); id != bird.NilUUID {
		return id
	}
	return ""
}

// textOf returns the text of a field, or "" if it is absent.
func textOf(field *string) string {
	if field == nil {
		return ""
	}
	return *field
}
