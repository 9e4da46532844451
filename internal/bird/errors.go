package bird

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/birdvoice/terraform-provider-bird/internal/stall"
	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

const (
	maxErrorBody = 64 << 10 // bytes of the body of an error response that are read
	maxDetails   = 20       // details of an error response that a message shows
)

// ErrDeadline is the error of a wait that would end after the deadline of the
// context, so it did not begin.
var ErrDeadline = throttle.ErrDeadline

// APIError is a response of the API with another status than 200, or with an error
// instead of a list. Its texts are the server's, without the credential.
type APIError struct {
	StatusCode int           // of HTTP
	Code       string        // the API's own code, or ""
	Message    string        // or the first text of a page of HTML, or why the body is not shown
	Details    []string      // "field: what is wrong"
	RequestID  string        // to quote to Bird's support
	RetryAfter time.Duration // how long the server asked to wait, or 0
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "status %d %s", e.StatusCode, http.StatusText(e.StatusCode))
	if e.Code != "" {
		fmt.Fprintf(&b, ", code %s", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	for _, detail := range e.Details {
		fmt.Fprintf(&b, "; %s", detail)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// newAPIError reads an error response. The API has three forms of error bodies,
// and a proxy in front of it may send anything, so this never fails.
func newAPIError(resp *http.Response, credential Credential) *APIError {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	var object map[string]any
	_ = json.Unmarshal(body, &object) // nil if it is no object
	e := newAPIErrorOf(resp.StatusCode, resp.Header, object, credential)
	if e.isSilent() {
		e.Message = excerpt(body, credential)
	}
	return e
}

// newAPIErrorOf returns the error that the object in the body of a response
// describes:
//
//	{"code", "message", "details": {field: …}}
//	{"errors": [{"code", "description", "parameter"}]}
//	{"error": {"type", "code", "message", "request_id", "details"}}
func newAPIErrorOf(status int, header http.Header, object map[string]any, credential Credential) *APIError {
	if inner, ok := object["error"].(map[string]any); ok {
		object = inner
	}
	e := &APIError{StatusCode: status, RetryAfter: throttle.RetryAfter(header)}
	code := cmp.Or(words(object["code"]), words(object["type"]))
	message := cmp.Or(words(object["message"]), words(object["description"]), words(object["error"]), words(object["title"]))
	about := details("", object["details"])
	if causes, isList := object["errors"].([]any); isList {
		for _, element := range causes {
			if fields, isObject := element.(map[string]any); isObject {
				code = cmp.Or(code, words(fields["code"]))
			}
		}
	}
	about = append(about, details("", object["errors"])...)
	e.Code = shown(credential.redact(code))
	e.Message = shown(credential.redact(message))
	for _, detail := range about[:min(len(about), maxDetails)] {
		e.Details = append(e.Details, shown(credential.redact(detail)))
	}
	e.RequestID = shownID(credential.redact(cmp.Or(
		header.Get("Messagebird-Request-Id"), header.Get("X-Request-Id"), header.Get("Request-Id"), header.Get("X-Amzn-Requestid"),
		words(object["request_id"]), words(object["requestId"]),
		header.Get("X-Amz-Cf-Id")))) // of CloudFront, which stands in front of the API
	return e
}

// isSilent reports whether the server said nothing but the status.
func (e *APIError) isSilent() bool {
	return e.Code == "" && e.Message == "" && len(e.Details) == 0
}

// details flattens the API's messages about single fields, whatever their form.
func details(field string, value any) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			found = append(found, details(field, element)...)
		}
	case map[string]any:
		message := cmp.Or(words(value["message"]), words(value["description"]), words(value["reason"]))
		if message != "" {
			name := cmp.Or(words(value["field"]), words(value["parameter"]), words(value["name"]), field)
			return details(name, message)
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			found = append(found, details(name, value[name])...)
		}
	default:
		message := words(value)
		switch {
		case message == "":
		case field == "":
			found = append(found, message)
		default:
			found = append(found, field+": "+message)
		}
	}
	return found
}

// words returns a JSON string or number as text.
func words(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

// ResponseError is a response with status 200 that is not a list as documented.
type ResponseError struct {
	Problem string // what is wrong with it
	Excerpt string // the first text of a page of HTML, or why the body is not shown

	transient bool
}

// ErrLostResponse is the error of an empty last page if an earlier response to the
// same page token was lost. If the token works only once, the rest of the list was
// in that response.
var ErrLostResponse = errors.New("the service returned an empty last page for a page token whose first response was lost, so the rest of the list may be lost with it")

// newResponseError classifies an error of decodeResponse, whose body begins with
// first. It is a [*ConnectionError] if the body broke off, a [*FieldError], or a
// [*ResponseError].
func (c *Client) newResponseError(err error, header http.Header, first []byte) error {
	if broken, ok := errors.AsType[*stall.BodyError](err); ok {
		return c.newConnectionError(broken.Err)
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &ResponseError{Problem: fmt.Sprintf("the response is larger than %d MiB", tooLarge.Limit>>20)}
	}
	if _, ok := errors.AsType[*FieldError](err); ok {
		return c.config.Credential.redactElement(err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return c.newConnectionError(errors.New("the response is truncated"))
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return newAPIErrorOf(http.StatusOK, header, r.object, c.config.Credential)
	}
	problem := "the response is not a list in JSON: " + decodeProblem(err)
	if isHTML(first) {
		// The decoder's error about HTML helps nobody.
		problem = "the response is HTML where JSON should be; a proxy or a wrong base URL may be the cause"
	}
	return &ResponseError{Problem: problem, Excerpt: excerpt(first, c.config.Credential)}
}

func (e *ResponseError) Error() string {
	switch e.Excerpt {
	case "":
		return e.Problem
	case bodyEmpty, bodyJSON, bodyOther, bodyNoText:
		return e.Problem + "; " + e.Excerpt
	default:
		return fmt.Sprintf("%s; it says %q", e.Problem, e.Excerpt)
	}
}

// decodeProblem says what is wrong with a response. The decoder's own errors quote
// the response: names of fields, and what stands where it should not.
func decodeProblem(err error) string {
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, io.EOF):
		return "it has no JSON"
	case !ok:
		return err.Error()
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Sprintf("a name is twice in an object, at byte %d", syntactic.ByteOffset)
	case syntactic.Err != nil && syntactic.Err.Error() == "invalid UTF-8":
		return fmt.Sprintf("its text is not UTF-8, at byte %d", syntactic.ByteOffset)
	}
	return fmt.Sprintf("its JSON is invalid, at byte %d", syntactic.ByteOffset)
}

