package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestProviderCredentialComesFromOneLevel(t *testing.T) {
	const (
		bearer = "Bearer "
		key    = "AccessKey "
	)
	all := []string{"token", "access_key", "BIRD_TOKEN", "BIRD_ACCESS_KEY"}
	for name, test := range map[string]struct {
		config object
		env    map[string]string
		sent   string   // the header Authorization
		want   []string // in the diagnostic
	}{
		"token":                               {object{"token": "t0"}, nil, bearer + "t0", nil},
		"access key":                          {object{"access_key": "k0"}, nil, key + "k0", nil},
		"BIRD_TOKEN":                          {nil, map[string]string{"BIRD_TOKEN": "t1"}, bearer + "t1", nil},
		"BIRD_ACCESS_KEY":                     {nil, map[string]string{"BIRD_ACCESS_KEY": "k1"}, key + "k1", nil},
		"token before BIRD_TOKEN":             {object{"token": "t0"}, map[string]string{"BIRD_TOKEN": "t1"}, bearer + "t0", nil},
		"access key before BIRD_TOKEN":        {object{"access_key": "k0"}, map[string]string{"BIRD_TOKEN": "t1"}, key + "k0", nil},
		"token before both variables":         {object{"token": "t0"}, map[string]string{"BIRD_TOKEN": "t1", "BIRD_ACCESS_KEY": "k1"}, bearer + "t0", nil},
		"both attributes":                     {object{"token": "t0", "access_key": "k0"}, nil, "", append([]string{"Two credentials"}, all...)},
		"both variables":                      {nil, map[string]string{"BIRD_TOKEN": "t1", "BIRD_ACCESS_KEY": "k1"}, "", append([]string{"Two credentials"}, all...)},
		"none":                                {nil, nil, "", append([]string{"Missing credential"}, all...)},
		"an empty attribute":                  {object{"token": ""}, nil, "", []string{"token", "at least 1"}},
		"a credential with a line break":      {object{"token": "secret-part\nmore"}, nil, "", []string{"Invalid credential", "line break"}},
		"an environment variable with spaces": {nil, map[string]string{"BIRD_ACCESS_KEY": " secret-part"}, "", []string{"Invalid credential", "the environment variable BIRD_ACCESS_KEY cannot be sent"}},
		"a token with its scheme":             {object{"token": "Bearer secret-part"}, nil, "", []string{"Invalid credential", `AttributeName("token")`, "the attribute token cannot be sent", "begins with Bearer", "provider adds the scheme"}},
		"an access key with its scheme":       {object{"access_key": "accesskey secret-part"}, nil, "", []string{`AttributeName("access_key")`, "begins with accesskey"}},
		"an access key with a line break":     {object{"access_key": "secret-part\n"}, nil, "", []string{`AttributeName("access_key")`, "the attribute access_key", "line break"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := birdtest.NewServer(t, birdtest.Options{})
			t.Setenv("BIRD_BASE_URL", server.URL())
			for _, variable := range []string{"BIRD_TOKEN", "BIRD_ACCESS_KEY"} {
				t.Setenv(variable, test.env[variable])
			}
			s := newSession(t)
			text := s.configure(test.config, nil)
			if n := len(server.Requests()); n != 0 {
				t.Errorf("configuring made %d requests", n)
			}
			for _, word := range test.want {
				if !strings.Contains(text, word) {
					t.Errorf("%q is not in the diagnostic:\n%s", word, text)
				}
			}
			if strings.Contains(text, "secret-part") {
				t.Errorf("the credential is in the diagnostic:\n%s", text)
			}
			if test.sent == "" {
				if text == "" {
					t.Error("no diagnostic")
				}
				return
			}
			if text != "" {
				t.Fatal(text)
			}
			refused := diagnosticsText(s.read(context.Background(), "bird_channel_calls", channel(nil)).Diagnostics)
			requests := server.Requests()
			if len(requests) != 1 || requests[0].Header.Get("Authorization") != test.sent {
				t.Errorf("requests %v, not one with the credential %s", requests, test.sent)
			}
			source := map[string]string{
				bearer + "t0": "the attribute token", key + "k0": "the attribute access_key",
				bearer + "t1": "the environment variable BIRD_TOKEN", key + "k1": "the environment variable BIRD_ACCESS_KEY",
			}[test.sent]
			if !strings.Contains(refused, "Status 401") || !strings.Contains(refused, "The credential comes from "+source+".") {
				t.Errorf("the error does not say that the credential comes from %s:\n%s", source, refused)
			}
		})
	}
}

