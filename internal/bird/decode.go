package bird

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxAnswer is the largest answer that is read, in bytes after decompression:
// a page of 1000 calls has about one MiB.
const maxAnswer = 64 << 20

// AnswerError is an answer with status 200 that is not a list of calls.
type AnswerError struct {
	Problem string // what is wrong with it
	Excerpt string // the first bytes, or why they are not shown
}

func (e *AnswerError) Error() string {
	switch e.Excerpt {
	case "":
		return e.Problem
	case bodyEmpty, bodyNotText, bodyCalls:
		return e.Problem + "; " + e.Excerpt
	default:
		return fmt.Sprintf("%s; it begins with %q", e.Problem, e.Excerpt)
	}
}

// MemberError is a member of a call that has the wrong type or no meaning.
type MemberError struct {
	CallID  string // "" where it was not read yet
	Index   int    // of the call in its page, from 0
	Member  string // as the API names it, such as originator.number.anonymous
	Problem string
}

func (e *MemberError) Error() string {
	call := fmt.Sprintf("call %d of the page", e.Index+1)
	if e.CallID != "" {
		call += " (id " + e.CallID + ")"
	}
	return fmt.Sprintf("%s: member %s %s", call, e.Member, e.Problem)
}

// answer is one page of the API's answer.
type answer struct {
	calls []Call
	next  string // page token, "" at the end
}

// decodeAnswer reads the envelope {"results": […], "nextPageToken": "…"} as it
// arrives. Unknown members are passed over. A name that comes twice and text
// that is not UTF-8 are errors (RFC 7493).
func decodeAnswer(r io.Reader) (answer, error) {
	var page answer
	dec := jsontext.NewDecoder(r)
	if kind := dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return page, errors.New("it is not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return page, err
	}
	hasResults := false
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return page, err
		}
		switch name.String() {
		case "results":
			hasResults = true
			page.calls, err = decodeCalls(dec)
		case "nextPageToken":
			err = json.UnmarshalDecode(dec, &page.next)
		default:
			err = dec.SkipValue()
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
	if !hasResults {
		return page, errors.New("it has no member results")
	}
	return page, nil
}

// decodeCalls reads the list of calls; null is the empty list.
func decodeCalls(dec *jsontext.Decoder) ([]Call, error) {
	switch dec.PeekKind() {
	case 'n':
		_, err := dec.ReadToken()
		return nil, err
	case '[', jsontext.KindInvalid:
	default:
		return nil, errors.New("its member results is not a list")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var calls []Call
	for dec.PeekKind() != ']' {
		index := len(calls)
		calls = append(calls, Call{})
		call := &calls[index]
		if err := json.UnmarshalDecode(dec, call); err != nil {
			if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
				return nil, newMemberError(call, index, semantic)
			}
			return nil, err
		}
		if call.ID == "" {
			return nil, &MemberError{Index: index, Member: "id", Problem: "is missing"}
		}
		if call.CreatedAt != nil {
			if _, err := ParseTime(*call.CreatedAt); err != nil {
				return nil, &MemberError{CallID: call.ID, Index: index, Member: "createdAt", Problem: "is not an RFC 3339 date-time"}
			}
		}
	}
	_, err := dec.ReadToken()
	return calls, err
}

func newMemberError(call *Call, index int, err *json.SemanticError) *MemberError {
	// The pointer is /results/<index>/member/…
	path := strings.SplitN(string(err.JSONPointer), "/", 4)
	member := "(the whole call)"
	if len(path) == 4 {
		member = strings.ReplaceAll(path[3], "/", ".")
	}
	e := &MemberError{CallID: call.ID, Index: index, Member: member}
	switch {
	case err.GoType == nil:
		e.Problem = "has the wrong type"
	case err.JSONKind == '0' && err.GoType.Kind() == reflect.Int64:
		e.Problem = "is not a whole number of 64 bits"
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

// ParseTime reads an RFC 3339 date-time. A leap second (RFC 3339, section 5.7)
// is the instant that follows it, as in POSIX time.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil {
		return t, nil
	}
	const seconds = len("2006-01-02T15:04:")
	if len(s) > seconds+2 && s[seconds:seconds+2] == "60" {
		if t, err := time.Parse(time.RFC3339Nano, s[:seconds]+"59"+s[seconds+2:]); err == nil {
			return t.Add(time.Second), nil
		}
	}
	return time.Time{}, err
}
