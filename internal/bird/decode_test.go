package bird

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func decodeFile(t testing.TB, path string) (response[Call], []byte) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, err := decodeResponse[Call](bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return page, body
}

// leaves counts the values of a JSON document that hold no others.
func leaves(value any) (n int) {
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			n += leaves(v)
		}
	case []any:
		for _, v := range value {
			n += leaves(v)
		}
	default:
		n = 1
	}
	return n
}

func TestDecodeResponseReadsEveryFieldOfAFullCall(t *testing.T) {
	t.Parallel()
	decoded, body := decodeFile(t, "testdata/channel_call_full.json")
	var document struct {
		Results       []map[string]any `json:"results"`
		NextPageToken string           `json:"nextPageToken"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		t.Fatal(err)
	}
	if n := leaves(document.Results[0]); n != 59 {
		t.Errorf("the example holds %d leaves, want 59", n)
	}
	if decoded.next != document.NextPageToken {
		t.Errorf("next page token %q, want %q", decoded.next, document.NextPageToken)
	}
	// What was decoded is encoded and compared as maps: a field that was not
	// decoded is missing there.
	encoded, err := json.Marshal(decoded.items, json.OmitZeroStructFields(true))
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(document.Results, got); diff != "" {
		t.Errorf("decoded call (-want +got):\n%s", diff)
	}
}

// Decoding and encoding use the same tags, so that a tag at the wrong field
// would go unnoticed without this test.
func TestDecodeResponseReadsEveryFieldByItsName(t *testing.T) {
	t.Parallel()
	leaves := 0
	var check func(reflect.Type)
	check = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			leaves++
			return
		}
		for field := range of.Fields() {
			name, attribute := field.Tag.Get("json"), field.Tag.Get("tfsdk")
			if !strings.EqualFold(field.Name, name) || !strings.EqualFold(strings.ReplaceAll(attribute, "_", ""), name) || strings.ToLower(attribute) != attribute {
				t.Errorf("%s.%s is %q for the API and %q for Terraform", of.Name(), field.Name, name, attribute)
			}
			check(field.Type)
		}
	}
	check(reflect.TypeFor[Call]())
	if leaves < 59 {
		t.Errorf("a call has %d leaves, the API's has 59", leaves)
	}
}

func TestDecodeResponseLeavesAbsentFieldsNil(t *testing.T) {
	t.Parallel()
	got, _ := decodeFile(t, "testdata/channel_calls_sparse.json")
	want := response[Call]{items: []Call{{
		ID:        "4fc2edf7-68f5-437a-89eb-3ce0095409d6",
		ChannelID: new("a739d30b-8171-471c-9df4-591d4dd7bee5"),
		Originator: &Party{Number: &Number{
			Type:         new("webrtc"),
			Number:       new("fc0be2c4-d3a2-458b-9a98-69ff811ee306"),
			CallerIDName: new("fc0be2c4-d3a2-458b-9a98-69ff811ee306"),
			Identity:     new("+3197000000001"),
		}},
		Receiver: &Party{Number: &Number{
			Type:           new("pstn"),
			Number:         new("351900000001"),
			CountryISOCode: new("PT"),
			PSTNNumberType: new("mobile"),
		}},
		From:            new("client:fc0be2c4-d3a2-458b-9a98-69ff811ee306"),
		To:              new("351900000001"),
		Direction:       new("incoming"),
		Status:          new("completed"),
		Type:            new("webrtc"),
		Duration:        new(int64(6)),
		HangupCauseCode: new(int64(16)),
		HangupSource:    new("caller"),
		SIPInsights:     &SIPInsights{HangupSIPCode: new("200"), UserAgent: new("MessageBird webRTC 1.0")},
		QualityInsights: &QualityInsights{MOS: new("4.47"), PDD: new("1.23")},
		CreatedAt:       new("2023-10-26T15:26:46.543Z"),
		UpdatedAt:       new("2023-10-26T15:26:53.779Z"),
		RingingAt:       new("2023-10-26T15:26:47.77Z"),
		AnsweredAt:      new("2023-10-26T15:26:47.77Z"),
		EndedAt:         new("2023-10-26T15:26:53.62Z"),
	}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(response[Call]{})); diff != "" {
		t.Errorf("decoded response (-want +got):\n%s", diff)
	}
}

func TestDecodeResponseIsLenient(t *testing.T) {
	t.Parallel()
	one := func(call Call) response[Call] { call.ID = "c"; return response[Call]{items: []Call{call}} }
	for name, test := range map[string]struct {
		body string
		want response[Call]
	}{
		"no calls":                   {`{"results":[]}`, response[Call]{}},
		"results null":               {`{"results":null,"nextPageToken":null}`, response[Call]{}},
		"token before the results":   {`{"nextPageToken":"t=","results":[]}`, response[Call]{next: "t="}},
		"total":                      {`{"total":7,"results":[]}`, response[Call]{total: 7}},
		"total after the results":    {`{"results":[],"total":1234567890}`, response[Call]{total: 1234567890}},
		"total null":                 {`{"results":[],"total":null}`, response[Call]{}},
		"total an object":            {`{"results":[],"total":{"value":7,"relation":"eq"}}`, response[Call]{}},
		"total past 64 bits":         {`{"results":[],"total":99999999999999999999}`, response[Call]{}},
		"unknown fields":             {`{"page":{"a":[1,{}]},"results":[{"id":"c","newField":{"x":[1]},"originator":{"y":1}}]}`, one(Call{Originator: &Party{}})},
		"unknown enumeration values": {`{"results":[{"id":"c","status":"parked","direction":"sideways","type":"carrier-pigeon"}]}`, one(Call{Status: new("parked"), Direction: new("sideways"), Type: new("carrier-pigeon")})},
		"null":                       {`{"results":[{"id":"c","from":null,"duration":null,"tags":null,"callFlow":null,"createdAt":null}]}`, one(Call{})},
		"empty and zero":             {`{"results":[{"id":"c","from":"","duration":0,"tags":[],"callFlow":{"commands":[]},"originator":{"number":{"anonymous":false}}}]}`, one(Call{Duration: new(int64(0)), Tags: []*string{}, CallFlow: &CallFlow{Commands: []CallFlowCommand{}}, Originator: &Party{Number: &Number{Anonymous: new(false)}}})},
		"tags that are none":         {`{"results":[{"id":"c","tags":["",null,"a"]}]}`, one(Call{Tags: []*string{new("a")}})},
		"whole numbers of 53 bits":   {`{"results":[{"id":"c","duration":9007199254740991,"hangupCauseCode":-9007199254740991}]}`, one(Call{Duration: new(int64(1<<53 - 1)), HangupCauseCode: new(int64(-1<<53 + 1))})},
		"leap second":                {`{"results":[{"id":"c","createdAt":"2016-12-31T23:59:60.5Z"}]}`, one(Call{CreatedAt: new("2016-12-31T23:59:60.5Z")})},
		"offset and fraction kept":   {`{"results":[{"id":"c","createdAt":"2024-02-28T16:54:33.10+05:30"}]}`, one(Call{CreatedAt: new("2024-02-28T16:54:33.10+05:30")})},
		"times that nobody sorts by": {`{"results":[{"id":"c","endedAt":"yesterday"}]}`, one(Call{EndedAt: new("yesterday")})},
		"text of any script":         {`{"results":[{"id":"c","from":"شركة \u0000\ud83d\udcde 株"}]}`, one(Call{From: new("شركة \x00📞 株")})},
		"numbers in text as written": {`{"results":[{"id":"c","hangupSipCode":480,"qualityInsights":{"mos":4.50,"pdd":1e1},"sipInsights":{"hangupSipCode":603}}]}`, one(Call{HangupSIPCode: new("480"), QualityInsights: &QualityInsights{MOS: new("4.50"), PDD: new("1e1")}, SIPInsights: &SIPInsights{HangupSIPCode: new("603")}})},
		"texts as written":           {`{"results":[{"id":"c","hangupSipCode":"0480","qualityInsights":{"mos":"0.00","pdd":"n/a"},"sipInsights":{"hangupSipCode":"-"}}]}`, one(Call{HangupSIPCode: new("0480"), QualityInsights: &QualityInsights{MOS: new("0.00"), PDD: new("n/a")}, SIPInsights: &SIPInsights{HangupSIPCode: new("-")}})},
		"texts null":                 {`{"results":[{"id":"c","hangupSource":null,"hangupSipCode":null,"qualityInsights":{"mos":null},"sipInsights":{"hangupSipCode":null}}]}`, one(Call{QualityInsights: &QualityInsights{}, SIPInsights: &SIPInsights{}})},
		"conditions":                 {`{"results":[{"id":"c","callFlow":{"commands":[{"conditions":[]},{"conditions":[{"variable":"keys","operator":"eq","value":"12"},{"value":1.50},{"value":true},{"value":false},{"value":null},{}]}]}}]}`, one(Call{CallFlow: &CallFlow{Commands: []CallFlowCommand{{Conditions: []Condition{}}, {Conditions: []Condition{{new("keys"), new("eq"), new("12")}, {Value: new("1.50")}, {Value: new("true")}, {Value: new("false")}, {}, {}}}}}})},
		"times in lower case":        {`{"results":[{"id":"c","createdAt":"2024-02-28t16:54:33.241z"}]}`, one(Call{CreatedAt: new("2024-02-28t16:54:33.241z")})},
		"no time":                    {`{"results":[{"id":"c","createdAt":"0001-01-01T00:00:00Z"}]}`, one(Call{})},
		"white space around":         {" \r\n{\"results\" : [ ] }\n\t ", response[Call]{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeResponse[Call](strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.items) == 0 {
				got.items = nil
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(response[Call]{})); diff != "" {
				t.Errorf("decoded response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeResponseNamesAFieldOfTheWrongTypeWithItsCall(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call string
		want FieldError // of the second call
	}{
		"string":          {`{"id":"c","status":1}`, FieldError{"call", "c", 1, "status", "is a number, not a string"}},
		"integer, a list": {`{"id":"c","duration":[6]}`, FieldError{"call", "c", 1, "duration", "is a list, not a whole number"}},
		"integer, words":  {`{"id":"c","duration":"six"}`, FieldError{"call", "c", 1, "duration", "is not a whole number of 53 bits"}},
		"score":           {`{"id":"c","qualityInsights":{"mos":true}}`, FieldError{"call", "c", 1, "qualityInsights.mos", "is a boolean, not a string or a number"}},
		"delay":           {`{"id":"c","qualityInsights":{"pdd":{}}}`, FieldError{"call", "c", 1, "qualityInsights.pdd", "is an object, not a string or a number"}},
		"SIP code":        {`{"id":"c","hangupSipCode":[480]}`, FieldError{"call", "c", 1, "hangupSipCode", "is a list, not a string or a number"}},
		"other SIP code":  {`{"id":"c","sipInsights":{"userAgent":"a","hangupSipCode":false}}`, FieldError{"call", "c", 1, "sipInsights.hangupSipCode", "is a boolean, not a string or a number"}},
		"SIP insights":    {`{"id":"c","sipInsights":"480"}`, FieldError{"call", "c", 1, "sipInsights", "is a string, not an object"}},
		"user agent":      {`{"id":"c","sipInsights":{"userAgent":1}}`, FieldError{"call", "c", 1, "sipInsights.userAgent", "is a number, not a string"}},
		"condition":       {`{"id":"c","callFlow":{"commands":[{"conditions":[{"variable":"a"},{"value":[1]}]}]}}`, FieldError{"call", "c", 1, "callFlow.commands.0.conditions.1.value", "is a list, not a string or a number"}},
		"boolean":         {`{"id":"c","originator":{"number":{"anonymous":"no"}}}`, FieldError{"call", "c", 1, "originator.number.anonymous", "is a string, not a boolean"}},
		"object":          {`{"id":"c","callFlow":true}`, FieldError{"call", "c", 1, "callFlow", "is a boolean, not an object"}},
		"object, a list":  {`{"id":"c","receiver":[]}`, FieldError{"call", "c", 1, "receiver", "is a list, not an object"}},
		"list":            {`{"id":"c","tags":{"a":"b"}}`, FieldError{"call", "c", 1, "tags", "is an object, not a list"}},
		"list's element":  {`{"id":"c","tags":["a",false]}`, FieldError{"call", "c", 1, "tags.1", "is a boolean, not a string"}},
		"command's":       {`{"id":"c","callFlow":{"commands":[{},{"status":2}]}}`, FieldError{"call", "c", 1, "callFlow.commands.1.status", "is a number, not a string"}},
		"fraction":        {`{"id":"c","duration":6.5}`, FieldError{"call", "c", 1, "duration", "is not a whole number of 53 bits"}},
		"2^53":            {`{"id":"c","hangupCauseCode":9007199254740992}`, FieldError{"call", "c", 1, "hangupCauseCode", "is not a whole number of 53 bits"}},
		"before the id":   {`{"status":[],"id":"c"}`, FieldError{"call", "", 1, "status", "is a list, not a string"}},
		"the id":          {`{"id":12}`, FieldError{"call", "", 1, "id", "is a number, not a string"}},
		"missing id":      {`{"status":"busy"}`, FieldError{"call", "", 1, "id", "is missing"}},
		"empty id":        {`{"id":""}`, FieldError{"call", "", 1, "id", "is missing"}},
		"null call":       {`null`, FieldError{"call", "", 1, "id", "is missing"}},
		"the whole call":  {`"call"`, FieldError{"call", "", 1, "(the whole call)", "is a string, not an object"}},
		"createdAt":       {`{"id":"c","createdAt":"2024-02-30T00:00:00Z"}`, FieldError{"call", "c", 1, "createdAt", "is not an RFC 3339 date-time"}},
		"createdAt local": {`{"id":"c","createdAt":"2024-02-28T16:54:33"}`, FieldError{"call", "c", 1, "createdAt", "is not an RFC 3339 date-time"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeResponse[Call](strings.NewReader(`{"results":[{"id":"first"},` + test.call + `]}`))
			got, ok := errors.AsType[*FieldError](err)
			if !ok {
				t.Fatalf("error %v, want a FieldError", err)
			}
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			text := "call 2 of the page"
			if test.want.ID != "" {
				text += " (id c)"
			}
			if text += ": field " + test.want.Field + " " + test.want.Problem; err.Error() != text {
				t.Errorf("error %q, want %q", err, text)
			}
		})
	}
}

// Fields that differ only in case are others, which the API may add.
func TestDecodeResponseTakesNamesAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	page, err := decodeResponse[Call](strings.NewReader(`{"results":[{"id":"a","ID":"b","Status":"busy","parentid":"c","sipInsights":{"EdgeRegion":"d"}}],"Total":1}`))
	if err != nil || len(page.items) != 1 {
		t.Fatalf("%d calls, error %v, want one call", len(page.items), err)
	}
	if diff := cmp.Diff([]Call{{ID: "a", SIPInsights: &SIPInsights{}}}, page.items); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestDecodeResponseRefusesWhatIsNoListOfCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"empty":                 {"", "EOF"},
		"HTML":                  {"<!doctype html><p>Hello", "<"},
		"a list":                {"[]", "not a JSON object"},
		"null":                  {"null", "not a JSON object"},
		"broken":                {`{"results":[}`, "}"},
		"cut off":               {`{"results":[{"id":"a"}`, "unexpected EOF"},
		"something after it":    {`{"results":[]} {}`, "something follows"},
		"junk after it":         {`{"results":[]}junk`, "j"},
		"no results":            {`{"nextPageToken":"t"}`, "no field results"},
		"other case of results": {`{"Results":[]}`, "a field Results where results should be"},
		"results twice, nearly": {`{"results":[],"RESULTS":[]}`, "a field RESULTS where results should be"},
		"token in snake case":   {`{"results":[],"next_page_token":"t"}`, "a field next_page_token where nextPageToken should be"},
		"token in Pascal case":  {`{"results":[],"NextPageToken":"t"}`, "a field NextPageToken where nextPageToken should be"},
		"token in kebab case":   {`{"next-page-token":"t","results":[]}`, "a field next-page-token where nextPageToken should be"},
		"token in two cases":    {`{"results":[],"nextPageToken":"","nextpagetoken":"t"}`, "a field nextpagetoken where nextPageToken should be"},
		"results an object":     {`{"results":{}}`, "results is not a list"},
		"results a number":      {`{"results":3}`, "results is not a list"},
		"token a number":        {`{"results":[],"nextPageToken":3}`, "nextPageToken"},
		"results twice":         {`{"results":[],"results":[]}`, "duplicate"},
		"a field twice":         {`{"results":[{"id":"a","id":"b"}]}`, "duplicate"},
		"an unknown one twice":  {`{"results":[{"id":"a","x":1,"x":1}]}`, "duplicate"},
		"not UTF-8":             {"{\"results\":[{\"id\":\"a\xff\"}]}", "UTF-8"},
		"not UTF-8, unknown":    {"{\"results\":[],\"x\":\"\xff\"}", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeResponse[Call](strings.NewReader(test.body))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("decoded %+v with error %v, want an error with %q", got, err, test.want)
			}
			if _, ok := errors.AsType[*FieldError](err); ok {
				t.Errorf("error %v blames a field of a call", err)
			}
		})
	}
}

// BenchmarkDecode decodes a page of 1,000 calls, which repeats the full sample and
// the published ones.
func BenchmarkDecode(b *testing.B) {
	var calls []jsontext.Value
	for _, path := range []string{"testdata/channel_call_full.json", "testdata/channel_calls_published.json"} {
		_, body := decodeFile(b, path)
		var page struct{ Results []jsontext.Value }
		if err := json.Unmarshal(body, &page, json.MatchCaseInsensitiveNames(true)); err != nil {
			b.Fatal(err)
		}
		calls = append(calls, page.Results...)
	}
	page, err := json.Marshal(map[string]any{"results": slices.Repeat(calls, 1000/len(calls)+1)[:1000]})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if got, err := decodeResponse[Call](bytes.NewReader(page)); err != nil || len(got.items) != 1000 {
			b.Fatal(len(got.items), err)
		}
	}
}

// FuzzDecodeResponse: nothing panics, and what decodes is encoded to what decodes
// to the same, so nothing was taken for something else.
func FuzzDecodeResponse(f *testing.F) {
	for _, path := range []string{"testdata/channel_call_full.json", "testdata/channel_calls_sparse.json", "testdata/channel_calls_published.json"} {
		_, body := decodeFile(f, path)
		f.Add(body)
	}
	for _, body := range []string{
		"", "{}", "[]", "null", "<html>", `{"results":null}`, `{"results":[{"id":"a"},{"id":"a","tags":[]}],"nextPageToken":"x=="}`,
		`{"results":[{"id":"a","createdAt":"2016-12-31T23:59:60Z","duration":-9223372036854775808}]}`, "{\"results\":[{\"id\":\"\xff\"}]}",
		`{"results":[{"id":"a","duration":1e1,"hangupCauseCode":"16.0","hangupSipCode":4.80,"qualityInsights":{"mos":0.00},"callFlow":{"commands":[{"conditions":[{"value":true}]}]}}]}`,
		`{"results":[{"id":"a","callFlow":{"commands":[null]},"tags":["\u0000\ud83d\udcde"]}]} `,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		decoded, err := decodeResponse[Call](bytes.NewReader(body))
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("error %q is not text", err)
			}
			return
		}
		for _, call := range decoded.items {
			if call.ID == "" {
				t.Error("a call without an id was let through")
			}
			if call.CreatedAt != nil && call.created().IsZero() && !strings.HasPrefix(*call.CreatedAt, "000") {
				t.Errorf("created at %q was let through", *call.CreatedAt)
			}
		}
		encoded, err := json.Marshal(map[string]any{"results": decoded.items, "nextPageToken": decoded.next}, json.FormatNilSliceAsNull(true))
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeResponse[Call](bytes.NewReader(encoded))
		if err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		if len(decoded.items) == 0 && len(again.items) == 0 {
			decoded.items, again.items = nil, nil
		}
		if diff := cmp.Diff(decoded, again, cmp.AllowUnexported(response[Call]{})); diff != "" {
			t.Errorf("decoded again (-first +second):\n%s", diff)
		}
	})
}
