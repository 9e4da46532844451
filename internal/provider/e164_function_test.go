package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// callFunction calls a function of one argument, and returns its text, "" for null.
// The function must not fail.
func (s *session) callFunction(name string, argument any) string {
	s.t.Helper()
	ty := s.schema.Functions[name].Parameters[0].Type
	value, err := tfprotov6.NewDynamicValue(ty, newValue(s.t, ty, argument))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.server.CallFunction(s.t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: []*tfprotov6.DynamicValue{&value}})
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.Error != nil {
		s.t.Fatalf("%s(%v) fails: %s", name, argument, resp.Error.Text)
	}
	var result *string
	if err := s.value(tftypes.String, resp.Result).As(&result); err != nil {
		s.t.Fatal(err)
	}
	if result == nil {
		return ""
	}
	return *result
}

func TestE164(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, test := range []struct {
		number any
		want   string // "" for null
	}{
		{"+31201234567", "+31201234567"},
		{"31201234567", "+31201234567"},
		{"0031201234567", "+31201234567"},
		{"+31 20 123 4567", "+31201234567"},
		{"31-20-123-4567", "+31201234567"},
		{"(+31) 20-123 4567", "+31201234567"},
		{"+1 (212) 555-0123", "+12125550123"},
		{" 31201234567\t", "+31201234567"},
		{"+31\u00a020\u202f123\u20114567", "+31201234567"}, // no-break spaces, no-break hyphen
		{"\u202a+31201234567\u202c", "+31201234567"},       // an address book's direction marks
		{"6831234", "+6831234"},                            // Niue: the fewest digits
		{"123456789012345", "+123456789012345"},            // the most
		{"+31900", "+31900"},                               // the beginning of a number
		{"+1", "+1"},                                       // a country code
		{"00 1", "+1"},
		{"1234567890123456", ""},
		{"+1234567890123456", ""},
		{"112", ""},
		{"123456", ""},
		{"0201234567", ""},
		{"+0201234567", ""},
		{"000201234567", ""},
		{"+44 (0)20 7946 0000", ""},
		{"+39 (0)2 1234567", ""},
		{"+44( 0 )20 7946 0000", ""},
		{"+44 ( 0)20 7946 0000", ""},
		{"+44 (0 )20 7946 0000", ""},
		{"+31+201234567", ""},
		{"++31201234567", ""},
		{"31+201234567", ""},
		{"+31 20 123 4567, 8", ""},
		{"+31 20 123 4567/8", ""},
		{"192.168.10.25", ""},
		{"client:0190f6a5-5f4e-7d3c-8b2a-1f0e9d8c7b6a", ""},
		{"client:01901234-5678-7123-8123-123456789012", ""},
		{"sip:+31201234567@sip.example.com", ""},
		{"31201234567@sip.example.com", ""},
		{"tel:+31201234567", ""},
		{"anonymous", ""},
		{"Anonymous", ""},
		{"+", ""},
		{"00", ""},
		{"()", ""},
		{"", ""},
		{" ", ""},
		{nil, ""},
		{"+31 900 FLOWERS", ""},
		{"\u0661\u0662\u0663\u0664\u0665\u0666\u0667", ""}, // Arabic-Indic digits
		{"\xff31201234567", ""},
		{strings.Repeat("1", 1<<20), ""},
	} {
		if got := s.callFunction("e164", test.number); got != test.want {
			t.Errorf("e164(%.60q) is %q, not %q", test.number, got, test.want)
		}
		if again := s.callFunction("e164", test.want); again != test.want {
			t.Errorf("e164(%q) is %q", test.want, again)
		}
	}
}
