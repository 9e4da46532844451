package birdtest

import (
	"fmt"
	"strings"
)

// AwkwardCall is a call as a service might send it once, in JSON that is written by
// hand: nothing of the product and nothing of the data set has a part in it.
type AwkwardCall struct {
	JSON string

	// Superseded marks a version of a call that does not count: another one has a
	// later updatedAt, or the same and comes first.
	Superseded bool
}

// AwkwardCalls are calls that a data set does not have, in the order in which they
// are listed, not in that of their creation. Each is there for a reason, which its id
// tells. All are to be accepted.
var AwkwardCalls = []AwkwardCall{
	// Every field of a call, with text in every script.
	{JSON: `{"id":"full","channelId":"A739D30B-8171-471C-9DF4-591D4DD7BEE5","parentId":"0B9C4D1E-7A52-4F6B-9A3C-5D2E1F0A9B8C","from":"+31979000200001","to":"31979000200002",
		"originator":{"contact":{"id":"c0ffee00-0000-4000-8000-000000000001","identifierKey":"phonenumber","identifierValue":"+31979000200001"},
			"number":{"type":"pstn","number":"+31979000200001","anonymous":false,"callerIdName":"\u202eمريم العربية\u202c \u05d3\u05d5\u05d3","identity":"+31979000200001","countryIsoCode":"NL","pstnNumberType":"mobile"}},
		"receiver":{"contact":{"id":"c0ffee00-0000-4000-8000-000000000002","identifierKey":"emailaddress","identifierValue":"josé@example.com"},
			"number":{"type":"sip","number":"31979000200002","anonymous":true,"callerIdName":"Zoe\u0308 \u0926\u0947\u0935\u0928\u093e\u0917\u0930\u0940 \u5f20\u4f1f","identity":"sip:31979000200002@example.com","countryIsoCode":"de","pstnNumberType":"fixed line"}},
		"direction":"incoming","status":"completed","reason":"\u0000\u0001\u001b[31m\u007f \"quoted\" \\ ${var.x} %{ if } <b>","type":"pstn","sipType":"elastic","duration":61,"hangupCauseCode":16,"hangupSource":"callee","hangupSipCode":"200",
		"createdAt":"2024-03-01T10:00:00.123456789Z","updatedAt":"2024-03-01T10:02:00Z","ringingAt":"2024-03-01T10:00:01.5Z","answeredAt":"2024-03-01T10:00:05Z","endedAt":"2024-03-01T10:01:06Z","scheduledFor":"2024-03-01T09:59:59Z",
		"callFlow":{"id":"f10f0000-0000-4000-8000-000000000001","commands":[{"id":"f10f0000-0000-4000-8000-000000000002","callId":"full","callFlowId":"f10f0000-0000-4000-8000-000000000001","status":"completed","command":"gather",
			"conditions":[{"variable":"keys","operator":"eq","value":"4711#0815"},{"variable":"n","operator":"gt","value":4711.50},{"variable":"b","operator":"eq","value":true},null]},null,{}]},
		"notification":{"url":"https://hooks.example.com/\ud83d\udc69\u200d\ud83d\udc67?a=1&b=2"},"qualityInsights":{"mos":"4.30","pdd":1.250},
		"sipInsights":{"hangupSipCode":"BYE","edgeRegion":"eu-west-1","providerName":"Zürich\u2028Télécom \ufeff","userAgent":"FreeSWITCH\r\n","remoteSignallingIp":"2001:db8::1","remoteMediaIp":"192.0.2.200"},
		"amdResult":{"result":"human","speech":"\ud83d\ude00 hello, you\u2019ve reached \u200f\u05e9\u05dc\u05d5\u05dd","locale":"he-IL"},"tags":["kampagne-ä","\ud83c\uddf3\ud83c\uddf1",null,"","kampagne-ä"],
		"aFieldOfTomorrow":{"id":"no","status":["no"]}}`},

	// What a Go service sends for nothing, null, and nothing.
	{JSON: `{"id":"zero-values","channelId":"00000000-0000-0000-0000-000000000000","parentId":"00000000-0000-0000-0000-000000000000","from":"","to":"",
		"originator":{"contact":{"id":"00000000-0000-0000-0000-000000000000","identifierKey":"","identifierValue":""},"number":{"type":"","number":"","anonymous":false,"callerIdName":"","identity":"","countryIsoCode":"","pstnNumberType":""}},
		"receiver":{"contact":{},"number":{}},"direction":"","status":"","reason":"","type":"","sipType":"","duration":0,"hangupCauseCode":0,"hangupSource":"","hangupSipCode":"",
		"createdAt":"0001-01-01T00:00:00Z","updatedAt":"0001-01-01T00:00:00Z","ringingAt":"0001-01-01T00:00:00Z","answeredAt":"0001-01-01T00:00:00Z","endedAt":"0001-01-01T00:00:00Z","scheduledFor":"0001-01-01T00:00:00Z",
		"callFlow":{"id":"00000000-0000-0000-0000-000000000000","commands":[]},"notification":{"url":""},"qualityInsights":{"mos":"","pdd":""},
		"sipInsights":{"hangupSipCode":"","edgeRegion":"","providerName":"","userAgent":"","remoteSignallingIp":"","remoteMediaIp":""},"amdResult":{"result":"","speech":"","locale":""},"tags":[]}`},
	{JSON: `{"id":"nulls","channelId":null,"parentId":null,"from":null,"to":null,"originator":null,"receiver":{"contact":null,"number":null},"direction":null,"status":null,"reason":null,"type":null,"sipType":null,
		"duration":null,"hangupCauseCode":null,"hangupSource":null,"hangupSipCode":null,"createdAt":null,"updatedAt":null,"ringingAt":null,"answeredAt":null,"endedAt":null,"scheduledFor":null,
		"callFlow":{"id":null,"commands":null},"notification":null,"qualityInsights":{"mos":null,"pdd":null},"sipInsights":null,"amdResult":null,"tags":[null]}`},
	{JSON: `{"id":"nothing"}`},
	{JSON: `{"id":"empty-objects","createdAt":"0001-01-01T05:30:00+05:30","answeredAt":"0000-12-31T19:03:58-04:56","endedAt":"0001-01-01t00:00:00z","originator":{},"receiver":{},"callFlow":{},"notification":{},"qualityInsights":{},"sipInsights":{},"amdResult":{},"tags":null,"duration":""}`},

	// Numbers and addresses. The first two are one number.
	{JSON: `{"id":"number-plus","channelId":"a739d30b-8171-471c-9df4-591d4dd7bee5","from":"+31979000200011","to":"+31979000200012","originator":{"number":{"number":"+31979000200011"}},"status":"completed","direction":"outgoing","type":"pstn","createdAt":"2024-03-02T00:30:00+01:00","updatedAt":"2024-03-02T00:31:00+01:00","duration":60}`},
	{JSON: `{"id":"number-bare","channelId":"a739d30b-8171-471c-9df4-591d4dd7bee5","from":"31979000200011","to":"31979000200012","originator":{"number":{"number":"31979000200011"}},"status":"completed","direction":"outgoing","type":"pstn","createdAt":"2024-03-01T23:30:00Z","updatedAt":"2024-03-01T23:31:00Z","duration":60}`},
	{JSON: `{"id":"number-zeros","from":"0031979000200011","to":"++31979000200012","status":"completed","type":"pstn","createdAt":"2024-03-02T00:00:00Z","duration":1}`},
	{JSON: `{"id":"sip","from":"sip:alice@pbx.example.com;transport=tls","to":"SIPS:+31979000200013@example.com","originator":{"number":{"type":"sip","identity":"sip:alice@pbx.example.com;transport=tls"}},"status":"completed","direction":"outgoing","type":"sip","sipType":"elastic","createdAt":"2024-03-02T01:00:00Z","duration":6}`},
	{JSON: `{"id":"client","from":"client:5b2e7c10-44aa-4d0e-b1a5-0c9d8e7f6a5b","to":"31979000200012","status":"completed","direction":"outgoing","type":"webrtc","createdAt":"2024-03-02T02:00:00Z","duration":7}`},
	{JSON: `{"id":"anonymous","from":"anonymous","to":"31979000200012","originator":{"number":{"number":"anonymous","anonymous":true,"callerIdName":"Anonymous"}},"status":"no-answer","direction":"incoming","type":"pstn","createdAt":"2024-03-02T03:00:00Z","ringingAt":"2024-03-02T03:00:01Z","endedAt":"2024-03-02T03:00:31Z","answeredAt":"2024-03-02T03:00:00.997Z","duration":0}`},
	{JSON: `{"id":"no-caller","from":"","to":"+","status":"busy","direction":"incoming","type":"pstn","createdAt":"2024-03-02T03:00:00Z","hangupCauseCode":17,"duration":0}`},

	// Durations and other numbers, in every form.
	{JSON: `{"id":"negative","status":"completed","from":"31979000200014","createdAt":"2024-03-03T00:00:00Z","duration":-1,"hangupCauseCode":-16,"qualityInsights":{"mos":"-4.1","pdd":"-0.5"},"ringingAt":"2024-03-03T00:00:09Z","answeredAt":"2024-03-03T00:00:04Z"}`},
	{JSON: `{"id":"more-negative","status":"completed","from":"31979000200014","createdAt":"2024-03-03T00:00:00Z","duration":-3600,"qualityInsights":{"mos":0.99,"pdd":"-2"},"ringingAt":"2024-03-03T00:01:09Z","answeredAt":"2024-03-03T00:00:04Z"}`},
	{JSON: `{"id":"huge","status":"completed","from":"31979000200014","createdAt":"2024-03-03T00:00:01Z","duration":9007199254740991,"hangupCauseCode":-9007199254740991,"qualityInsights":{"mos":"1e999","pdd":"1e300"}}`},
	{JSON: `{"id":"ten-years","status":"completed","createdAt":"2024-03-03T00:00:02Z","duration":315360000,"qualityInsights":{"mos":5,"pdd":0}}`},
	{JSON: `{"id":"ten-years-and-a-second","status":"completed","createdAt":"2024-03-03T00:00:03Z","duration":315360001,"qualityInsights":{"mos":5.0001,"pdd":".5"}}`},
	{JSON: `{"id":"number-as-text","status":"completed","createdAt":"2024-03-03T00:00:04Z","duration":"60.0","hangupCauseCode":"16","hangupSipCode":486,"qualityInsights":{"mos":4.30,"pdd":"4."},"sipInsights":{"hangupSipCode":200}}`},
	{JSON: `{"id":"number-with-exponent","status":"completed","createdAt":"2024-03-03T00:00:05Z","duration":6e0,"hangupCauseCode":1.60E+1,"qualityInsights":{"mos":"0x1p2","pdd":"1_0"}}`},
	{JSON: `{"id":"no-media","status":"completed","createdAt":"2024-03-03T00:00:06Z","duration":0,"qualityInsights":{"mos":"0.00","pdd":"n/a"}}`},
	{JSON: `{"id":"worst-score","status":"completed","createdAt":"2024-03-03T00:00:06Z","duration":14400,"qualityInsights":{"mos":"1","pdd":"NaN"}}`},
	{JSON: `{"id":"code-in-insights-only","status":"failed","createdAt":"2024-03-03T00:00:07Z","hangupSipCode":"","hangupCauseCode":0,"sipInsights":{"hangupSipCode":"0480","providerName":"Zürich Télécom"}}`},
	{JSON: `{"id":"refused-by-code","status":"failed","createdAt":"2024-03-03T00:00:07Z","hangupSipCode":603,"sipInsights":{"hangupSipCode":"503"}}`},

	// Statuses, in every case. Only the one in lower case is the one that Bird documents.
	{JSON: `{"id":"status-upper","status":"COMPLETED","direction":"OUTGOING","type":"PSTN","hangupSource":"CALLER","createdAt":"2024-03-04T00:00:00Z","duration":30}`},
	{JSON: `{"id":"status-mixed","status":"No-Answer","direction":"Incoming","type":"WebRTC","createdAt":"2024-03-04T00:00:01Z","answeredAt":"2024-03-04T00:00:03Z","ringingAt":"2024-03-04T00:00:02Z","duration":30}`},
	{JSON: `{"id":"status-unknown","status":"transferred","direction":"internal","type":"carrier-pigeon","hangupSource":"none","createdAt":"2024-03-04T00:00:02Z","answeredAt":"2024-03-04T00:00:03Z","endedAt":"2024-03-04T00:01:03Z","duration":60}`},
	{JSON: `{"id":"status-unknown-unanswered","status":"ghosted ☎","createdAt":"2024-03-04T00:00:03Z","answeredAt":"0001-01-01T05:30:00+05:30","endedAt":"2024-03-04T00:01:03Z","ringingAt":"2024-03-04T00:00:04Z","duration":60}`},
	{JSON: `{"id":"status-with-spaces","status":" completed ","createdAt":"2024-03-04T00:00:04Z","duration":60}`},
	{JSON: `{"id":"status-accepted","status":"accepted","createdAt":"2024-03-04T00:00:05Z","updatedAt":"2024-03-04T00:00:05Z","duration":0}`},
	{JSON: `{"id":"status-scheduled","status":"scheduled","createdAt":"2024-03-04T00:00:06Z","scheduledFor":"2030-01-01T00:00:00Z","duration":0}`},
	{JSON: `{"id":"status-starting","status":"starting","createdAt":"2024-03-04T00:00:07Z"}`},
	{JSON: `{"id":"status-ringing","status":"ringing","createdAt":"2024-03-04T00:00:08Z","ringingAt":"2024-03-04T00:00:09Z","answeredAt":"2024-03-04T00:00:09Z"}`},
	{JSON: `{"id":"status-ongoing","status":"ongoing","createdAt":"2024-03-04T00:00:09Z","duration":86400}`},
	{JSON: `{"id":"status-ongoing-ended","status":"ongoing","createdAt":"2024-03-04T00:00:10Z","endedAt":"2024-03-04T00:00:20Z","duration":10}`},
	{JSON: `{"id":"status-busy","status":"busy","createdAt":"2024-03-04T00:00:11Z","ringingAt":"soon","endedAt":"2024-03-04T00:00:12Z"}`},
	{JSON: `{"id":"status-failed","status":"failed","createdAt":"2024-03-04T00:00:12Z","ringingAt":"2024-02-30T00:00:00Z","endedAt":"2024-03-04T00:00:12Z","hangupCauseCode":34}`},
	{JSON: `{"id":"status-cancelled","status":"cancelled","createdAt":"2024-03-04T00:00:13Z","ringingAt":"2024-03-04T00:00:14Z","endedAt":"2024-03-04T00:00:13Z"}`},
	{JSON: `{"id":"status-cancelled-before","status":"cancelled","createdAt":"2024-03-04T00:00:14Z","ringingAt":"0001-01-01T00:00:00Z","endedAt":"2024-03-04T00:00:15Z"}`},

	// Times. Two of one instant are in the order of their ids, whatever their spelling.
	{JSON: `{"id":"time-nanosecond-2","status":"completed","createdAt":"2024-03-05T12:00:00.000000002Z"}`},
	{JSON: `{"id":"time-nanosecond-1","status":"completed","createdAt":"2024-03-05T12:00:00.000000001Z"}`},
	{JSON: `{"id":"time-trimmed","status":"completed","createdAt":"2024-03-05T12:00:00.77Z"}`},
	{JSON: `{"id":"time-tie-b","status":"completed","createdAt":"2024-03-05T12:00:00.700Z","endedAt":"2024-03-05T12:00:00.7Z"}`},
	{JSON: `{"id":"time-tie-a","status":"completed","createdAt":"2024-03-05t17:30:00.7+05:30","endedAt":"2024-03-05T12:00:01Z"}`},
	{JSON: `{"id":"time-tie-B","status":"completed","createdAt":"2024-03-04T22:00:00.7-14:00"}`},
	{JSON: `{"id":"time-leap-second","status":"completed","createdAt":"2016-12-31T23:59:60Z","endedAt":"2016-12-31T23:59:60.5Z"}`},
	{JSON: `{"id":"time-after-leap-second","status":"completed","createdAt":"2017-01-01T00:00:00Z"}`},
	{JSON: `{"id":"time-leap-second-in-india","status":"completed","createdAt":"2017-01-01T05:29:60+05:30"}`},
	{JSON: `{"id":"time-before-1970","status":"completed","createdAt":"1969-12-31T23:59:59.999Z","endedAt":"1970-01-01T00:00:00Z","duration":0}`},
	{JSON: `{"id":"time-far-future","status":"ongoing","createdAt":"9999-12-31T23:59:59.999999999Z","updatedAt":"9999-12-31T23:59:59.999999999Z"}`},
	{JSON: `{"id":"time-of-other-years","status":"completed","createdAt":"2024-02-29T23:59:59.999999999-12:00","ringingAt":"1900-01-01T00:00:00Z","answeredAt":"9999-12-31T23:59:59Z","endedAt":"9999-12-31T23:59:59Z","duration":3}`},

	// Calls that are listed again.
	{Superseded: true, JSON: `{"id":"again-later","channelId":"a739d30b-8171-471c-9df4-591d4dd7bee5","from":"31979000200021","to":"31979000200022","originator":{"number":{"number":"31979000200021","callerIdName":"Anna, early"}},"status":"ringing","direction":"incoming","type":"pstn","createdAt":"2024-03-06T10:00:00Z","updatedAt":"2024-03-06T10:00:01Z","ringingAt":"2024-03-06T10:00:01Z"}`},
	{JSON: `{"id":"again-earlier","from":"31979000200023","status":"completed","createdAt":"2024-03-06T10:00:05Z","updatedAt":"2024-03-06T11:00:00Z","duration":12}`},
	{JSON: `{"id":"again-equal","from":"31979000200024","status":"completed","createdAt":"2024-03-06T10:00:06Z","updatedAt":"2024-03-06T10:30:00.500Z","duration":13}`},
	{Superseded: true, JSON: `{"id":"again-dated","from":"31979000200025","status":"starting","createdAt":"2024-03-06T10:00:07Z"}`},
	{JSON: `{"id":"again-unreadable","from":"31979000200026","status":"completed","createdAt":"2024-03-06T10:00:08Z","updatedAt":"0001-01-01T05:30:00+05:30","duration":14}`},
	{Superseded: true, JSON: `{"id":"again-thrice","from":"31979000200027","status":"starting","createdAt":"2024-03-06T10:00:09Z","updatedAt":"2024-03-06T10:00:10.000000001Z"}`},
	{JSON: `{"id":"again-thrice","from":"+31979000200027","status":"completed","createdAt":"2024-03-06T10:00:09Z","updatedAt":"2024-03-06T10:00:10.000000003Z","duration":15}`},
	{Superseded: true, JSON: `{"id":"again-thrice","from":"31979000200028","status":"ongoing","createdAt":"2024-03-06T10:00:09Z","updatedAt":"2024-03-06T10:00:10.000000002Z"}`},
	{Superseded: true, JSON: `{"id":"again-moved","channelId":"a739d30b-8171-471c-9df4-591d4dd7bee5","from":"31979000200029","status":"busy","createdAt":"2024-03-06T10:00:11Z","updatedAt":"2016-12-31T23:59:59.9Z"}`},
	{JSON: `{"id":"again-same","from":"31979000200030","status":"busy","createdAt":"2024-03-06T10:00:12Z","updatedAt":"2024-03-06T10:00:13Z"}`},
	{Superseded: true, JSON: `{"id":"again-same","from":"31979000200030","status":"busy","createdAt":"2024-03-06T10:00:12Z","updatedAt":"2024-03-06T10:00:13Z"}`},
	{JSON: `{"id":"AGAIN-SAME","from":"31979000200031","status":"failed","createdAt":"2024-03-06T10:00:12Z","updatedAt":"2024-03-06T10:00:13Z"}`},
	{JSON: `{"id":"again-later","channelId":"b839d30b-8171-471c-9df4-591d4dd7bee5","parentId":"0b9c4d1e-7a52-4f6b-9a3c-5d2e1f0a9b8c","from":"sip:anna@example.com","to":"+31979000200032","originator":{"number":{"number":"+31979000200033","callerIdName":"Anna, late"}},"status":"COMPLETED","direction":"outgoing","type":"sip","createdAt":"2024-03-06T10:00:00Z","updatedAt":"2024-03-06T10:00:02Z","duration":1}`},
	{Superseded: true, JSON: `{"id":"again-earlier","from":"31979000200034","status":"ongoing","createdAt":"2024-03-07T10:00:05Z","updatedAt":"2024-03-06T11:59:59+01:00","duration":99}`},
	{Superseded: true, JSON: `{"id":"again-equal","from":"31979000200035","status":"failed","createdAt":"2024-03-07T10:00:06Z","updatedAt":"2024-03-06T11:30:00.5+01:00"}`},
	{JSON: `{"id":"again-dated","from":"31979000200036","status":"completed","createdAt":"2024-03-06T10:00:07Z","updatedAt":"1969-07-20T20:17:40Z","duration":16}`},
	{Superseded: true, JSON: `{"id":"again-unreadable","from":"31979000200037","status":"failed","createdAt":"2024-03-06T10:00:08Z","updatedAt":"tomorrow","duration":99}`},
	{JSON: `{"id":"again-moved","channelId":"b839d30b-8171-471c-9df4-591d4dd7bee5","from":"31979000200038","status":"completed","createdAt":"2010-06-30T23:59:59Z","updatedAt":"2016-12-31T23:59:60Z","endedAt":"2011-01-01T00:00:00Z","duration":17}`},

	// Very long text.
	{JSON: `{"id":"long","from":"` + strings.Repeat("9", 500) + `","status":"` + strings.Repeat("s", 500) + `","reason":"` + strings.Repeat(`\u0301`, 2000) + `","createdAt":"2024-03-08T00:00:00Z"}`},
}

