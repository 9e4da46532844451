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

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

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
// its words. With the race detector, three pages are enough: make test-report is
// without it.
func exampleReport(t *testing.T, dir string) {
	amsterdam := location("Europe/Amsterdam")
	month := birdtest.NewDataSet(birdtest.DataSetOptions{
		Seed: 11, Calls: 5000, Start: time.Date(2023, 12, 22, 0, 0, 0, 0, time.UTC), Days: 70, Office: amsterdam, LongTail: true, Settled: true,
		Incidents: []birdtest.Incident{birdtest.SlowAnswers, birdtest.ShortAverage},
	})
	for i := range month { // the weeks before have fewer failures
		if i%2 == 0 && createdAt(month[i]).Before(time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)) && *month[i].Status == "failed" {
			month[i].Status = new("no-answer")
		}
	}
	year := officeCalls(13, 5000, time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC), 368, "UTC")
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
		if i%200 == 0 { // a record that was never closed
			year[i].Status, year[i].EndedAt = new("ongoing"), nil
		}
	}
	seldom := slices.IndexFunc(year, func(call bird.Call) bool { return createdAt(call).Year() == 2024 && *call.Direction == "outgoing" })
	year[seldom].Status = new("ringing")
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
		if i%50 == 7 {
			odd[i].Direction = new("sideways")
		}
		if number := odd[i].Receiver.Number; i%30 == 9 && number != nil {
			number.CountryISOCode = new("Q&")
		}
		if i%7 == 0 {
			odd[i].HangupCauseCode = new([]int64{3, 10, 27, 38, 41, 102, 127, 200, -1}[i/7%9])
		}
		if quality := odd[i].QualityInsights; quality != nil && quality.MOS != nil {
			quality.MOS = new("n/a")
		}
	}
	// Around the clock, the range of the hours is narrow.
	steady := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 14, Calls: 3000, Start: time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC), Days: 1})
	// The clocks of New York went forward that night.
	forward := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 15, Calls: 200, Start: time.Date(2024, 3, 10, 5, 0, 0, 0, time.UTC), Days: 1})
	const page = `<h1>Calls &lt; "more"</h1>`
	line := new("Main line")
	for name, test := range map[string]reportCase{
		"month":   {month, line, "Voice calls", "Europe/Amsterdam", "2024-03-01", 29},
		"year":    {year, line, "Voice calls of 2024", "UTC", "2025-01-01", 366},
		"odd":     {odd, new(`R&D <b>desk</b> "1" with-a-name-that-is-as-long-as-it-gets-and-has-no-place-to-break`), page, "America/New_York", "2024-05-11", 100},
		"none":    {nil, nil, "Voice calls", "UTC", "2024-03-01", 29},
		"silent":  {month, line, "No calls any more", "UTC", "2024-03-30", 29},
		"one":     {month[3500:3501], line, "One call", "UTC", "2024-03-01", 29},
		"day":     {month, line, "A day", "Europe/Amsterdam", "2024-02-15", 1},
		"forward": {forward, line, "A day of 23 hours", "America/New_York", "2024-03-11", 1},
		"steady":  {steady, line, "Around the clock", "UTC", "2024-02-15", 1},
		"days":    {odd, line, "Six weeks", "America/New_York", "2024-05-11", 42},
	} {
		t.Run(name, func(t *testing.T) {
			if birdtest.RaceDetector && !slices.Contains([]string{"none", "day", "odd"}, name) {
				t.Skip("make test-report has this page")
			}
			server := birdtest.NewServer(t, birdtest.Options{
				Calls:    test.calls,
				Channels: []bird.Channel{{ID: birdtest.EmptyChannelID, Name: new("Another")}, {ID: birdtest.DefaultChannelID, Name: test.channel}},
			})
			w := newExampleWorkspace(t, server, dir, "channel_id="+birdtest.DefaultChannelID,
				"title="+test.title, "until="+test.until, fmt.Sprint("days=", test.days), "time_zone="+test.zone)
			w.run("apply", "-input=false", "-auto-approve")
			if name == "day" {
				w.run("plan", "-input=false", "-detailed-exitcode") // 2 if the same calls make another report
			}
			outputs := w.outputs()
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
	have := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(regexp.MustCompile(`</?b>`).ReplaceAllString(body, ""), " "))
	have = strings.Join(strings.Fields(have), " ")
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
	start, weeks := until.AddDate(0, 0, -test.days), (test.days+6)/7
	calls := within(t, test.calls, start.Format(time.RFC3339), until.Format(time.RFC3339))
	before := within(t, test.calls, start.AddDate(0, 0, -7*weeks).Format(time.RFC3339), until.AddDate(0, 0, -7*weeks).Format(time.RFC3339))
	sides := []string{"incoming", "outgoing"}
	of := func(side string, calls []bird.Call) []bird.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(call bird.Call) bool { return call.Direction == nil || *call.Direction != side })
	}
	period := func(start, until time.Time) string {
		if last := until.AddDate(0, 0, -1); !last.Equal(start) {
			return start.Format("2 Jan 2006") + " to " + last.Format("2 Jan 2006")
		}
		return start.Format("2 Jan 2006")
	}

	var words []string
	say := func(format string, values ...any) { words = append(words, fmt.Sprintf(format, values...)) }
	say("%s", test.title)
	if test.channel != nil {
		say("%s", *test.channel)
	} else {
		say("%s", birdtest.DefaultChannelID)
	}
	say("%s, %s time", period(start, until), test.zone)
	comparison := len(words)
	say("Nothing is unusual beside %s.", period(start.AddDate(0, 0, -7*weeks), until.AddDate(0, 0, -7*weeks)))
	compared := len(of("incoming", before))+len(of("outgoing", before)) > 0
	if !compared {
		words[comparison] = "There are no calls of " + period(start.AddDate(0, 0, -7*weeks), until.AddDate(0, 0, -7*weeks)) + " to compare with."
	}

	statistics := map[string]map[string]any{}
	for _, side := range sides {
		statistics[side] = expectedSummary(of(side, calls))
		say("%s calls", map[string]string{"incoming": "Incoming", "outgoing": "Outgoing"}[side])
		f, was := statistics[side], expectedSummary(of(side, before))
		// change says what is unusual: by how much, what chance explains, the least that
		// matters, and the words.
		change := func(by, chance, least float64, amount, more, less string) {
			if !compared || math.IsNaN(by) || math.Abs(by) <= max(chance, least) {
				return
			}
			arrow := "▲ " + amount + " " + more
			if by < 0 {
				arrow = "▼ " + amount + " " + less
			}
			say("%s than before", arrow)
			words[comparison] = strings.Replace(words[comparison], "Nothing is unusual", "An arrow marks what is unusual", 1)
		}
		share := func(name string, part, whole func(f map[string]any) float64, what string) {
			n, m := whole(f), whole(was)
			p, q := part(f)/n, part(was)/m
			both := (part(f) + part(was)) / (n + m)
			say("%s %s %s of %s%s", name, reportShare(part(f), n), grouped(part(f)), grouped(n), what)
			change(p-q, 3*math.Sqrt(both*(1-both)*(1/n+1/m)), 0.03, fmt.Sprintf("%.1f points", 100*math.Abs(p-q)), "higher", "lower")
		}
		number := func(name string) func(map[string]any) float64 {
			return func(f map[string]any) float64 { return f[name].(float64) }
		}
		measured := func(name string) func(map[string]any) float64 {
			return func(f map[string]any) float64 {
				if d, ok := f[name].(map[string]any); ok {
					return d["count"].(float64)
				}
				return 0
			}
		}
		total := number("total_calls")
		n, m := total(f), total(was)
		numbers := map[string]string{"incoming": "distinct_callers", "outgoing": "distinct_callees"}[side]
		say("Calls %s numbers: %s", grouped(n), grouped(f[numbers]))
		change(n-m, 3*math.Sqrt(n+m), m/10, grouped(math.Abs(n-m)), "more", "fewer")
		if n == 0 {
			continue
		}
		share("Answered", number("answered_calls"), decided, "")
		if side == "incoming" {
			share("Answered in 20 s", number("answered_within"), func(f map[string]any) float64 { return measured("time_to_answer")(f) + f["abandoned_calls"].(float64) }, " callers")
		} else {
			length := func(f map[string]any) float64 { return f["total_duration"].(float64) / measured("duration")(f) }
			say("Average call %s 6 s or less: %s", minutes(f), grouped(f["short_calls"]))
			n, m := measured("duration")(f), measured("duration")(was)
			both := (f["total_duration"].(float64) + was["total_duration"].(float64)) / (n + m)
			by := length(f) - length(was)
			change(by, 3*both*math.Sqrt(1/n+1/m), length(was)/10, fmt.Sprintf("%d:%02d", int(math.Abs(by))/60, int(math.Abs(by))%60), "longer", "shorter")
		}
		share("Failed", func(f map[string]any) float64 { n, _ := f["by_status"].(map[string]any)["failed"].(float64); return n }, total, "")
		share("Poor sound", number("poor_mos_calls"), measured("mos"), " scored under 3.6")
		one := map[string]string{"incoming": "most_calls_from_one", "outgoing": "most_calls_to_one"}[side]
		share("Busiest number", number(one), total, "")
	}
	if len(calls) == 0 {
		say("Read from Bird by Terraform.")
		return strings.Join(words, " ")
	}

	// The columns: the calls of a day, of a week, or of an hour.
	switch {
	case test.days > 42:
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
	exists := map[string]bool{} // which hours of which weekdays there are
	for at := start; at.Before(until); at = at.Add(time.Hour) {
		exists[at.Format("Mon 15")] = true
	}
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
				if !exists[date.Format("Mon ")+fmt.Sprintf("%02d", hour)] {
					continue
				}
				of := slices.DeleteFunc(slices.Clone(today), func(call bird.Call) bool { return createdAt(call).In(zone).Hour() != hour })
				columns = append(columns, column{first: date, label: fmt.Sprintf("%02d:00", hour), calls: of})
			}
			break
		}
		if test.days <= 42 || len(columns) == 0 || date.Weekday() == time.Monday {
			columns = append(columns, column{first: date, label: date.Format("2 Jan")})
		}
		now := &columns[len(columns)-1]
		now.last, now.calls = date, append(now.calls, today...)
	}
	most := 4
	for _, column := range columns {
		most = max(most, len(of("incoming", column.calls))+len(of("outgoing", column.calls)))
	}
	say("%s", "0 % 20 % 40 % 60 % 80 % 100 %")
	for _, mark := range ticks(0, float64(most)) {
		say("%s", grouped(mark))
	}
	for _, column := range columns {
		dates := column.first.Format("Mon 2 Jan 2006")
		if test.days == 1 {
			hour, _ := strconv.Atoi(column.label[:2])
			dates += fmt.Sprintf(", %s to %02d:00", column.label, hour+1)
		} else if column.last != column.first {
			dates += " to " + column.last.Format("Mon 2 Jan 2006")
		}
		say("%s.", dates)
		for i, side := range sides {
			f := expectedSummary(of(side, column.calls))
			say("%s: %s", []string{"Incoming", "Outgoing"}[i], grouped(f["total_calls"]))
			if decided(f) > 0 {
				words[len(words)-1] += ", " + exactPercent(f["answered_calls"].(float64), decided(f)) + " answered"
			}
			words[len(words)-1] += "."
		}
	}
	for i, column := range columns {
		for fifth := range 5 {
			if i == (2*fifth+1)*len(columns)/10 {
				say("%s", column.label)
				break
			}
		}
	}
	say("Incoming, answered Outgoing, answered Incoming calls Outgoing calls")

	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
	weekdays = slices.DeleteFunc(weekdays, func(day time.Weekday) bool { return daysOf[day] == 0 })
	hottest, coldest, busiest := 0.0, math.Inf(1), ""
	for _, day := range weekdays {
		for hour := range 24 {
			name := fmt.Sprintf("%s %02d", day.String()[:3], hour)
			mean := byHour[name] / float64(daysOf[day])
			if !exists[name] {
				continue
			}
			if mean > hottest {
				hottest, busiest = mean, name+":00"
			}
			coldest = min(coldest, mean)
		}
	}
	say("Hours of the week Average number of calls in each hour, in %s time; most on %s", test.zone, busiest)
	peak, at := closedPeak(calls, byDate)
	open := expectedSummary(calls)["open_calls"]
	say("Most calls at once: %s", grouped(float64(peak)))
	if open != 0.0 {
		say("or more")
	}
	if peak > 0 {
		words[len(words)-1] += at.In(zone).Format(", on 2 Jan 2006 at 15:04")
	}
	words[len(words)-1] += fmt.Sprintf(". Open calls, whose record has no end, are not among them: %s.", grouped(open))
	for _, day := range weekdays {
		say("%s", day.String()[:3])
	}
	for _, day := range weekdays {
		for hour := range 24 {
			if name := fmt.Sprintf("%s %02d", day.String()[:3], hour); exists[name] {
				say("%s:00 to %02d:00. Calls: %s, days: %d", name, hour+1, grouped(byHour[name]), daysOf[day])
			}
		}
	}
	say("00:00 06:00 12:00 18:00")
	mark := func(value float64) string { return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64) }
	if coldest > hottest/2 && coldest < hottest {
		marks := ticks(coldest, hottest)
		say("%s to %s", mark(marks[0]), mark(marks[1]))
		for _, value := range marks[2:] {
			say("up to %s", mark(value))
		}
	} else {
		say("none")
		for _, value := range ticks(0, max(0.1, hottest))[1:] {
			say("up to %s", mark(value))
		}
	}

	some := slices.DeleteFunc(slices.Clone(sides), func(side string) bool { return len(of(side, calls)) == 0 })
	list := func(counts map[string]any, total float64) {
		names := largestFirst(counts)
		others := 0.0
		for i, name := range names {
			if i < 6 || len(names) == 7 {
				say("%s %s %s", name, grouped(counts[name]), reportShare(counts[name].(float64), total))
			} else {
				others += counts[name].(float64)
			}
		}
		if len(names) > 7 {
			say("%d others %s %s", len(names)-6, grouped(others), reportShare(others, total))
		}
	}
	for _, side := range some {
		f := statistics[side]
		say("How %s calls ended Status when read", side)
		list(f["by_status"].(map[string]any), f["total_calls"].(float64))
	}
	for _, side := range some {
		f := statistics[side]
		byCause, caused := map[string]any{}, 0.0
		for code, n := range f["by_hangup_cause_code"].(map[string]any) {
			number, _ := strconv.ParseInt(code, 10, 64)
			byCause[cmp.Or(causeNames[number], "Cause "+code)+" ("+code+")"] = n
			caused += n.(float64)
		}
		say("Why %s calls ended Hangup cause, ITU-T Q.850; known for %s", side, grouped(caused))
		list(byCause, f["total_calls"].(float64))
	}
	for _, side := range some {
		f := statistics[side]
		var lines []string
		measure := func(name, statistic, tail, unit string, digits int) {
			if d, ok := f[statistic].(map[string]any); ok && d["count"] != 0.0 {
				lines = append(lines, fmt.Sprintf("%s %.*f%s %.*f%s %s", name, digits, d["p50"], unit, digits, d[tail], unit, grouped(d["count"])))
			}
		}
		measure("Opinion score", "mos", "p5", "", 2)
		measure("Dialling to ring", "post_dial_delay", "p95", " s", 1)
		measure("Ring to answer", "time_to_answer", "p95", " s", 1)
		measure("Ring, no answer", "ring_time", "p95", " s", 1)
		measure("Call length", "duration", "p95", " s", 0)
		if lines != nil {
			say("Sound and times of %s calls Opinion scores are 1 to 5; 1 call in 20 is that bad, or worse Measure Median 1 in 20 Calls %s", side, strings.Join(lines, " "))
		}
	}
	for _, side := range some {
		say("%s Country of the number on the other side Country Calls Answered Average", map[string]string{"incoming": "Where incoming calls came from", "outgoing": "Where outgoing calls went"}[side])
		byCountry, counts := map[string][]bird.Call{}, map[string]any{}
		for _, call := range of(side, calls) {
			other := call.Receiver
			if side == "incoming" {
				other = call.Originator
			}
			byCountry[country(other)] = append(byCountry[country(other)], call)
			counts[country(other)] = float64(len(byCountry[country(other)]))
		}
		line := func(name string, calls []bird.Call) {
			f := expectedSummary(calls)
			say("%s %s %s %s", name, grouped(f["total_calls"]), reportShare(f["answered_calls"].(float64), decided(f)), minutes(f))
		}
		var others []bird.Call
		for i, code := range largestFirst(counts) {
			if i < 7 || len(counts) == 8 {
				line(cmp.Or(countryName(code), "Not known"), byCountry[code])
			} else {
				others = append(others, byCountry[code]...)
			}
		}
		if others != nil {
			line(fmt.Sprintf("%d others", len(counts)-7), others)
		}
	}
	legs := func(side string) string { return grouped(statistics[side]["child_calls"]) }
	say("Answered is the answer-seizure ratio of ITU-T E.411 , without pending calls. Legs of other calls count as calls: %s incoming, %s outgoing.", legs("incoming"), legs("outgoing"))
	if others := len(calls) - len(of("incoming", calls)) - len(of("outgoing", calls)); others > 0 {
		say("Calls that are neither incoming nor outgoing, %s, are only in the hours of the week and in the most calls at once.", grouped(float64(others)))
	}
	say("Read from Bird by Terraform.")
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// otherNames are the names in the table where those of CLDR are old or long.
var otherNames = map[string]string{
	"CD": "DR Congo", "CG": "Republic of the Congo", "HK": "Hong Kong", "MK": "North Macedonia", "MM": "Myanmar", "MO": "Macao",
	"PS": "Palestine", "SZ": "Eswatini", "TR": "Türkiye", "UM": "United States Outlying Islands", "VI": "United States Virgin Islands",
}

