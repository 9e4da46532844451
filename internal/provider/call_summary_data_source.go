package provider

import (
	"context"
	"maps"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

var (
	_ datasource.DataSourceWithConfigure      = (*callSummaryDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*callSummaryDataSource)(nil)
)

// NewChannelCallSummaryDataSource returns the data source
// bird_channel_call_summary.
func NewChannelCallSummaryDataSource() datasource.DataSource {
	return &callSummaryDataSource{scope: ofChannel}
}

// NewWorkspaceCallSummaryDataSource returns the data source
// bird_workspace_call_summary.
func NewWorkspaceCallSummaryDataSource() datasource.DataSource {
	return &callSummaryDataSource{scope: ofWorkspace}
}

type callSummaryDataSource struct {
	scope scope
	data  *providerData
}

func (d *callSummaryDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + string(d.scope) + "_call_summary"
}

func (d *callSummaryDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := callsArgumentAttributes(d.scope)
	maps.Copy(attributes, summaryAttributes(d.scope))
	resp.Schema = schema.Schema{
		MarkdownDescription: "Figures of every call of " + d.scope.phrase() + " in a window of time: counts, ratios, durations and quality, without a number or name of anybody. " +
			"The calls are read as they stream in and none is kept, so the window may hold millions.\n\n" +
			"The figures are of all the calls, or there is an error that says what to do. Legs of another call count as calls; `child_calls` tells how many they are.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeoutsBlock(ctx)},
	}
}

func (d *callSummaryDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data, _ = req.ProviderData.(*providerData)
}

func (d *callSummaryDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validateArguments(ctx, req.Config)...)
}

func (d *callSummaryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	args, diags := parseArguments(ctx, req.Config, d.scope)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(d.data.checkReady()...)
	if resp.Diagnostics.HasError() {
		return
	}
	summarizer := bird.NewSummarizer()
	resp.Diagnostics.Append(readPages(ctx, d.data.client, args, func(page bird.Page[bird.Call], _ progress) diag.Diagnostics {
		for i := range page.Items {
			summarizer.Add(&page.Items[i])
		}
		return nil
	})...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = req.Config.Raw
	attributes := summaryAttributes(d.scope)
	for field, figure := range reflect.ValueOf(summarizer.Summary()).Fields() {
		if name := field.Tag.Get("tfsdk"); attributes[name] != nil {
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), figure.Interface())...)
		}
	}
}

// summaryAttributes are the figures. Their names are the tfsdk tags of
// bird.Summary.
func summaryAttributes(s scope) map[string]schema.Attribute {
	count := func(description string) schema.Attribute {
		return schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"total_calls":    computedInt64("Calls in the window, legs of other calls among them."),
		"child_calls":    computedInt64("Calls with a `parent_id`: legs of another call. `total_calls - child_calls` counts conversations once."),
		"answered_calls": computedInt64("Calls with an `answered_at`."),
		"first_call_at":  computedString("`created_at` of the earliest call, an RFC 3339 date-time as the API sent it. Null when there were no calls."),
		"last_call_at":   computedString("`created_at` of the latest call, an RFC 3339 date-time as the API sent it. Null when there were no calls."),

		"total_duration":   computedInt64("Length of the answered calls together, in seconds. Answered calls whose `duration` is absent, such as those going on, add nothing."),
		"average_duration": computedFloat64("Average call duration (ACD) in seconds: `total_duration` divided by the answered calls that have a `duration`. Null when there are none."),

		"answer_seizure_ratio":        computedFloat64("Answer-seizure ratio (ASR, [ITU-T E.411](https://www.itu.int/rec/T-REC-E.411)): answered calls divided by all calls, 0 to 1. Null when there were no calls."),
		"network_effectiveness_ratio": computedFloat64("Network effectiveness ratio (NER, [ITU-T E.425](https://www.itu.int/rec/T-REC-E.425)): answered, `busy` and `no-answer` calls divided by all calls, 0 to 1. What the called side did does not lower it; what the network did, does. Null when there were no calls."),

		"by_status":             count("Calls by `status`."),
		"by_direction":          count("Calls by `direction`."),
		"by_type":               count("Calls by `type`."),
		"by_hangup_source":      count("Calls by `hangup_source`. Calls without one count under no key."),
		"by_hangup_cause_code":  count("Calls by `hangup_cause_code`, an ITU-T Q.850 cause, which `provider::bird::hangup_cause` names. Calls without one count under no key."),
		"by_hangup_sip_code":    count("Calls by `hangup_sip_code`, a SIP status code, which `provider::bird::sip_status` names. Calls without one count under no key."),
		"by_originator_country": count("Calls by country of the calling number, ISO 3166-1 alpha-2 such as `NL`. Calls without one count under no key."),
		"by_receiver_country":   count("Calls by country of the called number, ISO 3166-1 alpha-2 such as `NL`. Calls without one count under no key."),
		"by_day":                count("Calls by the UTC date of `created_at`, such as `2024-02-28`. Days without calls have no key."),

		"mos":             distributionAttribute("Mean opinion score of the calls that were measured, 1 (bad) to 5 (excellent), [ITU-T P.800.1](https://www.itu.int/rec/T-REC-P.800.1). Null when no call has a value.", ""),
		"post_dial_delay": distributionAttribute("Post-dial delay of the calls that were measured, in seconds, [ITU-T E.431](https://www.itu.int/rec/T-REC-E.431). Null when no call has a value.", " in seconds"),
	}
	if s == ofWorkspace {
		attributes["by_channel"] = count("Calls by `channel_id`.")
	}
	return attributes
}

func distributionAttribute(description, unit string) schema.Attribute {
	figure := func(description string) schema.Attribute {
		return computedFloat64(description + unit + ". Null when `count` is 0.")
	}
	return computedObject(description, map[string]schema.Attribute{
		"count":      computedInt64("Calls whose value is a number."),
		"mean":       figure("Arithmetic mean"),
		"min":        figure("Smallest value"),
		"max":        figure("Largest value"),
		"p50":        figure("Median: the 50th percentile, exact, by nearest rank"),
		"p95":        figure("95th percentile, exact, by nearest rank"),
		"unparsable": computedInt64("Calls whose value is not a number; they are in no other figure."),
	})
}

func computedFloat64(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}
