package bird

import (
	"reflect"
	"slices"
	"strings"
)

// The service is written in Go, which knows no null: it sends zero values for what
// is absent. "" is no value, nor is a time in year 0001, nor the nil UUID for an id.

// cleanerOf returns a function that makes the texts of a struct nil that are no
// value, at every depth. A kind tag marks ids and times. Whatever is not a text
// stays as it is. An empty tag is no tag, so a list of texts has none.
func cleanerOf(of reflect.Type, kind string) func(reflect.Value) {
	switch of {
	case reflect.TypeFor[string]():
		return func(v reflect.Value) {
			if isZero(v.String(), kind) {
				v.SetString("")
			}
		}
	case reflect.TypeFor[*string]():
		return func(v reflect.Value) {
			if !v.IsNil() && isZero(v.Elem().String(), kind) {
				v.SetZero()
			}
		}
	case reflect.TypeFor[[]*string]():
		return func(v reflect.Value) {
			texts, _ := reflect.TypeAssert[*[]*string](v.Addr())
			*texts = slices.DeleteFunc(*texts, func(text *string) bool { return text == nil || isZero(*text, kind) })
		}
	}
	switch of.Kind() {
	case reflect.Pointer:
		if clean := cleanerOf(of.Elem(), kind); clean != nil {
			return func(v reflect.Value) {
				if !v.IsNil() {
					clean(v.Elem())
				}
			}
		}
	case reflect.Slice:
		if clean := cleanerOf(of.Elem(), kind); clean != nil {
			return func(v reflect.Value) {
				for i := range v.Len() {
					clean(v.Index(i))
				}
			}
		}
	case reflect.Struct:
		type field struct {
			index int
			clean func(reflect.Value)
		}
		var fields []field
		for i := range of.NumField() {
			if clean := cleanerOf(of.Field(i).Type, of.Field(i).Tag.Get("kind")); clean != nil {
				fields = append(fields, field{i, clean})
			}
		}
		return func(v reflect.Value) {
			for _, f := range fields {
				f.clean(v.Field(f.index))
			}
		}
	}
	return nil // numbers and booleans
}

// NilUUID is the id of nothing (RFC 9562, section 5.9).
const NilUUID = "00000000-0000-0000-0000-000000000000"

// isZero reports whether a text is no value. In a time zone west of UTC, year 0001
// begins in year 0000.
func isZero(text, kind string) bool {
	switch {
	case text == "":
		return true
	case kind == "id":
		return text == NilUUID
	case kind == "time":
		return strings.HasPrefix(text, "0001-") || strings.HasPrefix(text, "0000-")
	}
	return false
}
