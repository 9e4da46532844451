package provider

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

const (
	defaultReadTimeout = 10 * time.Minute
	defaultMaxCalls    = 50000
)

// scope says whose calls are read. Its text is part of the names of data
// sources.
type scope string

const (
	ofChannel   scope = "channel"
	ofWorkspace scope = "workspace"
)

// phrase names the scope in descriptions.
func (s scope) phrase() string {
	if s == ofWorkspace {
		return "some or all voice channels of a workspace"
	}
	return "a voice channel"
}

// The values of the argument personal_data.
const (
	personalKeep         = "keep"
	personalOmit         = "omit"
	personalPseudonymize = "pseudonymize"
)

// filterArgument describes an argument for one of the filters of calls. It has the
// name of the filter's query parameter.
type filterArgument struct {
	description string
	known       []string // the values that Bird documents; nil for a number
}

var filterArguments = map[string]filterArgument{
	"status":    {"Only calls with this status", []string{"accepted", "scheduled", "starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed", "cancelled"}},
	"type":      {"Only calls of this type", []string{"pstn", "webrtc", "sip"}},
	"direction": {"Only calls of this direction", []string{"incoming", "outgoing"}},
	"from":      {"Only calls from this number or address, written like the `from` of the calls.", nil},
	"to":        {"Only calls to this number or address, written like the `to` of the calls.", nil},
}

func (a filterArgument) attribute() schema.Attribute {
	attribute := schema.StringAttribute{Optional: true}
	if a.known == nil {
		attribute.MarkdownDescription = a.description + " Bird stores most numbers without a leading `+` and some with it, so try both if no call matches."
		attribute.Validators = []validator.String{phoneNumber}
		return attribute
	}
	attribute.MarkdownDescription = a.description + ", in lower case: `" + strings.Join(a.known, "`, `") + "`, or a value that Bird has added since."
	attribute.Validators = []validator.String{knownValue(a.known...)}
	return attribute
}

// callsArgumentAttributes are the arguments that select calls.
func callsArgumentAttributes(s scope) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"workspace_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Workspace that the calls belong to, a UUID.",
			Validators:          []validator.String{isUUID},
		},
		"start_at": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Start of the window, an RFC 3339 date-time with any offset, such as `2024-02-28T17:54:33+01:00`. Without it, the window starts at the first call, and its pages are read one after another.",
		},
		"end_at": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "End of the window, an RFC 3339 date-time after `start_at`. Without it, the window ends at the latest call.",
		},
	}
	for _, filter := range bird.CallFilters {
		attributes[filter.Parameter] = filterArguments[filter.Parameter].attribute()
	}
	switch s {
	case ofChannel:
		attributes["channel_id"] = schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Voice channel whose calls are read, a UUID.",
			Validators:          []validator.String{isUUID},
		}
	case ofWorkspace:
		attributes["channel_ids"] = schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Only calls of these voice channels, UUIDs. Without it, the calls of all channels are read.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.ValueStringsAre(isUUID)},
		}
		attributes["tags"] = schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Only calls with these tags, of 1 to 50 characters each, in lower case.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.ValueStringsAre(storedTag)},
		}
	}
	return attributes
}

// listArgumentAttributes are the arguments that say what a list of calls holds.
func listArgumentAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"max_calls": schema.NumberAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Maximum number of calls to return, beyond which the read fails. Defaults to %d.", defaultMaxCalls),
			Validators:          []validator.Number{wholeNumber(1, math.MaxInt32)},
		},
		"attributes": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Names of the call attributes to return, such as `status` and `duration`. The others are null, except `id`, and need no time and no space in the state. Name every attribute that a condition uses: a condition on null can pass for the wrong reason. Defaults to all.",
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(oneOf(callAttributes...))},
		},
		"personal_data": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What the provider does with personal data before it returns the calls: `keep` (the default), `omit` (null) or `pseudonymize` (replace each value by a token, the same for the same value in every call, made with the provider's `pseudonym_key`). " +
				"It covers `from` and `to`; the number, `caller_id_name` and `identity` of both sides; the id and identifier value of their contacts; remote addresses; the speech that answering-machine detection heard; the values of a call flow's conditions; and the notification URL. " +
				"`reason`, `user_agent` and `tags` are kept.",
			Validators: []validator.String{oneOf(personalKeep, personalOmit, personalPseudonymize)},
		},
	}
}

func timeoutsBlock(ctx context.Context) schema.Block {
	block := timeouts.BlockWithOpts(ctx, timeouts.Opts{}).(schema.SingleNestedBlock) //nolint:forcetypeassert // as documented
	// The validator of the package says no form that a user knows; timeoutArgument does.
	block.Attributes["read"] = schema.StringAttribute{
		Optional:    true,
		Description: "Maximum time for the read, including retries, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `20m`. Defaults to `10m`.",
	}
	return block
}

// arguments are the values of the arguments of a data source or an ephemeral
// resource. Arguments that its schema does not have keep their defaults.
type arguments struct {
	scope        scope
	workspaceID  string
	channelID    string                   // if scope is ofChannel
	query        bird.WorkspaceCallsQuery // ChannelIDs and Tags only if scope is ofWorkspace
	timeout      time.Duration
	maxCalls     int
	personalData string
	attributes   []string // of a call; nil for all
	groupBy      []string
	timeZone     *time.Location
}

