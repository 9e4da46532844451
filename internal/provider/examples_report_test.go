package provider_test

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// reportCase is a report that is looked at.
type reportCase struct {
	calls       []bird.Call
	channel     *string // its name
	title, zone string
	until       string
	days        int
}

// exampleReport compares every word of the report with the data set. Where REPORT_DIR
// names a directory, the pages are left there for make test-report, each with
// its words.
func exampleReport(t *testing.T, dir string) {
	month := officeCalls(11, 9000, time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), 30, "Europe/Amsterdam")
	year := officeCalls(13, 8000, time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC), 368, "UTC")
	abroad := strings.Fields("NL BE DE FR GB US PT ES IT PL AT CH DK SE NO FI IE LU CZ SK HU RO BG GR HR SI EE LV LT MT CY IS TR UA MA ZA IN BR AU JP")
	if len(abroad) != 40 {
		t.Fatalf("%d countries", len(abroad))
	}
	for i := range year {
		own, other := year[i].Originator.Number, year[i].Receiver.Number
		if *year[i].Direction == "incoming" {
			own, other = other, own
		}
		own.CountryISOCode = new("NL")
		if other.CountryISOCode != nil {
			other.CountryISOCode = &abroad[i%(1+i/7%len(abroad))]
		}
	}
	odd := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 1500, Days: 110})
	odd = slices.DeleteFunc(odd, func(call bird.Call) bool {
		return createdAt(call).YearDay()%9 == 0 || createdAt(call).YearDay()/7 == 10
	})
	for i := range odd {
		switch i % 40 {
		case 0:
			odd[i].Status = new(`<script>alert("it's & it isn't")</script>`)
		case 1:
			odd[i].Status = new("a-status-that-is-new-at-the-API-and-has-a-name-without-any-place-to-break-it-on-a-phone")
		case 2, 3, 4, 5:
			odd[i].Status = new(fmt.Sprintf("new & strange %d", i%40))
		}
		if i%7 == 0 {
			odd[i].HangupCauseCode = new([]int64{3, 10, 27, 38, 41, 102, 127, 200, -1}[i/7%9])
		}
		if quality := odd[i].QualityInsights; quality != nil && quality.MOS != nil {
			quality.MOS = new("n/a")
		}
	}
	const page = `<h1>Calls & "more"</h1>`
	line := new("Main line")
	for name, test := range map[string]reportCase{
		"month": {month, line, "Voice calls", "Europe/Amsterdam", "2024-03-01", 29},
		"year":  {year, line, "Voice calls of 2024", "UTC", "2025-01-01", 366},
		"odd":   {odd, new(`R&D <b>desk</b> "1" with-a-name-that-is-as-long-as-it-gets-and-has-no-place-to-break`), page, "America/New_York", "2024-05-11", 100},
		"none":  {nil, nil, "Voice calls", "UTC", "2024-03-01", 29},
		"one":   {month[2000:2001], line, "One call", "UTC", "2024-03-01", 29},
		"day":   {month, line, "A day", "Europe/Amsterdam", "2024-02-15", 1},
		"days":  {odd, line, "Ninety days", "America/New_York", "2024-05-11", 90},
	} {
		t.Run(name, func(t *testing.T) {
			server := birdtest.NewServer(t, birdtest.Options{
				Calls:    test.calls,
				Channels: []bird.Channel{{ID: birdtest.EmptyChannelID, Name: new("Another")}, {ID: birdtest.DefaultChannelID, Name: test.channel}},
			})
			outputs := applyExample(t, server, dir, "channel_id="+birdtest.DefaultChannelID,
				"title="+test.title, "until="+test.until, fmt.Sprint("days=", test.days), "time_zone="+test.zone)
			if !outputs["report"].Sensitive {
				t.Error("a plan prints the report")
			}
			page, _ := outputs["report"].Value.(string)
			checkReport(t, name, page, reportText(t, test))
		})
	}
}