func TestProviderAppendsToTheUserAgent(t *testing.T) {
	const product = "Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-bird/test (+https://registry.terraform.io/providers/birdvoice/bird)"
	for appended, want := range map[string]string{
		"":                        product,
		"  ":                      product,
		"ci/7 (nightly)":          product + " ci/7 (nightly)",
		" two\r\nX-Header: 1\x01": product + " two X-Header: 1",
	} {
		t.Setenv("TF_APPEND_USER_AGENT", appended)
		server := birdtest.NewServer(t, birdtest.Options{})
		configured(t, server, nil).state("bird_channel_calls", channel(nil))
		if got := server.Requests()[0].Header.Get("User-Agent"); got != want {
			t.Errorf("with %q, User-Agent %q, want %q", appended, got, want)
		}
	}
}

// A credential that the API does not accept is named before it meets a 401, and then.
func TestProviderNamesACredentialOfAnotherPlatform(t *testing.T) {
	for prefix, owner := range map[string]string{
		"bk_us1_": "newer platform", "bk_eu1_": "newer platform", "bk_": "newer platform", "bird_live_": "another API", "bird_test_": "another API", "live_": "classic", "test_": "classic",
	} {
		for _, name := range []string{"token", "access_key"} {
			credential := prefix + "secret-part"
			s := newSession(t)
			server := birdtest.NewServer(t, birdtest.Options{})
			for _, inEnvironment := range []bool{false, true} {
				for _, variable := range []string{"BIRD_TOKEN", "BIRD_ACCESS_KEY"} {
					t.Setenv(variable, "")
				}
				config := object{"base_url": server.URL()}
				if inEnvironment {
					t.Setenv("BIRD_"+strings.ToUpper(name), credential)
				} else {
					config[name] = credential
				}
				warning := s.configure(config, nil)
				failure := diagnosticsText(s.read(context.Background(), "bird_channel_calls", channel(nil)).Diagnostics)
				for text, want := range map[string][]string{warning: {"WARNING: Credential of another platform", name}, failure: {"Status 401"}} {
					if inEnvironment && text == warning {
						want[1] = "BIRD_" + strings.ToUpper(name)
					}
					for _, word := range append(want, "starts with "+prefix+", so", owner, "access_key") {
						if strings.Count(text, word) == 0 || strings.Count(text, "starts with") != 1 || strings.Contains(text, "secret-part") {
							t.Errorf("%s, %s: want %q, once, without the credential:\n%s", prefix, name, word, text)
						}
					}
				}
			}
		}
	}
}

// A process may be configured again, or serve several configurations.
func TestProviderReadsWithTheLatestConfiguration(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Token: "t1"})
	s, other := configured(t, server, object{"token": "t1"}), configured(t, server, nil)
	want := []string{"Bearer t1", "Bearer " + birdtest.DefaultToken, "AccessKey " + birdtest.DefaultAccessKey}
	s.state("bird_channel_calls", channel(nil))
	other.state("bird_channel_calls", channel(nil))
	if text := s.configure(object{"access_key": birdtest.DefaultAccessKey, "base_url": server.URL()}, nil); text != "" {
		t.Fatal(text)
	}
	s.state("bird_channel_calls", channel(nil))
	var sent []string
	for _, request := range server.Requests() {
		sent = append(sent, request.Header.Get("Authorization"))
	}
	if !slices.Equal(sent, want) {
		t.Errorf("credentials sent %q, want %q", sent, want)
	}
}

func TestProviderBaseURLIsOneThatTheCredentialMayTravelTo(t *testing.T) {
	for name, test := range map[string]struct {
		config object
		env    string
		want   []string // in the diagnostic, none where it is accepted
	}{
		"https with a prefix":      {object{"base_url": "https://proxy.example/bird"}, "", nil},
		"http on loopback":         {object{"base_url": "http://[::1]:8080"}, "", nil},
		"attribute before a wrong": {object{"base_url": "https://proxy.example"}, "ftp://example.com", nil},
		"http elsewhere":           {object{"base_url": "http://api.bird.com"}, "", []string{`AttributeName("base_url")`, "Invalid base URL", "https, or http on a loopback host"}},
		"from the environment":     {nil, "http://example.com", []string{"Invalid base URL", "BIRD_BASE_URL"}},
		"with a password":          {object{"base_url": "https://me:password-1@api.bird.com"}, "", []string{"must not contain a user name or a password"}},
		"port past the last":       {object{"base_url": "https://api.bird.com:65536"}, "", []string{"its port must be from 1 to 65535"}},
		"Cyrillic letter":          {object{"base_url": "https://\u0430pi.bird.com"}, "", []string{"outside ASCII"}},
		"empty":                    {object{"base_url": ""}, "", []string{"Invalid base URL", "absolute"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("BIRD_TOKEN", "t0")
			t.Setenv("BIRD_BASE_URL", test.env)
			text := newSession(t).configure(test.config, nil)
			if (text == "") != (test.want == nil) {
				t.Errorf("diagnostic %q", text)
			}
			for _, word := range test.want {
				if !strings.Contains(text, word) {
					t.Errorf("%q is not in the diagnostic:\n%s", word, text)
				}
			}
			if strings.Contains(text, "password-1") {
				t.Errorf("the password is in the diagnostic:\n%s", text)
			}
		})
	}
}

