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
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

const (
	defaultReadTimeout = 10 * time.Minute
	defaultMaxCalls    = 50000
)

// scope is whose calls are meant; its text is in the names of data sources.
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

// The values that Bird has published for the filters. Others are passed on.
var (
	knownStatuses   = []string{"accepted", "scheduled", "starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed", "cancelled"}
	knownTypes      = []string{"pstn", "webrtc", "sip"}
	knownDirections = []string{"incoming", "outgoing"}
)

// callsArgumentAttributes are the arguments that say which calls are meant.
func callsArgumentAttributes(s scope) map[string]schema.Attribute {
	text := func(description string, check validator.String) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{check}}
	}
	enumeration := func(description string, known []string) schema.Attribute {
		return text(description+": `"+strings.Join(known, "`, `")+"`, or a value that is new at Bird. Bird writes them in lower case; another spelling is a warning.", knownValue(known...))
	}
	timestamp := func(description string) schema.Attribute {
		return text(description+" An RFC 3339 date-time with any offset, such as `2024-02-28T16:54:33.241Z` or `2024-02-28T17:54:33+01:00`.", dateTime())
	}
	const number = " Bird was seen to store numbers without a leading `+` in most calls and with it in some, so try both where no call matches. Where Bird returns calls with another value, the read warns and says how many. The state keeps the value as it is written."
	attributes := map[string]schema.Attribute{
		"workspace_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Workspace that the calls belong to, a UUID.",
			Validators:          []validator.String{isUUID},
		},
		"start_at":  timestamp("Start of the window. Without it, the window reaches back to the first call, and its pages are read one after another."),
		"end_at":    timestamp("End of the window, after `start_at`. Without it, the window reaches to the latest call."),
		"status":    enumeration("Only calls with this status", knownStatuses),
		"type":      enumeration("Only calls of this type", knownTypes),
		"direction": enumeration("Only calls of this direction", knownDirections),
		"from":      text("Only calls from this number or address, written as the `from` of the calls is."+number, filterLength),
		"to":        text("Only calls to this number or address, written as the `to` of the calls is."+number, filterLength),
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
			MarkdownDescription: "Only calls of these voice channels, UUIDs. Without it, those of all channels.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(isUUID)},
		}
		attributes["tags"] = schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Only calls with these tags, of 1 to 50 characters each. Bird stores tags in lower case.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(stringvalidator.UTF8LengthBetween(1, 50))},
		}
	}
	return attributes
}

// listArgumentAttributes are the arguments that say how calls are listed.
func listArgumentAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"max_calls": schema.NumberAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Maximum number of calls to return. Defaults to %d. If more calls match, the read fails; the list is never truncated.", defaultMaxCalls),
			Validators:          []validator.Number{wholeNumber(1, math.MaxInt32)},
		},
		"attributes": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Names of the attributes of a call to return, such as `status` and `duration`. The others are null, so nothing of them is kept, and `id` is always there. Without it, all are returned. The fewer there are, the less time and state Terraform needs.",
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.OneOf(callAttributes...))},
		},
		"personal_data": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What becomes of personal data before the calls leave the provider: `keep` (the default), `omit` (null) or `pseudonymize` (the same value is the same token in every call, by the provider's `pseudonym_key`). " +
				"It covers `from` and `to`; the number, `caller_id_name` and `identity` of both sides; the id and identifier value of their contacts; remote addresses; what answering-machine detection heard; the values of a call flow's conditions; and the notification URL. " +
				"`reason`, `user_agent` and `tags` are kept.",
			Validators: []validator.String{stringvalidator.OneOf(personalKeep, personalOmit, personalPseudonymize)},
		},
	}
}

func timeoutsBlock(ctx context.Context) schema.Block {
	return timeouts.BlockWithOpts(ctx, timeouts.Opts{
		ReadDescription: "How long the read may take, retries included, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `20m`. Defaults to `10m`.",
	})
}

