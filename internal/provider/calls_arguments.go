package provider

import (
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// callsArguments are the arguments that say which calls are meant.
type callsArguments struct {
	WorkspaceID types.String      `tfsdk:"workspace_id"`
	ChannelID   types.String      `tfsdk:"channel_id"`
	StartAt     timetypes.RFC3339 `tfsdk:"start_at"`
	EndAt       timetypes.RFC3339 `tfsdk:"end_at"`
	Status      types.String      `tfsdk:"status"`
	Type        types.String      `tfsdk:"type"`
	Direction   types.String      `tfsdk:"direction"`
	From        types.String      `tfsdk:"from"`
	To          types.String      `tfsdk:"to"`
}

// canonicalUUID is the text form of RFC 9562, section 4, in lower case.
var canonicalUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func callsArgumentAttributes() map[string]schema.Attribute {
	uuid := []validator.String{stringvalidator.RegexMatches(canonicalUUID,
		"must be a UUID in its canonical form, such as 123e4567-e89b-12d3-a456-426614174000 (lower case, no braces)")}
	filter := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: description,
			Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 100)},
		}
	}
	timestamp := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Optional:            true,
			CustomType:          timetypes.RFC3339Type{},
			MarkdownDescription: description + " An RFC 3339 date-time with any offset, such as `2024-02-28T16:54:33.241Z` or `2024-02-28T17:54:33+01:00`.",
		}
	}
	return map[string]schema.Attribute{
		"workspace_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Workspace that the channel belongs to, a UUID.",
			Validators:          uuid,
		},
		"channel_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Voice channel whose calls are read, a UUID.",
			Validators:          uuid,
		},
		"start_at":  timestamp("Begin of the window. Without it, the window reaches back to the channel's first call, and is read one page after another."),
		"end_at":    timestamp("End of the window, after `start_at`. Without it, the window reaches to the latest call."),
		"status":    filter("Only calls with this status: `accepted`, `scheduled`, `starting`, `ringing`, `ongoing`, `completed`, `no-answer`, `busy`, `failed`, `cancelled`, or one that is new at the API."),
		"type":      filter("Only calls of this type: `pstn`, `webrtc`, `sip`, or one that is new at the API."),
		"direction": filter("Only calls of this direction: `incoming` or `outgoing`."),
		"from":      filter("Only calls from this number or address, written as the calls' `from` has it (numbers come without `+`)."),
		"to":        filter("Only calls to this number or address, written as the calls' `to` has it (numbers come without `+`)."),
	}
}

// validate finds what no single argument shows.
func (a callsArguments) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	start, end := a.StartAt, a.EndAt
	for name, value := range map[string]timetypes.RFC3339{"start_at": start, "end_at": end} {
		if value.IsNull() || value.IsUnknown() {
			continue
		}
		// An offset can carry a time out of the years that RFC 3339 can write.
		if year := timeOf(value).UTC().Year(); year < 1 || year > 9999 {
			diags.AddAttributeError(path.Root(name), "Time out of range", "The time "+value.ValueString()+" is outside the years 0001 to 9999 in UTC.\n\nSet a time between them.")
		}
	}
	if start.IsNull() || start.IsUnknown() || end.IsNull() || end.IsUnknown() {
		return diags
	}
	if !timeOf(start).Before(timeOf(end)) {
		diags.AddAttributeError(path.Root("end_at"), "Window ends before it begins",
			"The window from start_at "+start.ValueString()+" to end_at "+end.ValueString()+" holds no time.\n\nSet end_at to a time after start_at.")
	}
	return diags
}

// timeOf gives the time of a value that its type has checked, zero for null.
func timeOf(value timetypes.RFC3339) time.Time {
	if value.IsNull() {
		return time.Time{}
	}
	t, _ := bird.ParseTime(value.ValueString())
	return t
}

func (a callsArguments) query() bird.CallsQuery {
	return bird.CallsQuery{
		WorkspaceID: a.WorkspaceID.ValueString(),
		ChannelID:   a.ChannelID.ValueString(),
		StartAt:     timeOf(a.StartAt),
		EndAt:       timeOf(a.EndAt),
		Status:      a.Status.ValueString(),
		Type:        a.Type.ValueString(),
		Direction:   a.Direction.ValueString(),
		From:        a.From.ValueString(),
		To:          a.To.ValueString(),
	}
}