// parseArguments reads the arguments of a configuration whose values are all
// known and validated.
func parseArguments(ctx context.Context, config tfsdk.Config, s scope) (arguments, diag.Diagnostics) {
	var diags diag.Diagnostics
	text := func(name string) string { return argument[types.String](ctx, config, name, &diags).ValueString() }
	start, end := windowArguments(ctx, config, &diags)
	a := arguments{
		scope:       s,
		workspaceID: strings.ToLower(text("workspace_id")),
		channelID:   strings.ToLower(text("channel_id")),
		query: bird.WorkspaceCallsQuery{
			CallsQuery: bird.CallsQuery{StartAt: start, EndAt: end},
			ChannelIDs: argument[[]string](ctx, config, "channel_ids", &diags),
			Tags:       argument[[]string](ctx, config, "tags", &diags),
		},
		maxCalls:     defaultMaxCalls,
		personalData: text("personal_data"),
		attributes:   argument[[]string](ctx, config, "attributes", &diags),
		groupBy:      argument[[]string](ctx, config, "group_by", &diags),
		timeZone:     timeZoneArgument(ctx, config, &diags),
		timeout:      timeoutArgument(ctx, config, &diags),
	}
	for _, filter := range bird.CallFilters {
		*filter.Value(&a.query.CallsQuery) = text(filter.Parameter)
	}
	for i, id := range a.query.ChannelIDs {
		a.query.ChannelIDs[i] = strings.ToLower(id)
	}
	if limit := argument[types.Number](ctx, config, "max_calls", &diags); !limit.IsNull() {
		n, _ := limit.ValueBigFloat().Int64()
		a.maxCalls = int(n)
	}
	return a, diags
}

// argument returns the value of an argument. It is null, or the zero value of a
// Go type, where the schema has no such argument.
func argument[T any](ctx context.Context, config tfsdk.Config, name string, diags *diag.Diagnostics) T {
	var value T
	if config.Schema.GetAttributes()[name] != nil || config.Schema.GetBlocks()[name] != nil {
		diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
	}
	return value
}

// windowArguments returns the bounds of the window, each zero where it is null,
// unknown or invalid.
func windowArguments(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (start, end time.Time) {
	start, end = timeArgument(ctx, config, "start_at", diags), timeArgument(ctx, config, "end_at", diags)
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		const form = time.RFC3339Nano
		diags.AddAttributeError(path.Root("end_at"), "Window ends before it begins",
			"The window from start_at "+start.Format(form)+" to end_at "+end.Format(form)+" is empty.\n\nSet end_at to a time after start_at.")
	}
	return start, end
}

// timeArgument returns the time of an argument, zero where it is null, unknown or
// invalid. An offset can move a time out of the years that RFC 3339 can express, and
// the API uses year 1 for a time that does not exist: both are errors.
func timeArgument(ctx context.Context, config tfsdk.Config, name string, diags *diag.Diagnostics) time.Time {
	value := argument[types.String](ctx, config, name, diags)
	if value.IsNull() || value.IsUnknown() {
		return time.Time{}
	}
	text := value.ValueString()
	t, err := bird.ParseTime(text)
	if err != nil {
		problem, suggestion := dateTimeMistake(text)
		diags.Append(invalidValue(path.Root(name), "Invalid date-time",
			"must be an RFC 3339 date-time with a time zone, such as 2024-02-28T16:54:33Z or 2024-02-28T17:54:33+01:00", text, problem, suggestion))
		return time.Time{}
	}
	if year := t.UTC().Year(); year < 2 || year > 9999 {
		diags.AddAttributeError(path.Root(name), "Time out of range",
			"The time "+text+" is outside the years 0002 to 9999 in UTC. Programs use year 0001 for a time that does not exist.\n\nSet a time in these years, or leave out "+name+".")
		return time.Time{}
	}
	return t
}

// timeZoneArgument returns the time zone of the statistics, UTC where it is null,
// unknown or invalid.
func timeZoneArgument(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) *time.Location {
	name := argument[types.String](ctx, config, "time_zone", diags)
	if name.IsNull() || name.IsUnknown() {
		return time.UTC
	}
	zone, err := statistics.ParseTimeZone(name.ValueString())
	if err != nil {
		diags.Append(invalidValue(path.Root("time_zone"), "Unknown time zone",
			"must be the IANA name of a time zone, such as UTC or Europe/Amsterdam", name.ValueString(), err.Error(), closest(name.ValueString(), statistics.TimeZones())))
		return time.UTC
	}
	return zone
}

// timeoutArgument returns the maximum time for the read, the default where it is
// null, unknown or invalid.
func timeoutArgument(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) time.Duration {
	value := argument[timeouts.Value](ctx, config, "timeouts", diags)
	timeout, problems := value.Read(ctx, defaultReadTimeout)
	if timeout <= 0 || problems.HasError() {
		diags.AddAttributeError(path.Root("timeouts").AtName("read"), "Invalid timeout",
			fmt.Sprintf("The argument read of timeouts must be a duration longer than zero, such as 90s or 10m, and it is %s.", value.Attributes()["read"]))
		return defaultReadTimeout
	}
	return timeout
}

// validateArguments reports errors of the arguments that are parsed, and warns about
// a window in which there are no calls yet.
func validateArguments(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	if start, _ := windowArguments(ctx, config, &diags); start.After(time.Now()) {
		diags.AddAttributeWarning(path.Root("start_at"), "Window begins in the future", nothingMatches(
			"The window begins at "+start.Format(time.RFC3339Nano)+", and now it is "+time.Now().UTC().Format(time.RFC3339)+".", "Set start_at to a time in the past."))
	}
	timeZoneArgument(ctx, config, &diags)
	timeoutArgument(ctx, config, &diags)
	return diags
}

// calls reads the calls that the arguments select.
func (a arguments) calls(ctx context.Context, client *bird.Client) iter.Seq2[bird.Page[bird.Call], error] {
	if a.scope == ofChannel {
		return client.ChannelCalls(ctx, a.workspaceID, a.channelID, a.query.CallsQuery)
	}
	return client.WorkspaceCalls(ctx, a.workspaceID, a.query)
}