// arguments are what the configuration of a data source or an ephemeral
// resource asks for. Arguments that its schema does not have keep their
// defaults.
type arguments struct {
	scope        scope
	workspaceID  string
	channelID    string                   // of a channel
	query        bird.WorkspaceCallsQuery // its own fields only of a workspace
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
	a := arguments{
		scope:       s,
		workspaceID: strings.ToLower(text("workspace_id")),
		channelID:   strings.ToLower(text("channel_id")),
		query: bird.WorkspaceCallsQuery{
			CallsQuery: bird.CallsQuery{
				StartAt:   timeArgument(ctx, config, "start_at", &diags),
				EndAt:     timeArgument(ctx, config, "end_at", &diags),
				Status:    text("status"),
				Type:      text("type"),
				Direction: text("direction"),
				From:      text("from"),
				To:        text("to"),
			},
			ChannelIDs: argument[[]string](ctx, config, "channel_ids", &diags),
			Tags:       argument[[]string](ctx, config, "tags", &diags),
		},
		maxCalls:     defaultMaxCalls,
		personalData: text("personal_data"),
		attributes:   argument[[]string](ctx, config, "attributes", &diags),
		groupBy:      argument[[]string](ctx, config, "group_by", &diags),
		timeZone:     time.UTC,
	}
	for i, id := range a.query.ChannelIDs {
		a.query.ChannelIDs[i] = strings.ToLower(id)
	}
	if limit := argument[types.Number](ctx, config, "max_calls", &diags); !limit.IsNull() {
		n, _ := limit.ValueBigFloat().Int64()
		a.maxCalls = int(n)
	}
	if name := argument[types.String](ctx, config, "time_zone", &diags); !name.IsNull() {
		a.timeZone, _ = bird.ParseTimeZone(name.ValueString()) // its validator has reported errors
	}
	a.timeout = timeoutArgument(ctx, config, &diags)
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

// timeArgument returns the time of an argument, nil where it is null or
// unknown. An offset can carry a time out of the years that RFC 3339 can write,
// and year 1 is how the API writes that there is no time: both are errors.
func timeArgument(ctx context.Context, config tfsdk.Config, name string, diags *diag.Diagnostics) *time.Time {
	value := argument[types.String](ctx, config, name, diags)
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	t, err := bird.ParseTime(value.ValueString())
	if err != nil {
		return nil // its validator has reported that
	}
	if year := t.UTC().Year(); year < 2 || year > 9999 {
		diags.AddAttributeError(path.Root(name), "Time out of range",
			"The time "+value.ValueString()+" is outside the years 0002 to 9999 in UTC. Year 0001 is how programs write that there is no time.\n\nSet a time between them, or leave "+name+" out.")
		return nil
	}
	return &t
}

// timeoutArgument returns how long the read may take.
func timeoutArgument(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) time.Duration {
	// A text that is no duration is the default here; its validator reports it.
	timeout, _ := argument[timeouts.Value](ctx, config, "timeouts", diags).Read(ctx, defaultReadTimeout)
	if timeout <= 0 {
		diags.AddAttributeError(path.Root("timeouts").AtName("read"), "Invalid timeout",
			fmt.Sprintf("The read cannot end within %s.\n\nSet read in the block timeouts to a duration longer than zero, such as 90s or 20m, or leave it out for the default of %s.", timeout, defaultReadTimeout))
	}
	return timeout
}

// validateArguments reports what is wrong with arguments that the validators of
// single attributes cannot see.
func validateArguments(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	start, end := timeArgument(ctx, config, "start_at", &diags), timeArgument(ctx, config, "end_at", &diags)
	if start != nil && end != nil && !start.Before(*end) {
		const form = time.RFC3339Nano
		diags.AddAttributeError(path.Root("end_at"), "Window ends before it begins",
			"The window from start_at "+start.Format(form)+" to end_at "+end.Format(form)+" holds no time.\n\nSet end_at to a time after start_at.")
	}
	timeoutArgument(ctx, config, &diags)
	return diags
}

// calls reads the calls that the arguments ask for.
func (a arguments) calls(ctx context.Context, client *bird.Client) iter.Seq2[bird.Page[bird.Call], error] {
	if a.scope == ofChannel {
		return client.ChannelCalls(ctx, a.workspaceID, a.channelID, a.query.CallsQuery)
	}
	return client.WorkspaceCalls(ctx, a.workspaceID, a.query)
}
