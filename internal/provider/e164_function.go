package provider

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

var _ function.Function = (*e164Function)(nil)

// NewE164Function returns the function e164.
func NewE164Function() function.Function { return e164Function{} }

type e164Function struct{}

func (e164Function) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "e164"
}

func (e164Function) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A phone number in one form: + and digits",
		MarkdownDescription: "Returns a phone number in the form of [ITU-T E.164](https://www.itu.int/rec/T-REC-E.164), `+` and at most 15 digits, such as `+31201234567`. " +
			"The API stores some numbers with `+` and some without, so use this function wherever you compare, count or look up a number.\n\n" +
			"A number may have `+`, the international prefix `00`, or neither, and spaces, dashes and brackets. With `+`, the beginning of a number is accepted too, such as `+31900`.\n\n" +
			"Returns null for everything else: null, an empty text, `anonymous`, `client:…`, a SIP address. " +
			"A number that does not name its country is null too: one in national form, which begins with `0`; one with `(0)`; and a short one such as `112`, of six digits or fewer without `+`. " +
			"Works without network access or a credential.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "number",
			MarkdownDescription: "Phone number or address, such as a call's `from` or `to`.",
			AllowNullValue:      true,
		}},
		Return: function.StringReturn{},
	}
}

func (e164Function) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var number *string
	if resp.Error = req.Arguments.Get(ctx, &number); resp.Error != nil {
		return
	}
	if number != nil {
		number = e164(*number)
	}
	resp.Error = resp.Result.Set(ctx, number)
}

// internationalNumber matches + and the digits of a number or of its beginning,
// or at least seven digits, the fewest that numbers with a country code have. No
// country code begins with 0 (ITU-T E.164, table of assigned country codes).
var internationalNumber = regexp.MustCompile(`^(?:(?:\+|00)([1-9]\d{0,14})|([1-9]\d{6,14}))$`)

// e164 returns a phone number as + and digits, or nil for anything else.
func e164(number string) *string {
	// The zero is left out after most country codes and kept after others, such as +39.
	if strings.Contains(strings.ReplaceAll(number, " ", ""), "(0)") {
		return nil
	}
	number = withoutSeparators(number)
	digits := internationalNumber.FindStringSubmatch(number)
	if digits == nil {
		return nil
	}
	return new("+" + digits[1] + digits[2])
}

// withoutSeparators removes the spaces, dashes and brackets of a phone number.
func withoutSeparators(number string) string {
	return strings.Map(func(r rune) rune {
		// Copied text has spaces and dashes of many kinds, and marks that nobody sees.
		if r == '(' || r == ')' || unicode.In(r, unicode.White_Space, unicode.Dash, unicode.Cf) {
			return -1
		}
		return r
	}, number)
}
