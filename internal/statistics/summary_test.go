package statistics

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// It is the response that the documentation of the API shows, with numbers and
// names changed.
func TestSummaryOfThePublishedResponse(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../bird/testdata/channel_calls_published.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Results []bird.Call }
	if err := json.Unmarshal(body, &page, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	one := func(key string) map[string]int64 { return map[string]int64{key: 1} }
	delay, ring := new(9.32), new(49.888)
	want := Summary{
		Statistics: Statistics{
			TotalCalls:                1,
			AnswerSeizureRatio:        new(0.0), // nobody answered, though there is an answeredAt
			NetworkEffectivenessRatio: new(1.0), // it rang
			PostDialDelay:             &Distribution{Count: 1, Mean: delay, Min: delay, Max: delay, P5: delay, P50: delay, P95: delay, P99: delay},
			RingTime:                  &Distribution{Count: 1, Mean: ring, Min: ring, Max: ring, P5: ring, P50: ring, P95: ring, P99: ring},
			DistinctCallers:           1, DistinctCallees: 1, MostCallsFromOne: 1, MostCallsToOne: 1,
			PeakCallsPerSecond:   1,
			PeakCallsPerSecondAt: new("2024-03-01T16:48:48Z"),
			MOS:                  &Distribution{Unmeasured: 1}, // 0.00: there was no media
			PeakConcurrentCalls:  1,
			PeakConcurrentAt:     new("2024-03-01T16:48:48.873Z"),
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
		ByAMDResult:         map[string]int64{},
		ByChannel:           one("db53c357-92e3-4f3d-babe-159573940a50"),
	}
	if diff := cmp.Diff(want, summaryOf(page.Results...)); diff != "" {
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
		call bird.Call
		want counts
	}{
		"accepted":                      {bird.Call{Status: new("accepted")}, isPending},
		"scheduled":                     {bird.Call{Status: new("scheduled")}, isPending},
		"starting":                      {bird.Call{Status: new("starting")}, isPending},
		"ringing":                       {bird.Call{Status: new("ringing"), RingingAt: new(someTime), AnsweredAt: new(someTime)}, isPending},
		"pending with a cause":          {bird.Call{Status: new("starting"), HangupCauseCode: new(int64(17))}, isPending},
		"ongoing":                       {bird.Call{Status: new("ongoing")}, isAnswered},
		"completed":                     {bird.Call{Status: new("completed"), AnsweredAt: new(zero)}, isAnswered},
		"no answer, answered at":        {bird.Call{Status: new("no-answer"), RingingAt: new(someTime), AnsweredAt: new(someTime)}, isDelivered},
		"busy":                          {bird.Call{Status: new("busy"), AnsweredAt: new(someTime)}, isDelivered},
		"failed":                        {bird.Call{Status: new("failed"), AnsweredAt: new(someTime), HangupCauseCode: new(int64(34))}, isNone},
		"failed, user busy":             {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(17))}, isDelivered},
		"failed, no user responding":    {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(18))}, isDelivered},
		"failed, no answer from user":   {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(19))}, isDelivered},
		"failed, subscriber absent":     {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(20))}, isNone},
		"failed, SIP 480":               {bird.Call{Status: new("failed"), HangupSIPCode: new("480")}, isDelivered},
		"failed, SIP 486, of insights":  {bird.Call{Status: new("failed"), SIPInsights: &bird.SIPInsights{HangupSIPCode: new("486")}}, isDelivered},
		"failed, SIP 600, cause 0":      {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(0)), HangupSIPCode: new("600")}, isDelivered},
		"failed, SIP 603":               {bird.Call{Status: new("failed"), HangupSIPCode: new("603")}, isDelivered},
		"failed, SIP 486, other cause":  {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(34)), HangupSIPCode: new("486")}, isNone},
		"failed, SIP 503":               {bird.Call{Status: new("failed"), HangupSIPCode: new("503")}, isNone},
		"pending, SIP 486":              {bird.Call{Status: new("starting"), HangupSIPCode: new("486")}, isPending},
		"failed, rejected":              {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(21))}, isDelivered},
		"failed, number changed":        {bird.Call{Status: new("failed"), HangupCauseCode: new(int64(22))}, isNone},
		"failed while it rang":          {bird.Call{Status: new("failed"), RingingAt: new(someTime)}, isNone},
		"cancelled while it rang":       {bird.Call{Status: new("cancelled"), RingingAt: new(someTime)}, isAbandoned},
		"cancelled before it rang":      {bird.Call{Status: new("cancelled"), HangupCauseCode: new(int64(16))}, isNone},
		"cancelled, rang at no time":    {bird.Call{Status: new("cancelled"), RingingAt: new(zero)}, isNone},
		"cancelled, rang at no moment":  {bird.Call{Status: new("cancelled"), RingingAt: new("soon")}, isNone},
		"new status, answered":          {bird.Call{Status: new("parked"), AnsweredAt: new(someTime)}, isAnswered},
		"new status, zero time":         {bird.Call{Status: new("parked"), AnsweredAt: new(zero)}, isNone},
		"new status, another zero time": {bird.Call{Status: new("parked"), AnsweredAt: new("0001-01-01T05:30:00+05:30")}, isNone},
		"new status, unreadable time":   {bird.Call{Status: new("parked"), AnsweredAt: new("1709283600")}, isNone},
		"new status, rang":              {bird.Call{Status: new("parked"), RingingAt: new(someTime)}, isNone},
		"no status, answered":           {bird.Call{AnsweredAt: new(someTime)}, isAnswered},
		"no status":                     {bird.Call{}, isNone},
		"other case is a new status":    {bird.Call{Status: new("Completed")}, isNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Three calls that were not delivered make the ratios speak.
			failed := bird.Call{Status: new("failed")}
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
	got := summaryOf(bird.Call{ParentID: new("a")}, bird.Call{ParentID: new("b"), Status: new("failed")}, bird.Call{ID: "c"}, bird.Call{ParentID: new("")}, bird.Call{ParentID: new("00000000-0000-0000-0000-000000000000")})
	if got.TotalCalls != 5 || got.ChildCalls != 2 {
		t.Errorf("%d calls, %d of them legs, want 5 and 2", got.TotalCalls, got.ChildCalls)
	}
}

