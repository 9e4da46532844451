package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
)

var (
	_ datasource.DataSourceWithConfigure      = (*callsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*callsDataSource)(nil)
)

// NewChannelCallsDataSource returns the data source bird_channel_calls.
func NewChannelCallsDataSource() datasource.DataSource { return &callsDataSource{scope: ofChannel} }

// NewWorkspaceCallsDataSource returns the data source bird_workspace_calls.
func NewWorkspaceCallsDataSource() datasource.DataSource { return &callsDataSource{scope: ofWorkspace} }

type callsDataSource struct {
	scope scope
	data  *providerData
}

func (d *callsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + string(d.scope) + "_calls"
}

func (d *callsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = callsSchema(ctx, d.scope)
	resp.Schema.MarkdownDescription = "Every call of " + d.scope.phrase() + ", incoming and outgoing, in a window of time.\n\n" +
		"A call that is a leg of another call has a `parent_id`, so counting all calls counts some conversations twice. " +
		"Terraform stores the calls in its state. They hold phone numbers unless you set `personal_data` or `attributes`."
}

func (d *callsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data, _ = req.ProviderData.(*providerData)
}

func (d *callsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validateArguments(ctx, req.Config)...)
}

func (d *callsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	resp.Diagnostics.Append(readCalls(ctx, d.data, d.scope, req.Config)...)
}
