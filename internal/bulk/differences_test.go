package bulk

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestDifferencesOfStructAndSchema(t *testing.T) {
	t.Parallel()
	type embedded struct {
		Name   string   `tfsdk:"name"`
		Text   *string  `tfsdk:"text"`
		Ratio  *float64 `tfsdk:"ratio"`
		Number *int64   `tfsdk:"number"`
	}
	type flat struct {
		embedded
		Flag  *bool       `tfsdk:"flag"`
		Tags  []*string   `tfsdk:"tags"`
		Inner *inner      `tfsdk:"inner"`
		Parts []innermost `tfsdk:"parts"`
	}
	type other struct {
		More map[string]string `tfsdk:"more"`
		embedded
		Flag  *string     `tfsdk:"flag"`
		Tags  *string     `tfsdk:"tags"`
		Inner []innermost `tfsdk:"inner"`
		Parts []inner     `tfsdk:"parts"`
	}
	for name, test := range map[string]struct {
		element any
		want    []string
	}{
		"none":                  {element{}, nil},
		"none, with embedding":  {flat{}, nil},
		"fields that are lists": {[]string{}, []string{"data source test_list: list[] is tftypes.Object", "[]string in Go"}},
		"every kind": {other{}, []string{
			"list[].flag is tftypes.Bool in the schema and string in Go",
			"list[].tags is tftypes.List[tftypes.String] in the schema and string in Go",
			"list[].inner is tftypes.Object", "[]bulk.innermost in Go",
			`list[].parts[] has no attribute "innermost" in the schema, and bulk.inner has a field Innermost for it`,
			"list[].parts[].text has no field in bulk.inner",
			`list[] has no attribute "more" in the schema`,
		}},
	} {
		s := NewProtocol6(&testProvider{}, map[string]List{"list": {Element: test.element}})()
		resp, err := s.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if len(test.want) == 0 {
			if len(resp.Diagnostics) > 0 {
				t.Errorf("%s: diagnostics %q, want none", name, texts(resp.Diagnostics))
			}
			continue
		}
		if len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
			t.Fatalf("%s: %d diagnostics", name, len(resp.Diagnostics))
		}
		for _, words := range test.want {
			if !strings.Contains(resp.Diagnostics[0].Detail, words) {
				t.Errorf("%s: %q is not in the diagnostic:\n%s", name, words, resp.Diagnostics[0].Detail)
			}
		}
		if lines := strings.Count(resp.Diagnostics[0].Detail, "test_list"); name == "every kind" && lines != 6 {
			t.Errorf("%s: %d differences\n%s", name, lines, resp.Diagnostics[0].Detail)
		}
	}
}

func TestDifferencesOfEphemeralResources(t *testing.T) {
	t.Parallel()
	s := NewProtocol6(&testProvider{}, map[string]List{"texts": {Element: inner{}}})()
	resp, err := s.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) != 1 || !strings.Contains(resp.Diagnostics[0].Detail, "ephemeral resource test_list: texts[].text has no field in bulk.inner") {
		t.Errorf("diagnostics %q, want one about texts[].text", texts(resp.Diagnostics))
	}
}

func TestDiffer(t *testing.T) {
	t.Parallel()
	numbers := tftypes.Map{ElementType: tftypes.Number}
	for _, test := range []struct {
		value     any
		attribute tftypes.Type
		want      string
	}{
		{map[string]int64{}, numbers, ""},
		{map[string]*float64{}, numbers, ""},
		{map[string]string{}, numbers, "x{} is tftypes.Number in the schema and string in Go"},
		{map[int64]int64{}, numbers, "x is tftypes.Map"},
		{[]int64{}, numbers, "x is tftypes.Map"},
		{int32(0), tftypes.Number, "x is tftypes.Number in the schema and int32 in Go"},
		{[]string{}, tftypes.Set{ElementType: tftypes.String}, "x is tftypes.Set"},
		{"", tftypes.DynamicPseudoType, "x is tftypes.DynamicPseudoType"},
	} {
		got := strings.Join(differ("x", reflect.TypeOf(test.value), test.attribute), "\n")
		if (test.want == "") != (got == "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("%T and %s: %q, want %q", test.value, test.attribute, got, test.want)
		}
	}
}
