package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

// unknown stands for a value that Terraform does not know yet.
const unknown = "(unknown)"

// object is the value of an object: what is missing in it is null.
type object map[string]any

// session speaks to the server that main serves, as Terraform does. It is for
// what needs no Terraform, or many reads.
type session struct {
	t      testing.TB
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// providerSchema is the schema of the provider. It takes longer to make than
// most tests do.
var providerSchema = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return provider.NewServer("test")().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

func newSession(t testing.TB) *session {
	t.Helper()
	schema, err := providerSchema()
	if err != nil {
		t.Fatal(err)
	}
	if text := diagnosticsText(schema.Diagnostics); text != "" {
		t.Fatal(text)
	}
	return &session{t, provider.NewServer("test")(), schema}
}

// configured returns a session that reads from a fake server.
func configured(t testing.TB, server *birdtest.Server, config object) *session {
	t.Helper()
	s := newSession(t)
	whole := object{"token": birdtest.DefaultToken, "base_url": server.URL()}
	maps.Copy(whole, config)
	if text := s.configure(whole, nil); text != "" {
		t.Fatal(text)
	}
	return s
}

// configure validates and configures, and returns the diagnostics as text.
func (s *session) configure(config object, capabilities *tfprotov6.ConfigureProviderClientCapabilities) string {
	s.t.Helper()
	return s.configureAs("1.11.4", config, capabilities)
}

func (s *session) configureAs(terraformVersion string, config object, capabilities *tfprotov6.ConfigureProviderClientCapabilities) string {
	s.t.Helper()
	value := s.dynamic(s.schema.Provider.ValueType(), config)
	validated, err := s.server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if slices.ContainsFunc(validated.Diagnostics, isError) {
		return diagnosticsText(validated.Diagnostics)
	}
	resp, err := s.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: terraformVersion, Config: value, ClientCapabilities: capabilities,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return diagnosticsText(append(validated.Diagnostics, resp.Diagnostics...))
}

// read validates and reads a data source.
func (s *session) read(ctx context.Context, name string, config object) *tfprotov6.ReadDataSourceResponse {
	s.t.Helper()
	value := s.dynamic(s.schema.DataSourceSchemas[name].ValueType(), config)
	validated, err := s.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if slices.ContainsFunc(validated.Diagnostics, isError) {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: validated.Diagnostics}
	}
	resp, err := s.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: name, Config: value, ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Diagnostics = slices.Concat(validated.Diagnostics, resp.Diagnostics)
	return resp
}

// state reads a data source that must succeed, and returns its value.
func (s *session) state(name string, config object) tftypes.Value {
	s.t.Helper()
	resp := s.read(context.Background(), name, config)
	if text := diagnosticsText(resp.Diagnostics); text != "" {
		s.t.Fatal(text)
	}
	return s.value(s.schema.DataSourceSchemas[name].ValueType(), resp.State)
}

// open validates and opens an ephemeral resource, and returns its result, or the
// diagnostics as text.
func (s *session) open(ctx context.Context, name string, config object) (tftypes.Value, string) {
	s.t.Helper()
	ty := s.schema.EphemeralResourceSchemas[name].ValueType()
	value := s.dynamic(ty, config)
	validated, err := s.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if slices.ContainsFunc(validated.Diagnostics, isError) {
		return tftypes.Value{}, diagnosticsText(validated.Diagnostics)
	}
	resp, err := s.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.value(ty, resp.Result), diagnosticsText(slices.Concat(validated.Diagnostics, resp.Diagnostics))
}

// result reads or opens a kind, and returns its value and the diagnostics as text.
func (s *session) result(k kind, config object) (tftypes.Value, string) {
	s.t.Helper()
	if k.ephemeral {
		return s.open(s.t.Context(), k.name, config)
	}
	resp := s.read(s.t.Context(), k.name, config)
	return s.value(s.schema.DataSourceSchemas[k.name].ValueType(), resp.State), diagnosticsText(resp.Diagnostics)
}

