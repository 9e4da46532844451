package bird

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// personal gives the members of a call that tell of a person, where they are
// not nil.
func (c *Call) personal() []**string {
	members := []**string{&c.From, &c.To}
	for _, party := range []*Party{c.Originator, c.Receiver} {
		if party == nil {
			continue
		}
		if number := party.Number; number != nil {
			members = append(members, &number.Number, &number.CallerIDName, &number.Identity)
		}
		if contact := party.Contact; contact != nil {
			members = append(members, &contact.ID, &contact.IdentifierValue)
		}
	}
	if sip := c.SIPInsights; sip != nil {
		members = append(members, &sip.RemoteSignallingIP, &sip.RemoteMediaIP)
	}
	if amd := c.AMDResult; amd != nil {
		members = append(members, &amd.Speech)
	}
	if notification := c.Notification; notification != nil {
		members = append(members, &notification.URL)
	}
	return members
}

// OmitPersonalData makes nil what tells of a person in the call: the numbers,
// addresses, names and identities of both sides, their contacts' ids and
// identifier values, remote addresses, what answering-machine detection heard,
// and the notification URL.
func (c *Call) OmitPersonalData() {
	for _, member := range c.personal() {
		*member = nil
	}
}

// PseudonymizePersonalData replaces what [Call.OmitPersonalData] makes nil by a
// token of 32 hexadecimal digits: the first half of the value's HMAC-SHA256
// under the key (RFC 2104, section 5). The same value is the same token in
// every call, and so is a number with and without its +; nobody without the
// key can turn it back.
func (c *Call) PseudonymizePersonalData(key string) {
	for _, member := range c.personal() {
		if *member != nil {
			*member = new(pseudonym(key, **member))
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
