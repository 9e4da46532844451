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
	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
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
	maps.Copy(attributes, summaryArgumentAttributes())
	maps.Copy(attributes, summaryAttributes(d.scope))
	resp.Schema = schema.Schema{
		MarkdownDescription: "Statistics of every call of " + d.scope.phrase() + " in a window of time: counts, ratios, durations and quality. The state stores no phone numbers or names from the calls. " +
			"Calls are counted as they arrive and none is kept, so the window may hold millions.\n\n" +
			"Legs of another call count as calls; `child_calls` is the number of legs.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeoutsBlock(ctx)},
	}
}

func (d *callSummaryDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.data, _ = req.ProviderData.(*providerData)
}

func (d *callSummaryDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validateArguments(ctx, req.Config)...)
	resp.Diagnostics.Append(validateGroups(ctx, req.Config)...)
}

func (d *callSummaryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	args, diags := parseArguments(ctx, req.Config, d.scope)
	options := summaryOptions(ctx, req.Config, args, &diags)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(d.data.checkReady()...)
	if resp.Diagnostics.HasError() {
		return
	}
	summarizer, err := statistics.NewSummarizer(options)
	if err != nil {
		resp.Diagnostics.Append(summaryDiagnostic(args, progress{noun: "call"}, err))
		return
	}
	resp.Diagnostics.Append(readCallPages(ctx, d.data, args, func(page bird.Page[bird.Call], soFar progress) diag.Diagnostics {
		if err := summarizer.Add(page); err != nil {
			return diag.Diagnostics{summaryDiagnostic(args, soFar, err)}
		}
		return nil
	})...)
	if resp.Diagnostics.HasError() {
		return
	}
	summary := summarizer.Summary()
	resp.State.Raw = req.Config.Raw
	attributes, value := summaryAttributes(d.scope), reflect.ValueOf(summary)
	for _, field := range reflect.VisibleFields(value.Type()) {
		if name := field.Tag.Get("tfsdk"); attributes[name] != nil && name != groupsAttribute { // the list goes through bulk
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value.FieldByIndex(field.Index).Interface())...)
		}
	}
	if summary.Groups == nil {
		return
	}
	if err := bulk.SetList(ctx, groupsAttribute, summary.Groups); err != nil {
		resp.Diagnostics.AddError("Unable to pass the groups to Terraform", err.Error())
	}
}

// groupsAttribute is the attribute of the groups.
const groupsAttribute = "groups"

// summaryAttributes are the statistics. Their names are the tfsdk tags of
// statistics.Summary.
func summaryAttributes(s scope) map[string]schema.Attribute {
	counts := func(description string) schema.Attribute {
		return schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"first_call_at": computedString("`created_at` of the earliest call, an RFC 3339 date-time in UTC, or null without calls."),
		"last_call_at":  computedString("`created_at` of the latest call, an RFC 3339 date-time in UTC, or null without calls."),

		"by_status":             counts("Calls by `status`."),
		"by_direction":          counts("Calls by `direction`."),
		"by_type":               counts("Calls by `type`."),
		"by_hangup_source":      counts("Calls by `hangup_source`."),
		"by_hangup_cause_code":  counts("Calls by `hangup_cause_code`, an ITU-T Q.850 cause, which `provider::bird::hangup_cause` names."),
		"by_hangup_sip_code":    counts("Calls by SIP status code, which `provider::bird::sip_status` names: `hangup_sip_code` or, if that is null, the one in `sip_insights`."),
		"by_amd_result":         counts("Calls by what answering-machine detection found, `amd_result.result`, such as `human`."),
		"by_originator_country": counts("Calls by country of the calling number, ISO 3166-1 alpha-2 such as `NL`."),
		"by_receiver_country":   counts("Calls by country of the called number, ISO 3166-1 alpha-2 such as `NL`."),
		"by_day":                counts("Calls by the date of `created_at` in `time_zone`, such as `2024-02-28`."),
	}
	maps.Copy(attributes, statisticAttributes())
	attributes[groupsAttribute] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Statistics of each group of calls that have the same values of the dimensions in `group_by`, or null when that is not set.",
		NestedObject:        schema.NestedAttributeObject{Attributes: groupAttributes()},
	}
	if s == ofWorkspace {
		attributes["by_channel"] = counts("Calls by `channel_id`.")
	}
	return attributes
}

// groupAttributes are the dimensions and the statistics of a group. Their names
// are the tfsdk tags of statistics.Group.
func groupAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"month":                  computedString("Month of `created_at` in `time_zone`, such as `2024-02`."),
		"day":                    computedString("Date of `created_at` in `time_zone`, such as `2024-02-28`."),
		"weekday":                computedString("Weekday of `created_at` in `time_zone`, by ISO 8601: `1` is Monday, `7` is Sunday."),
		"hour":                   computedString("Hour of `created_at` in `time_zone`, `00` to `23`."),
		"channel_id":             computedString("Voice channel of the calls, a UUID in lower case."),
		"leg":                    computedString("`true` for legs of another call, which have a `parent_id`, and `false` for the others."),
		"sip_type":               computedString("`sip_type` of the calls."),
		"provider_name":          computedString("Carrier of the calls, `provider_name` of their `sip_insights`."),
		"amd_result":             computedString("What answering-machine detection found, `result` of `amd_result`."),
		"originator_number_type": computedString("Kind of the calling number, `pstn_number_type` such as `mobile`."),
		"receiver_number_type":   computedString("Kind of the called number, `pstn_number_type` such as `mobile`."),
		"anonymous":              computedString("Whether the calling number says that it is anonymous, `true` or `false`."),
		"direction":              computedString("`incoming` or `outgoing`, as seen from the channel."),
		"status":                 computedString("`status` of the calls."),
		"type":                   computedString("`type` of the calls."),
		"hangup_source":          computedString("`hangup_source` of the calls."),
		"hangup_cause_code":      computedString("`hangup_cause_code` of the calls, an ITU-T Q.850 cause."),
		"hangup_sip_code":        computedString("SIP status code of the calls: `hangup_sip_code` or, if that is null, the one in `sip_insights`."),
		"originator_country":     computedString("Country of the calling number, ISO 3166-1 alpha-2 such as `NL`."),
		"receiver_country":       computedString("Country of the called number, ISO 3166-1 alpha-2 such as `NL`."),
	}
	maps.Copy(attributes, statisticAttributes())
	return attributes
}

