package bird

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// personal returns the fields of a call that may hold personal data, even those
// that are nil.
func (c *Call) personal() []**string {
	fields := []**string{&c.From, &c.To}
	for _, party := range []*Party{c.Originator, c.Receiver} {
		if party == nil {
			continue
		}
		if number := party.Number; number != nil {
			fields = append(fields, &number.Number, &number.CallerIDName, &number.Identity)
		}
		if contact := party.Contact; contact != nil {
			fields = append(fields, &contact.ID, &contact.IdentifierValue)
		}
	}
	if sip := c.SIPInsights; sip != nil {
		fields = append(fields, &sip.RemoteSignallingIP, &sip.RemoteMediaIP)
	}
	if amd := c.AMDResult; amd != nil {
		fields = append(fields, &amd.Speech)
	}
	if flow := c.CallFlow; flow != nil {
		for i := range flow.Commands {
			for j := range flow.Commands[i].Conditions {
				fields = append(fields, &flow.Commands[i].Conditions[j].Value)
			}
		}
	}
	if notification := c.Notification; notification != nil {
		fields = append(fields, &notification.URL)
	}
	return fields
}

// OmitPersonalData makes the personal data of the call nil: the numbers,
// addresses, names and identities of both sides, their contacts' ids and
// identifier values, remote addresses, the speech that answering-machine detection heard,
// the values of a call flow's conditions, and the notification URL.
func (c *Call) OmitPersonalData() {
	for _, field := range c.personal() {
		*field = nil
	}
}

// PseudonymizePersonalData replaces the values that [Call.OmitPersonalData] makes
// nil by tokens of 32 hexadecimal digits: the first half of the HMAC-SHA256 of the
// value under the key (RFC 2104, section 5). The same value has the same token in
// every call, and a number has the same token with and without its +. Without the
// key, nobody can find the value of a token.
func (c *Call) PseudonymizePersonalData(key string) {
	for _, field := range c.personal() {
		if *field != nil {
			*field = new(pseudonym(key, **field))
		}
	}
}

func pseudonym(key, value string) string {
	if number, ok := strings.CutPrefix(value, "+"); ok && strings.Trim(number, "0123456789") == "" {
		value = number
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:sha256.Size/2])
}
