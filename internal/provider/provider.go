// Package provider is the Terraform provider bird: its configuration, its data
// sources, ephemeral resources and functions, and the diagnostics that users
// see.
package provider

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// Address is the provider's address in the Terraform Registry.
const Address = "registry.terraform.io/birdvoice/bird"

// The environment variables that are used when attributes are not set.
const (
	envToken     = "BIRD_TOKEN"
	envAccessKey = "BIRD_ACCESS_KEY"
	envBaseURL   = "BIRD_BASE_URL"

	envPseudonymKey = "BIRD_PSEUDONYM_KEY"

	envAppendUserAgent = "TF_APPEND_USER_AGENT"
)

// oldestTerraform is the oldest version that the tests run with: the first one
// of Terraform that has provider-defined functions.
var oldestTerraform = version.Must(version.NewVersion("1.8.0"))

var (
	_ provider.Provider                       = (*birdProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*birdProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*birdProvider)(nil)
	_ provider.ProviderWithFunctions          = (*birdProvider)(nil)
)

// lists are the large lists, by the names of their attributes.
var lists = map[string]bulk.List{
	"calls":    {Element: bird.Call{}, TooLarge: "Ask for less: narrow the window, filter, name the attributes that you need, or use a call summary, which returns statistics instead of calls."},
	"groups":   {Element: statistics.Group{}, TooLarge: "Group by fewer dimensions, narrow the window, or filter."},
	"channels": {Element: bird.Channel{}, TooLarge: "Ask for less: set platform or status."},
}

// NewServer returns the factory of the provider's protocol servers, which main
// serves and the tests use.
func NewServer(providerVersion string) func() tfprotov6.ProviderServer {
	return bulk.NewProtocol6(New(providerVersion), lists)
}

// New returns the provider. The User-Agent of its requests contains the version.
func New(providerVersion string) provider.Provider {
	return &birdProvider{version: providerVersion}
}

type birdProvider struct{ version string }

type providerModel struct {
	Token                types.String `tfsdk:"token"`
	AccessKey            types.String `tfsdk:"access_key"`
	BaseURL              types.String `tfsdk:"base_url"`
	MaxRequestsPerSecond types.Number `tfsdk:"max_requests_per_second"`
	MaxRetries           types.Number `tfsdk:"max_retries"`
	PseudonymKey         types.String `tfsdk:"pseudonym_key"`
}

func (p *birdProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "bird"
	resp.Version = p.version
}

func (p *birdProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the voice calls of [Bird](https://bird.com) (formerly MessageBird) channels, as typed attributes or as statistics. You get every call in a window of time, or an error; never a partial list.",
		Attributes: map[string]schema.Attribute{
			"token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "Token sent as `Authorization: Bearer …`. Set exactly one of `token` and `access_key`, or of the environment variables `" + envToken + "` and `" + envAccessKey + "`. An attribute takes precedence over both variables.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"access_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "Access key sent as `Authorization: AccessKey …`. Set exactly one of `token` and `access_key`, or of the environment variables `" + envToken + "` and `" + envAccessKey + "`. An attribute takes precedence over both variables.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"base_url": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "URL of the API. It must be https, or http on a loopback host, because every request carries the credential. A path is kept as a prefix. Defaults to the environment variable `" + envBaseURL + "`, then to `" + bird.DefaultBaseURL + "`.",
			},
			"max_requests_per_second": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("Maximum number of requests a second in a workspace. Defaults to %d, the API's documented limit; the provider stays 6 %% below it, because delays on the network vary. All data sources of this provider configuration share the limit. Each alias (`alias`) runs as its own process, so divide the limit between aliases that read the same workspace. Set a lower limit if other programs read the workspace. After status 429, or rate-limit headers, the provider slows down by itself.", bird.DefaultRequestsPerSecond),
				Validators:          []validator.Number{wholeNumber(1, 1000)},
			},
			"max_retries": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("Maximum retries for each page after a transient failure; 0 disables retries. Transient failures are connection errors, truncated responses, 30 seconds without a byte, and the status codes 408, 425, 429 and 500 to 599. Defaults to %d, which outlasts an outage of 20 seconds. A 429 does not count while other pages arrive. What cannot succeed is not retried: a refusal by a proxy, a host that does not exist, or, for more than 5 seconds, a port that has never accepted a connection.", bird.DefaultMaxRetries),
				Validators:          []validator.Number{wholeNumber(0, 100)},
			},
			"pseudonym_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: fmt.Sprintf("Secret key for the tokens of `personal_data = \"pseudonymize\"`: at least %d random characters, because anyone who can guess the key can also guess the numbers. Anyone who has the key can find the token of a number. A different key changes every token. Defaults to the environment variable `%s`.", minPseudonymKey, envPseudonymKey),
			},
		},
	}
}

