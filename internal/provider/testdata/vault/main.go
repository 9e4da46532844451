// Command vault is a provider with the one ephemeral resource of hashicorp/vault
// that an example uses. Its secret is that of the environment variable VAULT_SECRET.
package main

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type vault struct{}

func (vault) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}
func (vault) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (vault) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (vault) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (vault) Resources(context.Context) []func() resource.Resource                              { return nil }
func (vault) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return secret{} }}
}

type secret struct{}

type secretModel struct {
	Mount types.String      `tfsdk:"mount"`
	Name  types.String      `tfsdk:"name"`
	Data  map[string]string `tfsdk:"data"`
}

func (secret) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "vault_kv_secret_v2"
}

func (secret) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"mount": schema.StringAttribute{Required: true},
		"name":  schema.StringAttribute{Required: true},
		"data":  schema.MapAttribute{Computed: true, ElementType: types.StringType},
	}}
}

func (secret) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	model.Data = map[string]string{"access_key": os.Getenv("VAULT_SECRET")}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return vault{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/vault", ProtocolVersion: 6})
	if err != nil {
		log.Fatal(err)
	}
}
