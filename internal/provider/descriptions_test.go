package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestDescriptionsOfWhatIsRead: each attribute that is not an argument is described in
// one short sentence. The rules of a statistic are on the page about the statistics.
func TestDescriptionsOfWhatIsRead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	code := regexp.MustCompile("`[^`]*`")
	sentence := regexp.MustCompile(`^[A-Z0-9x][^;]*\.$`)
	another := regexp.MustCompile(`[.?!] `)
	checked := 0
	var check func(path string, attributes []*tfprotov6.SchemaAttribute)
	check = func(path string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			name := path + "." + attribute.Name
			if attribute.NestedType != nil {
				check(name, attribute.NestedType.Attributes)
			}
			if !attribute.Computed {
				continue
			}
			checked++
			text := link.ReplaceAllString(attribute.Description, "x")
			text = code.ReplaceAllString(text, "x")
			if words := len(strings.Fields(text)); !sentence.MatchString(text) || another.MatchString(text) || words > 30 {
				t.Errorf("%s is not described in one sentence, but in %d words:\n%s", name, words, attribute.Description)
			}
		}
	}
	s := newSession(t)
	for _, schemas := range []map[string]*tfprotov6.Schema{s.schema.DataSourceSchemas, s.schema.EphemeralResourceSchemas} {
		for name, schema := range schemas {
			check(name, schema.Block.Attributes)
		}
	}
	if checked < 300 {
		t.Errorf("only %d attributes", checked)
	}
}
