package contract

import (
	"reflect"
	"strings"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// checkUnknownFields counts the fields that [bird.Call] does not have.
var checkUnknownFields = countingCheck("unknown fields", func(seen tally, c *call) {
	countUnknown(seen, "", c.fields, reflect.TypeFor[bird.Call]())
})

func countUnknown(seen tally, prefix string, fields map[string]any, t reflect.Type) {
	known := make(map[string]reflect.Type)
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = field.Type
	}
	for name, value := range fields {
		inner, ok := known[name]
		if !ok {
			seen[prefix+fieldName(name)]++
			continue
		}
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct {
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			countUnknown(seen, prefix+name+".", v, inner)
		case []any:
			for _, element := range v {
				if object, ok := element.(map[string]any); ok {
					countUnknown(seen, prefix+name+"[].", object, inner)
				}
			}
		}
	}
}
