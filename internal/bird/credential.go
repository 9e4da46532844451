package bird

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
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

// IsNewPlatformKey reports whether the credential looks like a key of Bird's
// newer platform (it starts with bk_), which this API does not accept.
func (c Credential) IsNewPlatformKey() bool { return strings.HasPrefix(c.text(), "bk_") }

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

// redact removes the secret from a text of the server.
func (c Credential) redact(s string) string {
	if c.text() == "" {
		return s
	}
	return strings.ReplaceAll(s, c.text(), redacted)
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

// redactCut does the same for a text that may end within the secret.
func (c Credential) redactCut(s string) string {
	s = c.redact(s)
	const harmless = 4 // characters of a secret reveal nothing
	for secret := c.text(); len(secret) > harmless; secret = secret[:len(secret)-1] {
		if rest, ok := strings.CutSuffix(s, secret); ok {
			return rest + redacted
		}
	}
	return s
}
