package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	return numberValidator{
		described(fmt.Sprintf("must be a whole number from %d to %d", lowest, highest)),
		big.NewFloat(0).SetInt64(lowest), big.NewFloat(0).SetInt64(highest), true,
	}
}

type numberValidator struct {
	described
	lowest, highest *big.Float
	whole           bool
}

func (v numberValidator) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if n := req.ConfigValue.ValueBigFloat(); v.whole && !n.IsInt() || n.Cmp(v.lowest) < 0 || n.Cmp(v.highest) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid number",
			fmt.Sprintf("The argument %s %s, and it is %s.", req.Path, v.described, n.Text('g', 20)))
	}
}

// numberBetween returns a validator for numbers from lowest to highest.
func numberBetween(lowest, highest float64) validator.Number {
	return numberValidator{described(fmt.Sprintf("must be a number from %v to %v", lowest, highest)), big.NewFloat(lowest), big.NewFloat(highest), false}
}

// invalidValue returns an error about the value of an argument, or of an element of
// it. It says what is wrong with the value and what it is probably meant to be,
// where each is known and not "".
func invalidValue(at path.Path, summary, requirement, value, problem, suggestion string) diag.Diagnostic {
	detail := fmt.Sprintf("The argument %s %s, and it is %q", at.Steps()[:1], requirement, value)
	if problem != "" {
		detail += ": " + problem
	}
	detail += "."
	if suggestion != "" {
		detail += fmt.Sprintf("\n\nDid you mean %q?", suggestion)
	}
	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

// formValidator accepts texts of a form.
type formValidator struct {
	described
	summary string
	form    *regexp.Regexp
	problem func(value string) string // what is known to be wrong, or ""
}

func (v formValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || v.form.MatchString(value) {
		return
	}
	// What is copied has spaces and line ends around it, and UUIDs have braces.
	suggestion := strings.TrimPrefix(strings.Trim(value, "{} \t\r\n"), "urn:uuid:")
	if !v.form.MatchString(suggestion) {
		suggestion = ""
	}
	resp.Diagnostics.Append(invalidValue(req.Path, v.summary, string(v.described), value, v.problem(value), suggestion))
}

// isUUID accepts a UUID in upper or lower case.
var isUUID validator.String = formValidator{
	"must be a UUID in its canonical form, such as 123e4567-e89b-12d3-a456-426614174000 (no braces)", "Invalid UUID", bird.UUID,
	func(value string) string {
		if strings.HasPrefix(value, "ws_") {
			return "ids that start with ws_ are of workspaces on Bird's newer platform, which has another API"
		}
		return ""
	},
}

// isPlatform accepts the form of the API's query parameter platform.
var isPlatform validator.String = formValidator{
	"must be 1 to 100 letters, digits and hyphens, such as the platform_id of a channel", "Invalid platform", regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`),
	func(string) string { return "" },
}

// oneOf returns a validator for texts that are one of the names.
func oneOf(names ...string) nameValidator {
	return nameValidator{described("must be one of " + strings.Join(names, ", ")), names, nil}
}

type nameValidator struct {
	described
	names    []string
	problems map[string]string // why some other names are not among them
}

func (v nameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || slices.Contains(v.names, value) {
		return
	}
	suggestion, requirement := closest(value, v.names), string(v.described)
	if suggestion != "" && len(v.names) > 5 { // a long list would hide it
		requirement = "takes documented names only"
	}
	resp.Diagnostics.Append(invalidValue(req.Path, "Unknown name", requirement, value, v.problems[value], suggestion))
}

// closest returns the name that a misspelt one is most like, or "" if none is: with
// at most two letters wrong, or with the beginning or the end left out or added. A
// part that many names have, such as calls, is a hint at none of them.
func closest(misspelt string, names []string) string {
	misspelt = strings.ToLower(misspelt)
	best, least, parts := "", math.MaxInt, 0
	for _, name := range names {
		lower := strings.ToLower(name)
		if len(misspelt) > 2*len(lower) { // also what is too long to compare
			continue
		}
		distance := levenshtein.Distance(misspelt, lower, nil)
		part := len(misspelt) > 3 && (strings.Contains(lower, misspelt) || strings.Contains(misspelt, lower))
		if part {
			parts++
		}
		if (part || distance <= 2 && distance < len(misspelt)) && distance < least {
			best, least = name, distance
		}
	}
	if parts > 2 && least > 2 {
		return ""
	}
	return best
}

// filterLength is the length that the API accepts for a text filter.
var filterLength = stringvalidator.UTF8LengthBetween(1, 100)

// mayMatchNothing warns about the value of a filter that the API accepts, if
// probably no call has it.
type mayMatchNothing struct {
	described
	summary string
	length  validator.String
	doubt   func(value string) (problem, remedy string) // "" for a value as Bird stores it
}

func (v mayMatchNothing) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v.length.ValidateString(ctx, req, resp)
	if resp.Diagnostics.HasError() || req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem, remedy := v.doubt(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeWarning(req.Path, v.summary, nothingMatches(fmt.Sprintf("The argument %s is %s.", req.Path, problem), remedy))
	}
}

// nothingMatches returns the detail of a warning about arguments that probably
// select no call.
func nothingMatches(problem, remedy string) string {
	return problem + " If no call matches, a check of the result passes for the wrong reason.\n\n" + remedy
}

// knownValue returns a validator for a filter that warns about a value that the
// API does not document. The API's enumerations are open, so it is not an error.
func knownValue(values ...string) validator.String {
	documented := strings.Join(values, ", ")
	return mayMatchNothing{described("is usually one of " + documented), "Unknown filter value", filterLength, func(value string) (problem, remedy string) {
		if slices.Contains(values, value) {
			return "", ""
		}
		if meant := closest(value, values); meant != "" {
			remedy = fmt.Sprintf("Did you mean %q? ", meant)
		}
		return fmt.Sprintf("%q, which is not a value that Bird documents", value),
			remedy + fmt.Sprintf("The documented values are %s, in lower case. If Bird has added %q since, ignore this warning.", documented, value)
	}}
}

// storedTag is a validator for a tag that warns about one which no call can have.
var storedTag validator.String = mayMatchNothing{"is a tag as Bird stores it, in lower case", "Tag in another form", stringvalidator.UTF8LengthBetween(1, 50), func(value string) (problem, remedy string) {
	lower := strings.ToLower(value)
	if lower == value {
		return "", ""
	}
	return fmt.Sprintf("%q, and Bird stores tags in lower case", value), fmt.Sprintf("Did you mean %q?", lower)
}}

// phoneNumber is a validator for a filter that warns about a phone number which is
// not written as Bird stores numbers. The warning does not show it.
var phoneNumber validator.String = mayMatchNothing{"is an address, or a number as Bird stores it", "Phone number in another form", filterLength, func(value string) (problem, remedy string) {
	digits := strings.TrimPrefix(withoutSeparators(value), "+")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", "" // an address
	}
	const stored = "Bird stores numbers in international form, without spaces, dashes and brackets, such as 31201234567 or +31201234567."
	switch {
	case digits != strings.TrimPrefix(value, "+"):
		return "a phone number with spaces, dashes or brackets", stored
	case strings.HasPrefix(digits, "0"):
		return "a phone number that begins with 0", stored
	}
	return "", ""
}}
