package bird

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// published is the response that the documentation of the API shows, with
// numbers and names changed.
//
//go:embed testdata/channel_calls_published.json
var published string

func TestSummaryOfThePublishedResponse(t *testing.T) {
	t.Parallel()
	page, err := decodeResponse[Call](strings.NewReader(published))
	if err != nil {
		t.Fatal(err)
	}
	one := func(key string) map[string]int64 { return map[string]int64{key: 1} }
	delay := new(9.32)
	want := Summary{
		Statistics: Statistics{
			TotalCalls:                1,
			AnswerSeizureRatio:        new(0.0), // nobody answered, though there is an answeredAt
			NetworkEffectivenessRatio: new(1.0), // it rang
			PostDialDelay:             &Distribution{Count: 1, Mean: delay, Min: delay, Max: delay, P50: delay, P95: delay},
			MOS:                       &Distribution{Unmeasured: 1}, // 0.00: there was no media
			PeakConcurrentCalls:       1,
			PeakConcurrentAt:          new("2024-03-01T16:48:48.873Z"),
		},
		FirstCallAt:         new("2024-03-01T16:48:48.873Z"),
		LastCallAt:          new("2024-03-01T16:48:48.873Z"),
		ByStatus:            one("no-answer"),
		ByDirection:         one("incoming"),
		ByType:              one("pstn"),
		ByHangupSource:      one("none"),
		ByHangupCauseCode:   one("19"),
		ByHangupSIPCode:     one("480"), // of the SIP insights
		ByOriginatorCountry: one("US"),
		ByReceiverCountry:   one("US"),
		ByDay:               one("2024-03-01"),
		ByChannel:           one("db53c357-92e3-4f3d-babe-159573940a50"),
	}
	if diff := cmp.Diff(want, summaryOf(page.items...)); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestSummaryCountsACallByItsOutcome(t *testing.T) {
	t.Parallel()
	const someTime, zero = "2024-03-01T16:48:58.191Z", "0001-01-01T00:00:00Z"
	// What a call counts as: pending, answered, abandoned or delivered.
	type counts struct{ pending, answered, abandoned, delivered int64 }
	var (
		isPending   = counts{pending: 1}
		isAnswered  = counts{answered: 1, delivered: 1}
		isAbandoned = counts{abandoned: 1, delivered: 1}
		isDelivered = counts{delivered: 1}
		isNone      = counts{}
	)
	for name, test := range map[string]struct {
		call Call
		want counts
	}{
		"accepted":                      {Call{Status: new("accepted")}, isPending},
		"scheduled":                     {Call{Status: new("scheduled")}, isPending},
		"starting":                      {Call{Status: new("starting")}, isPending},
		"ringing":                       {Call{Status: new("ringing"), RingingAt: new(someTime), AnsweredAt: new(someTime)}, isPending},
		"pending with a cause":          {Call{Status: new("starting"), HangupCauseCode: new(int64(17))}, isPending},
		"ongoing":                       {Call{Status: new("ongoing")}, isAnswered},
		"completed":                     {Call{Status: new("completed"), AnsweredAt: new(zero)}, isAnswered},
		"no answer, answered at":        {Call{Status: new("no-answer"), RingingAt: new(someTime), AnsweredAt: new(someTime)}, isDelivered},
		"busy":                          {Call{Status: new("busy"), AnsweredAt: new(someTime)}, isDelivered},
		"failed":                        {Call{Status: new("failed"), AnsweredAt: new(someTime), HangupCauseCode: new(int64(34))}, isNone},
		"failed, user busy":             {Call{Status: new("failed"), HangupCauseCode: new(int64(17))}, isDelivered},
		"failed, no user responding":    {Call{Status: new("failed"), HangupCauseCode: new(int64(18))}, isDelivered},
		"failed, no answer from user":   {Call{Status: new("failed"), HangupCauseCode: new(int64(19))}, isDelivered},
		"failed, subscriber absent":     {Call{Status: new("failed"), HangupCauseCode: new(int64(20))}, isNone},
		"failed, rejected":              {Call{Status: new("failed"), HangupCauseCode: new(int64(21))}, isDelivered},
		"failed, number changed":        {Call{Status: new("failed"), HangupCauseCode: new(int64(22))}, isNone},
		"failed while it rang":          {Call{Status: new("failed"), RingingAt: new(someTime)}, isNone},
		"cancelled while it rang":       {Call{Status: new("cancelled"), RingingAt: new(someTime)}, isAbandoned},
		"cancelled before it rang":      {Call{Status: new("cancelled"), HangupCauseCode: new(int64(16))}, isNone},
		"cancelled, rang at no time":    {Call{Status: new("cancelled"), RingingAt: new(zero)}, isNone},
		"cancelled, rang at no moment":  {Call{Status: new("cancelled"), RingingAt: new("soon")}, isNone},
		"new status, answered":          {Call{Status: new("parked"), AnsweredAt: new(someTime)}, isAnswered},
		"new status, zero time":         {Call{Status: new("parked"), AnsweredAt: new(zero)}, isNone},
		"new status, another zero time": {Call{Status: new("parked"), AnsweredAt: new("0001-01-01T05:30:00+05:30")}, isNone},
		"new status, rang":              {Call{Status: new("parked"), RingingAt: new(someTime)}, isNone},
		"no status, answered":           {Call{AnsweredAt: new(someTime)}, isAnswered},
		"no status":                     {Call{}, isNone},
		"other case is a new status":    {Call{Status: new("Completed")}, isNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Three calls that were not delivered make the ratios speak.
			failed := Call{Status: new("failed")}
			got := summaryOf(test.call, failed, failed, failed)
			if n := (counts{got.PendingCalls, got.AnsweredCalls, got.AbandonedCalls, test.want.delivered}); n != test.want {
				t.Errorf("%+v, want %+v", n, test.want)
			}
			decided := 4 - float64(test.want.pending)
			want := []float64{float64(test.want.answered) / decided, float64(test.want.delivered) / decided}
			if diff := cmp.Diff(want, []float64{*got.AnswerSeizureRatio, *got.NetworkEffectivenessRatio}); diff != "" {
				t.Errorf("ASR and NER (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSummaryCountsTheLegsOfOtherCalls(t *testing.T) {
	t.Parallel()
	got := summaryOf(Call{ParentID: new("a")}, Call{ParentID: new("b"), Status: new("failed")}, Call{ID: "c"})
	if got.TotalCalls != 3 || got.ChildCalls != 2 {
		t.Errorf("%d calls, %d of them legs, want 3 and 2", got.TotalCalls, got.ChildCalls)
	}
}

func TestSummaryHasNoRatioOfNothing(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string][]Call{
		"no calls": nil, "pending calls": {{Status: new("ringing")}, {Status: new("scheduled"), Duration: new(int64(7))}},
	} {
		got := summaryOf(calls...).Statistics
		want := Statistics{TotalCalls: int64(len(calls)), PendingCalls: int64(len(calls))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSummaryTakesTheDurationOfAnsweredCallsOnly(t *testing.T) {
	t.Parallel()
	got := summaryOf(
		Call{Status: new("completed"), Duration: new(int64(5))},
		Call{Status: new("completed"), Duration: new(int64(8))},
		Call{Status: new("ongoing")},
		Call{Status: new("no-answer"), AnsweredAt: new("2024-03-01T16:48:58.191Z"), Duration: new(int64(1000))},
	)
	if got.TotalDuration != 13 || *got.AverageDuration != 6.5 {
		t.Errorf("%d seconds, %v on average, want 13 and 6.5", got.TotalDuration, *got.AverageDuration)
	}
}

func TestSummaryMeasuresWhatIsAMeasurement(t *testing.T) {
	t.Parallel()
	of := func(values ...string) []Call {
		calls := []Call{{}, {QualityInsights: &QualityInsights{}}}
		for i := range values {
			calls = append(calls, Call{QualityInsights: &QualityInsights{MOS: &values[i], PDD: &values[i]}})
		}
		return calls
	}
	values := []string{"0.00", "0.99", "1", "4.50", "5.00", "5.01", "-0.01", "n/a", "", "NaN", "Inf", "-Inf", "1e999", "45e-1"}
	got := summaryOf(of(values...)...)
	mos := &Distribution{Count: 4, Mean: new(3.75), Min: new(1.0), Max: new(5.0), P50: new(4.5), P95: new(5.0), Unmeasured: 10}
	if diff := cmp.Diff(mos, got.MOS); diff != "" {
		t.Errorf("mos (-want +got):\n%s", diff)
	}
	if pdd := got.PostDialDelay; pdd.Count != 7 || pdd.Unmeasured != 7 || *pdd.Min != 0 || *pdd.Max != 5.01 {
		t.Errorf("post_dial_delay of %d calls from %v to %v, %d unmeasured", pdd.Count, *pdd.Min, *pdd.Max, pdd.Unmeasured)
	}
	if got := summaryOf(of()...); got.MOS != nil || got.PostDialDelay != nil {
		t.Errorf("mos %v and post_dial_delay %v of no values", got.MOS, got.PostDialDelay)
	}
}

func TestSummaryTakesTheSIPCodeOfTheInsightsWhereTheCallHasNone(t *testing.T) {
	t.Parallel()
	got := summaryOf(
		Call{HangupSIPCode: new("486"), SIPInsights: &SIPInsights{HangupSIPCode: new("487")}},
		Call{HangupSIPCode: new("480")},
		Call{SIPInsights: &SIPInsights{HangupSIPCode: new("480")}},
		Call{SIPInsights: &SIPInsights{}},
		Call{},
	)
	if diff := cmp.Diff(map[string]int64{"480": 2, "486": 1}, got.ByHangupSIPCode); diff != "" {
		t.Errorf("by_hangup_sip_code (-want +got):\n%s", diff)
	}
}

func TestSummaryHasTheFirstAndTheLastCall(t *testing.T) {
	t.Parallel()
	calls := []Call{
		{CreatedAt: new("2024-03-01T10:00:00Z")},
		{CreatedAt: new("2024-03-01T10:30:00+01:00")}, // the first, though not as text
		{CreatedAt: new("2024-03-01T09:00:00-02:00")}, // the last
		{},
	}
	for range calls {
		calls = append(calls[1:], calls[0])
		got := summaryOf(calls...)
		if *got.FirstCallAt != "2024-03-01T10:30:00+01:00" || *got.LastCallAt != "2024-03-01T09:00:00-02:00" {
			t.Errorf("from %s to %s", *got.FirstCallAt, *got.LastCallAt)
		}
	}
}

func TestSummaryPassesOverTheZeroTime(t *testing.T) {
	t.Parallel()
	got := summaryOf(
		Call{CreatedAt: new("0001-01-01T00:00:00Z")},
		Call{CreatedAt: new("2024-03-01t23:59:59.5z")},
	)
	if diff := cmp.Diff(map[string]int64{"2024-03-01": 1}, got.ByDay); diff != "" || *got.FirstCallAt != "2024-03-01t23:59:59.5z" {
		t.Errorf("first call at %s, by_day (-want +got):\n%s", *got.FirstCallAt, diff)
	}
}

func TestSummaryDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	var calls []Call
	for i, value := range []string{"0.1", "0.2", "0.3", "1e15", "0.7", "-0.00", "0.00", "1.1", "2.3", "4.7"} {
		calls = append(calls, Call{
			Status: new("completed"), Duration: new(int64(i)), QualityInsights: &QualityInsights{MOS: &value, PDD: &value},
			// One instant, written in two ways.
			CreatedAt: []*string{new("2024-03-01T10:00:00Z"), new("2024-03-01T11:00:00+01:00")}[i%2],
		})
	}
	want := summaryOf(calls...)
	if *want.FirstCallAt != "2024-03-01T10:00:00Z" || *want.LastCallAt != "2024-03-01T11:00:00+01:00" {
		t.Errorf("first call at %s, last at %s, want the first and the last of these texts", *want.FirstCallAt, *want.LastCallAt)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		// As text, where -0 is not 0.
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, summaryOf(calls...))); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
