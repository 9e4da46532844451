package provider

import (
	"context"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
)

var (
	_ datasource.DataSourceWithConfigure      = (*channelsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*channelsDataSource)(nil)
)

// NewChannelsDataSource returns the data source bird_channels.
func NewChannelsDataSource() datasource.DataSource { return &channelsDataSource{} }

type channelsDataSource struct{ data *providerData }

func (d *channelsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_channels"
}

func (d *channelsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Every channel of a workspace, on all platforms or on one. Use it to find the id of a voice channel by its name or its number, or to read the calls of each channel.",
		Attributes: map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Workspace that the channels belong to, a UUID. The settings at [app.bird.com](https://app.bird.com) show it.",
				Validators:          []validator.String{isUUID},
			},
			"platform": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only channels of this platform, written like the `platform_id` of the channels. Voice channels have `voice-messagebird`, a name that Bird does not document.",
				Validators:          []validator.String{isPlatform},
			},
			"status": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only channels with this status, such as `active`, written like the `status` of the channels.",
				Validators:          []validator.String{filterLength},
			},
			"channels": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The channels, sorted by `name`, then `id`, with null for what the API left out or sent empty.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":           computedString("Identifier of the channel, a UUID: the `channel_id` of its calls."),
					"name":         computedString("Name of the channel, which other channels may have, too."),
					"platform_id":  computedString("Platform of the channel, as the API names it: `voice-messagebird` for voice channels."),
					"identifier":   computedString("Number or address of the channel on its platform: the phone number with `+` of a voice channel."),
					"status":       computedString("Status of the channel, such as `active`."),
					"connector_id": computedString("Connector that the channel belongs to, a UUID."),
					"created_at":   computedString("When the channel was created, an RFC 3339 date-time as the API sent it."),
					"updated_at":   computedString("When the channel last changed, an RFC 3339 date-time as the API sent it."),
				}},
			},
		},
		Blocks: map[string]schema.Block{"timeouts": timeoutsBlock(ctx)},
	}
}

func (d *channelsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data, _ = req.ProviderData.(*providerData)
}

func (d *channelsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	timeoutArgument(ctx, req.Config, &resp.Diagnostics)
}

func (d *channelsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	args, diags := parseChannelsArguments(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(d.data.checkReady()...)
	if resp.Diagnostics.HasError() {
		return
	}
	channels := []bird.Channel{} // a workspace without channels has an empty list, not null
	pages := func(ctx context.Context) iter.Seq2[bird.Page[bird.Channel], error] {
		return d.data.client.Channels(ctx, args.workspaceID, args.query)
	}
	resp.Diagnostics.Append(readPages(ctx, d.data, args.listing, pages, func(page bird.Page[bird.Channel], _ progress) diag.Diagnostics {
		channels = append(channels, page.Items...)
		bird.ReplaceRepeated(channels, page.Repeats)
		return nil
	})...)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(channels) == 0 && args.query != (bird.ChannelsQuery{}) {
		resp.Diagnostics.AddWarning("No channels", "There are no "+args.name+". A rule about each channel passes for the wrong reason.\n\n"+
			"List the channels without platform and status, and write the arguments like the platform_id and the status of the channels.")
	}
	bird.SortChannels(channels)
	resp.State.Raw = req.Config.Raw
	if err := bulk.SetList(ctx, "channels", channels); err != nil {
		resp.Diagnostics.AddError("Unable to pass the channels to Terraform", err.Error())
	}
}

type channelsArguments struct {
	listing
	workspaceID string
	query       bird.ChannelsQuery
}

// parseChannelsArguments reads the arguments of a configuration whose values
// are all known and validated.
func parseChannelsArguments(ctx context.Context, config tfsdk.Config) (channelsArguments, diag.Diagnostics) {
	var diags diag.Diagnostics
	text := func(name string) string { return argument[types.String](ctx, config, name, &diags).ValueString() }
	a := channelsArguments{workspaceID: strings.ToLower(text("workspace_id"))}
	for _, filter := range bird.ChannelFilters {
		*filter.Value(&a.query) = text(filter.Parameter)
	}
	a.listing = listing{
		timeout:  timeoutArgument(ctx, config, &diags),
		noun:     "channel",
		name:     "channels of workspace " + a.workspaceID + describeFilters(&a.query, bird.ChannelFilters),
		narrower: "a platform or a status",
		policies: "/workspaces/*/channels",
		instead:  " Without it, read bird_workspace_calls or bird_workspace_call_summary: they need no list of channels, and show the id of each channel that has calls.",
		ids:      "workspace_id: no such workspace",
	}
	return a, diags
}
