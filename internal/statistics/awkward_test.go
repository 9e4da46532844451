package statistics_test

import (
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics/figures"
)

// awkwardPages lists the awkward calls in pages of eight.
type awkwardPages struct{}

func (awkwardPages) RoundTrip(req *http.Request) (*http.Response, error) {
	begin, _ := strconv.Atoi(req.URL.Query().Get("pageToken"))
	end, next := begin+8, strconv.Itoa(begin+8)
	if end >= len(birdtest.AwkwardCalls) {
		end, next = len(birdtest.AwkwardCalls), ""
	}
	body := birdtest.AwkwardPage(next, birdtest.AwkwardCalls[begin:end]...)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// The statistics of awkward calls by each dimension are those of the definitions, in
// each time zone, wherever the machine is. It is not parallel: it sets the time zone of
// the machine.
func TestSummaryOfAwkwardCallsEqualsTheDefinitionsInEachZoneOfTheMachine(t *testing.T) {
	client := bird.New(bird.Config{Transport: awkwardPages{}, RequestsPerSecond: 1_000_000})
	defer client.Close()
	var pages []bird.Page[bird.Call]
	for page, err := range client.ChannelCalls(t.Context(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, bird.CallsQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	var calls []figures.Call
	for _, call := range birdtest.AwkwardCalls {
		if !call.Superseded {
			calls = append(calls, figures.Parse([]byte("["+call.JSON+"]"))...)
		}
	}
	defer func(local *time.Location) { time.Local = local }(time.Local)
	for _, machine := range []string{"America/St_Johns", "Pacific/Kiritimati", "UTC"} {
		time.Local = zoneOf(t, machine)
		for i, dimension := range statistics.Dimensions() {
			o := statistics.Options{GroupBy: []string{dimension}, Thresholds: statistics.DefaultThresholds}
			if i%2 == 1 {
				o.TimeZone = zoneOf(t, zones[i/2%len(zones)])
			}
			s, err := statistics.NewSummarizer(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, page := range pages {
				if err := s.Add(page); err != nil {
					t.Fatal(err)
				}
			}
			want := figures.Summary(calls, figures.Options{GroupBy: o.GroupBy, Zone: o.TimeZone})
			if diff := differ(want, plain(reflect.ValueOf(s.Summary()))); diff != "" {
				t.Fatalf("by %s in %v, on a machine in %s (-want +got):\n%.3000s", dimension, o.TimeZone, machine, diff)
			}
		}
	}
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := statistics.ParseTimeZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
