package provider

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

var _ function.Function = (*localTimeFunction)(nil)

// NewLocalTimeFunction returns the function local_time.
func NewLocalTimeFunction() function.Function { return localTimeFunction{} }

type localTimeFunction struct{}

func (localTimeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "local_time"
}

func (localTimeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A time, or the start of a day, in a time zone",
		MarkdownDescription: "Returns an RFC 3339 date-time with the offset that the time zone has at that time, such as `2024-02-28T17:54:33+01:00` for `2024-02-28T16:54:33Z` in `Europe/Amsterdam`. " +
			"A date without a time means the moment at which that day begins in the zone. Use it for windows of whole local days, even across a change to or from summer time. " +
			"Returns null for null. Works without network access or a credential: the time zones are part of the provider.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "time",
				MarkdownDescription: "RFC 3339 date-time, such as `2024-02-28T16:54:33Z`, or a date, such as `2024-02-28`.",
				AllowNullValue:      true,
			},
			function.StringParameter{
				Name:                "time_zone",
				MarkdownDescription: "Name of a time zone in the IANA database, such as `Europe/Amsterdam` or `UTC`.",
			},
		},
		Return: function.StringReturn{},
	}
}

func (localTimeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text *string
	var name string
	if resp.Error = req.Arguments.Get(ctx, &text, &name); resp.Error != nil {
		return
	}
	zone, err := statistics.ParseTimeZone(name)
	if err != nil {
		message := strconv.Quote(name) + " is not a time zone in the IANA database. "
		if meant := closest(name, statistics.TimeZones()); meant != "" {
			message += fmt.Sprintf("It is most like %q", meant) // Terraform adds a full stop
		} else {
			message += "Use one such as Europe/Amsterdam or UTC"
		}
		resp.Error = function.NewArgumentFuncError(1, message)
		return
	}
	if text == nil {
		resp.Error = resp.Result.Set(ctx, types.StringNull())
		return
	}
	at, err := bird.ParseTime(*text)
	if day, wrong := time.Parse(time.DateOnly, *text); wrong == nil {
		at, err = startOfDay(day, zone), nil
	}
	if err != nil {
		message := strconv.Quote(*text) + " is neither an RFC 3339 date-time, such as 2024-02-28T16:54:33Z, nor a date, such as 2024-02-28"
		if problem, _ := dateTimeMistake(*text); problem != "" {
			message += ": " + problem
		}
		resp.Error = function.NewArgumentFuncError(0, message)
		return
	}
	local := at.In(zone)
	if year := local.Year(); year < 0 || year > 9999 {
		resp.Error = function.NewArgumentFuncError(0, strconv.Quote(*text)+" is outside the years 0000 to 9999 in "+name+", and RFC 3339 has no others")
		return
	}
	resp.Error = resp.Result.Set(ctx, local.Format(time.RFC3339Nano))
}

// startOfDay returns the first moment of a date in a zone. Where the clock is
// put forward over midnight, there is no midnight; where it is put back over
// it, there are two.
func startOfDay(date time.Time, zone *time.Location) time.Time {
	start := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone)
	begin, end := start.ZoneBounds()
	switch local, want := start.Format(time.DateOnly), date.Format(time.DateOnly); {
	case local < want:
		return end
	case local > want:
		return begin
	case begin.IsZero():
		return start
	}
	_, before := begin.Add(-1).Zone()
	_, after := start.Zone()
	if first := start.Add(time.Duration(after-before) * time.Second); first.Before(begin) {
		return first
	}
	return start
}
