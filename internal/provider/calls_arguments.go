package provider

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
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
		return "the voice channels of a workspace, all of them or some,"
	}
	return "a voice channel"
}

// The values of the argument personal_data.
const (
	personalKeep         = "keep"
	personalOmit         = "omit"
	personalPseudonymize = "pseudonymize"
)

// canonicalUUID is the text form of RFC 9562, section 4, in lower case.
var canonicalUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// callsArgumentAttributes are the arguments that say which calls are meant.
func callsArgumentAttributes(s scope) map[string]schema.Attribute {
	uuid := stringvalidator.RegexMatches(canonicalUUID,
		"must be a UUID in its canonical form, such as 123e4567-e89b-12d3-a456-426614174000 (lower case, no braces)")
	text := stringvalidator.UTF8LengthBetween(1, 100)
	filter := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{text}}
	}
	timestamp := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Optional:            true,
			CustomType:          timetypes.RFC3339Type{},
			MarkdownDescription: description + " An RFC 3339 date-time with any offset, such as `2024-02-28T16:54:33.241Z` or `2024-02-28T17:54:33+01:00`.",
		}
	}
	attributes := map[string]schema.Attribute{
		"workspace_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Workspace that the calls belong to, a UUID.",
			Validators:          []validator.String{uuid},
		},
		"start_at":  timestamp("Begin of the window. Without it, the window reaches back to the first call, and is read one page after another."),
		"end_at":    timestamp("End of the window, after `start_at`. Without it, the window reaches to the latest call."),
		"status":    filter("Only calls with this status: `accepted`, `scheduled`, `starting`, `ringing`, `ongoing`, `completed`, `no-answer`, `busy`, `failed`, `cancelled`, or one that is new at the API."),
		"type":      filter("Only calls of this type: `pstn`, `webrtc`, `sip`, or one that is new at the API."),
		"direction": filter("Only calls of this direction: `incoming` or `outgoing`."),
		"from":      filter("Only calls from this number or address, written as the calls' `from` has it (numbers come without `+`). The state keeps it as it is."),
		"to":        filter("Only calls to this number or address, written as the calls' `to` has it (numbers come without `+`). The state keeps it as it is."),
	}
	switch s {
	case ofChannel:
		attributes["channel_id"] = schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Voice channel whose calls are read, a UUID.",
			Validators:          []validator.String{uuid},
		}
	case ofWorkspace:
		attributes["channel_ids"] = schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Only calls of these voice channels, UUIDs. Without it, those of all channels.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(uuid)},
		}
		attributes["tags"] = schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Only calls with these tags.",
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(text)},
		}
	}
	return attributes
}

// listArgumentAttributes are the arguments that say how calls are listed.
func listArgumentAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"max_calls": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Calls to list at most. Defaults to %d. Where more match, the read ends with an error; the list is never cut short.",
				defaultMaxCalls),
			Validators: []validator.Int64{int64validator.AtLeast(1)},
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

// getter reads arguments from the configuration of a data source or of an
// ephemeral resource.
type getter struct {
	ctx    context.Context
	config tfsdk.Config
	diags  diag.Diagnostics
}

func get[T any](g *getter, name string) T {
	var value T
	g.diags.Append(g.config.GetAttribute(g.ctx, path.Root(name), &value)...)
	return value
}

func (g *getter) text(name string) string { return get[types.String](g, name).ValueString() }

// time returns the time of an argument that its type has checked, nil for null.
func (g *getter) time(name string) *time.Time {
	value := get[timetypes.RFC3339](g, name)
	if value.IsNull() {
		return nil
	}
	t, err := bird.ParseTime(value.ValueString())
	if err != nil {
		g.diags.AddAttributeError(path.Root(name), "Invalid time", err.Error())
	}
	return &t
}

// callsQuery says which calls are meant, and of which scope.
type callsQuery struct {
	bird.WorkspaceCallsQuery
	scope       scope
	workspaceID string
	channelID   string
}

// calls reads the calls of the query.
func (q callsQuery) calls(ctx context.Context, client *bird.Client) iter.Seq2[bird.Page[bird.Call], error] {
	if q.scope == ofChannel {
		return client.ChannelCalls(ctx, q.workspaceID, q.channelID, q.CallsQuery)
	}
	return client.WorkspaceCalls(ctx, q.workspaceID, q.WorkspaceCallsQuery)
}

// query returns the calls that the arguments mean.
func (g *getter) query(s scope) callsQuery {
	query := callsQuery{scope: s, workspaceID: g.text("workspace_id")}
	query.CallsQuery = bird.CallsQuery{
		StartAt:   g.time("start_at"),
		EndAt:     g.time("end_at"),
		Status:    g.text("status"),
		Type:      g.text("type"),
		Direction: g.text("direction"),
		From:      g.text("from"),
		To:        g.text("to"),
	}
	switch s {
	case ofChannel:
		query.channelID = g.text("channel_id")
	case ofWorkspace:
		query.ChannelIDs = get[[]string](g, "channel_ids")
		query.Tags = get[[]string](g, "tags")
	}
	return query
}

// maxCalls gives the argument max_calls.
func (g *getter) maxCalls() int {
	value := get[types.Int64](g, "max_calls")
	if value.IsNull() {
		return defaultMaxCalls
	}
	return int(value.ValueInt64())
}

// readTimeout gives the timeout of the read.
func (g *getter) readTimeout() time.Duration {
	value := get[timeouts.Value](g, "timeouts")
	timeout, diags := value.Read(g.ctx, defaultReadTimeout)
	g.diags.Append(diags...)
	return timeout
}

// validateArguments finds what is wrong with the window.
func validateArguments(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	g := &getter{ctx: ctx, config: config}
	var known []time.Time
	for _, name := range []string{"start_at", "end_at"} {
		value := get[timetypes.RFC3339](g, name)
		if g.diags.HasError() || value.IsNull() || value.IsUnknown() {
			continue
		}
		t := g.time(name)
		if t == nil {
			continue
		}
		// An offset can carry a time out of the years that RFC 3339 can write.
		if year := t.UTC().Year(); year < 1 || year > 9999 {
			g.diags.AddAttributeError(path.Root(name), "Time out of range", "The time "+value.ValueString()+" is outside the years 0001 to 9999 in UTC.\n\nSet a time between them.")
		}
		known = append(known, *t)
	}
	if !g.diags.HasError() && len(known) == 2 && !known[0].Before(known[1]) {
		const form = time.RFC3339Nano
		g.diags.AddAttributeError(path.Root("end_at"), "Window ends before it begins",
			"The window from start_at "+known[0].Format(form)+" to end_at "+known[1].Format(form)+" holds no time.\n\nSet end_at to a time after start_at.")
	}
	return g.diags
}
