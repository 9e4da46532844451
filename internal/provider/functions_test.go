package provider_test

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

func TestFunctionsNameCodes(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, test := range []struct {
		function string
		code     any
		want     any
		fails    bool
	}{
		{"hangup_cause", 16, "Normal call clearing", false},
		{"hangup_cause", 17, "User busy", false},
		{"hangup_cause", 34, "No circuit/channel available", false},
		{"hangup_cause", 127, "Interworking, unspecified", false},
		{"hangup_cause", 0, "Cause 0", false},
		{"hangup_cause", 10, "Cause 10", false},
		{"hangup_cause", -1, "Cause -1", false},
		{"hangup_cause", 487, "Cause 487", false}, // of a telephone system with causes of its own
		{"hangup_cause", nil, nil, false},
		{"sip_status", "486", "Busy Here", false},
		{"sip_status", "200", "OK", false},
		{"sip_status", "503", "Service Unavailable", false},
		{"sip_status", "100", "Trying", false},
		{"sip_status", "299", "Status 299", false},
		{"sip_status", "0", "Status 0", false},
		{"sip_status", "0486", "Status 0486", false},
		{"sip_status", nil, nil, false},
		{"sip_status", "", nil, true},
		{"sip_status", "busy", nil, true},
		{"sip_status", "486 ", nil, true},
	} {
		definition := s.schema.Functions[test.function]
		ty := definition.Parameters[0].Type
		argument, err := tfprotov6.NewDynamicValue(ty, newValue(t, ty, test.code))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: test.function, Arguments: []*tfprotov6.DynamicValue{&argument}})
		if err != nil {
			t.Fatal(err)
		}
		if (resp.Error != nil) != test.fails {
			t.Errorf("%s(%v): error %v", test.function, test.code, resp.Error)
			continue
		}
		if test.fails {
			continue
		}
		if got := s.value(tftypes.String, resp.Result); !got.Equal(newValue(t, tftypes.String, test.want)) {
			t.Errorf("%s(%v) is %s, not %v", test.function, test.code, got, test.want)
		}
	}
}

// The names are those of testdata, which is typed from the standards, and no other
// code has one.
func TestFunctionsNameTheCodesOfTheStandards(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	causes, statuses := map[int64]string{}, map[int64]string{}
	for line := range strings.Lines(readFile(t, "testdata/q850.txt")) {
		if match := regexp.MustCompile(`^([01]{3}) ([01]{4}) (.+)\n$`).FindStringSubmatch(line); match != nil {
			code, err := strconv.ParseInt(match[1]+match[2], 2, 64)
			if err != nil {
				t.Fatal(err)
			}
			causes[code] = match[3]
		}
	}
	for line := range strings.Lines(readFile(t, "testdata/sip_statuses.txt")) {
		if match := regexp.MustCompile(`^(\d{3}) (.+)\n$`).FindStringSubmatch(line); match != nil {
			code, err := strconv.ParseInt(match[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			statuses[code] = match[2]
		}
	}
	if len(causes) != 71 || len(statuses) != 75 {
		t.Errorf("%d causes and %d statuses in testdata, want 71 and 75", len(causes), len(statuses))
	}
	for code := range int64(1000) {
		if got, want := s.callFunction("hangup_cause", code), cmp.Or(causes[code], fmt.Sprintf("Cause %d", code)); got != want {
			t.Errorf("hangup_cause(%d) is %q, want %q", code, got, want)
		}
		text := strconv.FormatInt(code, 10)
		if got, want := s.callFunction("sip_status", text), cmp.Or(statuses[code], "Status "+text); got != want {
			t.Errorf("sip_status(%q) is %q, want %q", text, got, want)
		}
	}
}

// Terraform shows which argument is wrong.
func TestFunctionsNameTheArgumentThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, test := range []struct {
		function  string
		arguments []any
		wrong     int64
	}{
		{"sip_status", []any{"busy"}, 0},
		{"local_time", []any{"today", "UTC"}, 0},
		{"local_time", []any{"2024-02-28", "Mars/Olympus"}, 1},
		{"local_time", []any{"0000-01-01T00:00:00Z", "America/New_York"}, 0},
	} {
		var arguments []*tfprotov6.DynamicValue
		for i, argument := range test.arguments {
			ty := s.schema.Functions[test.function].Parameters[i].Type
			value, err := tfprotov6.NewDynamicValue(ty, newValue(t, ty, argument))
			if err != nil {
				t.Fatal(err)
			}
			arguments = append(arguments, &value)
		}
		resp, err := s.server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: test.function, Arguments: arguments})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Error == nil || resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != test.wrong {
			t.Errorf("%s(%v): error %v, want one of argument %d", test.function, test.arguments, resp.Error, test.wrong)
			continue
		}
		if strings.HasSuffix(resp.Error.Text, ".") { // Terraform adds a full stop
			t.Errorf("%s(%v): the error %q ends in a full stop", test.function, test.arguments, resp.Error.Text)
		}
	}
}

func TestFunctionsInTerraform(t *testing.T) {
	t.Parallel()
	needTerraform(t)
	resource.UnitTest(t, resource.TestCase{
		// Provider-defined functions came with Terraform 1.8 and OpenTofu 1.7.
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		ProtoV6ProviderFactories: protoV6ProviderFactories,
		Steps: []resource.TestStep{{
			Config: `
output "cause" {
  value = provider::bird::hangup_cause(16)
}

output "status" {
  value = provider::bird::sip_status("486")
}

# A code of the other type.
output "converted" {
  value = [provider::bird::hangup_cause("17"), provider::bird::sip_status(404)]
}

output "number" {
  value = provider::bird::e164("31 20 123 4567")
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("cause", knownvalue.StringExact("Normal call clearing")),
				statecheck.ExpectKnownOutputValue("status", knownvalue.StringExact("Busy Here")),
				statecheck.ExpectKnownOutputValue("converted", knownvalue.TupleExact([]knownvalue.Check{knownvalue.StringExact("User busy"), knownvalue.StringExact("Not Found")})),
				statecheck.ExpectKnownOutputValue("number", knownvalue.StringExact("+31201234567")),
			},
		}},
	})
}
