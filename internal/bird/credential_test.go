package bird

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

func TestCredentialShowsInNoForm(t *testing.T) {
	t.Parallel()
	credential := AccessKey(secret)
	config := Config{Credential: credential}
	values := map[string]any{
		"credential": credential, "pointer": &credential, "list": []Credential{credential}, "map": map[string]Credential{"k": credential},
		"config": config, "client": New(config), "unexported": struct{ c Credential }{credential},
	}
	for name, value := range values {
		var shown bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08.3f"} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
		fmt.Fprintln(&shown, value)
		encoded, _ := json.Marshal(value)
		shown.Write(encoded)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("json", "value", value)
		text := strings.ToLower(shown.String())
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%d", []byte(secret))} {
			if strings.Contains(text, strings.Trim(form, "[]")) {
				t.Errorf("the %s shows the credential:\n%s", name, &shown)
			}
		}
	}
	if got := fmt.Sprintf("%v %+v %q", credential, config.Credential, &credential); got != "[redacted] [redacted] [redacted]" {
		t.Errorf("formatted as %s", got)
	}
}

func TestCredentialValidateFindsWhatCannotTravel(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "abc", "bk_ABC-123._~+/=", "!~"} {
		if err := BearerToken(good).Validate(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{" " + secret, secret + "\n", secret + "\r\nX-Header: 1", "\t" + secret, secret + "é", secret + "\x7f", secret + " "} {
		if err := AccessKey(bad).Validate(); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: error %v, want one without the secret", bad, err)
		}
	}
}

// A secret with its scheme is not taken for one that was copied with a space.
func TestCredentialValidateKnowsASecretWithItsScheme(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"Bearer " + secret: "begins with Bearer and", "accesskey " + secret: "begins with accesskey and", "Basic " + secret: "contains a space", secret + " bearer": "contains a space",
	} {
		if err := BearerToken(secret).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says it %s", secret, err, want)
		}
	}
}

