package bird

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxResponse is the size limit of a response, in bytes after decompression. A
// page of 1000 calls is about one MiB.
const maxResponse = 64 << 20

// response is one page of a list as the API returns it.
type response[T any] struct {
	items []T
	next  string // page token, "" at the end
	total int    // elements of the list, 0 if the service does not say

	resent bool // the request was sent more than once, and a response may be lost
}

// listed is implemented by the elements of lists.
type listed interface {
	noun() string       // in messages
	key() string        // its id, or "" if it is absent
	updated() time.Time // zero if it is absent
	clean()             // see [cleanerOf]

	// invalid returns a field that has the right type but an invalid value, and
	// the problem. The field is "" if there is none.
	invalid() (field, problem string)
}

// asListed returns an element of a list as a [listed], which every T of a [list]
// implements.
func asListed[T any](item *T) listed {
	return any(item).(listed) //nolint:forcetypeassert // as documented
}

// decodeResponse decodes the envelope {"results": […], "nextPageToken": "…"} as
// it arrives. It ignores unknown fields, but not a field that has one of these names
// in another spelling: a token that is not seen looks like the end of the list.
// Duplicate names and text that is not UTF-8 are errors (RFC 7493).
func decodeResponse[T any](r io.Reader) (response[T], error) {
	var page response[T]
	dec := jsontext.NewDecoder(r)
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return page, errors.New("it is not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return page, err
	}
	hasResults := false
	said := refusal{make(map[string]any)}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return page, err
		}
		switch name := token.String(); name {
		case "results":
			hasResults = true
			page.items, err = decodeItems[T](dec)
		case "nextPageToken":
			err = json.UnmarshalDecode(dec, &page.next)
			if _, ok := errors.AsType[*json.SemanticError](err); ok {
				err = errors.New("its field nextPageToken is not a string")
			}
		case "error", "errors", "code", "type", "message", "description", "title", "details", "request_id", "requestId":
			var value any
			err = json.UnmarshalDecode(dec, &value)
			said.object[name] = value
		case "total":
			page.total, err = decodeTotal(dec)
		default:
			if err = checkSpelling(name); err == nil {
				err = dec.SkipValue()
			}
		}
		if err != nil {
			return page, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return page, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("something follows the JSON object")
		}
		return page, err
	}
	switch {
	case said.refuses(hasResults):
		return page, &said
	case !hasResults:
		return page, errors.New("it has no field results")
	}
	return page, nil
}

// checkSpelling returns an error for a name that is another spelling of one of the
// envelope, such as next_page_token.
func checkSpelling(name string) error {
	for _, known := range []string{"results", "nextPageToken"} {
		if strings.EqualFold(strings.NewReplacer("_", "", "-", "").Replace(name), known) {
			return fmt.Errorf("it has a field %s where %s should be", name, known)
		}
	}
	return nil
}

// decodeTotal decodes the field total, which is not documented: 0 if it is not a
// whole number.
func decodeTotal(dec *jsontext.Decoder) (int, error) {
	value, err := dec.ReadValue()
	total, parseErr := strconv.Atoi(string(value))
	if parseErr != nil {
		return 0, err
	}
	return total, err
}

// refusal is a response with status 200 that names errors, or that has no list but
// says why. It holds what [newAPIErrorOf] reads.
type refusal struct{ object map[string]any }

func (*refusal) Error() string { return "it describes an error" }

// refuses reports whether the response is a refusal. A list beside errors may not be
// whole.
func (r *refusal) refuses(hasResults bool) bool {
	object := r.object
	if hasResults {
		object = map[string]any{"error": object["error"], "errors": object["errors"]}
	}
	return !newAPIErrorOf(http.StatusOK, nil, object, Credential{}).isSilent()
}

// decodeItems decodes the elements of the list; null is the empty list.
func decodeItems[T any](dec *jsontext.Decoder) ([]T, error) {
	switch dec.PeekKind() {
	case 'n':
		_, err := dec.ReadToken()
		return nil, err
	case '[', jsontext.KindInvalid:
	default:
		return nil, errors.New("its field results is not a list")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var items []T
	for dec.PeekKind() != ']' {
		index := len(items)
		items = append(items, *new(T))
		item := asListed(&items[index])
		if err := json.UnmarshalDecode(dec, item); err != nil {
			if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
				return nil, newFieldError(item, index, semantic)
			}
			return nil, err
		}
		item.clean()
		field, problem := item.invalid()
		if item.key() == "" {
			field, problem = "id", "is missing"
		}
		if field != "" {
			return nil, &FieldError{Noun: item.noun(), ID: item.key(), Index: index, Field: field, Problem: problem}
		}
	}
	_, err := dec.ReadToken()
	return items, err
}

func newFieldError(item listed, index int, err *json.SemanticError) *FieldError {
	// The pointer is /results/<index>/field/…
	path := strings.SplitN(string(err.JSONPointer), "/", 4)
	field := "(the whole " + item.noun() + ")"
	if len(path) == 4 {
		field = strings.ReplaceAll(path[3], "/", ".")
	}
	e := &FieldError{Noun: item.noun(), ID: item.key(), Index: index, Field: field}
	problem, ok := errors.AsType[fieldProblem](err)
	switch {
	case err.GoType == nil:
		e.Problem = "has the wrong type"
	case ok:
		e.Problem = problem.Error()
	default:
		e.Problem = fmt.Sprintf("is %s, not %s", kindName(err.JSONKind), typeName(err.GoType))
	}
	return e
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "null"
}

func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "a boolean"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}