func (s *session) value(ty tftypes.Type, encoded *tfprotov6.DynamicValue) tftypes.Value {
	s.t.Helper()
	value, err := encoded.Unmarshal(ty)
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

func (s *session) dynamic(ty tftypes.Type, config object) *tfprotov6.DynamicValue {
	s.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(ty, newValue(s.t, ty, config))
	if err != nil {
		s.t.Fatal(err)
	}
	return &encoded
}

// newValue makes a value of a type.
func newValue(t testing.TB, ty tftypes.Type, value any) tftypes.Value {
	t.Helper()
	switch value := value.(type) {
	case nil:
		return tftypes.NewValue(ty, nil)
	case object:
		attributes := ty.(tftypes.Object).AttributeTypes
		values := make(map[string]tftypes.Value, len(attributes))
		for name, attribute := range attributes {
			values[name] = newValue(t, attribute, value[name])
		}
		for name := range value {
			if _, ok := attributes[name]; !ok {
				t.Fatalf("the schema has no attribute %s", name)
			}
		}
		return tftypes.NewValue(ty, values)
	case []string:
		var elements []any
		for _, element := range value {
			elements = append(elements, element)
		}
		return newValue(t, ty, elements)
	case []any:
		elements := []tftypes.Value{}
		for _, element := range value {
			elements = append(elements, newValue(t, tftypes.String, element))
		}
		return tftypes.NewValue(ty, elements)
	}
	if value == unknown {
		return tftypes.NewValue(ty, tftypes.UnknownValue)
	}
	return tftypes.NewValue(ty, value)
}

// elements returns the elements of a list attribute.
func elements(t testing.TB, value tftypes.Value, attribute string) []tftypes.Value {
	t.Helper()
	list := attributeOf(t, value, attribute)
	var elements []tftypes.Value
	if list.IsNull() {
		t.Fatalf("the attribute %s is null", attribute)
	}
	if err := list.As(&elements); err != nil {
		t.Fatal(err)
	}
	return elements
}

func attributeOf(t testing.TB, value tftypes.Value, name string) tftypes.Value {
	t.Helper()
	attributes := attributesOf(t, value)
	attribute, ok := attributes[name]
	if !ok {
		t.Fatalf("no attribute %s among %v", name, slices.Sorted(maps.Keys(attributes)))
	}
	return attribute
}

func attributesOf(t testing.TB, value tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes
}

func isError(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }

// diagnosticsText writes diagnostics as a person reads them.
func diagnosticsText(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s: %s (%s)\n%s\n", d.Severity, d.Summary, d.Attribute, d.Detail)
	}
	return b.String()
}

// channel returns the arguments for the fake server's channel, with more.
func channel(more object) object {
	arguments := object{"workspace_id": birdtest.DefaultWorkspaceID, "channel_id": birdtest.DefaultChannelID}
	maps.Copy(arguments, more)
	return arguments
}

// serveBody starts a fake server whose first page is body; the next one, where
// body names one, is empty.
func serveBody(t testing.TB, body string) *birdtest.Server {
	t.Helper()
	return servePages(t, body, `{"results":[]}`)
}

// servePages starts a fake server with a first page and a next one.
func servePages(t testing.TB, first, next string) *birdtest.Server {
	t.Helper()
	return birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		if r.Page != "" {
			return birdtest.Fault{Status: 200, Body: next}
		}
		return birdtest.Fault{Status: 200, Body: first}
	}})
}

// diagnose validates and reads, or opens, a kind, and returns the diagnostics of
// the reading as text.
func (s *session) diagnose(k kind, config object) string {
	s.t.Helper()
	if k.ephemeral {
		_, text := s.open(s.t.Context(), k.name, config)
		return text
	}
	return diagnosticsText(s.read(s.t.Context(), k.name, config).Diagnostics)
}

