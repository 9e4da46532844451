package provider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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

// stand configures a session to read from a fake server.
func stand(t testing.TB, server *birdtest.Server, config object) *session {
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
	defer watch(s.t.Name())()
	value := s.dynamic(s.schema.Provider.ValueType(), config)
	validated, err := s.server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if text := diagnosticsText(validated.Diagnostics); text != "" {
		return text
	}
	resp, err := s.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: terraformVersion, Config: value, ClientCapabilities: capabilities,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return diagnosticsText(resp.Diagnostics)
}

// read validates and reads a data source.
func (s *session) read(ctx context.Context, name string, config object) *tfprotov6.ReadDataSourceResponse {
	s.t.Helper()
	defer watch(s.t.Name())()
	value := s.dynamic(s.schema.DataSourceSchemas[name].ValueType(), config)
	validated, err := s.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: validated.Diagnostics}
	}
	resp, err := s.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: name, Config: value, ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{},
	})
	if err != nil {
		s.t.Fatal(err)
	}
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
	defer watch(s.t.Name())()
	ty := s.schema.EphemeralResourceSchemas[name].ValueType()
	value := s.dynamic(ty, config)
	validated, err := s.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if text := diagnosticsText(validated.Diagnostics); text != "" {
		return tftypes.Value{}, text
	}
	resp, err := s.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if text := diagnosticsText(resp.Diagnostics); text != "" {
		return tftypes.Value{}, text
	}
	return s.value(ty, resp.Result), ""
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
