package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// thresholdArgument describes an argument for one of the thresholds.
type thresholdArgument struct {
	name        string
	value       func(*statistics.Thresholds) *float64
	description string
	validator   validator.Number
}

var thresholdArguments = []thresholdArgument{
	{"short_call", func(t *statistics.Thresholds) *float64 { return &t.ShortCall }, "Longest call that `short_calls` counts, in seconds.", wholeNumber(1, statistics.LongestDuration)},
	{"long_call", func(t *statistics.Thresholds) *float64 { return &t.LongCall }, "Shortest call that `long_calls` counts, in seconds.", wholeNumber(1, statistics.LongestDuration)},
	{"answer_within", func(t *statistics.Thresholds) *float64 { return &t.AnswerWithin }, "Longest time to answer that `answered_within` counts, in seconds.", wholeNumber(1, 86_400)},
	{"poor_mos", func(t *statistics.Thresholds) *float64 { return &t.PoorMOS }, "Opinion score under which `poor_mos_calls` counts a call, 1 to 5.", numberBetween(1, 5)},
}

// notEmpty warns about an object that sets nothing. Terraform drops the attributes
// that the schema does not have, so a misspelt one leaves nothing else to see.
type notEmpty struct{ described }

func (notEmpty) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	attributes := req.ConfigValue.Attributes()
	if len(attributes) == 0 { // null or unknown
		return
	}
	for _, value := range attributes {
		if !value.IsNull() {
			return
		}
	}
	resp.Diagnostics.AddAttributeWarning(req.Path, "Nothing is set", fmt.Sprintf("The argument %s sets none of %s, so all have their defaults. Terraform ignores other names.\n\nCheck the names, or leave out %[1]s.",
		req.Path, strings.Join(slices.Sorted(maps.Keys(attributes)), ", ")))
}

// summaryArgumentAttributes are the arguments that say which statistics to compute.
func summaryArgumentAttributes() map[string]schema.Attribute {
	known := statistics.Dimensions()
	dimension := oneOf(known...)
	const noNumber = "there are no groups by phone number, because the state would hold the numbers; most_calls_from_one and most_calls_to_one count the calls of the most frequent one"
	dimension.problems = map[string]string{"from": noNumber, "to": noNumber, "caller": noNumber, "callee": noNumber}
	defaults := statistics.DefaultThresholds
	thresholds := make(map[string]schema.Attribute)
	for _, t := range thresholdArguments {
		thresholds[t.name] = schema.NumberAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("%s Defaults to %v.", t.description, *t.value(&defaults)),
			Validators:          []validator.Number{t.validator},
		}
	}
	return map[string]schema.Attribute{
		"thresholds": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Values that some statistics compare with. Terraform ignores a misspelt name.",
			Attributes:          thresholds,
			Validators:          []validator.Object{notEmpty{"should set a threshold"}},
		},
		"group_by": schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: fmt.Sprintf("Dimensions to group the calls by, each once: `%s`. More than %d groups are an error.", strings.Join(known, "`, `"), statistics.MaxGroups),
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.NoNullValues(), listvalidator.ValueStringsAre(dimension)},
		},
		"fill_gaps": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Whether `groups` also has the times of the window without calls. Needs `start_at`, `end_at`, and only `%s` in `group_by`. Defaults to false.", strings.Join(statistics.TimeDimensions, "`, `")),
		},
		"sort_by": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Statistic to sort `groups` by, the largest first: `%s`. Needs `group_by`. Without `sort_by`, `groups` are sorted by the dimensions.", strings.Join(statistics.Sortable(), "`, `")),
			Validators:          []validator.String{oneOf(statistics.Sortable()...)},
		},
		"time_zone": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Time zone of the months, days, weekdays and hours of `group_by`, and of the days of `by_day`: an [IANA name](https://www.iana.org/time-zones) such as `Europe/Amsterdam`. Defaults to `UTC`.",
		},
	}
}

// summaryOptions returns the options of the statistics. The configuration is known
// and validated.
func summaryOptions(ctx context.Context, config tfsdk.Config, args arguments, diags *diag.Diagnostics) statistics.Options {
	o := statistics.Options{
		GroupBy:    args.groupBy,
		TimeZone:   args.timeZone,
		Thresholds: statistics.DefaultThresholds,
		SortBy:     argument[types.String](ctx, config, "sort_by", diags).ValueString(),
	}
	for _, t := range thresholdArguments {
		var value types.Number
		diags.Append(config.GetAttribute(ctx, path.Root("thresholds").AtName(t.name), &value)...)
		if !value.IsNull() {
			*t.value(&o.Thresholds), _ = value.ValueBigFloat().Float64()
		}
	}
	if argument[types.Bool](ctx, config, "fill_gaps", diags).ValueBool() { // validateGroups knows that the window has both bounds
		o.Gaps = statistics.Window{Start: args.query.StartAt, End: args.query.EndAt}
	}
	return o
}

// validateGroups reports arguments that need another. It passes over what is unknown.
func validateGroups(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	groupBy := argument[types.List](ctx, config, "group_by", &diags)
	if sortBy := argument[types.String](ctx, config, "sort_by", &diags); groupBy.IsNull() && !sortBy.IsNull() && !sortBy.IsUnknown() {
		diags.AddAttributeError(path.Root("sort_by"), "Invalid sort_by", "sort_by sorts groups, and group_by is not set.\n\nSet group_by, or leave out sort_by.")
	}
	if !argument[types.Bool](ctx, config, "fill_gaps", &diags).ValueBool() {
		return diags
	}
	isNull := func(name string) bool { return argument[types.String](ctx, config, name, &diags).IsNull() }
	other := slices.IndexFunc(groupBy.Elements(), func(element attr.Value) bool {
		name, ok := element.(types.String)
		return ok && !name.IsUnknown() && !slices.Contains(statistics.TimeDimensions, name.ValueString())
	})
	problem := ""
	switch {
	case groupBy.IsNull():
		problem = "group_by is not set"
	case other >= 0:
		problem = fmt.Sprintf("group_by names %s, which is no time", groupBy.Elements()[other])
	case isNull("start_at") || isNull("end_at"):
		problem = "start_at or end_at is not set"
	default:
		return diags
	}
	diags.AddAttributeError(path.Root("fill_gaps"), "Invalid fill_gaps", fmt.Sprintf("fill_gaps adds groups for the times of the window that have no calls, and %s.\n\n"+
		"Set start_at, end_at, and group_by to one or more of %s, or leave out fill_gaps.", problem, strings.Join(statistics.TimeDimensions, ", ")))
	return diags
}
