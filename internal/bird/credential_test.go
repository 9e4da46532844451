package bird

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
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
			ctx := Bounded(t.Context())
			for _, status := range statuses {
				client := newFakeClient(Config{Credential: BearerToken(secret)}, func(*http.Request) (*http.Response, error) {
					return respond(status, strings.ReplaceAll(body, "SECRET", secret), "X-Request-Id", "req "+secret, "Retry-After", secret, "Content-Type", secret)
				})
				_, err := readAll(client.ChannelCalls(ctx, "w", "c", CallsQuery{Status: "busy"}))
				if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); err == nil || strings.Contains(text, secret[:8]) {
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

func TestCredentialIsNewPlatformKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"bk_live_1": true, "bk_": true, "": false, "bk": false, "BK_1": false, "xbk_1": false} {
		if got := BearerToken(text).IsNewPlatformKey(); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
		if client := New(Config{Credential: AccessKey(text)}); client.Credential().IsNewPlatformKey() != want {
			t.Errorf("%q: the client has another credential", text)
		}
	}
}