// FieldError is a field of an element of a list that has the wrong type or an
// invalid value.
type FieldError struct {
	Noun    string // what the list is of, such as call
	ID      string // of the element, or "" if it was not read yet
	Index   int    // of the element in its page, from 0
	Field   string // as the API names it, such as originator.number.anonymous
	Problem string
}

func (e *FieldError) Error() string {
	element := fmt.Sprintf("%s %d of the page", e.Noun, e.Index+1)
	if e.ID != "" {
		element += " (id " + shown(e.ID) + ")"
	}
	return fmt.Sprintf("%s: field %s %s", element, shown(e.Field), e.Problem)
}

// ConnectionError is a request without a complete response: the connection failed
// or broke, or its certificate is not trusted.
type ConnectionError struct {
	Host    string
	Problem string // in words, without the credential
	Err     error

	first bool // no response had ever come from the host
}

// newConnectionError removes the credential from the text of err: an error about a
// response that is not HTTP quotes the response, which may quote the request.
func (c *Client) newConnectionError(err error) *ConnectionError {
	if tlsErr, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(tlsErr.RecordHeader[:]) == "HTTP/" {
		err = http.ErrSchemeMismatch // as http.Client says it
	}
	err = c.nameProxy(err)
	return &ConnectionError{Host: c.config.BaseURL.Host, Problem: shown(c.config.Credential.redact(err.Error())), Err: err, first: !c.reached.Load()}
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("no complete response from %s: %s", e.Host, e.Problem)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// transient reports whether the same request may succeed later.
func transient(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return transientStatus(e.StatusCode)
	}
	if e, ok := errors.AsType[*ConnectionError](err); ok {
		return !e.hopeless()
	}
	e, ok := errors.AsType[*ResponseError](err)
	return ok && e.transient
}

func transientStatus(status int) bool {
	return notProcessed(status) || status >= 500
}

// notProcessed reports whether a status says that the request was not processed.
func notProcessed(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// hopeless reports whether the same request will fail again.
func (e *ConnectionError) hopeless() bool {
	if proxyErr, ok := errors.AsType[*ProxyError](e.Err); ok && proxyErr.hopeless() {
		return true
	}
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok && e.first && dns.IsNotFound && !dns.IsTimeout && !dns.IsTemporary {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](e.Err)
	_, plain := errors.AsType[tls.RecordHeaderError](e.Err)
	_, unreachable := errors.AsType[*net.AddrError](e.Err)
	return untrusted || plain || unreachable || errors.Is(e.Err, http.ErrSchemeMismatch)
}

// refused reports whether a host from which no response has ever come refused the
// connection.
func refused(err error) bool {
	const wsaConnRefused = syscall.Errno(10061) // of Windows, which syscall.ECONNREFUSED is not
	e, ok := errors.AsType[*ConnectionError](err)
	return ok && e.first && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnRefused))
}

// mayBeLost reports whether the service may have processed a request that failed,
// so that its response was lost.
func mayBeLost(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return !notProcessed(e.StatusCode)
	}
	e, ok := errors.AsType[*ConnectionError](err)
	if !ok {
		return false
	}
	_, viaProxy := errors.AsType[*ProxyError](e.Err)
	op, isOp := errors.AsType[*net.OpError](e.Err)
	return !viaProxy && (!isOp || op.Op != "dial")
}

// statusCode returns the status of an [*APIError], or 0 for other errors.
func statusCode(err error) int {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.StatusCode
	}
	return 0
}

// retryAfter returns how long an [*APIError] asks to wait, or 0 for other errors.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// FilterError is an element of a list that does not match a filter of the query:
// the service did not apply the filter.
type FilterError struct {
	Parameter string  // of the query, such as status; startAt or endAt for the window
	Noun      string  // what the list is of, such as call
	ID        string  // of the element
	Have      *string // its value, or nil if it has none
}

func (e *FilterError) Error() string {
	what := e.Parameter
	switch e.Parameter {
	case "startAt":
		what = "last time"
	case "endAt":
		what = "first time"
	}
	have := "none"
	if e.Have != nil {
		have = strconv.Quote(shown(*e.Have))
	}
	return fmt.Sprintf("the service did not apply the filter %s: it returned %s %s, whose %s is %s", e.Parameter, e.Noun, shown(e.ID), what, have)
}
