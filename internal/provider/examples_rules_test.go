package provider_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// The rules of the guides are computed here, too, without Terraform, so that they
// can be tried on many weeks. planLines compares both on a week of each kind.

// rules computes which checks of an example warn of the week before a midnight.
type rules struct {
	calls  []bird.Call        // sorted by creation
	until  time.Time          // a midnight in UTC
	expect map[string]float64 // the defaults of the example
}

// expectations returns the numbers that an example expects.
func expectations(t *testing.T, example string) map[string]float64 {
	t.Helper()
	numbers := make(map[string]float64)
	for _, match := range regexp.MustCompile(`(\w+) += optional\(number, ([0-9.]+)\)`).FindAllStringSubmatch(readFile(t, examplesRoot+"/"+example+"/main.tf"), -1) {
		number, err := strconv.ParseFloat(match[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		numbers[match[1]] = number
	}
	return numbers
}

// summary returns the statistics of the calls in a direction, or in both for "", of
// some weeks before the last one, or of the last one.
func (r rules) summary(direction string, weeksBefore int, options statistics.Options) statistics.Summary {
	start, end := r.until.AddDate(0, 0, -7), r.until
	if weeksBefore > 0 {
		start, end = start.AddDate(0, 0, -7*weeksBefore), start
	}
	var page bird.Page[bird.Call]
	first := sort.Search(len(r.calls), func(i int) bool { return !createdAt(r.calls[i]).Before(start) })
	for _, call := range r.calls[first:] {
		if createdAt(call).After(end) {
			break
		}
		if direction == "" || *call.Direction == direction {
			page.Items = append(page.Items, call)
		}
	}
	s, err := statistics.NewSummarizer(options)
	if err == nil {
		err = s.Add(page)
	}
	if err != nil {
		panic(err)
	}
	return s.Summary()
}

// named returns the value of a dimension.
func named(value *string) string {
	if value == nil {
		return "unknown"
	}
	return *value
}

// thresholds returns the default thresholds with a change.
func thresholds(change func(*statistics.Thresholds)) statistics.Thresholds {
	t := statistics.DefaultThresholds
	change(&t)
	return t
}

func (r rules) carrierSurcharges() map[string]bool {
	var answered, short, abandoned, total float64
	average := r.expect["average_duration"]
	for _, group := range r.summary("outgoing", 0, statistics.Options{
		GroupBy: []string{"leg", "status"}, Thresholds: thresholds(func(t *statistics.Thresholds) { t.ShortCall = r.expect["short_call"] }),
	}).Groups {
		if *group.Leg == "true" {
			continue
		}
		total += float64(group.TotalCalls)
		switch named(group.Status) {
		case "completed":
			answered, short, average = float64(group.Duration.Count), float64(group.ShortCalls), *group.AverageDuration
		case "cancelled":
			abandoned = float64(group.TotalCalls)
		}
	}
	return map[string]bool{
		"short_calls":      short*100 > answered*r.expect["short_calls"],
		"abandoned_calls":  abandoned*100 > total*r.expect["abandoned_calls"],
		"average_duration": average < r.expect["average_duration"],
	}
}

func (r rules) fraud() map[string]bool {
	warns := map[string]bool{"new_countries": false, "frequent_numbers": false, "single_rings": false}
	suspicious := r.expect["calls"]
	before := make(map[string]int64) // calls to the most frequent number
	for _, group := range r.summary("outgoing", 4, statistics.Options{GroupBy: []string{"receiver_country"}}).Groups {
		before[named(group.ReceiverCountry)] = group.MostCallsToOne
	}
	week := r.summary("outgoing", 0, statistics.Options{GroupBy: []string{"receiver_country"}})
	for _, group := range week.Groups {
		most, known := before[named(group.ReceiverCountry)]
		if !known && float64(group.TotalCalls) > suspicious {
			warns["new_countries"] = true
		}
		if float64(group.MostCallsToOne) > max(suspicious, float64(most)) {
			warns["frequent_numbers"] = true
		}
	}
	for _, group := range r.summary("incoming", 0, statistics.Options{GroupBy: []string{"originator_country"}}).Groups {
		if ring := group.RingTime; ring != nil && float64(ring.Count) > suspicious && 2*ring.Count > group.TotalCalls && *ring.P50 <= r.expect["ring"] {
			warns["single_rings"] = true
		}
	}
	long := int64(0)
	for _, group := range r.summary("outgoing", 0, statistics.Options{
		GroupBy: []string{"hour"}, TimeZone: location("Europe/Amsterdam"), Thresholds: thresholds(func(t *statistics.Thresholds) { t.LongCall = r.expect["long_call"] }),
	}).Groups {
		if hour := *group.Hour; hour < "06" || hour >= "22" {
			long += group.LongCalls
		}
	}
	warns["long_calls_at_night"] = float64(long) > suspicious
	warns["calls_per_second"] = float64(week.PeakCallsPerSecond) > r.expect["calls_per_second"]
	return warns
}

func (r rules) serviceLevel() map[string]bool {
	var callers, within, abandoned, calls, answered float64
	slow := false
	for _, group := range r.summary("incoming", 0, statistics.Options{
		GroupBy: []string{"leg", "weekday", "hour"}, TimeZone: location("Europe/Amsterdam"), Thresholds: thresholds(func(t *statistics.Thresholds) { t.AnswerWithin = r.expect["answer_within"] }),
	}).Groups {
		if *group.Leg == "true" || *group.Weekday > "5" || *group.Hour < "09" || *group.Hour >= "17" {
			continue
		}
		n := float64(group.AbandonedCalls)
		if group.TimeToAnswer != nil {
			n += float64(group.TimeToAnswer.Count)
		}
		callers, within, abandoned = callers+n, within+float64(group.AnsweredWithin), abandoned+float64(group.AbandonedCalls)
		calls, answered = calls+float64(group.TotalCalls-group.PendingCalls), answered+float64(group.AnsweredCalls)
		slow = slow || n >= 20 && float64(group.AnsweredWithin)*100 < n*r.expect["in_each_hour"]
	}
	return map[string]bool{
		"service_level":   within*100 < callers*r.expect["service_level"],
		"each_hour":       slow,
		"abandoned_calls": abandoned*100 > callers*r.expect["abandoned_calls"],
		"answered":        answered*100 < calls*r.expect["answered"],
	}
}

func (r rules) deadLines() map[string]bool {
	summary := r.summary("incoming", 0, statistics.Options{
		GroupBy: []string{"day"}, TimeZone: location("Europe/Amsterdam"), Thresholds: statistics.DefaultThresholds,
		Gaps: statistics.Window{Start: r.until.AddDate(0, 0, -7), End: r.until},
	})
	open, silent := 0., false
	for _, group := range summary.Groups {
		if day, err := time.Parse(time.DateOnly, *group.Day); err == nil && day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && day.Before(r.until) {
			open++
			silent = silent || group.TotalCalls == 0
		}
	}
	total := float64(summary.TotalCalls)
	return map[string]bool{"dead_lines": total == 0, "dead_days": total > 0 && total >= open*r.expect["calls"] && silent}
}

// ruleSets are the rules of an example with the incidents that each of its checks finds.
var ruleSets = []struct {
	example   string
	weeks     int // that the rules read
	warns     func(rules) map[string]bool
	incidents map[birdtest.Incident]string // what finds each
}{
	{"carrier-surcharges", 1, rules.carrierSurcharges, map[birdtest.Incident]string{
		birdtest.ShortCalls: "short_calls", birdtest.ShortAverage: "average_duration", birdtest.AbandonedCalls: "abandoned_calls",
	}},
	{"fraud", 5, rules.fraud, map[birdtest.Incident]string{
		birdtest.NewCountry: "new_countries", birdtest.OneNumber: "frequent_numbers", birdtest.OneRing: "single_rings",
		birdtest.NightCalls: "long_calls_at_night", birdtest.Burst: "calls_per_second",
	}},
	{"service-level", 1, rules.serviceLevel, map[birdtest.Incident]string{
		birdtest.SlowAnswers: "service_level", birdtest.AbandonedCalls: "abandoned_calls",
	}},
	{"dead-lines", 1, rules.deadLines, map[birdtest.Incident]string{birdtest.DeadDay: "dead_days", birdtest.DeadLine: "dead_lines"}},
}

// traffic returns the calls of an office, a thousand a week, that end with the
// midnight.
func traffic(seed uint64, weeks int, until time.Time, incidents ...birdtest.Incident) []bird.Call {
	return birdtest.NewDataSet(birdtest.DataSetOptions{
		Seed: seed, Calls: 1000 * weeks, Start: until.AddDate(0, 0, -7*weeks), Days: 7 * weeks,
		Office: location("Europe/Amsterdam"), Settled: true, LongTail: true, Incidents: incidents,
	})
}

// Each incident is found in the weeks of several seeds, and the guides tell how many
// weeks of a year without incidents each check warns of.
func TestExampleRulesCryWolfAsTheGuidesTell(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it is long, and of the guides")
	}
	if birdtest.RaceDetector {
		t.Skip("make docs-check runs it, without the race detector, which makes a minute of ten seconds and has nothing to see here")
	}
	const years = 3
	until := time.Date(2025, 2, 3, 0, 0, 0, 0, time.UTC)
	warned := make(map[string]map[string]int) // weeks, by example and check
	for _, set := range ruleSets {
		warned[set.example] = make(map[string]int)
	}
	for year := range uint64(years) {
		calls := traffic(100+year, 56, until)
		for week := range 52 {
			for _, set := range ruleSets {
				r := rules{calls, until.AddDate(0, 0, -7*week), expectations(t, set.example)}
				for check, warns := range set.warns(r) {
					n := warned[set.example][check]
					if warns {
						n++
					}
					warned[set.example][check] = n
				}
			}
		}
	}
	var found []birdtest.Incident
	for _, set := range ruleSets {
		found = slices.AppendSeq(found, maps.Keys(set.incidents))
		page := readFile(t, "../../docs/guides/"+set.example+".md")
		for check, n := range warned[set.example] {
			if row := fmt.Sprintf("| `%s` | %d of %d |", check, n, years*52); !strings.Contains(page, row) {
				t.Errorf("docs/guides/%s.md does not have the row %s", set.example, row)
			}
		}
		for incident, check := range set.incidents {
			_, row, _ := strings.Cut(readFile(t, "../../docs/guides/testing.md"), fmt.Sprintf("\n  | `%s` |", incident))
			row, _, _ = strings.Cut(row, "\n")
			if !strings.Contains(row, "`"+check+"` of ") || !strings.Contains(row, "("+set.example+".md)") {
				t.Errorf("docs/guides/testing.md says of %s:%s, without %s of %s", incident, row, check, set.example)
			}
			for seed := range uint64(2) {
				r := rules{traffic(seed, set.weeks, until, incident), until, expectations(t, set.example)}
				if !set.warns(r)[check] {
					t.Errorf("%s, seed %d: %s does not warn of %s", set.example, seed, check, incident)
				}
			}
		}
	}
	slices.Sort(found)
	if diff := cmp.Diff(birdtest.Incidents(), slices.Compact(found)); diff != "" {
		t.Errorf("incidents (-all +that a rule finds):\n%s", diff)
	}
}
