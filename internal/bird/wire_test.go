package bird

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeResponseAcceptsAWholeNumberHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`16`: 16, `16.0`: 16, `1e1`: 10, `"16"`: 16, `1.60E+1`: 16, `"16.00"`: 16, `0.16e2`: 16, `1600e-2`: 16, `-16.0`: -16,
		`0`: 0, `-0`: 0, `0.0`: 0, `"0"`: 0, `0e9`: 0, `0e-9`: 0,
		`9007199254740991`: 1<<53 - 1, `-9007199254740991.00`: -1<<53 + 1, `900719925474099.1e1`: 1<<53 - 1, `1e15`: 1e15,
	} {
		for field := range reflect.TypeFor[Call]().Fields() {
			if field.Type != reflect.TypeFor[*int64]() {
				continue
			}
			got, err := decodeResponse[Call](strings.NewReader(`{"results":[{"id":"c","` + field.Tag.Get("json") + `":` + text + `}]}`))
			if err != nil {
				t.Errorf("%s %s: %v", field.Name, text, err)
				continue
			}
			if n := reflect.ValueOf(got.items[0]).FieldByIndex(field.Index); n.IsNil() || n.Elem().Int() != want {
				t.Errorf("%s %s is %v, not %d", field.Name, text, n.Elem(), want)
			}
		}
	}
	for _, text := range []string{
		`1.5`, `"1.5"`, `15e-1`, `1e-1`, `9007199254740992`, `-9007199254740993.0`, `1e19`, `1e1000000000`, `1e99999999999999999999`,
		`"-"`, `"."`, `"+16"`, `"016"`, `"16."`, `".5e1"`, `"abc"`, `" 16.0"`, `"16.0 "`, `"0x10"`, `"1p3"`, `"Infinity"`, `"NaN"`, `"1_6"`, `"1.-6"`, `"١٦"`,
	} {
		_, err := decodeResponse[Call](strings.NewReader(`{"results":[{"id":"c","duration":` + text + `}]}`))
		if got, ok := errors.AsType[*FieldError](err); !ok || got.ID != "c" || got.Field != "duration" || got.Problem != "is not a whole number of 53 bits" {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