// Whatever a response quotes of the request, no error shows the credential.
func TestCredentialShowsInNoError(t *testing.T) {
	t.Parallel()
	statuses := []int{200, 201, 302}
	for status := 400; status < 600; status++ {
		statuses = append(statuses, status)
	}
	for name, body := range map[string]string{
		"text":          "you sent SECRET",
		"HTML":          "<p>you sent SECRET",
		"message":       `{"code":"SECRET","message":"SECRET","details":{"SECRET":["SECRET"]}}`,
		"errors":        `{"errors":[{"code":"SECRET","description":"SECRET","parameter":"SECRET"}]}`,
		"error":         `{"error":{"type":"SECRET","message":"SECRET","request_id":"SECRET","details":[{"field":"SECRET","message":"SECRET"}]}}`,
		"id":            `{"results":[{"id":"SECRET","tags":1}]}`,
		"id of another": `{"results":[{"id":"SECRET","status":"SECRET"}]}`,
		"broken":        `{"results":[{"id":"a","SECRET":1,"SECRET":2}]}`,
		"token":         `{"results":[],"nextPageToken":["SECRET"]}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := watchdog.Bounded(t.Context())
			for _, status := range statuses {
				client := newFakeClient(Config{Credential: BearerToken(secret)}, func(*http.Request) (*http.Response, error) {
					return respond(status, strings.ReplaceAll(body, "SECRET", secret), "X-Request-Id", "req "+secret, "Retry-After", secret, "Content-Type", secret)
				})
				_, err := readAll(client.ChannelCalls(ctx, "w", "c", CallsQuery{Status: "busy"}))
				if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); err == nil || strings.Contains(text, secret[:5]) {
					t.Errorf("%s of status %d: error %s", name, status, text)
				}
			}
		})
	}
}

// Of a secret that a text ends within, no more than four characters stay.
func TestCredentialRedactCut(t *testing.T) {
	t.Parallel()
	credential := BearerToken("abcdefgh")
	for text, want := range map[string]string{
		"": "", "x": "x", "x abcd": "x abcd", "x abcde": "x [redacted]", "x abcdefg": "x [redacted]",
		"x abcdefgh": "x [redacted]", "abcdefgh abcdef": "[redacted] [redacted]", "x bcdefgh": "x bcdefgh",
	} {
		if got := credential.redactCut(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := (Credential{}).redactCut("text"); got != "text" {
		t.Errorf("without a credential, %q is shown", got)
	}
}

func TestCredentialOtherPlatform(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{"bk_us1_", "bk_eu1_", "bk_", "live_", "test_", "bird_live_", "bird_test_"} {
		if !slices.ContainsFunc(otherPlatforms, func(other struct{ prefix, owner string }) bool { return other.prefix == begin }) {
			t.Errorf("%s is not known", begin)
		}
	}
	for _, other := range otherPlatforms {
		for _, credential := range []Credential{BearerToken(other.prefix + "Ab1"), AccessKey(other.prefix)} {
			if prefix, owner := New(Config{Credential: credential}).Credential().OtherPlatform(); prefix != other.prefix || owner != other.owner {
				t.Errorf("%s belongs to %q, because it begins with %q", other.prefix, owner, prefix)
			}
		}
		for _, good := range []string{"", strings.ReplaceAll(other.prefix, "_", ""), strings.ToUpper(other.prefix) + "1", "x" + other.prefix + "1"} {
			if prefix, owner := BearerToken(good).OtherPlatform(); prefix != "" || owner != "" {
				t.Errorf("%q belongs to %q", good, owner)
			}
		}
	}
}

// The Base64 of a short secret is part of other words, and the last character of
// another depends on what follows, unless its length is a multiple of three.
func TestCredentialRedactsBase64(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{"abcdefg": "YWJjZGVmZw==", "abcdefgh": redacted + "g=", "abcdefghi": redacted} {
		if got := BearerToken(secret).redact(base64.StdEncoding.EncodeToString([]byte(secret))); got != want {
			t.Errorf("the Base64 of %s is shown as %s, want %s", secret, got, want)
		}
	}
}

// However a server writes the credential, it is the credential.
func TestCredentialRedactsEveryFormOfTheSecret(t *testing.T) {
	t.Parallel()
	const secret = "aB3-xyz_4567/+=.~kQ"
	hexOf := func(s, format string) (all string) {
		for _, c := range []byte(s) {
			all += fmt.Sprintf(format, c)
		}
		return all
	}
	forms := map[string]string{
		"as it is":                   secret,
		"in upper case":              strings.ToUpper(secret),
		"in lower case":              strings.ToLower(secret),
		"percent-encoded":            url.QueryEscape(secret),
		"every character":            hexOf(secret, "%%%02x"),
		"in upper-case digits":       hexOf(secret, "%%%02X"),
		"percent-encoded twice":      url.QueryEscape(hexOf(secret, "%%%02X")),
		"at a line end":              secret[:7] + "\r\n" + secret[7:],
		"with an indented line":      secret[:7] + "\n    " + secret[7:],
		"with a zero-width space":    secret[:7] + "\u200b" + secret[7:],
		"in lines of four":           strings.Join(regexp.MustCompile(`.{1,4}`).FindAllString(secret, -1), "\n"),
		"percent-encoded, line ends": strings.ReplaceAll(url.QueryEscape(secret), "%", "\n%"),
	}
	for before := range 4 {
		for after := range 4 {
			around := strings.Repeat("<", before) + secret + strings.Repeat(">", after)
			forms[fmt.Sprintf("in Base64 between %d and %d", before, after)] = base64.StdEncoding.EncodeToString([]byte(around))
			forms[fmt.Sprintf("in Base64 for URLs between %d and %d", before, after)] = base64.RawURLEncoding.EncodeToString([]byte(around))
		}
	}
	for name, form := range forms {
		for _, text := range []string{form, "You sent " + form + ", twice: " + form + "."} {
			got := AccessKey(secret).redact(text)
			rest := strings.NewReplacer(redacted, "", "You sent ", "", ", twice: ", "", ".", "").Replace(got)
			if !strings.Contains(got, redacted) || len(rest) > 2*12 { // of Base64, what belongs to other bytes
				t.Errorf("%s: %q is shown as %q", name, text, got)
			}
		}
		for cut := 1; cut < len(form) && !strings.HasPrefix(name, "in Base64"); cut++ {
			got, _ := fold(strings.ReplaceAll(AccessKey(secret).redactCut("You sent "+form[:cut]), redacted, ""))
			if shown, _ := fold(secret); len(got) > len("yousent")+4 && strings.HasPrefix(got[len("yousent"):], shown[:5]) {
				t.Errorf("%s, cut after %d bytes: %q", name, cut, got)
			}
		}
	}
	if secret := "abcdefgh%zz"; AccessKey(secret).redact(secret) != redacted { // ends with what is no escape
		t.Errorf("%q is shown as %q", secret, AccessKey(secret).redact(secret))
	}
	for _, text := range []string{"", "%", "%4", "%zz", "100%", "\xff%41\xff", secret[1:], "aB3 - xyz"} {
		if got := AccessKey(secret).redact(text); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
	for _, short := range []string{"", "\u200b", "a"} { // which cannot be sent, or is hardly one
		if got := AccessKey(short).redact("b c%2"); got != "b c%2" {
			t.Errorf("with %q: %q", short, got)
		}
	}
}
