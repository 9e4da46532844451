package provider

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// described is the part of a validator that describes what it accepts.
type described string

func (d described) Description(context.Context) string         { return string(d) }
func (d described) MarkdownDescription(context.Context) string { return string(d) }

// wholeNumber returns a validator for whole numbers from lowest to highest. It
// is for number attributes, because the framework refuses a fraction in an Int64
// attribute before any validator can say what is allowed.
func wholeNumber(lowest, highest int64) validator.Number {
	return wholeNumberValidator{
		described(fmt.Sprintf("must be a whole number from %d to %d", lowest, highest)),
		big.NewFloat(0).SetInt64(lowest), big.NewFloat(0).SetInt64(highest),
	}
}

type wholeNumberValidator struct {
	described
	lowest, highest *big.Float
}

func (v wholeNumberValidator) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if n := req.ConfigValue.ValueBigFloat(); !n.IsInt() || n.Cmp(v.lowest) < 0 || n.Cmp(v.highest) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid number",
			fmt.Sprintf("The argument %s %s, and it is %s.", req.Path, v.described, n.Text('g', 20)))
	}
}

// isUUID accepts a UUID in upper or lower case.
var isUUID = stringvalidator.RegexMatches(bird.UUID,
	"must be a UUID in its canonical form, such as 123e4567-e89b-12d3-a456-426614174000 (no braces)")

// filterLength is the length that the API accepts for a text filter.
var filterLength = stringvalidator.UTF8LengthBetween(1, 100)

// knownValue returns a validator for a filter that warns about a value that the
// API does not document. The API's enumerations are open, so it is not an error.
func knownValue(values ...string) validator.String {
	return knownValueValidator{described("is usually one of " + strings.Join(values, ", ")), values}
}

type knownValueValidator struct {
	described
	values []string
}

func (v knownValueValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	filterLength.ValidateString(ctx, req, resp)
	if value := req.ConfigValue; !resp.Diagnostics.HasError() && !value.IsNull() && !value.IsUnknown() && !slices.Contains(v.values, value.ValueString()) {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Unknown filter value",
			fmt.Sprintf("The argument %s is %q, which is not a value that Bird documents. If Bird has no such value, no call matches, and a check of the result passes for the wrong reason.\n\n"+
				"The documented values are %s, in lower case. If Bird has added %[2]q since, ignore this warning.", req.Path, value.ValueString(), strings.Join(v.values, ", ")))
	}
}
