package bird

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const secret = "s3cret-0123456789abcdef"

func readAPIError(t testing.TB, status int, body string, header ...string) *APIError {
	t.Helper()
	resp, _ := respond(status, body, header...)
	defer func() { _ = resp.Body.Close() }()
	return newAPIError(resp, BearerToken(secret))
}

func TestAPIErrorFromBodiesOfEveryForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		header []string
		want   APIError
		text   string
	}{
		"code, message, details by field": {
			`{"code":"InvalidPayload","message":"the request is not valid","details":{"startAt":["must be a date-time","must lie in the past"],"limit":["must be an integer"]}}`, nil,
			APIError{Code: "InvalidPayload", Message: "the request is not valid", Details: []string{"limit: must be an integer", "startAt: must be a date-time", "startAt: must lie in the past"}},
			"status 422 Unprocessable Entity, code InvalidPayload: the request is not valid; limit: must be an integer; startAt: must be a date-time; startAt: must lie in the past",
		},
		"list of errors": {
			`{"errors":[{"code":2,"description":"Request not allowed","parameter":"access_key"},{"code":9,"description":"no (correct) recipients","parameter":"to"}]}`, nil,
			APIError{Code: "2", Details: []string{"access_key: Request not allowed", "to: no (correct) recipients"}},
			"status 422 Unprocessable Entity, code 2; access_key: Request not allowed; to: no (correct) recipients",
		},
		"list of no errors": {
			`{"errors":[]}`, nil,
			APIError{Message: bodyJSON},
			"status 422 Unprocessable Entity: " + bodyJSON,
		},
		"code of a later error": {
			`{"errors":[null,{"description":"no"},{"code":9},{"code":10}]}`, nil,
			APIError{Code: "9", Details: []string{"no", "code: 9", "code: 10"}},
			"status 422 Unprocessable Entity, code 9; no; code: 9; code: 10",
		},
		"error in an object": {
			`{"error":{"type":"validation","code":"bad_window","message":"startAt is after endAt","request_id":"req-7","details":[{"field":"startAt","message":"too late"},{"name":"endAt","reason":"too early"}]}}`, nil,
			APIError{Code: "bad_window", Message: "startAt is after endAt", RequestID: "req-7", Details: []string{"startAt: too late", "endAt: too early"}},
			"status 422 Unprocessable Entity, code bad_window: startAt is after endAt; startAt: too late; endAt: too early (request id req-7)",
		},
		"type for want of a code": {
			`{"error":{"type":"validation","message":"no"}}`, nil,
			APIError{Code: "validation", Message: "no"},
			"status 422 Unprocessable Entity, code validation: no",
		},
		"the header's request id before the body's": {
			`{"message":"no","requestId":"body"}`, []string{"X-Request-Id", "header"},
			APIError{Message: "no", RequestID: "header"},
			"status 422 Unprocessable Entity: no (request id header)",
		},
		"request id under another name": {
			`{"message":"no"}`, []string{"X-Amzn-RequestId", "amzn"},
			APIError{Message: "no", RequestID: "amzn"},
			"status 422 Unprocessable Entity: no (request id amzn)",
		},
		"OAuth": {
			`{"error":"invalid_token","error_description":"expired"}`, nil,
			APIError{Message: "invalid_token"},
			"status 422 Unprocessable Entity: invalid_token",
		},
		"problem details": {
			`{"title":"Not valid","status":422}`, nil,
			APIError{Message: "Not valid"},
			"status 422 Unprocessable Entity: Not valid",
		},
		"Retry-After": {
			`{"message":"later"}`, []string{"Retry-After", "7"},
			APIError{Message: "later", RetryAfter: 7 * time.Second},
			"status 422 Unprocessable Entity: later",
		},
		"control characters and lines": {
			`{"message":"two\nlines\u001b[31m\tand   more"}`, nil,
			APIError{Message: `two lines\x1b[31m and more`},
			`status 422 Unprocessable Entity: two lines\x1b[31m and more`,
		},
		"JSON of another shape":  {`{"ok":false,"code":null,"details":{"a":true}}`, nil, APIError{Message: bodyJSON}, "status 422 Unprocessable Entity: " + bodyJSON},
		"JSON that is no object": {`["no"]`, nil, APIError{Message: bodyJSON}, "status 422 Unprocessable Entity: " + bodyJSON},
		"broken JSON":            {`{"message":"no`, nil, APIError{Message: bodyJSON}, "status 422 Unprocessable Entity: " + bodyJSON},
		"phone numbers": {
			`{"code":"31970001234567","message":"31970001234567 called +44 7700900123 at 2024-02-28","details":{"from":["31970001234567 is not 12345"]},"request_id":"31970001234567"}`, nil,
			APIError{Code: "[number]", Message: "[number] called +[number] at 2024-02-28", Details: []string{"from: [number] is not 12345"}, RequestID: "[number]"},
			"status 422 Unprocessable Entity, code [number]: [number] called +[number] at 2024-02-28; from: [number] is not 12345 (request id [number])",
		},
		"an id": {
			`{"message":"no channel 123e4567-e89b-12d3-a456-426614174000"}`, nil,
			APIError{Message: "no channel 123e4567-e89b-12d3-a456-426614174000"},
			"status 422 Unprocessable Entity: no channel 123e4567-e89b-12d3-a456-426614174000",
		},
		"Bird's request id": {
			`{"message":"no","request_id":"body"}`, []string{"Messagebird-Request-Id", "bird", "X-Request-Id", "x"},
			APIError{Message: "no", RequestID: "bird"},
			"status 422 Unprocessable Entity: no (request id bird)",
		},
		"request id of CloudFront": {
			`{"message":"no"}`, []string{"X-Amz-Cf-Id", "7gT9K2pQ-12_34=="},
			APIError{Message: "no", RequestID: "7gT9K2pQ-12_34=="},
			"status 422 Unprocessable Entity: no (request id 7gT9K2pQ-12_34==)",
		},
		"Bird's request id in the body": {
			`{"message":"no","request_id":"body"}`, []string{"X-Amz-Cf-Id", "cloudfront"},
			APIError{Message: "no", RequestID: "body"},
			"status 422 Unprocessable Entity: no (request id body)",
		},
		"errors by field": {
			`{"errors":{"startAt":["too late"]}}`, nil,
			APIError{Details: []string{"startAt: too late"}},
			"status 422 Unprocessable Entity; startAt: too late",
		},
		"HTML":  {"<html>\n <h1>Bad gateway</h1>", nil, APIError{Message: "Bad gateway"}, "status 422 Unprocessable Entity: Bad gateway"},
		"empty": {"", nil, APIError{Message: "the body is empty"}, "status 422 Unprocessable Entity: the body is empty"},
		"text":  {"no", nil, APIError{Message: bodyOther}, "status 422 Unprocessable Entity: " + bodyOther},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.StatusCode = http.StatusUnprocessableEntity
			got := readAPIError(t, http.StatusUnprocessableEntity, test.body, test.header...)
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got.Error() != test.text {
				t.Errorf("text %q, want %q", got, test.text)
			}
		})
	}
}

