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
		MarkdownDescription: "Statistics of every call of " + d.scope.phrase() + " in a window of time: counts, ratios, durations and quality, without a number or name of anybody. " +
			"The calls are read as they stream in and none is kept, so the window may hold millions.\n\n" +
			"The statistics are of all the calls, or there is an error that says what to do. Legs of another call count as calls; `child_calls` says how many they are.",
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
	resp.Diagnostics.Append(readCallPages(ctx, d.data.client, args, func(page bird.Page[bird.Call], _ progress) diag.Diagnostics {
		for i := range page.Items {
			summarizer.Add(&page.Items[i])
		}
		return nil
	})...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = req.Config.Raw
	attributes, summary := summaryAttributes(d.scope), reflect.ValueOf(summarizer.Summary())
	for _, field := range reflect.VisibleFields(summary.Type()) {
		if name := field.Tag.Get("tfsdk"); attributes[name] != nil {
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), summary.FieldByIndex(field.Index).Interface())...)
		}
	}
}

// summaryAttributes are the statistics. Their names are the tfsdk tags of
// bird.Summary.
func summaryAttributes(s scope) map[string]schema.Attribute {
	count := func(description string) schema.Attribute {
		return schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"first_call_at": computedString("`created_at` of the earliest call, an RFC 3339 date-time as the API sent it. Null when there were no calls."),
		"last_call_at":  computedString("`created_at` of the latest call, an RFC 3339 date-time as the API sent it. Null when there were no calls."),

		"by_status":             count("Calls by `status`."),
		"by_direction":          count("Calls by `direction`."),
		"by_type":               count("Calls by `type`."),
		"by_hangup_source":      count("Calls by `hangup_source`. Calls without one count under no key."),
		"by_hangup_cause_code":  count("Calls by `hangup_cause_code`, an ITU-T Q.850 cause, which `provider::bird::hangup_cause` names. Calls without one count under no key."),
		"by_hangup_sip_code":    count("Calls by SIP status code, which `provider::bird::sip_status` names: the call's `hangup_sip_code` or, where that is null, the one in `sip_insights`. Calls without either count under no key."),
		"by_originator_country": count("Calls by country of the calling number, ISO 3166-1 alpha-2 such as `NL`. Calls without one count under no key."),
		"by_receiver_country":   count("Calls by country of the called number, ISO 3166-1 alpha-2 such as `NL`. Calls without one count under no key."),
		"by_day":                count("Calls by the UTC date of `created_at`, such as `2024-02-28`. Days without calls have no key."),
	}
	maps.Copy(attributes, figureAttributes())
	if s == ofWorkspace {
		attributes["by_channel"] = count("Calls by `channel_id`.")
	}
	return attributes
}

// figureAttributes are the statistics that any set of calls has. Their names
// are the tfsdk tags of bird.Figures.
func figureAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"total_calls":     computedInt64("All calls, legs of other calls among them."),
		"child_calls":     computedInt64("Calls with a `parent_id`: legs of another call. `total_calls - child_calls` counts conversations once."),
		"pending_calls":   computedInt64("Calls with the status `accepted`, `scheduled`, `starting` or `ringing`: nobody knows yet whether they will be answered."),
		"answered_calls":  computedInt64("Calls with the status `ongoing` or `completed`. The status decides, since `answered_at` is also set on calls that nobody answered. Calls with a status that is new at the API are answered where they have an `answered_at`."),
		"abandoned_calls": computedInt64("Calls with the status `cancelled` and a `ringing_at`: the caller gave up while it rang."),

		"answer_seizure_ratio":        computedFloat64("Answer-seizure ratio (ASR, [ITU-T E.411](https://www.itu.int/rec/T-REC-E.411)): `answered_calls` divided by the calls that are not pending, 0 to 1. Null when there are none."),
		"network_effectiveness_ratio": computedFloat64("Network effectiveness ratio (NER, [ITU-T E.425](https://www.itu.int/rec/T-REC-E.425)): delivered calls divided by the calls that are not pending, 0 to 1. Delivered are those answered, those with the status `busy` or `no-answer`, those with the hangup cause 17 (user busy), 18, 19 (no answer) or 21 (rejected), and those abandoned. What the called side did does not lower the ratio; what the network did, does. Null when there are none."),

		"total_duration":   computedInt64("Length of the answered calls together, in seconds. Answered calls without a `duration`, such as ongoing ones, add nothing."),
		"average_duration": computedFloat64("Average call duration (ACD) in seconds: `total_duration` divided by the answered calls that have a `duration`. Null when there are none."),

		"post_dial_delay": distributionAttribute("Post-dial delay, `pdd`, in seconds, [ITU-T E.431](https://www.itu.int/rec/T-REC-E.431). Null when no call has a value.", " in seconds", "a negative one, or no number"),
		"mos":             distributionAttribute("Mean opinion score, `mos`, 1 (bad) to 5 (excellent), [ITU-T P.800.1](https://www.itu.int/rec/T-REC-P.800.1). Null when no call has a value.", "", "one outside the scale, such as the `0.00` of a call without media, or no number"),
	}
}

func distributionAttribute(description, unit, unmeasured string) schema.Attribute {
	figure := func(description string) schema.Attribute {
		return computedFloat64(description + unit + ". Null when `count` is 0.")
	}
	return computedObject(description, map[string]schema.Attribute{
		"count":      computedInt64("Calls whose value is a measurement. The other statistics are of these."),
		"mean":       figure("Arithmetic mean"),
		"min":        figure("Smallest value"),
		"max":        figure("Largest value"),
		"p50":        figure("Median: the 50th percentile, exact, by nearest rank"),
		"p95":        figure("95th percentile, exact, by nearest rank"),
		"unmeasured": computedInt64("Calls whose value is no measurement: " + unmeasured + "."),
	})
}

func computedFloat64(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}