func encode(t testing.TB, value tftypes.Value) []byte {
	t.Helper()
	encoded, err := value.MarshalMsgPack(value.Type()) //nolint:staticcheck // there is no other way
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// logOf reads or opens a kind, and returns what the provider logs at every level, one
// entry a line.
func (s *session) logOf(k kind, config object) string {
	s.t.Helper()
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(s.t.Context(), &log)
	if k.ephemeral {
		s.open(ctx, k.name, config)
	} else {
		s.read(ctx, k.name, config)
	}
	return log.String()
}

// calls reads or opens a kind that must succeed, and returns its calls.
func (s *session) calls(k kind, config object) []tftypes.Value {
	s.t.Helper()
	if !k.ephemeral {
		return elements(s.t, s.state(k.name, config), "calls")
	}
	result, text := s.open(s.t.Context(), k.name, config)
	if text != "" {
		s.t.Fatal(text)
	}
	return elements(s.t, result, "calls")
}

// kind is a data source or an ephemeral resource.
type kind struct {
	name      string
	ephemeral bool
}

func (k kind) String() string {
	if k.ephemeral {
		return "ephemeral " + k.name
	}
	return "data " + k.name
}

// kinds returns every data source and every ephemeral resource.
func (s *session) kinds() (kinds []kind) {
	for _, name := range slices.Sorted(maps.Keys(s.schema.DataSourceSchemas)) {
		kinds = append(kinds, kind{name, false})
	}
	for _, name := range slices.Sorted(maps.Keys(s.schema.EphemeralResourceSchemas)) {
		kinds = append(kinds, kind{name, true})
	}
	return kinds
}

// kindsWith returns every kind whose schema has an argument or a block of that
// name.
func (s *session) kindsWith(argument string) []kind {
	return slices.DeleteFunc(s.kinds(), func(k kind) bool { return s.types(k)[argument] == nil })
}

// block returns the schema of a kind.
func (s *session) block(k kind) *tfprotov6.SchemaBlock {
	if k.ephemeral {
		return s.schema.EphemeralResourceSchemas[k.name].Block
	}
	return s.schema.DataSourceSchemas[k.name].Block
}

// types returns the types of the attributes and blocks of a kind.
func (s *session) types(k kind) map[string]tftypes.Type {
	return s.block(k).ValueType().(tftypes.Object).AttributeTypes
}

// arguments returns the names of the arguments of a kind, blocks too.
func (s *session) arguments(k kind) (names []string) {
	for _, attribute := range s.block(k).Attributes {
		if attribute.Required || attribute.Optional {
			names = append(names, attribute.Name)
		}
	}
	for _, block := range s.block(k).BlockTypes {
		names = append(names, block.TypeName)
	}
	return names
}

// validate validates a configuration of a kind as Terraform does.
func (s *session) validate(k kind, config object) []*tfprotov6.Diagnostic {
	s.t.Helper()
	var diagnostics []*tfprotov6.Diagnostic
	var err error
	if k.ephemeral {
		var resp *tfprotov6.ValidateEphemeralResourceConfigResponse
		resp, err = s.server.ValidateEphemeralResourceConfig(s.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{
			TypeName: k.name, Config: s.dynamic(s.schema.EphemeralResourceSchemas[k.name].ValueType(), config),
		})
		if resp != nil {
			diagnostics = resp.Diagnostics
		}
	} else {
		var resp *tfprotov6.ValidateDataResourceConfigResponse
		resp, err = s.server.ValidateDataResourceConfig(s.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
			TypeName: k.name, Config: s.dynamic(s.schema.DataSourceSchemas[k.name].ValueType(), config),
		})
		if resp != nil {
			diagnostics = resp.Diagnostics
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return diagnostics
}

// callAttributes returns the names of a call's attributes by the schema.
func (s *session) callAttributes() []string {
	calls := s.schema.DataSourceSchemas["bird_channel_calls"].ValueType().(tftypes.Object).AttributeTypes["calls"]
	return slices.Sorted(maps.Keys(calls.(tftypes.List).ElementType.(tftypes.Object).AttributeTypes))
}

// required returns the required arguments of a kind.
func (s *session) required(k kind) object {
	config := object{}
	for _, name := range []string{"workspace_id", "channel_id"} {
		if slices.Contains(s.kindsWith(name), k) {
			config[name] = map[string]string{"workspace_id": birdtest.DefaultWorkspaceID, "channel_id": birdtest.DefaultChannelID}[name]
		}
	}
	return config
}
