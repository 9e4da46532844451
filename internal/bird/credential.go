package bird

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Credential authenticates requests to the API. However it is formatted, it does
// not show its secret.
type Credential struct {
	scheme string
	secret *string // a pointer, because fmt ignores Format in an unexported field
}

// BearerToken returns the credential for a bearer token.
func BearerToken(token string) Credential { return Credential{"Bearer", &token} }

// AccessKey returns the credential for an access key.
func AccessKey(key string) Credential { return Credential{"AccessKey", &key} }

func (c Credential) text() string {
	if c.secret == nil {
		return ""
	}
	return *c.secret
}

// otherPlatforms are the beginnings of credentials that this API does not accept,
// with what they belong to.
var otherPlatforms = []struct{ prefix, owner string }{
	{"bk_us1_", "Bird's newer platform"},
	{"bk_eu1_", "Bird's newer platform"},
	{"bk_", "Bird's newer platform"},
	{"bird_live_", "another API of Bird"},
	{"bird_test_", "another API of Bird"},
	{"live_", "MessageBird's classic API"},
	{"test_", "MessageBird's classic API"},
}

// OtherPlatform returns how the credential begins, and what it belongs to, if it
// looks like one that this API does not accept. Otherwise it returns "".
func (c Credential) OtherPlatform() (prefix, owner string) {
	for _, other := range otherPlatforms {
		if strings.HasPrefix(c.text(), other.prefix) {
			return other.prefix, other.owner
		}
	}
	return "", ""
}

// Validate returns an error, which does not contain the secret, if the secret
// cannot be sent in an HTTP header.
func (c Credential) Validate() error {
	if scheme, _, ok := strings.Cut(c.text(), " "); ok && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "AccessKey")) {
		return fmt.Errorf("it begins with %s and a space; set the credential alone, since the provider adds the scheme", scheme)
	}
	if strings.ContainsFunc(c.text(), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("it contains a space, a line break or another character that is not allowed in a credential; check that nothing else was copied with it")
	}
	return nil
}

const redacted = "[redacted]"

// Format implements [fmt.Formatter].
func (Credential) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue implements [slog.LogValuer].
func (Credential) LogValue() slog.Value { return slog.StringValue(redacted) }

// redact removes the secret from a text of the server: as it is, in another case,
// percent-encoded, in Base64, or with white space in it.
func (c Credential) redact(s string) string {
	for _, form := range c.forms() {
		s = redactForm(s, form)
	}
	return s
}

// forms returns the secret as [fold] leaves it: itself, and what Base64 makes of it
// wherever it stands in a longer text.
func (c Credential) forms() []string {
	secret := c.text()
	folded, _ := fold(secret)
	if folded == "" {
		return nil
	}
	forms := []string{folded}
	if len(secret) < 8 {
		return forms // its Base64 is part of other words
	}
	for before, partial := range []int{0, 2, 3} { // bytes in front of it, and characters that depend on them
		padded := append(make([]byte, before), secret...)
		encoded := base64.RawStdEncoding.EncodeToString(padded)
		if len(padded)%3 != 0 {
			encoded = encoded[:len(encoded)-1] // depends on what follows
		}
		folded, _ = fold(encoded[partial:])
		forms = append(forms, folded)
	}
	return forms
}

func redactForm(s, form string) string {
	folded, from := fold(s)
	var b strings.Builder
	done := 0 // bytes of s
	for next := 0; ; {
		i := strings.Index(folded[next:], form)
		if i < 0 {
			return b.String() + s[done:]
		}
		first, last := from[next+i], from[next+i+len(form)-1]
		b.WriteString(s[done:first.begin] + redacted)
		done, next = last.end, next+i+len(form)
	}
}

// extent is some bytes of a text.
type extent struct{ begin, end int }

// fold returns a text in lower case, decoded from percent-encoding, however often it
// is encoded, in one alphabet of Base64, and without white space and characters that
// do not print. It also returns what each byte comes from.
func fold(s string) (folded string, from []extent) {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		for r == '%' && i+size+2 <= len(s) {
			decoded, err := hex.DecodeString(s[i+size : i+size+2])
			if err != nil {
				break
			}
			r, size = rune(decoded[0]), size+2
		}
		if r == '%' && i+size+2 > len(s) {
			break // cut within an escape
		}
		if r > ' ' && r < unicode.MaxASCII {
			b.WriteByte(foldASCII(byte(r)))
			from = append(from, extent{i, i + size})
		}
		i += size
	}
	return b.String(), from
}

func foldASCII(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case c == '-':
		return '+'
	case c == '_':
		return '/'
	}
	return c
}

// redactElement removes the secret from what an error quotes of an element of a
// list, before a message truncates it.
func (c Credential) redactElement(err error) error {
	if e, ok := errors.AsType[*FieldError](err); ok {
		e.ID, e.Field = c.redact(e.ID), c.redact(e.Field)
	}
	if e, ok := errors.AsType[*FilterError](err); ok {
		e.ID = c.redact(e.ID)
		if e.Have != nil {
			e.Have = new(c.redact(*e.Have))
		}
	}
	return err
}

// redactCut does the same as redact for a text that may end within the secret.
func (c Credential) redactCut(s string) string {
	s = c.redact(s)
	const harmless = 4 // characters of a secret reveal nothing
	folded, from := fold(s)
	for _, form := range c.forms() {
		for n := len(form) - 1; n > harmless; n-- {
			if strings.HasSuffix(folded, form[:n]) {
				return s[:from[len(folded)-n].begin] + redacted
			}
		}
	}
	return s
}
