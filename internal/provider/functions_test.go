package provider_test

import (
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
		{"hangup_cause", 0, nil, false},
		{"hangup_cause", 10, nil, false},
		{"hangup_cause", nil, nil, false},
		{"hangup_cause", -1, nil, true},
		{"hangup_cause", 128, nil, true},
		{"sip_status", "486", "Busy Here", false},
		{"sip_status", "200", "OK", false},
		{"sip_status", "503", "Service Unavailable", false},
		{"sip_status", "100", "Trying", false},
		{"sip_status", "699", nil, false},
		{"sip_status", nil, nil, false},
		{"sip_status", "099", nil, true},
		{"sip_status", "700", nil, true},
		{"sip_status", "0486", nil, true},
		{"sip_status", "+48", nil, true},
		{"sip_status", "", nil, true},
		{"sip_status", "busy", nil, true},
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

// Terraform shows which argument is wrong.
func TestFunctionsNameTheArgumentThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, test := range []struct {
		function  string
		arguments []any
		wrong     int64
	}{
		{"hangup_cause", []any{128}, 0},
		{"sip_status", []any{"busy"}, 0},
		{"local_time", []any{"today", "UTC"}, 0},
		{"local_time", []any{"2024-02-28", "Mars/Olympus"}, 1},
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
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("cause", knownvalue.StringExact("Normal call clearing")),
				statecheck.ExpectKnownOutputValue("status", knownvalue.StringExact("Busy Here")),
			},
		}},
	})
}