// AwkwardOrder are the ids of the awkward calls by the time of their creation, then by
// id as bytes: those without a time first.
var AwkwardOrder = []string{
	"empty-objects", "nothing", "nulls", "zero-values",
	"time-before-1970", "again-moved", "time-after-leap-second", "time-leap-second", "time-leap-second-in-india",
	"full", "time-of-other-years",
	"number-bare", "number-plus", "number-zeros", "sip", "client", "anonymous", "no-caller",
	"more-negative", "negative", "huge", "ten-years", "ten-years-and-a-second", "number-as-text", "number-with-exponent", "no-media", "worst-score", "code-in-insights-only", "refused-by-code",
	"status-upper", "status-mixed", "status-unknown", "status-unknown-unanswered", "status-with-spaces", "status-accepted", "status-scheduled", "status-starting", "status-ringing",
	"status-ongoing", "status-ongoing-ended", "status-busy", "status-failed", "status-cancelled", "status-cancelled-before",
	"time-nanosecond-1", "time-nanosecond-2", "time-tie-B", "time-tie-a", "time-tie-b", "time-trimmed",
	"again-later", "again-earlier", "again-equal", "again-dated", "again-unreadable", "again-thrice", "AGAIN-SAME", "again-same",
	"long", "time-far-future",
}

