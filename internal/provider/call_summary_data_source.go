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
		"first_call_at": computedString("`created_at` of the earliest call, an RFC 3339 date-time in UTC. Null when there were no calls."),
		"last_call_at":  computedString("`created_at` of the latest call, an RFC 3339 date-time in UTC. Null when there were no calls."),

		"by_status":             counts("Calls by `status`."),
		"by_direction":          counts("Calls by `direction`."),
		"by_type":               counts("Calls by `type`."),
		"by_hangup_source":      counts("Calls by `hangup_source`. Calls without one are not counted here."),
		"by_hangup_cause_code":  counts("Calls by `hangup_cause_code`, an ITU-T Q.850 cause, which `provider::bird::hangup_cause` names. Calls without one are not counted here."),
		"by_hangup_sip_code":    counts("Calls by SIP status code, which `provider::bird::sip_status` names: the call's `hangup_sip_code` or, if that is null, the one in `sip_insights`. Calls without either are not counted here."),
		"by_amd_result":         counts("Calls by what answering-machine detection found, `amd_result.result`, such as `human`. Calls without a result are not counted here."),
		"by_originator_country": counts("Calls by country of the calling number, ISO 3166-1 alpha-2 such as `NL`. Calls without one are not counted here."),
		"by_receiver_country":   counts("Calls by country of the called number, ISO 3166-1 alpha-2 such as `NL`. Calls without one are not counted here."),
		"by_day":                counts("Calls by the date of `created_at` in `time_zone`, such as `2024-02-28`. Days without calls are left out."),
	}
	maps.Copy(attributes, statisticAttributes())
	attributes[groupsAttribute] = schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "Statistics for each combination of the dimensions in `group_by` that has calls, sorted as text by the dimensions in that order unless `sort_by` is set. Calls without a value come first. " +
			"Null when `group_by` is not set, and empty when there were no calls.",
		NestedObject: schema.NestedAttributeObject{Attributes: groupAttributes()},
	}
	if s == ofWorkspace {
		attributes["by_channel"] = counts("Calls by `channel_id`.")
	}
	return attributes
}