func TestSummaryHasNoRatioOfNothing(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string][]bird.Call{
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
		bird.Call{Status: new("completed"), Duration: new(int64(5))},
		bird.Call{Status: new("completed"), Duration: new(int64(8))},
		bird.Call{Status: new("ongoing")},
		bird.Call{Status: new("no-answer"), AnsweredAt: new("2024-03-01T16:48:58.191Z"), Duration: new(int64(1000))},
	)
	if got.TotalDuration != 13 || *got.AverageDuration != 6.5 {
		t.Errorf("%d seconds, %v on average, want 13 and 6.5", got.TotalDuration, *got.AverageDuration)
	}
}

func TestSummaryMeasuresWhatIsAMeasurement(t *testing.T) {
	t.Parallel()
	of := func(values ...string) []bird.Call {
		calls := []bird.Call{{}, {QualityInsights: &bird.QualityInsights{}}}
		for i := range values {
			calls = append(calls, bird.Call{QualityInsights: &bird.QualityInsights{MOS: &values[i], PDD: &values[i]}})
		}
		return calls
	}
	values := []string{"0.00", "0.99", "1", "4.50", "5.00", "5.01", "-0.01", "n/a", "", "NaN", "Inf", "-Inf", "1e999", "45e-1", "0x1p2", "1_0", "+4", "4,5", " 4", "4.5.", ".", "e1"}
	got := summaryOf(of(values...)...)
	mos := &Distribution{Count: 4, Mean: new(3.75), Min: new(1.0), Max: new(5.0), P5: new(1.0), P50: new(4.5), P95: new(5.0), P99: new(5.0), Unmeasured: 17}
	if diff := cmp.Diff(mos, got.MOS); diff != "" {
		t.Errorf("mos (-want +got):\n%s", diff)
	}
	if pdd := got.PostDialDelay; pdd.Count != 7 || pdd.Unmeasured != 14 || *pdd.Min != 0 || *pdd.Max != 5.01 {
		t.Errorf("post_dial_delay of %d calls from %v to %v, %d unmeasured, want 7 from 0 to 5.01, and 14", pdd.Count, *pdd.Min, *pdd.Max, pdd.Unmeasured)
	}
	got = summaryOf(of()...)
	if diff := cmp.Diff([]*Distribution{nil, nil}, []*Distribution{got.MOS, got.PostDialDelay}); diff != "" {
		t.Errorf("mos and post_dial_delay of no values (-want +got):\n%s", diff)
	}
}

func TestSummaryTakesTheSIPCodeOfTheInsightsWhereTheCallHasNone(t *testing.T) {
	t.Parallel()
	got := summaryOf(
		bird.Call{HangupSIPCode: new("486"), SIPInsights: &bird.SIPInsights{HangupSIPCode: new("487")}},
		bird.Call{HangupSIPCode: new("480")},
		bird.Call{SIPInsights: &bird.SIPInsights{HangupSIPCode: new("480")}},
		bird.Call{SIPInsights: &bird.SIPInsights{}},
		bird.Call{},
	)
	if diff := cmp.Diff(map[string]int64{"480": 2, "486": 1}, got.ByHangupSIPCode); diff != "" {
		t.Errorf("by_hangup_sip_code (-want +got):\n%s", diff)
	}
}