// countryName returns the name of a country by CLDR, or the code that is none.
func countryName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	name := strings.NewReplacer(" & ", " and ", "St. ", "Saint ").Replace(display.English.Regions().Name(region))
	return cmp.Or(otherNames[code], name, code)
}

// TestReportNamesCountries compares the names with those of CLDR, and finds a
// country that has none.
func TestReportNamesCountries(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^ +([A-Z]{2}) += "(.+)"$`).FindAllStringSubmatch(readFile(t, "../../examples/report/countries.tf"), -1) {
		names[line[1]] = line[2]
	}
	// Regions of CLDR that no phone number is of: groups, parts, and what is no more.
	const none = " AN CP CQ CS DG EA EZ FQ IC NT PC SU UN YU "
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string(first) + string(second)
			want := ""
			if region, err := language.ParseRegion(code); err == nil && region.IsCountry() && region.Canonicalize().String() == code && !strings.Contains(none, " "+code+" ") {
				want = countryName(code)
			}
			if names[code] != want {
				t.Errorf("%s is %q, not %q", code, names[code], want)
			}
		}
	}
}

// closedPeak returns the most calls at once without the open ones, of all calls or
// of those of a day, as far as the statistics tell, and when that was.
func closedPeak(calls []bird.Call, byDate map[string][]bird.Call) (most int, at time.Time) {
	for _, calls := range append(slices.Collect(maps.Values(byDate)), calls) {
		f := expectedSummary(calls)
		peak := int(f["peak_concurrent_calls"].(float64) - f["open_calls"].(float64))
		text, ok := f["peak_concurrent_at"].(string)
		if !ok {
			continue
		}
		first, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			panic(err)
		}
		if peak > most || peak == most && peak > 0 && first.Before(at) {
			most, at = peak, first
		}
	}
	return most, at
}

// grouped writes a number with its thousands set apart.
func grouped(n any) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// exactPercent writes a share as Terraform does, whose numbers have 512 bits.
func exactPercent(part, whole float64) string {
	number := func(n float64) *big.Float { return new(big.Float).SetPrec(512).SetFloat64(n) }
	hundredfold := new(big.Float).Mul(number(100), number(part))
	return new(big.Float).Quo(hundredfold, number(whole)).Text('f', 1) + " %"
}

// reportShare is exactPercent, but a share that is there is not 0.0 %.
func reportShare(part, whole float64) string {
	if whole == 0 {
		return "–"
	}
	if text := exactPercent(part, whole); part == 0 || text != "0.0 %" {
		return text
	}
	return "< 0.1 %"
}

// minutes writes the average duration.
func minutes(f map[string]any) string {
	seconds, ok := f["average_duration"].(float64)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
}

// ticks returns the marks of an axis from low to top: four steps or fewer.
func ticks(low, top float64) (marks []float64) {
	for _, step := range []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		first, last := math.Floor(low/step), math.Ceil(top/step)
		if last-first <= 4 {
			for i := first; i <= last; i++ {
				marks = append(marks, i*step)
			}
			return marks
		}
	}
	panic(top)
}

// largestFirst returns the keys of counts.
func largestFirst(counts map[string]any) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b].(float64), counts[a].(float64)), cmp.Compare(a, b))
	})
}
