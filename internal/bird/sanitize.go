package bird

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the maximum number of bytes of a text of the service in a message.
const maxShown = 200

// What excerpt returns instead of the first bytes.
const (
	bodyEmpty   = "the body is empty"
	bodyNotText = "the body is not text"
	bodyJSON    = "the body is not shown, because it is JSON and may contain personal data"
)

// shown prepares a text of the service for a message: one line, with control
// characters as Go escapes them and phone numbers masked, truncated after maxShown
// bytes.
func shown(s string) string {
	return truncate(maskNumbers(visible(s)))
}

// visible joins the lines of s. It escapes characters that do not print, such as
// the escape sequences of terminals, as Go does in a string.
func visible(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// uuidPattern is the pattern of a UUID in its text form (RFC 9562, section 4).
const uuidPattern = `[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`

// UUID matches a UUID in its text form, in upper or lower case. Braces or a prefix
// are none.
var UUID = regexp.MustCompile(`^` + uuidPattern + `$`)

// idOrDigits matches the UUIDs of a text, or six and more digits in a row.
var idOrDigits = regexp.MustCompile(uuidPattern + `|\pN{6,}`)

// maskNumbers replaces six and more digits in a row, which may be a phone
// number, but leaves UUIDs as they are.
func maskNumbers(s string) string {
	return idOrDigits.ReplaceAllStringFunc(s, func(match string) string {
		if strings.Contains(match, "-") {
			return match
		}
		return "[number]"
	})
}

// digitsAlone matches the UUIDs of a text, six and more digits in a row, and the
// letters beside them.
var digitsAlone = regexp.MustCompile(uuidPattern + `|\pL*\pN{6,}[\pL\pN]*`)

// shownID does the same as shown for an id that people send to the service's
// support. It keeps digits with letters beside them, as in a hexadecimal number.
func shownID(s string) string {
	return truncate(digitsAlone.ReplaceAllStringFunc(visible(s), func(match string) string {
		if strings.ContainsFunc(match, unicode.IsLetter) || strings.Contains(match, "-") {
			return match
		}
		return "[number]"
	}))
}

// truncate truncates s after maxShown bytes, at the end of a character.
func truncate(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// excerpt returns the first bytes of a body that is text but not JSON, whose fields
// may hold personal data. It removes the credential before it truncates the text,
// so that no part of the credential stays.
func excerpt(body []byte, credential Credential) string {
	if len(body) == 0 {
		return bodyEmpty
	}
	if isJSON(body) {
		return bodyJSON
	}
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	printable := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	if strings.TrimSpace(printable) == "" || utf8.RuneCountInString(printable) < utf8.RuneCountInString(text)*9/10 {
		return bodyNotText
	}
	return shown(credential.redactCut(text))
}

// isJSON reports whether a body is JSON, or begins like JSON.
func isJSON(body []byte) bool {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\uFEFF")))
	return len(body) > 0 && bytes.IndexByte([]byte(`{["`), body[0]) >= 0
}