// groupAttributes are the dimensions and the statistics of a group. Their names
// are the tfsdk tags of statistics.Group.
func groupAttributes() map[string]schema.Attribute {
	dimension := func(description string) schema.Attribute {
		return computedString(description + " Null when the calls have no value, or when they are not grouped by it.")
	}
	attributes := map[string]schema.Attribute{
		"month":                  dimension("Month of `created_at` in `time_zone`, such as `2024-02`."),
		"day":                    dimension("Date of `created_at` in `time_zone`, such as `2024-02-28`."),
		"weekday":                dimension("Weekday of `created_at` in `time_zone`, by ISO 8601: `1` is Monday, `7` is Sunday."),
		"hour":                   dimension("Hour of `created_at` in `time_zone`, `00` to `23`. When clocks go back, the repeated hour is one group; when they go forward, the skipped hour has no calls."),
		"channel_id":             dimension("Voice channel of the calls, a UUID in lower case."),
		"leg":                    dimension("`true` for calls with a `parent_id`, which are legs of another call, and `false` for the others."),
		"sip_type":               dimension("`sip_type` of the calls."),
		"provider_name":          dimension("Carrier of the calls, `provider_name` of their `sip_insights`."),
		"amd_result":             dimension("What answering-machine detection found, `result` of `amd_result`."),
		"originator_number_type": dimension("Kind of the calling number, `pstn_number_type` such as `mobile`."),
		"receiver_number_type":   dimension("Kind of the called number, `pstn_number_type` such as `mobile`."),
		"anonymous":              dimension("Whether the calling number says that it is anonymous, `true` or `false`."),
		"direction":              dimension("`incoming` or `outgoing`, as seen from the channel."),
		"status":                 dimension("`status` of the calls."),
		"type":                   dimension("`type` of the calls."),
		"hangup_source":          dimension("`hangup_source` of the calls."),
		"hangup_cause_code":      dimension("`hangup_cause_code` of the calls, an ITU-T Q.850 cause."),
		"hangup_sip_code":        dimension("SIP status code of the calls: `hangup_sip_code` or, if that is null, the one in `sip_insights`."),
		"originator_country":     dimension("Country of the calling number, ISO 3166-1 alpha-2 such as `NL`."),
		"receiver_country":       dimension("Country of the called number, ISO 3166-1 alpha-2 such as `NL`."),
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
		"pending_calls":   computedInt64("Calls with the status `accepted`, `scheduled`, `starting` or `ringing`: they may still be answered."),
		"answered_calls":  computedInt64("Calls with the status `ongoing` or `completed`. The status decides, because `answered_at` is also set on calls that nobody answered. A call with a status that Bird has added since counts as answered if it has an `answered_at`."),
		"abandoned_calls": computedInt64("Calls with the status `cancelled` and a `ringing_at`: the caller gave up while it rang. Callers who gave up before are in `by_status` only."),

		"answer_seizure_ratio":        computedFloat64("Answer-seizure ratio (ASR, [ITU-T E.411](https://www.itu.int/rec/T-REC-E.411)): `answered_calls` divided by the calls that are not pending, 0 to 1. Compare it with a carrier's only for one `direction` and without legs. Null when there are none."),
		"network_effectiveness_ratio": computedFloat64("Network effectiveness ratio (NER, [ITU-T E.425](https://www.itu.int/rec/T-REC-E.425)): delivered calls divided by the calls that are not pending, 0 to 1. Delivered calls are the answered ones, those with the status `busy` or `no-answer`, those with the hangup cause 17 (user busy), 18, 19 (no answer) or 21 (rejected), and the abandoned ones. Where the cause is absent or 0, the SIP codes 480, 486, 600 and 603 count as delivered, too ([RFC 3398](https://www.rfc-editor.org/rfc/rfc3398)). Failures of the network lower the ratio; what the called side does, such as not answering, does not. Null when there are none."),

		"total_duration":   computedInt64("Total `duration` of the answered calls that have ended, in seconds."),
		"average_duration": computedFloat64("Average call duration (ACD) in seconds: `total_duration` divided by the answered calls that have ended and have a `duration`. Null when there are none."),
		"duration":         distributionAttribute("`duration` of the answered calls that have ended, in seconds. Null when none has one.", " in seconds", "Calls whose `duration` is negative or longer than ten years."),
		"short_calls":      computedInt64("Answered calls that have ended with a `duration` of at most `thresholds.short_call` seconds. Carriers bill extra where many outgoing calls are that short."),
		"long_calls":       computedInt64("Answered calls that have ended with a `duration` of at least `thresholds.long_call` seconds. Fraud can keep a line open for hours."),

		"time_to_answer":  distributionAttribute("Time from `ringing_at` to `answered_at` of the answered calls that have both, in seconds. Null when none has both.", " in seconds", "Calls whose `answered_at` is before `ringing_at`, or where one of them is not an RFC 3339 date-time."),
		"answered_within": computedInt64("Answered calls with a `time_to_answer` of at most `thresholds.answer_within` seconds."),
		"service_level":   computedFloat64("Service level: `answered_within` divided by the answered calls with a `time_to_answer` plus `abandoned_calls`, 0 to 1. Null when there are none."),
		"ring_time":       distributionAttribute("Time from `ringing_at` to `ended_at` of the ended calls that nobody answered and that have both, in seconds. Many rings of a second or two are a sign of call-back fraud. Null when none has both.", " in seconds", "Calls whose `ended_at` is before `ringing_at`, or where one of them is not an RFC 3339 date-time."),

		"post_dial_delay": distributionAttribute("Post-dial delay, `pdd`, in seconds, [ITU-T E.431](https://www.itu.int/rec/T-REC-E.431). Null when no call has a value.", " in seconds", "Calls whose value is not a valid measurement: negative, or not a decimal."),
		"mos":             distributionAttribute("Mean opinion score, `mos`, 1 (bad) to 5 (excellent), [ITU-T P.800.1](https://www.itu.int/rec/T-REC-P.800.1). The calls that sound worst are in `min` and `p5`. Null when no call has a value.", "", "Calls whose value is not a valid measurement: outside the scale, such as the `0.00` of a call without media, or not a decimal."),
		"poor_mos_calls":  computedInt64("Calls with a valid `mos` under `thresholds.poor_mos`. Under 3.6, many users are dissatisfied ([ITU-T G.107](https://www.itu.int/rec/T-REC-G.107))."),

		"distinct_callers":    computedInt64("How many different numbers called (`from`). Calls without a number, and calls whose number is anonymous, are left out. No number is stored."),
		"distinct_callees":    computedInt64("How many different numbers were called (`to`). Calls without a number, and calls whose number is anonymous, are left out. No number is stored."),
		"most_calls_from_one": computedInt64("How many calls the number that called most often made. A large share of `total_calls` is a sign of traffic pumping or of a dialler."),
		"most_calls_to_one":   computedInt64("How many calls the number that was called most often received. A large share of `total_calls` is a sign of traffic pumping."),

		"peak_concurrent_calls":    computedInt64("Highest number of calls in progress at one instant: the number of lines needed. A call is in progress from the later of `created_at` and `scheduled_for` until `ended_at`; a call that ends at the instant when another begins does not overlap it. Calls with the status `starting`, `ringing` or `ongoing` and no `ended_at` have no end, see `open_calls`. Calls with the status `accepted` or `scheduled` are not in progress, and ended calls without an `ended_at` are left out, as are calls whose times are not RFC 3339 date-times. Legs count as calls. Calls that began before the window are not known."),
		"peak_concurrent_at":       computedString("First instant at which `peak_concurrent_calls` calls were in progress, an RFC 3339 date-time in UTC. Null when no call was in progress."),
		"open_calls":               computedInt64("Calls in progress without an end: the status is `starting`, `ringing` or `ongoing`, and there is no `ended_at`. A record that was never closed is one of them, and raises `peak_concurrent_calls` from its start on."),
		"peak_calls_per_second":    computedInt64("Most calls created within one second of the clock. Carriers limit calls per second."),
		"peak_calls_per_second_at": computedString("First second in which `peak_calls_per_second` calls were created, an RFC 3339 date-time in UTC. Null when no call has a `created_at`."),
	}
}

func distributionAttribute(description, unit, unmeasured string) schema.Attribute {
	statistic := func(what, how string) schema.Attribute {
		return computedFloat64(what + unit + how + ". Null when `count` is 0.")
	}
	return computedObject(description, map[string]schema.Attribute{
		"count":      computedInt64("Calls whose value is a valid measurement. The other statistics cover only these."),
		"mean":       statistic("Arithmetic mean", ""),
		"min":        statistic("Smallest value", ""),
		"max":        statistic("Largest value", ""),
		"p5":         statistic("5th percentile", ", exact, by nearest rank"),
		"p50":        statistic("Median", ": the exact 50th percentile, by nearest rank"),
		"p95":        statistic("95th percentile", ", exact, by nearest rank"),
		"p99":        statistic("99th percentile", ", exact, by nearest rank"),
		"unmeasured": computedInt64(unmeasured),
	})
}

func computedFloat64(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}
