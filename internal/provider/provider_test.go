package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			var sent []string
			for _, request := range server.Requests() {
				sent = append(sent, request.Header.Get("Authorization"))
			}
			if !slices.Equal(sent, []string{test.sent}) {
				t.Errorf("credentials sent %q, want %q once", sent, test.sent)
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
		"empty":                    {object{"base_url": ""}, "", []string{"Invalid base URL", "must begin with https://"}},
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
	type test struct {
		value   any
		problem string // in the diagnostic; "" if it is accepted
	}
	credential := []test{{nil, "Missing credential"}, {unknown, ""}, {"", "at least 1"}, {"c0", ""}}
	wholeNumber := func(lowest, highest int) []test {
		problem := fmt.Sprintf(" must be a whole number from %d to %d", lowest, highest)
		return []test{{nil, ""}, {unknown, ""}, {lowest, ""}, {highest, ""}, {lowest - 1, problem}, {highest + 1, problem}, {float64(lowest) + 0.5, problem}}
	}
	table := map[string][]test{
		"token":                   credential,
		"access_key":              credential,
		"base_url":                {{nil, ""}, {unknown, ""}, {"https://proxy.example/bird", ""}, {"", "Invalid base URL"}, {"http://api.bird.com", "Invalid base URL"}},
		"max_requests_per_second": wholeNumber(1, 1000),
		"max_retries":             wholeNumber(0, 100),
		"pseudonym_key": {
			{nil, ""}, {unknown, ""}, {strings.Repeat("ä", 32), ""}, {strings.Repeat("ä", 31), "fewer than 32 characters"}, {"", "fewer than 32 characters"},
		},
	}
	if diff := cmp.Diff(settings(t), slices.Sorted(maps.Keys(table))); diff != "" {
		t.Errorf("settings (-of the schema +that are tried):\n%s", diff)
	}
	for name, tests := range table {
		for _, test := range tests {
			config := object{"token": "t0"}
			if name == "access_key" {
				config = object{}
			}
			config[name] = test.value
			text := newSession(t).configure(config, nil)
			if accepted := test.problem == ""; accepted != (text == "") || !accepted && (!strings.Contains(text, test.problem) || !strings.Contains(text, name)) {
				t.Errorf("%s = %v: want %q and the name in the diagnostic:\n%s", name, test.value, test.problem, text)
			}
		}
	}
}

// settings returns the names of the provider's attributes, sorted.
func settings(t *testing.T) (names []string) {
	t.Helper()
	for _, attribute := range newSession(t).schema.Provider.Block.Attributes {
		names = append(names, attribute.Name)
	}
	slices.Sort(names)
	return names
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

// What one kind is told by the service holds for every kind, in the same workspace: each
// pair shares a client, with its rate and its pauses.
func TestProviderKindsShareTheLimitOfAWorkspace(t *testing.T) {
	t.Parallel()
	const other = "b1b7c9d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	kinds := newSession(t).kindsWith("workspace_id")
	for i, first := range kinds {
		server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
			if strings.Contains(r.Path, other) {
				return birdtest.Fault{Status: 200, Body: `{"results":[]}`}
			}
			return birdtest.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"3600"}}}
		}})
		s := configured(t, server, nil)
		// The pause is longer than the read may take, so nobody waits for its end.
		for _, second := range append([]kind{first}, kinds...) {
			text := s.diagnose(second, s.required(second))
			if n := len(server.Requests()); n != 1 || !strings.Contains(text, "timed out") {
				t.Errorf("%s after %s was told to wait: %d requests so far, diagnostics %q", second, first, n, text)
			}
		}
		elsewhere := kinds[(i+1)%len(kinds)]
		config := s.required(elsewhere)
		config["workspace_id"] = other
		if text := s.diagnose(elsewhere, config); text != "" || len(server.Requests()) != 2 {
			t.Errorf("%s of another workspace after %s was told to wait: %q", elsewhere, first, text)
		}
	}
}

// Terraform shows every other value in plans and messages.
func TestProviderSettingsThatAreSecretAreSensitive(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		"token": true, "access_key": true, "pseudonym_key": true,
		"base_url": false, "max_requests_per_second": false, "max_retries": false,
	}
	got := make(map[string]bool)
	for _, attribute := range newSession(t).schema.Provider.Block.Attributes {
		got[attribute.Name] = attribute.Sensitive
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings that are sensitive (-want +got):\n%s", diff)
	}
}

// The table of limits on the provider's page has the defaults of the schemas.
func TestProviderSettingsHaveTheDefaultsOfThePage(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	want := make(map[string]string)
	add := func(attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			if match := regexp.MustCompile("Defaults to `?(\\d+)").FindStringSubmatch(attribute.Description); match != nil {
				want[attribute.Name] = match[1]
			}
		}
	}
	add(s.schema.Provider.Block.Attributes)
	for _, schemas := range []map[string]*tfprotov6.Schema{s.schema.DataSourceSchemas, s.schema.EphemeralResourceSchemas} {
		for _, schema := range schemas {
			add(schema.Block.Attributes)
			for _, nested := range schema.Block.BlockTypes {
				add(nested.Block.Attributes)
			}
		}
	}
	got := make(map[string]string)
	// Such as: | What it limits | `max_retries` of the provider | 10 |
	for _, row := range regexp.MustCompile("(?m)^\\|[^|]+\\| `(\\w+)` [^|]+\\| ([\\d,]+)[^|]*\\|$").FindAllStringSubmatch(readFile(t, "../../templates/index.md.tmpl"), -1) {
		got[row[1]] = strings.ReplaceAll(row[2], ",", "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-of the schemas +on the page):\n%s", diff)
	}
}

// Whatever the environment can set is on the provider's page.
func TestProviderSettingsFromTheEnvironmentAreOnThePage(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../../templates/index.md.tmpl")
	names := regexp.MustCompile(`"(BIRD_\w+)"`).FindAllStringSubmatch(readFile(t, "provider.go"), -1)
	for _, name := range names {
		if !strings.Contains(page, "`"+name[1]+"`") {
			t.Errorf("%s is not on the page", name[1])
		}
	}
	if len(names) == 0 {
		t.Error("no variables were found")
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
