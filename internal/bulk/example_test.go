package bulk_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
)

// city is the struct of an element. Its tags name the attributes.
type city struct {
	Name       string `tfsdk:"name"`
	Population *int64 `tfsdk:"population"` // nil is null
}

// citiesDataSource is the data source geo_cities.
type citiesDataSource struct{}

func (citiesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cities"
}

func (citiesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"country": schema.StringAttribute{Required: true},
		"cities": schema.ListNestedAttribute{Computed: true, NestedObject: schema.NestedAttributeObject{
			Attributes: map[string]schema.Attribute{
				"name":       schema.StringAttribute{Computed: true},
				"population": schema.Int64Attribute{Computed: true},
			},
		}},
	}}
}

// Read sets the arguments as usual, leaves the list null, and passes it to
// bulk.SetList.
func (citiesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	cities := []city{{"Amsterdam", new(int64(931298))}, {"Urk", nil}}
	if err := bulk.SetList(ctx, "cities", cities); err != nil {
		resp.Diagnostics.AddError("Unable to pass the cities to Terraform", err.Error())
	}
}

// geoProvider is a provider with one data source.
type geoProvider struct{}

func (geoProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "geo"
}
func (geoProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (geoProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (geoProvider) Resources(context.Context) []func() resource.Resource { return nil }
func (geoProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return citiesDataSource{} }}
}

// Serve a provider whose data source returns a large list, and read it as
// Terraform does.
func ExampleNewProtocol6() {
	newServer := bulk.NewProtocol6(geoProvider{}, map[string]bulk.List{
		"cities": {Element: city{}, TooLarge: "Choose a smaller country."},
	})
	// A provider's main passes newServer to tf6server.Serve. Here it is called
	// directly.
	server := newServer()
	cityType := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String, "population": tftypes.Number}}
	stateType := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"country": tftypes.String, "cities": tftypes.List{ElementType: cityType}}}
	config, err := tfprotov6.NewDynamicValue(stateType, tftypes.NewValue(stateType, map[string]tftypes.Value{
		"country": tftypes.NewValue(tftypes.String, "NL"),
		"cities":  tftypes.NewValue(tftypes.List{ElementType: cityType}, nil),
	}))
	if err != nil {
		log.Fatal(err)
	}
	resp, err := server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: "geo_cities", Config: &config})
	if err != nil {
		log.Fatal(err)
	}
	state, err := resp.State.Unmarshal(stateType)
	if err != nil {
		log.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := state.As(&attributes); err != nil {
		log.Fatal(err)
	}
	var cities []tftypes.Value
	if err := attributes["cities"].As(&cities); err != nil {
		log.Fatal(err)
	}
	for _, value := range cities {
		var city map[string]tftypes.Value
		var name string
		if err := value.As(&city); err != nil {
			log.Fatal(err)
		}
		if err := city["name"].As(&name); err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, city["population"].IsNull())
	}
	// Output:
	// Amsterdam false
	// Urk true
}
