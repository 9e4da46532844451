package bird

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxShown is the maximum number of bytes of a text of the service in a message.
const maxShown = 200

// What excerpt returns instead of a text.
const (
	bodyEmpty  = "the body is empty"
	bodyJSON   = "the body is not shown, because it contains JSON, which may hold personal data"
	bodyOther  = "the body is not shown, because it is neither JSON nor HTML, and may hold personal data"
	bodyNoText = "the body is HTML that shows no text"
)

// shown prepares a text of the service for a message: one line, with control
// characters as Go escapes them, and without phone numbers and addresses, truncated
// after maxShown bytes.
func shown(s string) string {
	return truncate(visible(maskPersonal(s, maskNumbers)))
}

// shownID does the same as shown for an id that people send to the service's
// support. It keeps digits with letters beside them, as in a hexadecimal number.
func shownID(s string) string {
	return truncate(visible(maskPersonal(s, maskNumbersOfID)))
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

// UUID matches a UUID in its text form, in upper or lower case. It matches no braces
// and no prefix.
var UUID = regexp.MustCompile(`^` + uuidPattern + `$`)

const (
	datePattern = `(?:19|20)\d\d[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])`
	timePattern = `\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?`

	// gapPattern is what stands between the digits of a phone number, also in a
	// query of a URL.
	gapPattern    = `(?:[\s\p{Z}\p{C}\p{Pd}−./()\[\]{}+_]|%[0-9A-Fa-f]{2}){0,3}`
	numberPattern = `\pN(?:` + gapPattern + `\pN){5,}`
)

var (
	// address matches name@host.
	address = regexp.MustCompile(`(?:"[^"]{1,100}"|[^\s@<>"]+)(?:@|%40)[\pL\pN\[][^\s<>"]*`)

	// notNumbers matches digits of a text that are no phone number: UUIDs, times,
	// and an IP address with its port, as in an error of the network.
	notNumbers = regexp.MustCompile(uuidPattern + `|\b(?:` + datePattern + `[Tt ])?` + timePattern + `\b|\b(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}\b`)

	phoneNumber     = regexp.MustCompile(numberPattern)
	dates           = regexp.MustCompile(`^` + datePattern + `(?:` + gapPattern + datePattern + `)*$`)
	phoneNumberOfID = regexp.MustCompile(`\pL*` + numberPattern + `[\pL\pN]*`)
)

// maskPersonal replaces what looks like name@host in s. It masks phone numbers with
// mask, which gets everything that can be part of one.
func maskPersonal(s string, mask func(string) string) string {
	s = address.ReplaceAllString(s, "[address]")
	var b strings.Builder
	done := 0
	for _, at := range notNumbers.FindAllStringIndex(s, -1) {
		b.WriteString(mask(s[done:at[0]]))
		b.WriteString(s[at[0]:at[1]])
		done = at[1]
	}
	b.WriteString(mask(s[done:]))
	return b.String()
}

// maskNumbers masks six and more digits, whatever stands between their groups. It
// keeps dates.
func maskNumbers(s string) string {
	return phoneNumber.ReplaceAllStringFunc(s, func(match string) string {
		if dates.MatchString(match) {
			return match
		}
		return "[number]"
	})
}

// maskNumbersOfID does the same, and keeps one group of digits with letters beside
// it.
func maskNumbersOfID(s string) string {
	return phoneNumberOfID.ReplaceAllStringFunc(s, func(match string) string {
		oneGroup := !strings.ContainsFunc(match, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if oneGroup && strings.ContainsFunc(match, unicode.IsLetter) {
			return match
		}
		return maskNumbers(match)
	})
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

// excerpt returns the first text that a page of HTML shows. The bytes of any other
// body may be calls, in JSON, CSV or another form, so it says only that they are not
// shown. It removes the credential before it truncates the text, so that no part of
// the credential stays.
func excerpt(body []byte, credential Credential) string {
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return bodyEmpty
	case isHTML(body):
		text := htmlText(body)
		switch {
		case text == "":
			return bodyNoText
		case !containsJSON(text):
			return shown(credential.redactCut(text))
		}
	case !containsJSON(string(body)):
		return bodyOther
	}
	return bodyJSON
}

// jsonStart matches the beginning of an object or of a list in JSON.
var jsonStart = regexp.MustCompile(`[{\[]\s*["'{\[]`)

// containsJSON reports whether a text is a string in JSON, or contains JSON behind
// anything else.
func containsJSON(text string) bool {
	return jsonStart.MatchString(text) || strings.HasPrefix(strings.TrimSpace(text), `"`)
}

// isHTML reports whether a browser takes a body for HTML, whatever its type is said
// to be.
func isHTML(body []byte) bool {
	return strings.HasPrefix(http.DetectContentType(bytes.TrimPrefix(body, []byte("\uFEFF"))), "text/html")
}

// notShown are the elements of HTML whose content a browser does not show as text.
var notShown = []atom.Atom{
	atom.Audio, atom.Canvas, atom.Iframe, atom.Link, atom.Meta, atom.Noscript, atom.Object, atom.Script, atom.Select, atom.Style,
	atom.Svg, atom.Template, atom.Textarea, atom.Video,
}

// htmlText returns the text that a page of HTML shows, its title included.
func htmlText(body []byte) string {
	page, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return "" // its elements are nested too deeply
	}
	var text []string
	var walk func(*html.Node)
	walk = func(node *html.Node) {
		if node.Type == html.TextNode {
			text = append(text, strings.Fields(node.Data)...)
		}
		if slices.Contains(notShown, node.DataAtom) || slices.ContainsFunc(node.Attr, hides) {
			return
		}
		for child := range node.ChildNodes() {
			walk(child)
		}
	}
	walk(page)
	return strings.Join(text, " ")
}

// hides reports whether an attribute hides its element.
func hides(attribute html.Attribute) bool {
	style := strings.ToLower(strings.ReplaceAll(attribute.Val, " ", ""))
	return attribute.Key == "hidden" ||
		attribute.Key == "style" && (strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden"))
}
