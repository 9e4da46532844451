package bird

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
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