func TestAPIErrorHoldsNoCredentialThatTheServerEchoes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"code":"SECRET","message":"SECRET is not SECRET","details":{"token":["SECRET"],"SECRET":"x"}}`,
		`{"errors":[{"code":"SECRET","description":"got SECRET","parameter":"SECRET"}]}`,
		`{"error":{"type":"SECRET","message":"xSECRETx","request_id":"SECRET","details":[{"field":"SECRET","message":"SECRET"}]}}`,
		"<p>You sent: Bearer SECRET</p>",
		"<p>" + strings.Repeat("x", maxShown-10) + "SECRET",                        // across the end of the excerpt
		`{"message":"` + strings.Repeat("x", maxShown-10) + `SECRET"}`,             // across the end of what is shown of it
		`{"details":{"token":["` + strings.Repeat("x", maxShown-17) + `SECRET"]}}`, // the same, of a detail
		`{"other":"SECRET"}`,
	} {
		got := readAPIError(t, http.StatusUnauthorized, strings.ReplaceAll(body, "SECRET", secret), "X-Request-Id", "req-"+secret)
		if text := fmt.Sprintf("%s %+v", got, *got); strings.Contains(text, secret[:5]) || !strings.Contains(text, "[redacted]") {
			t.Errorf("body %s: error %s, want [redacted] for the credential", body, text)
		}
	}
}

func TestAPIErrorIsOfBoundedLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	details := strings.Repeat(`"`+long+`",`, 100) + `"x"`
	got := readAPIError(t, http.StatusTeapot, `{"code":"`+long+`","message":"`+long+`","details":[`+details+`]}`, "X-Request-Id", long)
	if n := len(got.Error()); n > (maxDetails+4)*(maxShown+10) {
		t.Errorf("the error has %d bytes", n)
	}
	if len(got.Details) != maxDetails || !strings.HasSuffix(got.Code, "x…") || !strings.HasSuffix(got.RequestID, "x…") {
		t.Errorf("error %+v", got)
	}
}

func TestAPIErrorShowsTheFirstTextCutAtACharacter(t *testing.T) {
	t.Parallel()
	// Three bytes each, so that one of the shifts cuts within a character.
	for shift := range 3 {
		body := strings.Repeat("a", shift) + strings.Repeat("株", 1000)
		got := readAPIError(t, http.StatusBadGateway, "<p>"+body).Message
		text, cut := strings.CutSuffix(got, "…")
		if !cut || !utf8.ValidString(text) || !strings.HasPrefix(body, text) || len(text) > maxShown || len(text) < maxShown-2 {
			t.Errorf("message %q (%d bytes)", got, len(text))
		}
	}
	if got := readAPIError(t, http.StatusBadGateway, "<p>"+strings.Repeat("a", maxShown)).Message; got != strings.Repeat("a", maxShown) {
		t.Errorf("message %q, want the whole body", got)
	}
}

// endless is a body without an end; it counts what was read of it. A reader
// without a limit ends at 128 MiB, with an error.
type endless struct {
	text string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 128<<20 {
		return 0, errors.New("more than 128 MiB were read")
	}
	n := copy(p, e.text[e.read%len(e.text):])
	e.read += n
	return n, nil
}

func TestAPIErrorReadsOnlyPartOfAnEndlessBody(t *testing.T) {
	t.Parallel()
	body := &endless{text: "<p>no "}
	resp, _ := respondWith(http.StatusBadGateway, body)
	defer func() { _ = resp.Body.Close() }()
	if got := newAPIError(resp, Credential{}); !strings.HasPrefix(got.Message, "no no no") {
		t.Errorf("message %q", got.Message)
	}
	if body.read > 1<<20 {
		t.Errorf("%d bytes were read of an error body", body.read)
	}
}

// FuzzAPIErrorBody: nothing panics, and the message is one printable line
// without the credential.
func FuzzAPIErrorBody(f *testing.F) {
	for _, body := range []string{
		"", "<html>", `["` + secret + `"]`, "\xff\x00", `{"code":"a","message":"` + secret + `","details":{"f":["x"]}}`,
		`{"errors":[{"code":2,"description":"d","parameter":"p"},null,[1]]}`, `{"error":{"type":"t","code":"c","message":"m","request_id":"r","details":[{"field":"f","message":"m"}]}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := readAPIError(t, http.StatusTeapot, string(body)).Error()
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\x1b") || strings.Contains(got, secret) {
			t.Errorf("error %q", got)
		}
		if got == "status 418 I'm a teapot" {
			t.Error("the error says nothing of the body")
		}
	})
}