func TestSummaryHasTheFirstAndTheLastCall(t *testing.T) {
	t.Parallel()
	calls := []bird.Call{
		{CreatedAt: new("2024-03-01T10:00:00Z")},
		{CreatedAt: new("2024-03-01T10:30:00+01:00")}, // the first, though not as text
		{CreatedAt: new("2024-03-01T09:00:00-02:00")}, // the last
		{},
	}
	for range calls {
		calls = append(calls[1:], calls[0])
		got := summaryOf(calls...)
		if *got.FirstCallAt != "2024-03-01T09:30:00Z" || *got.LastCallAt != "2024-03-01T11:00:00Z" {
			t.Errorf("from %s to %s", *got.FirstCallAt, *got.LastCallAt)
		}
	}
}

func TestSummaryPassesOverTheZeroTime(t *testing.T) {
	t.Parallel()
	got := summaryOf(
		bird.Call{CreatedAt: new("0001-01-01T00:00:00Z")},
		bird.Call{CreatedAt: new("2024-03-01t23:59:59.5z")},
	)
	if diff := cmp.Diff(map[string]int64{"2024-03-01": 1}, got.ByDay); diff != "" || *got.FirstCallAt != "2024-03-01T23:59:59.5Z" {
		t.Errorf("first call at %s, by_day (-want +got):\n%s", *got.FirstCallAt, diff)
	}
}

func TestSummaryDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	var calls []bird.Call
	for i, value := range []string{"0.1", "0.2", "0.3", "1e15", "0.7", "-0.00", "0.00", "1.1", "2.3", "4.7"} {
		calls = append(calls, bird.Call{
			Status: new("completed"), Duration: new(int64(i)), QualityInsights: &bird.QualityInsights{MOS: &value, PDD: &value},
			// One instant, written in two ways.
			CreatedAt: []*string{new("2024-03-01T10:00:00Z"), new("2024-03-01T11:00:00+01:00")}[i%2],
		})
	}
	want := summaryOf(calls...)
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

// Of a call that is listed more than once, the version with the latest updatedAt
// counts, and the first of those that are equal, as in a list.
func TestSummaryOfRepeatedCallsIsThatOfTheirLatestVersions(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	pick := func(from ...string) *string { return &from[random.IntN(len(from))] }
	version := func(id string) bird.Call {
		return bird.Call{
			ID: id, Status: pick("ringing", "ongoing", "completed", "cancelled"), HangupSource: pick("caller", "callee"),
			UpdatedAt: []*string{nil, pick("2024-03-01T10:00:00Z", "2024-03-01T11:00:00+01:00", "2024-03-01T10:00:00.5Z", "2024-03-01T10:00:01Z", "soon")}[random.IntN(2)],
			CreatedAt: new("2024-03-01T09:00:00Z"), RingingAt: pick("2024-03-01T09:00:01Z"), AnsweredAt: pick("2024-03-01T09:00:05Z", "2024-03-01T09:00:09Z"),
			EndedAt: pick("2024-03-01T09:30:00Z", "2024-03-01T09:40:00Z"), Duration: new(random.Int64N(20)),
		}
	}
	for trial := range 500 {
		s, err := NewSummarizer(Options{GroupBy: []string{"status", "hangup_source"}, Thresholds: DefaultThresholds})
		if err != nil {
			t.Fatal(err)
		}
		var list []bird.Call
		for range 1 + random.IntN(4) {
			var page bird.Page[bird.Call]
			for range random.IntN(4) {
				page.Items = append(page.Items, version(fmt.Sprint(len(list)+len(page.Items))))
			}
			list = append(list, page.Items...)
			for range random.IntN(6) {
				if len(list) > 0 {
					of := random.IntN(len(list))
					page.Repeats = append(page.Repeats, bird.Repeat[bird.Call]{Of: of, Item: version(fmt.Sprint(of))})
				}
			}
			bird.ReplaceRepeated(list, page.Repeats)
			if err := s.Add(page); err != nil {
				t.Fatal(err)
			}
		}
		want := groupsOf([]string{"status", "hangup_source"}, time.UTC, list...)
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, s.Summary())); diff != "" {
			t.Fatalf("trial %d: of the list (-), of the pages (+):\n%s", trial, diff)
		}
	}
}