// ValidateConfig reports errors that do not depend on the environment, so that
// terraform validate shows them. An unknown credential may turn out to be null.
func (p *birdProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if model.Token.ValueString() != "" && model.AccessKey.ValueString() != "" {
		resp.Diagnostics.Append(twoCredentials("the attributes token and access_key are both set"))
	}
	for name, value := range map[string]types.String{"token": model.Token, "access_key": model.AccessKey} {
		setting{value.ValueString(), name, ""}.warnOfOtherPlatform(&resp.Diagnostics)
	}
}

func (p *birdProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Accept a client that does not send its version.
	if is, err := version.NewVersion(req.TerraformVersion); err == nil && is.Core().LessThan(oldestTerraform) {
		resp.Diagnostics.AddError("Terraform too old",
			fmt.Sprintf("The provider works with Terraform or OpenTofu %s and later, and this is version %s.\n\nUpgrade Terraform or OpenTofu.", oldestTerraform, is))
		return
	}
	data := &providerData{unknown: model.unknown(), baseURLVariable: model.BaseURL.IsNull() && os.Getenv(envBaseURL) != ""}
	if data.unknown != "" {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
	} else {
		var config bird.Config
		config, data.credentialSource = model.clientConfig(&resp.Diagnostics)
		data.pseudonymKey = model.pseudonymKey(&resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		config.UserAgent = userAgent(req.TerraformVersion, p.version)
		config.OnRetry, config.OnFallback = logRetry, logFallback
		data.client = bird.New(config)
		if err := data.client.CheckProxy(); err != nil {
			resp.Diagnostics.AddError("Invalid proxy", sentence(err.Error())+"\n\n"+
				"Correct the variable, or unset it to connect without a proxy. A host in the environment variable NO_PROXY needs no proxy.")
			return
		}
	}
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
}

// userAgent returns the User-Agent of requests. Like other providers, it appends
// TF_APPEND_USER_AGENT.
func userAgent(terraformVersion, providerVersion string) string {
	agent := fmt.Sprintf("Terraform/%s (+https://www.terraform.io) terraform-provider-bird/%s (+https://registry.terraform.io/providers/birdvoice/bird) %s",
		terraformVersion, providerVersion, os.Getenv(envAppendUserAgent))
	// A header is one line of characters that print.
	return strings.Join(strings.FieldsFunc(agent, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// unknown returns the name of an attribute whose value is unknown, or "".
func (m providerModel) unknown() string {
	switch {
	case m.Token.IsUnknown():
		return "token"
	case m.AccessKey.IsUnknown():
		return "access_key"
	case m.BaseURL.IsUnknown():
		return "base_url"
	case m.MaxRequestsPerSecond.IsUnknown():
		return "max_requests_per_second"
	case m.MaxRetries.IsUnknown():
		return "max_retries"
	case m.PseudonymKey.IsUnknown():
		return "pseudonym_key"
	}
	return ""
}

// clientConfig combines the attributes, the environment and the defaults. It also
// returns where the credential comes from.
func (m providerModel) clientConfig(diags *diag.Diagnostics) (config bird.Config, credentialSource string) {
	credential, credentialSource := m.credential(diags)
	config = bird.Config{
		Credential:        credential,
		BaseURL:           m.baseURL(diags),
		RequestsPerSecond: bird.DefaultRequestsPerSecond,
		MaxRetries:        bird.DefaultMaxRetries,
	}
	if !m.MaxRequestsPerSecond.IsNull() {
		config.RequestsPerSecond, _ = m.MaxRequestsPerSecond.ValueBigFloat().Float64()
	}
	if !m.MaxRetries.IsNull() {
		retries, _ := m.MaxRetries.ValueBigFloat().Int64()
		config.MaxRetries = int(retries)
	}
	return config, credentialSource
}

// credential returns the one credential that the attributes set, or, if they
// set none, the environment, and which of them it comes from.
func (m providerModel) credential(diags *diag.Diagnostics) (credential bird.Credential, from string) {
	token, accessKey := setting{m.Token.ValueString(), "token", ""}, setting{m.AccessKey.ValueString(), "access_key", ""}
	if token.value == "" && accessKey.value == "" {
		token, accessKey = setting{os.Getenv(envToken), "", envToken}, setting{os.Getenv(envAccessKey), "", envAccessKey}
	}
	credential, source := bird.BearerToken(token.value), token
	switch {
	case token.value != "" && accessKey.value != "":
		diags.Append(twoCredentials(token.source() + " and " + accessKey.source() + " are both set"))
		return bird.Credential{}, ""
	case token.value == "" && accessKey.value == "":
		diags.AddError("Missing credential",
			"The provider needs a credential to read from Bird, and none is set.\n\n"+
				"Set one of the attributes token and access_key, or one of the environment variables "+envToken+" and "+envAccessKey+".")
		return bird.Credential{}, ""
	case accessKey.value != "":
		credential, source = bird.AccessKey(accessKey.value), accessKey
	}
	if err := credential.Validate(); err != nil {
		source.addError(diags, "Invalid credential", "The credential from "+source.source()+" cannot be sent: "+err.Error()+".")
	}
	if source.attribute == "" { // ValidateConfig warns of the attributes
		source.warnOfOtherPlatform(diags)
	}
	return credential, source.source()
}

// baseURL returns the base URL that is set, or nil for the default.
func (m providerModel) baseURL(diags *diag.Diagnostics) *url.URL {
	text, ok := newSetting(m.BaseURL, "base_url", envBaseURL)
	if !ok {
		return nil
	}
	u, err := bird.ParseBaseURL(text.value)
	if err != nil {
		text.addError(diags, "Invalid base URL", "The URL from "+text.source()+" cannot be used: "+err.Error()+".")
	}
	return u
}

// minPseudonymKey is the minimum length of a pseudonym key in characters: 128
// bits in hexadecimal digits.
const minPseudonymKey = 32

// pseudonymKey returns the key for pseudonyms, or "" if none is set.
func (m providerModel) pseudonymKey(diags *diag.Diagnostics) string {
	key, ok := newSetting(m.PseudonymKey, "pseudonym_key", envPseudonymKey)
	if ok && utf8.RuneCountInString(key.value) < minPseudonymKey {
		key.addError(diags, "Pseudonym key too short",
			fmt.Sprintf("The pseudonym key from %s has fewer than %d characters. With a short key, the numbers can be guessed.\n\nSet it to a random string, such as 32 bytes in hexadecimal digits.", key.source(), minPseudonymKey))
	}
	return key.value
}

// setting is a string that configures the provider, with its source: an
// attribute or an environment variable.
type setting struct{ value, attribute, variable string }

// newSetting returns the value of the attribute, or of the variable if that is
// null; ok is false if neither is set.
func newSetting(value types.String, attribute, variable string) (s setting, ok bool) {
	if !value.IsNull() {
		return setting{value.ValueString(), attribute, ""}, true
	}
	text := os.Getenv(variable)
	return setting{text, "", variable}, text != ""
}

func (s setting) source() string {
	if s.attribute != "" {
		return "the attribute " + s.attribute
	}
	return "the environment variable " + s.variable
}

// addError adds an error about the setting, at its attribute if that is its
// source.
func (s setting) addError(diags *diag.Diagnostics, summary, detail string) {
	if s.attribute != "" {
		diags.AddAttributeError(path.Root(s.attribute), summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// warnOfOtherPlatform warns of a credential that the API does not accept, as far as
// its form shows.
func (s setting) warnOfOtherPlatform(diags *diag.Diagnostics) {
	const summary = "Credential of another platform"
	switch detail := otherPlatform(bird.BearerToken(s.value)); {
	case detail == "":
	case s.attribute != "":
		diags.AddAttributeWarning(path.Root(s.attribute), summary, detail)
	default:
		diags.AddWarning(summary, "About "+s.source()+": "+detail)
	}
}

func twoCredentials(what string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Two credentials",
		"The provider takes one credential, and "+what+".\n\n"+
			"Set only one of the attributes token and access_key or, if you set neither, only one of the environment variables "+envToken+" and "+envAccessKey+".")
}

func (p *birdProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		NewChannelsDataSource,
		NewChannelCallsDataSource,
		NewChannelCallSummaryDataSource,
		NewWorkspaceCallsDataSource,
		NewWorkspaceCallSummaryDataSource,
	}
}

func (p *birdProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		NewChannelCallsEphemeralResource,
		NewWorkspaceCallsEphemeralResource,
	}
}

func (p *birdProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		NewHangupCauseFunction,
		NewSIPStatusFunction,
		NewLocalTimeFunction,
		NewE164Function,
	}
}

func (p *birdProvider) Resources(context.Context) []func() resource.Resource { return nil }