// Go would drop such a proxy, and send the requests past it.
func TestProviderRefusesAProxyThatIsNotValid(t *testing.T) {
	for name, test := range map[string]struct {
		baseURL, noProxy string
		refused          bool
	}{
		"default":  {"https://api.bird.com", "", true},
		"excluded": {"https://api.bird.com", "api.bird.com", false},
		"loopback": {"http://127.0.0.1:1", "", false},
	} {
		t.Setenv("HTTPS_PROXY", "http://me:pass#word-1@proxy.example:3128")
		t.Setenv("NO_PROXY", test.noProxy)
		text := newSession(t).configure(object{"token": "t0", "base_url": test.baseURL}, nil)
		if refused := strings.Contains(text, "Invalid proxy") && strings.Contains(text, "The environment variable HTTPS_PROXY cannot be used: it is not the URL of a proxy"); refused != test.refused || (text != "") != refused || strings.Contains(text, "word-1") {
			t.Errorf("%s: diagnostic %q", name, text)
		}
	}
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	numbers := map[string][2]int{"max_requests_per_second": {1, 1000}, "max_retries": {0, 100}}
	for _, attribute := range newSession(t).schema.Provider.Block.Attributes {
		if _, ok := numbers[attribute.Name]; !ok && attribute.Type.String() == "tftypes.Number" {
			t.Errorf("no value of %s is tried", attribute.Name)
		}
	}
	for name, bounds := range numbers {
		for _, test := range []struct {
			value    any
			accepted bool
		}{
			{nil, true}, {unknown, true}, {bounds[0], true}, {bounds[1], true},
			{bounds[0] - 1, false}, {bounds[1] + 1, false}, {float64(bounds[0]) + 0.5, false},
		} {
			text := newSession(t).configure(object{"token": "t0", name: test.value}, nil)
			want := fmt.Sprintf("%s must be a whole number from %d to %d", name, bounds[0], bounds[1])
			if test.accepted != (text == "") || !test.accepted && !strings.Contains(text, want) {
				t.Errorf("%s = %v: diagnostic %q", name, test.value, text)
			}
		}
	}
	for value, accepted := range map[string]bool{strings.Repeat("ä", 32): true, strings.Repeat("ä", 31): false, "": false} {
		text := newSession(t).configure(object{"token": "t0", "pseudonym_key": value}, nil)
		if accepted != (text == "") || !accepted && !strings.Contains(text, "fewer than 32 characters") {
			t.Errorf("pseudonym_key = %q: diagnostic %q", value, text)
		}
	}
}

// At one request a second, there is no time for a second page within a second.
func TestProviderSettingsLimitTheRate(t *testing.T) {
	t.Parallel()
	server := serveBody(t, `{"results":[],"nextPageToken":"2"}`)
	s := configured(t, server, object{"max_requests_per_second": 1})
	expectDiagnostic(t, s, channel(object{"timeouts": object{"read": "1s"}}), "Reading calls timed out")
	if n := len(server.Requests()); n > 1 {
		t.Errorf("%d requests in a second", n)
	}
}

// Terraform shows every other value in plans and messages.
func TestProviderSettingsThatAreSecretAreSensitive(t *testing.T) {
	t.Parallel()
	var sensitive []string
	for _, attribute := range newSession(t).schema.Provider.Block.Attributes {
		if attribute.Sensitive {
			sensitive = append(sensitive, attribute.Name)
		}
	}
	slices.Sort(sensitive)
	if want := []string{"access_key", "pseudonym_key", "token"}; !slices.Equal(sensitive, want) {
		t.Errorf("%q are sensitive, want %q", sensitive, want)
	}
}

// The table of limits on the provider's page has the defaults of the schema.
func TestProviderSettingsHaveTheDefaultsOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../templates/index.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(t)
	descriptions := make(map[string]string)
	for _, block := range []*tfprotov6.SchemaBlock{s.schema.Provider.Block, s.schema.DataSourceSchemas["bird_channel_calls"].Block} {
		for _, attribute := range block.Attributes {
			descriptions[attribute.Name] = attribute.Description
		}
		for _, nested := range block.BlockTypes {
			for _, attribute := range nested.Block.Attributes {
				descriptions[attribute.Name] = attribute.Description
			}
		}
	}
	// Such as: | What it limits | `max_retries` of the provider | 10 |
	rows := regexp.MustCompile("(?m)^\\|[^|]+\\| `(\\w+)` [^|]+\\| ([\\d,]+)[^|]*\\|$").FindAllStringSubmatch(string(page), -1)
	for _, row := range rows {
		if number := strings.ReplaceAll(row[2], ",", ""); !regexp.MustCompile("Defaults to `?"+number+`\b`).MatchString(descriptions[row[1]]+" ") && !strings.Contains(descriptions[row[1]], "Defaults to `"+number+"m`") {
			t.Errorf("the page says that the default of %s is %s, and the schema: %s", row[1], row[2], descriptions[row[1]])
		}
	}
	if len(rows) != 4 {
		t.Errorf("%d limits in the table, want 4: %q", len(rows), rows)
	}
}

