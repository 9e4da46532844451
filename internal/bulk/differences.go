package bulk

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// differences returns how the structs of the lists differ from the schemas of
// data sources and ephemeral resources that have attributes of their names.
func differences(lists map[string]List, schemas *tfprotov6.GetProviderSchemaResponse) []string {
	var found []string
	compare := func(what string, kind map[string]*tfprotov6.Schema) {
		for _, name := range slices.Sorted(maps.Keys(kind)) {
			object, ok := kind[name].ValueType().(tftypes.Object)
			if !ok {
				continue
			}
			for _, attribute := range slices.Sorted(maps.Keys(lists)) {
				if is, ok := object.AttributeTypes[attribute]; ok {
					found = append(found, differ(what+" "+name+": "+attribute, reflect.SliceOf(reflect.TypeOf(lists[attribute].Element)), is)...)
				}
			}
		}
	}
	compare("data source", schemas.DataSourceSchemas)
	compare("ephemeral resource", schemas.EphemeralResourceSchemas)
	return found
}

// differ compares a Go type with the type of the attribute at path.
func differ(path string, t reflect.Type, attribute tftypes.Type) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch attribute := attribute.(type) {
	case tftypes.Object:
		if t.Kind() == reflect.Struct {
			return differFields(path, t, attribute)
		}
	case tftypes.List:
		if t.Kind() == reflect.Slice {
			return differ(path+"[]", t.Elem(), attribute.ElementType)
		}
	case tftypes.Map:
		if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String {
			return differ(path+"{}", t.Elem(), attribute.ElementType)
		}
	default:
		if attribute.Is(primitives[t.Kind()]) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %s in the schema and %s in Go", path, attribute, t)}
}

// primitives are the attribute types of Go's kinds.
var primitives = map[reflect.Kind]tftypes.Type{
	reflect.String: tftypes.String, reflect.Bool: tftypes.Bool, reflect.Int64: tftypes.Number, reflect.Float64: tftypes.Number,
}

func differFields(path string, t reflect.Type, object tftypes.Object) []string {
	var found []string
	left := maps.Clone(object.AttributeTypes)
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous {
			continue // its own fields are visible
		}
		name := field.Tag.Get("tfsdk")
		attribute, ok := left[name]
		if !ok {
			found = append(found, fmt.Sprintf("%s has no attribute %q in the schema, and %s has a field %s for it", path, name, t, field.Name))
			continue
		}
		delete(left, name)
		found = append(found, differ(path+"."+name, field.Type, attribute)...)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		found = append(found, fmt.Sprintf("%s.%s has no field in %s", path, name, t))
	}
	return found
}
