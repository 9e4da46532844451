package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
)

var (
	_ datasource.DataSourceWithConfigure      = (*channelCallsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*channelCallsDataSource)(nil)
)

// NewChannelCallsDataSource returns the data source bird_channel_calls.
func NewChannelCallsDataSource() datasource.DataSource { return &channelCallsDataSource{} }

type channelCallsDataSource struct{ data *providerData }

type channelCallsModel struct {
	callsArguments
	MaxCalls types.Int64    `tfsdk:"max_calls"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
	Calls    types.List     `tfsdk:"calls"`
}

func (d *channelCallsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_channel_calls"
}

func (d *channelCallsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := callsArgumentAttributes()
	attributes["max_calls"] = schema.Int64Attribute{
		Optional: true,
		MarkdownDescription: fmt.Sprintf("Calls to list at most. Defaults to %d. Where more match, the read ends with an error; the list is never cut short.",
			defaultMaxCalls),
		Validators: []validator.Int64{int64validator.AtLeast(1)},
	}
	attributes["calls"] = callsAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Every call of a voice channel, incoming and outgoing, in a window of time: all of them, or an error that says what to do.\n\n" +
			"A call that is a leg of another one has a `parent_id`, so counting all calls counts some conversations twice. " +
			"The calls are kept in Terraform's state, and they hold phone numbers.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				ReadDescription: "How long the read may take, retries included, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `20m`. Defaults to `10m`.",
			}),
		},
	}
}

func (d *channelCallsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data, _ = req.ProviderData.(*providerData)
}

func (d *channelCallsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var model channelCallsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(model.validate()...)
}

func (d *channelCallsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model channelCallsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	timeout, diags := model.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	calls, diags := readCalls(ctx, d.data, model.query(), maxCalls(model.MaxCalls), timeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = req.Config.Raw
	if err := bulk.SetList(ctx, "calls", calls); err != nil {
		resp.Diagnostics.AddError("Unable to hand the calls to Terraform", err.Error())
	}
}