// AwkwardPage returns the body of a page with these calls.
func AwkwardPage(next string, calls ...AwkwardCall) string {
	var list []string
	for _, call := range calls {
		list = append(list, call.JSON)
	}
	return fmt.Sprintf(`{"results":[%s],"nextPageToken":%q}`, strings.Join(list, ",\n"), next)
}

// AwkwardBodies are bodies of a response with status 200 that are no list of calls, by
// what they are, with words of the error that says so.
var AwkwardBodies = map[string]struct{ Body, Error string }{
	"nothing":                      {"", "it has no JSON"},
	"a string":                     {`"results"`, "it is not a JSON object"},
	"a list in a string":           {`"{\"results\":[]}"`, "it is not a JSON object"},
	"a number":                     {"31979000200041", "it is not a JSON object"},
	"null":                         {"null", "it is not a JSON object"},
	"true":                         {"true", "it is not a JSON object"},
	"a list":                       {`[{"id":"a"}]`, "it is not a JSON object"},
	"two lists":                    {`{"results":[]}{"results":[]}`, "something follows the JSON object"},
	"no results":                   {`{"nextPageToken":""}`, "no field results"},
	"results that are an object":   {`{"results":{"id":"a"}}`, "results is not a list"},
	"results that are a string":    {`{"results":"[]"}`, "results is not a list"},
	"results twice":                {`{"results":[],"results":[{"id":"a"}]}`, "a name is twice"},
	"a field of a call twice":      {`{"results":[{"id":"a","from":"31979000200041","from":"31979000200042"}]}`, "a name is twice"},
	"a token twice":                {`{"results":[],"nextPageToken":"a","nextPageToken":""}`, "a name is twice"},
	"a token that is a number":     {`{"results":[],"nextPageToken":1}`, "nextPageToken is not a string"},
	"a null among the calls":       {`{"results":[{"id":"a"},null]}`, "2 of the page: field id is missing"},
	"a list among the calls":       {`{"results":[[]]}`, "is a list, not an object"},
	"a call without an id":         {`{"results":[{"from":"31979000200041"}]}`, "field id is missing"},
	"a call with a zero id":        {`{"results":[{"id":"00000000-0000-0000-0000-000000000000","from":"31979000200041"}]}`, "field id is missing"},
	"a field of the wrong type":    {`{"results":[{"id":"a","from":"31979000200041","status":31979000200041}]}`, "field status is a number, not a string"},
	"text that is not UTF-8":       {"{\"results\":[{\"id\":\"a\",\"from\":\"31979000200041\xff\"}]}", "not UTF-8"},
	"half of a surrogate pair":     {`{"results":[{"id":"a","from":"31979000200041\ud83d"}]}`, "JSON is invalid"},
	"a control character as it is": {"{\"results\":[{\"id\":\"a\",\"from\":\"31979000200041\x00\"}]}", "JSON is invalid"},
	"a truncated page":             {`{"results":[{"id":"a","from":"31979000200041"}`, "the response is truncated"},
	"an error beside the calls":    {`{"results":[{"id":"a","from":"31979000200041"}],"error":{"code":"c","message":"31979000200041"}}`, "code c: [number]"},
}