// checkReport checks that a page shows these words.
func checkReport(t *testing.T, name, page, want string) {
	t.Helper()
	_, body, _ := strings.Cut(page, "<body>")
	have := strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
	if have != want {
		same := 0
		for same < min(len(have), len(want)) && have[same] == want[same] {
			same++
		}
		t.Fatalf("the report says\n%s\nand not\n%s\nafter\n%s", have[same:], want[same:], have[:same])
	}
	if dir := os.Getenv("REPORT_DIR"); dir != "" {
		for extension, content := range map[string]string{".html": page, ".txt": have} {
			if err := os.WriteFile(filepath.Join(dir, name+extension), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// officeCalls returns calls of an office of the zone.
func officeCalls(seed uint64, n int, start time.Time, days int, zone string) []bird.Call {
	return birdtest.NewDataSet(birdtest.DataSetOptions{Seed: seed, Calls: n, Start: start, Days: days, Office: location(zone), Settled: true})
}

func location(zone string) *time.Location {
	local, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return local
}

// reportText returns the words of a report.
func reportText(t *testing.T, test reportCase) string {
	zone := location(test.zone)
	until, err := time.ParseInLocation(time.DateOnly, test.until, zone)
	if err != nil {
		t.Fatal(err)
	}
	start := until.AddDate(0, 0, -test.days)
	calls := within(t, test.calls, start.Format(time.RFC3339), until.Format(time.RFC3339))
	f := expectedSummary(calls)
	total := f["total_calls"].(float64)
	byStatus := f["by_status"].(map[string]any)
	failed, _ := byStatus["failed"].(float64)
	grouped := func(n any) string {
		digits := fmt.Sprint(n)
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		return digits
	}
	// percent writes a share as Terraform does, whose numbers have 512 bits.
	percent := func(part, whole any) string {
		if whole == 0.0 {
			return "–"
		}
		number := func(n any) *big.Float { return new(big.Float).SetPrec(512).SetFloat64(n.(float64)) }
		hundredfold := new(big.Float).Mul(number(100.0), number(part))
		return new(big.Float).Quo(hundredfold, number(whole)).Text('f', 1) + " %"
	}
	share := func(n float64) string { return percent(n, total) }
	// ticks returns the marks of an axis from 0 to top: four or fewer above 0.
	ticks := func(top float64) (marks []float64) {
		for _, step := range []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
			if step*4 >= top {
				for i := 0; i == 0 || float64(i-1)*step < top; i++ {
					marks = append(marks, float64(i)*step)
				}
				return marks
			}
		}
		panic(top)
	}

	var words []string
	say := func(format string, values ...any) { words = append(words, fmt.Sprintf(format, values...)) }
	say("%s", test.title)
	if test.channel != nil {
		say("%s", *test.channel)
	} else {
		say("%s", birdtest.DefaultChannelID)
	}
	if test.days == 1 {
		say("%s, %s time", start.Format("2 Jan 2006"), test.zone)
	} else {
		say("%s to %s, %s time", start.Format("2 Jan 2006"), until.AddDate(0, 0, -1).Format("2 Jan 2006"), test.zone)
	}
	if total == 0 {
		say("No calls in this window There were no incoming or outgoing calls. Read from Bird by Terraform.")
		return strings.Join(words, " ")
	}
	say("Calls %s legs: %s", grouped(total), grouped(f["child_calls"]))
	rate := func(f map[string]any) string { return percent(f["answered_calls"], decided(f)) }
	minutes := func(f map[string]any) string {
		seconds, ok := f["average_duration"].(float64)
		if !ok {
			return "–"
		}
		return fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
	}
	say("Answered %s %s of %s", rate(f), grouped(f["answered_calls"]), grouped(decided(f)))
	say("Average call %s in minutes", minutes(f))
	say("Busiest moment %s at once", grouped(f["peak_concurrent_calls"]))
	if text, ok := f["peak_concurrent_at"].(string); ok {
		peak, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		words[len(words)-1] += peak.In(zone).Format(", on 2 Jan 2006 at 15:04")
	}
	say("Failed %s %s of %s", share(failed), grouped(failed), grouped(total))
	largestFirst := func(counts map[string]any) []string {
		return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b].(float64), counts[a].(float64)), cmp.Compare(a, b))
		})
	}
	var waiting []string
	for _, status := range largestFirst(byStatus) {
		if slices.Contains([]string{"accepted", "scheduled", "starting", "ringing"}, status) {
			waiting = append(waiting, grouped(byStatus[status])+" "+status)
		}
	}
	say("Pending %s %s", grouped(f["pending_calls"]), cmp.Or(strings.Join(waiting, ", "), "none waiting"))

	// The columns: the calls of a day, of a week, or of an hour.
	switch {
	case test.days > 90:
		say("Answer rate and calls per week Weeks begin on Monday; the first and the last may be incomplete.")
	case test.days > 1:
		say("Answer rate and calls per day The answer rate leaves out pending calls.")
	default:
		say("Answer rate and calls per hour The answer rate leaves out pending calls.")
	}
	type column struct {
		first, last time.Time
		label       string
		calls       []bird.Call
	}
	var columns []column
	daysOf := map[time.Weekday]int{}
	byDate, byHour := map[string][]bird.Call{}, map[string]float64{}
	for _, call := range calls {
		at := createdAt(call).In(zone)
		byDate[at.Format(time.DateOnly)] = append(byDate[at.Format(time.DateOnly)], call)
		byHour[at.Format("Mon 15")]++
	}
	for date := start; date.Before(until); date = date.AddDate(0, 0, 1) {
		daysOf[date.Weekday()]++
		today := byDate[date.Format(time.DateOnly)]
		if test.days == 1 {
			for hour := range 24 {
				of := slices.DeleteFunc(slices.Clone(today), func(call bird.Call) bool { return createdAt(call).In(zone).Hour() != hour })
				columns = append(columns, column{first: date, label: fmt.Sprintf("%02d:00", hour), calls: of})
			}
			break
		}
		if test.days <= 90 || len(columns) == 0 || date.Weekday() == time.Monday {
			columns = append(columns, column{first: date, label: date.Format("2 Jan")})
		}
		now := &columns[len(columns)-1]
		now.last, now.calls = date, append(now.calls, today...)
	}
	most := 4
	for _, column := range columns {
		most = max(most, len(column.calls))
	}
	say("%s", "0 % 50 % 100 %")
	for _, mark := range ticks(float64(most)) {
		say("%s", grouped(mark))
	}
	for i, column := range columns {
		dates := column.first.Format("Mon 2 Jan 2006")
		if test.days == 1 {
			dates += fmt.Sprintf(", %s to %02d:00", column.label, i+1)
		} else if column.last != column.first {
			dates += " to " + column.last.Format("Mon 2 Jan 2006")
		}
		f := expectedSummary(column.calls)
		answered := f["answered_calls"].(float64)
		say("%s. Calls: %s, answered: %s, not answered: %s, pending: %s", dates, grouped(f["total_calls"]), grouped(answered), grouped(decided(f)-answered), grouped(f["pending_calls"]))
		if decided(f) > 0 {
			words[len(words)-1] += ", answer rate: " + rate(f)
		}
	}
	for i, column := range columns {
		if step := (len(columns) + 4) / 5; i%step == step/2 {
			say("%s", column.label)
		}
	}
	say("Answer rate Answered Not answered Pending")

	say("Hours of the week Average number of calls in each hour, in %s time", test.zone)
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
	weekdays = slices.DeleteFunc(weekdays, func(day time.Weekday) bool { return daysOf[day] == 0 })
	hottest := 0.1
	for _, day := range weekdays {
		say("%s", day.String()[:3])
		for hour := range 24 {
			hottest = max(hottest, byHour[fmt.Sprintf("%s %02d", day.String()[:3], hour)]/float64(daysOf[day]))
		}
	}
	for _, day := range weekdays {
		for hour := range 24 {
			say("%s %02d:00 to %02d:00. Calls: %s, days: %d", day.String()[:3], hour, hour+1, grouped(byHour[fmt.Sprintf("%s %02d", day.String()[:3], hour)]), daysOf[day])
		}
	}
	say("00:00 06:00 12:00 18:00 none")
	mark := func(value float64) string { return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64) }
	for _, value := range ticks(hottest)[1:] {
		say("up to %s", mark(value))
	}

	list := func(counts map[string]any) {
		names := largestFirst(counts)
		others := 0.0
		for i, name := range names {
			if i < 8 || len(names) == 9 {
				say("%s %s %s", name, grouped(counts[name]), share(counts[name].(float64)))
			} else {
				others += counts[name].(float64)
			}
		}
		if len(names) > 9 {
			say("%d others %s %s", len(names)-8, grouped(others), share(others))
		}
		if len(names) == 0 {
			say("None")
		}
	}
	say("By status Final status")
	list(byStatus)
	byCause, caused := map[string]any{}, 0.0
	for code, n := range f["by_hangup_cause_code"].(map[string]any) {
		number, _ := strconv.ParseInt(code, 10, 64)
		byCause[cmp.Or(causeNames[number], "Cause "+code)+" ("+code+")"] = n
		caused += n.(float64)
	}
	say("By hangup cause ITU-T Q.850; known for %s", grouped(caused))
	list(byCause)

	measure := func(heading, name string, digits int, axis ...float64) {
		d, ok := f[name].(map[string]any)
		if !ok || d["count"] == 0.0 {
			return
		}
		say("%s; %s measured", heading, grouped(d["count"]))
		if axis == nil {
			axis = ticks(max(0.1, d["max"].(float64)))
		}
		for _, value := range axis {
			say("%s", mark(value))
		}
		say("Median %.*f Mean %.*f 95th percentile %.*f Range %.*f to %.*f", digits, d["p50"], digits, d["mean"], digits, d["p95"], digits, d["min"], digits, d["max"])
	}
	measure("Mean opinion score How calls sounded, 1 (bad) to 5 (excellent)", "mos", 2, 1, 2, 3, 4, 5)
	measure("Post-dial delay Seconds from dialling to the first ring", "post_dial_delay", 2)
	measure("Time to answer Seconds from the first ring to the answer", "time_to_answer", 1)
	measure("Call length Seconds, for answered calls", "duration", 0)

	say("By country Country of the number on the other side")
	byCountry := map[string][]bird.Call{}
	for _, call := range calls {
		other := call.Receiver
		if *call.Direction == "incoming" {
			other = call.Originator
		}
		byCountry[country(other)] = append(byCountry[country(other)], call)
	}
	countries := slices.SortedFunc(maps.Keys(byCountry), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byCountry[b]), len(byCountry[a])), cmp.Compare(a, b))
	})
	for i, code := range countries {
		if i == 0 || len(countries) > 8 && i == max(8, (len(countries)+1)/2) {
			say("Country Calls Answered Average")
		}
		f := expectedSummary(byCountry[code])
		say("%s %s %s %s", cmp.Or(code, "Not known"), grouped(f["total_calls"]), rate(f), minutes(f))
	}
	say("%s", "Legs of other calls count as calls. Answered is the answer-seizure ratio of ITU-T E.411 , without pending calls. Read from Bird by Terraform.")
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