// statisticAttributes are the statistics that every set of calls has. Their names
// are the tfsdk tags of statistics.Statistics.
func statisticAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"total_calls":     computedInt64("All calls, including legs of other calls."),
		"child_calls":     computedInt64("Calls with a `parent_id`: legs of another call."),
		"pending_calls":   computedInt64("Calls that may still be answered: `accepted`, `scheduled`, `starting` or `ringing`."),
		"answered_calls":  computedInt64("Calls with the status `ongoing` or `completed`."),
		"abandoned_calls": computedInt64("Calls that the caller gave up while it rang: `cancelled`, with a `ringing_at`."),

		"answer_seizure_ratio":        computedFloat64("Answer-seizure ratio (ASR, [ITU-T E.411](https://www.itu.int/rec/T-REC-E.411)): `answered_calls` divided by the calls that are not pending, 0 to 1."),
		"network_effectiveness_ratio": computedFloat64("Network effectiveness ratio (NER, [ITU-T E.425](https://www.itu.int/rec/T-REC-E.425)): calls that the network delivered, answered or not, divided by the calls that are not pending, 0 to 1."),

		"total_duration":   computedInt64("Total `duration` of the answered calls that have ended, in seconds."),
		"average_duration": computedFloat64("Average call duration (ACD): `total_duration` divided by the answered calls that have ended and have a `duration`, in seconds."),
		"duration":         distributionAttribute("`duration` of the answered calls that have ended, in seconds."),
		"short_calls":      computedInt64("Answered calls that have ended and lasted at most `thresholds.short_call` seconds."),
		"long_calls":       computedInt64("Answered calls that have ended and lasted at least `thresholds.long_call` seconds."),

		"time_to_answer":  distributionAttribute("Time from `ringing_at` to `answered_at` of the answered calls, in seconds."),
		"answered_within": computedInt64("Answered calls with a `time_to_answer` of at most `thresholds.answer_within` seconds."),
		"service_level":   computedFloat64("Service level: `answered_within` divided by the sum of `time_to_answer.count` and `abandoned_calls`, 0 to 1."),
		"ring_time":       distributionAttribute("Time from `ringing_at` to `ended_at` of the calls that ended unanswered, in seconds."),

		"post_dial_delay": distributionAttribute("Post-dial delay, `pdd`, in seconds ([ITU-T E.431](https://www.itu.int/rec/T-REC-E.431))."),
		"mos":             distributionAttribute("Mean opinion score, `mos`, 1 (bad) to 5 (excellent) (the scale of [ITU-T P.800](https://www.itu.int/rec/T-REC-P.800))."),
		"poor_mos_calls":  computedInt64("Calls with a valid `mos` under `thresholds.poor_mos` ([ITU-T G.107](https://www.itu.int/rec/T-REC-G.107))."),

		"distinct_callers":    computedInt64("How many different numbers called (`from`)."),
		"distinct_callees":    computedInt64("How many different numbers were called (`to`)."),
		"most_calls_from_one": computedInt64("How many calls the number that called most often made."),
		"most_calls_to_one":   computedInt64("How many calls the number that was called most often received."),

		"peak_concurrent_calls":    computedInt64("Most calls in progress at one instant: the number of lines that were needed."),
		"peak_concurrent_at":       computedString("First instant at which `peak_concurrent_calls` calls were in progress, an RFC 3339 date-time in UTC."),
		"open_calls":               computedInt64("Calls in progress without an end: `starting`, `ringing` or `ongoing`, without an `ended_at`."),
		"peak_calls_per_second":    computedInt64("Most calls created within one second of the clock."),
		"peak_calls_per_second_at": computedString("First second in which `peak_calls_per_second` calls were created, an RFC 3339 date-time in UTC."),
	}
}

func distributionAttribute(description string) schema.Attribute {
	return computedObject(description, map[string]schema.Attribute{
		"count":      computedInt64("Calls with a valid measurement."),
		"mean":       computedFloat64("Arithmetic mean."),
		"min":        computedFloat64("Smallest value."),
		"max":        computedFloat64("Largest value."),
		"p5":         computedFloat64("5th percentile."),
		"p50":        computedFloat64("50th percentile: the median."),
		"p95":        computedFloat64("95th percentile."),
		"p99":        computedFloat64("99th percentile."),
		"unmeasured": computedInt64("Calls whose value is not a valid measurement."),
	})
}

func computedFloat64(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}
