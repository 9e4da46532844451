package provider_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// exampleReport holds every word of the report to the data set. Where REPORT_DIR
// names a directory, the pages are left there for make test-report, each with
// its words.
func exampleReport(t *testing.T, dir string) {
	month := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 3300, Days: 29})
	month = slices.DeleteFunc(month, func(call bird.Call) bool { // offices rest on weekends
		day := createdAt(call).Weekday()
		return (day == time.Saturday || day == time.Sunday) && call.ID[0] > '4'
	})
	odd := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 1500, Days: 110})
	odd = slices.DeleteFunc(odd, func(call bird.Call) bool { return createdAt(call).YearDay()%9 == 0 })
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
	for name, test := range map[string]struct {
		calls []bird.Call
		title string
		days  int
	}{
		"month": {month, "Voice calls", 29},
		"odd":   {odd, page, 100},
		"quiet": {nil, "Nobody called", 29},
		"few":   {month[:3], "Three calls", 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls, until := test.calls, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
			switch name {
			case "odd":
				until = time.Date(2024, 5, 11, 0, 0, 0, 0, time.UTC)
			case "few":
				until = time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC)
			}
			useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
			start := until.AddDate(0, 0, -test.days)
			calls = within(t, calls, start.Format(time.RFC3339), until.Format(time.RFC3339))
			want := reportText(calls, test.title, start, test.days)
			report := reportPage{words: want, name: name}
			step := exampleStep(dir, report)
			step.ConfigVariables["title"] = config.StringVariable(test.title)
			step.ConfigVariables["until"] = config.StringVariable(until.Format(time.DateOnly))
			step.ConfigVariables["days"] = config.IntegerVariable(test.days)
			acceptance(t, step)
		})
	}
}

// reportPage checks that the output report is a page with these words.
type reportPage struct{ name, words string }

func (want reportPage) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	page, _ := req.State.Values.Outputs["report"].Value.(string)
	_, body, _ := strings.Cut(page, "<body>")
	have := strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
	if have != want.words {
		resp.Error = fmt.Errorf("the report says\n%s\nand not\n%s", have, want.words)
	} else if dir := os.Getenv("REPORT_DIR"); dir != "" {
		resp.Error = errors.Join(
			os.WriteFile(filepath.Join(dir, want.name+".html"), []byte(page), 0o600),
			os.WriteFile(filepath.Join(dir, want.name+".txt"), []byte(have), 0o600),
		)
	}
}

// reportText gives the words of a report of the calls.
func reportText(calls []bird.Call, title string, start time.Time, days int) string {
	f := figures(calls)
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
	share := func(n float64) string {
		if total == 0 {
			return "–"
		}
		return percent(n, total)
	}
	// ticks gives the marks of an axis from 0 to top: four or fewer above 0.
	ticks := func(top float64) (marks []float64) {
		for _, step := range []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200} {
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
	say("%s %s to %s, days in UTC", title, start.Format("2 Jan 2006"), start.AddDate(0, 0, days-1).Format("2 Jan 2006"))
	say("Calls %s legs: %s", grouped(total), grouped(f["child_calls"]))
	rate := "–"
	if decided(f) > 0 {
		rate = answerRate(f)
	}
	say("Answered %s %s of %s", rate, grouped(f["answered_calls"]), grouped(decided(f)))
	average := "–"
	if seconds, ok := f["average_duration"].(float64); ok {
		average = fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
	}
	say("Average call %s in minutes", average)
	say("Failed %s %s of %s", share(failed), grouped(failed), grouped(total))

	say("Calls a day Saturdays and Sundays are muted.")
	byDay, most := f["by_day"].(map[string]any), 4.0
	for _, n := range byDay {
		most = max(most, n.(float64))
	}
	for _, mark := range ticks(most) {
		say("%s", grouped(mark))
	}
	for i := range days {
		day := start.AddDate(0, 0, i)
		n, _ := byDay[day.Format(time.DateOnly)].(float64)
		say("%s: %s", day.Format("Mon 2 Jan 2006"), grouped(n))
	}
	for i := range days {
		if step := (days + 4) / 5; i%step == step/2 {
			say("%s", start.AddDate(0, 0, i).Format("2 Jan"))
		}
	}

	list := func(counts map[string]any) {
		names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b].(float64), counts[a].(float64)), cmp.Compare(a, b))
		})
		others := 0.0
		for i, name := range names {
			if i < 8 {
				say("%s %s %s", name, grouped(counts[name]), share(counts[name].(float64)))
			} else {
				others += counts[name].(float64)
			}
		}
		if len(names) > 8 {
			say("%d others %s %s", len(names)-8, grouped(others), share(others))
		}
		if len(names) == 0 {
			say("None")
		}
	}
	say("By status How far the calls came")
	list(byStatus)
	byCause, caused := map[string]any{}, 0.0
	for code, n := range f["by_hangup_cause_code"].(map[string]any) {
		number, _ := strconv.ParseInt(code, 10, 64)
		byCause[cmp.Or(causeNames[number], "Unnamed cause")+" ("+code+")"] = n
		caused += n.(float64)
	}
	say("By hangup cause By ITU-T Q.850; known for %s", grouped(caused))
	list(byCause)

	measure := func(heading string, figures any, axis []float64) {
		d, ok := figures.(map[string]any)
		if !ok || d["count"] == 0.0 {
			return
		}
		say("%s; %s measured", heading, grouped(d["count"]))
		for _, mark := range axis {
			say("%s", strconv.FormatFloat(math.Round(mark*100)/100, 'f', -1, 64))
		}
		say("Median %.2f Mean %.2f 95th percentile %.2f Range %.2f to %.2f", d["p50"], d["mean"], d["p95"], d["min"], d["max"])
	}
	measure("Mean opinion score How calls sounded, 1 (bad) to 5 (excellent)", f["mos"], []float64{1, 2, 3, 4, 5})
	delay, longest := f["post_dial_delay"], 0.1
	if d, ok := delay.(map[string]any); ok && d["max"] != nil {
		longest = max(longest, d["max"].(float64))
	}
	measure("Post-dial delay Seconds from dialling to the first ring", delay, ticks(longest))
	say("Each call counts, also one that is a leg of another. Answered is the answer-seizure ratio of ITU-T E.411 , of the calls that are not pending. Read from Bird by Terraform.")
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