// The registry tells Terraform by the manifest whether it can use the provider.
func TestNewServerSpeaksTheProtocolOfTheManifest(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../terraform-registry-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(content, &manifest); err != nil {
		t.Fatal(err)
	}
	// NewServer returns a server of tfprotov6.
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		t.Errorf("manifest %+v", manifest)
	}
}

func TestProviderSettingFromTheEnvironmentIsNotBlamedOnAnAttribute(t *testing.T) {
	t.Setenv("BIRD_TOKEN", "t0")
	t.Setenv("BIRD_BASE_URL", "http://example.com")
	t.Setenv("BIRD_PSEUDONYM_KEY", "short")
	text := newSession(t).configure(nil, nil)
	for _, word := range []string{"The URL from the environment variable BIRD_BASE_URL", "the environment variable BIRD_PSEUDONYM_KEY has fewer"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in the diagnostics:\n%s", word, text)
		}
	}
	if strings.Contains(text, "AttributeName") {
		t.Errorf("an attribute is blamed:\n%s", text)
	}
}

func TestProviderCredentialThatIsUnknownMayBeNull(t *testing.T) {
	t.Parallel()
	for _, config := range []object{{"token": unknown, "access_key": unknown}, {"token": "t0", "access_key": unknown}, {"token": unknown, "access_key": "k0"}} {
		s := newSession(t)
		if text := s.configure(config, nil); text != "" {
			t.Errorf("%v: %s", config, text)
		}
		expectDiagnostic(t, s, channel(nil), "Provider configuration not known yet")
	}
}

func TestProviderWithAnUnknownCredentialFailsOnlyWhatReads(t *testing.T) {
	t.Parallel()
	for _, setting := range newSession(t).schema.Provider.Block.Attributes {
		attribute := setting.Name
		config := object{"token": "t0"}
		if attribute == "access_key" {
			config = object{}
		}
		config[attribute] = unknown
		s := newSession(t)
		if text := s.configure(config, nil); text != "" {
			t.Errorf("%s: %s", attribute, text)
		}
		expectDiagnostic(t, s, channel(nil), "Provider configuration not known yet", "attribute "+attribute, "-target", "depends_on")
	}
}

func TestProviderWithAnUnknownCredentialDefersWhereTheClientAllowsIt(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	if text := s.configure(object{"token": unknown}, &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true}); text != "" {
		t.Fatal(text)
	}
	value := s.dynamic(s.schema.DataSourceSchemas["bird_channel_calls"].ValueType(), channel(nil))
	resp, err := s.server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "bird_channel_calls", Config: value, ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Deferred == nil || resp.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown || len(resp.Diagnostics) > 0 {
		t.Errorf("deferred %v, diagnostics %s", resp.Deferred, diagnosticsText(resp.Diagnostics))
	}
}

func TestProviderWithAnUnknownCredentialInTerraform(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{})
	w := newWorkspace(t, server, "resource \"terraform_data\" \"credential\" {\n  input = \""+birdtest.DefaultToken+"\"\n}\n\n"+
		"provider \"bird\" {\n  token = terraform_data.credential.output\n}\n")
	w.run("plan", "-input=false")
	w.write("calls.tf", dataChannelCalls(""))
	code, output := w.try("plan", "-input=false")
	if code != 1 || !strings.Contains(output, "Provider configuration not known yet") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	w.write("calls.tf", dataChannelCalls("  depends_on = [terraform_data.credential]"))
	w.run("apply", "-auto-approve", "-input=false")
	if n := len(server.Requests()); n != 1 {
		t.Errorf("%d requests, not 1", n)
	}
	w.run("plan", "-input=false", "-detailed-exitcode")
}

func TestProviderRefusesATerraformThatIsTooOld(t *testing.T) {
	t.Parallel()
	for version, tooOld := range map[string]bool{
		"0.15.5": true, "1.7.5": true, "1.8.0": false, "1.8.0-rc1": false, "1.12.6": false, "2.0.0-dev": false, "": false, "unknown": false,
	} {
		text := newSession(t).configureAs(version, object{"token": "t0"}, nil)
		if tooOld != strings.Contains(text, "Terraform too old") || tooOld != strings.Contains(text, "1.8.0 and later, and this is version "+version) {
			t.Errorf("version %q: diagnostic %q", version, text)
		}
	}
}
