package bird

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

const nilUUID = "00000000-0000-0000-0000-000000000000"

// fullElement returns an element of a list as JSON, as maps and lists, in which
// every field is set. What a text is follows from its name in the API.
func fullElement(t *testing.T, of reflect.Type) map[string]any {
	t.Helper()
	n := 0
	var full func(of reflect.Type, name string) any
	full = func(of reflect.Type, name string) any {
		n++
		switch of.Kind() {
		case reflect.Pointer:
			return full(of.Elem(), name)
		case reflect.Slice:
			return []any{full(of.Elem(), name), full(of.Elem(), name)}
		case reflect.Struct:
			object := make(map[string]any)
			for field := range of.Fields() {
				name := field.Tag.Get("json")
				object[name] = full(field.Type, name)
			}
			return object
		case reflect.Bool:
			return true
		case reflect.Int64:
			return float64(n)
		case reflect.String:
			switch {
			case isIDName(name):
				return fmt.Sprintf("123e4567-e89b-12d3-a456-%012d", n)
			case isTimeName(name):
				return fmt.Sprintf("2024-02-28T16:54:33.%03dZ", n)
			}
			return fmt.Sprintf("text %d", n)
		}
		t.Fatalf("a field %s of type %s", name, of)
		return nil
	}
	object, _ := full(of, "").(map[string]any)
	return object
}

func isIDName(name string) bool { return name == "id" || strings.HasSuffix(name, "Id") }

func isTimeName(name string) bool { return strings.HasSuffix(name, "At") || name == "scheduledFor" }

// place is a place in a JSON document: a field of an object, or an element of a
// list.
type place struct {
	path string // such as callFlow.commands.1.id
	name string // of the field
	have any
	set  func(any)
}

// places returns the places below a value, at every depth.
func places(path, name string, value any) (all []place) {
	add := func(key, name string, value any, set func(any)) {
		path := strings.TrimPrefix(path+"."+key, ".")
		all = append(append(all, place{path, name, value, set}), places(path, name, value)...)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			add(key, key, inner, func(v any) { value[key] = v })
		}
	case []any:
		for i, inner := range value {
			add(fmt.Sprint(i), name, inner, func(v any) { value[i] = v })
		}
	}
	return all
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// testZeros sends every field of an element as what a Go service sends for nothing.
func testZeros[T any](t *testing.T) {
	t.Helper()
	element := fullElement(t, reflect.TypeFor[T]())
	for _, at := range places("", "", element) {
		for _, zero := range []string{
			"", nilUUID,
			"0001-01-01T00:00:00Z", "0001-01-01t00:00:00z", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00-00:00",
			"0001-01-01T05:30:00+05:30", "0000-12-31T19:03:58-04:56", "0001-01-01T00:00:00", "0001-01-01T00:00:00+0000", "0001-01-01",
		} {
			at.set(zero)
			page, err := decodeResponse[T](bytes.NewReader(encode(t, map[string]any{"results": []any{element}})))
			_, isText := at.have.(string)
			_, isNumber := at.have.(float64)
			isNull := zero == "" && (isText || isNumber) || isText && zero == nilUUID && isIDName(at.name) || isText && strings.HasPrefix(zero, "000") && zero != nilUUID && isTimeName(at.name)
			switch {
			case isNull && at.path == "id":
				if field, ok := errors.AsType[*FieldError](err); !ok || field.Field != "id" || field.Problem != "is missing" {
					t.Errorf("id %q: error %v", zero, err)
				}
				continue
			case isNull:
				at.set(nil)
			case !isText: // no number, no boolean, no object, no list
				if field, ok := errors.AsType[*FieldError](err); !ok || field.Field != at.path {
					t.Errorf("%s %q: error %v", at.path, zero, err)
				}
				continue
			case at.path == "createdAt" && reflect.TypeFor[T]() == reflect.TypeFor[Call]():
				if field, ok := errors.AsType[*FieldError](err); !ok || field.Field != at.path {
					t.Errorf("%s %q: error %v", at.path, zero, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %q: %v", at.path, zero, err)
				continue
			}
			var want T
			if err := json.Unmarshal(encode(t, element), &want); err != nil {
				t.Fatal(err)
			}
			if call, ok := any(&want).(*Call); ok && isNull && at.name == "tags" {
				call.Tags = []*string{call.Tags[1-strings.Index(at.path, ".1")/len("tags")]} // the other one
			}
			if diff := cmp.Diff([]T{want}, page.items); diff != "" {
				t.Errorf("%s %q (-want +got):\n%s", at.path, zero, diff)
			}
		}
		at.set(at.have)
	}
}

func TestCleanMakesNullOfWhatAGoServiceSendsForNothing(t *testing.T) {
	t.Parallel()
	t.Run("calls", testZeros[Call])
	t.Run("channels", testZeros[Channel])
}

// What only looks like nothing is kept.
func TestCleanKeepsWhatIsSomething(t *testing.T) {
	t.Parallel()
	const body = `{"results":[{"id":"c","parentId":"00000000-0000-0000-0000-000000000001","from":"` + nilUUID + `","to":"0001-01-01T00:00:00Z",` +
		`"endedAt":"0002-01-01T00:00:00Z","answeredAt":"10001-01-01T00:00:00Z","reason":" ","duration":0,"hangupCauseCode":0,"hangupSipCode":"0","tags":[" "],` +
		`"originator":{"number":{"anonymous":false,"number":"` + nilUUID + `"}},"callFlow":{"commands":[]},"qualityInsights":{"mos":"0.00"}}]}`
	got, err := decodeResponse[Call](strings.NewReader(body))
	want := []Call{{
		ID: "c", ParentID: new("00000000-0000-0000-0000-000000000001"), From: new(nilUUID), To: new("0001-01-01T00:00:00Z"),
		EndedAt: new("0002-01-01T00:00:00Z"), AnsweredAt: new("10001-01-01T00:00:00Z"), Reason: new(" "), Duration: new(int64(0)), HangupCauseCode: new(int64(0)), HangupSIPCode: new("0"), Tags: []*string{new(" ")},
		Originator: &Party{Number: &Number{Anonymous: new(false), Number: new(nilUUID)}}, CallFlow: &CallFlow{Commands: []CallFlowCommand{}}, QualityInsights: &QualityInsights{MOS: new("0.00")},
	}}
	if diff := cmp.Diff(want, got.items); err != nil || diff != "" {
		t.Errorf("error %v, calls (-want +got):\n%s", err, diff)
	}
}
