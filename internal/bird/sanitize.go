package bird

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many bytes of one text of the service a message shows.
const maxShown = 200

// What excerpt returns instead of the first bytes.
const (
	bodyEmpty   = "the body is empty"
	bodyNotText = "the body is not text"
	bodyJSON    = "the body is not shown, since it is JSON and may hold personal data"
)

// shown makes a text of the service fit for a message: one line, in which
// control characters are visible as Go writes them and phone numbers are
// masked, truncated after maxShown bytes.
func shown(s string) string {
	return truncate(maskNumbers(visible(s)))
}

// visible makes one line of s. What does not print, such as the escapes that a
// terminal obeys, is written as Go writes it in a string.
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

// idOrDigits matches the UUIDs of a text, or six and more digits in a row.
var idOrDigits = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\pN{6,}`)

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
var digitsAlone = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\pL*\pN{6,}[\pL\pN]*`)

// shownID does what shown does for an id of the service that people quote to its
// support. Digits with letters beside them, as in a hexadecimal number, stay.
func shownID(s string) string {
	return truncate(digitsAlone.ReplaceAllStringFunc(visible(s), func(match string) string {
		if strings.ContainsFunc(match, unicode.IsLetter) || strings.Contains(match, "-") {
			return match
		}
		return "[number]"
	}))
}

// truncate cuts s after maxShown bytes, at a character.
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

// excerpt returns the first bytes of a body that is text and not JSON, whose
// fields may hold personal data. The credential is taken out before the text is
// truncated, lest a part of it stay.
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
