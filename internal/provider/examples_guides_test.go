package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func exampleAudit(t *testing.T, dir string) {
	const week = 7 * 24 * time.Hour
	now := time.Now()
	bad := recentMonth(2000, now, week)
	good := slices.Clone(bad)
	for i := range good {
		if abroad := country(good[i].Originator); abroad != "" && abroad != "NL" {
			good[i].Originator = nil
		}
		good[i].QualityInsights = nil
	}
	good = slices.DeleteFunc(good, func(call bird.Call) bool { return *call.Status == "failed" })

	audited := func(calls []bird.Call) (map[string]any, string) {
		f := figures(since(calls, now.Add(-week)))
		failed, _ := f["by_status"].(map[string]any)["failed"].(float64)
		score := "unknown"
		if mos, ok := f["mos"].(map[string]any); ok {
			score = fmt.Sprintf("%.2f", mos["mean"])
		}
		return f, fmt.Sprintf("%v calls in seven days, %s answered, %v failed, mean opinion score %s.",
			f["total_calls"], answerRate(f), failed, score)
	}
	warn := func(sentence string, want checks, expect map[string]config.Variable) resource.TestStep {
		step := exampleStep(dir, outputs{"audit": sentence})
		step.ConfigVariables["expect"] = config.ObjectVariable(expect)
		step.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{want}
		return step
	}

	t.Run("good", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: good}))
		_, sentence := audited(good)
		acceptance(t, warn(sentence, checks{"answer_rate": "", "failed_calls": "", "countries": "", "sound": ""}, nil))
	})
	t.Run("bad", func(t *testing.T) {
		useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: bad}))
		f, sentence := audited(bad)
		answered := answerRate(f)
		var unexpected []string
		countries := f["by_originator_country"].(map[string]any)
		for _, code := range slices.Sorted(maps.Keys(countries)) {
			if code != "NL" {
				unexpected = append(unexpected, fmt.Sprintf("%v from %s", countries[code], code))
			}
		}
		some := checks{
			"answer_rate": "", "sound": "",
			"failed_calls": fmt.Sprintf("%v of %v calls failed, more than 5 %%. Callers hear nothing or a tone, so ask the carrier.", f["by_status"].(map[string]any)["failed"], f["total_calls"]),
			"countries":    "Calls came from countries where we expect none: " + strings.Join(unexpected, ", ") + ". It may be fraud, or a customer on holiday.",
		}
		all := maps.Clone(some)
		all["answer_rate"] = answered + " of the calls were answered, and we want 90 %. Callers hang up, or there are too few people to answer."
		all["sound"] = fmt.Sprintf("The calls sound worse than we want: the mean opinion score is %.2f of 5, and we want 4.50.", f["mos"].(map[string]any)["mean"])
		stopped := exampleStep(dir, nil)
		stopped.ConfigVariables["expect"] = config.ObjectVariable(map[string]config.Variable{"answered": config.IntegerVariable(80)})
		stopped.ExpectError = wrapped(fmt.Sprintf("Only %v of %v calls were answered (%s). With fewer than 80 %%, nothing may change until we know why.", f["answered_calls"], decided(f), answered))
		silent := onChannel(exampleStep(dir, nil), birdtest.EmptyChannelID)
		silent.ExpectError = wrapped("There was no call in the last seven days. The line may be dead: call it, and see.")
		acceptance(t, stopped, silent, warn(sentence, some, nil), warn(sentence, all, map[string]config.Variable{
			"usually_answered": config.IntegerVariable(90), "mean_opinion_score": config.FloatVariable(4.5),
		}))
	})
}

func exampleLargeChannels(t *testing.T, dir string) {
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 500, Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Days: 366})
	midnight := calls[len(calls)-1]
	midnight.ID, midnight.CreatedAt = "at-midnight", new("2024-06-01T00:00:00Z") // in May and in June
	calls = append(calls, midnight)
	byMonth := map[string]int{"2024-05": 1}
	for _, call := range calls {
		byMonth[createdAt(call).UTC().Format("2006-01")]++
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	step := exampleStep(dir, outputs{"calls_by_month": byMonth, "calls": len(calls)})
	step.ConfigVariables["year"] = config.IntegerVariable(2024)
	acceptanceForEach(t, step)
}

func exampleFleet(t *testing.T, dir string) {
	const days = 20
	now := time.Now()
	first := recentMonth(900, now, days*24*time.Hour)
	second := recentMonth(1800, now, days*24*time.Hour)[:1500]
	for i := range second {
		second[i].ID = "other-" + second[i].ID
		second[i].ChannelID = new(secondChannelID)
	}
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: slices.Concat(first, second)}))
	channels := map[string][]bird.Call{
		"sales": since(first, now.AddDate(0, 0, -days)), "support | nights": since(second, now.AddDate(0, 0, -days)), "unused": nil,
	}
	var want strings.Builder
	const form = "| %-17s | %5s | %8s | %12s | %6s | %5s |\n"
	fmt.Fprintf(&want, form, "Channel", "Calls", "Answered", "Average call", "Failed", "Sound")
	want.WriteString("| ----------------- | ----: | -------: | -----------: | -----: | ----: |\n")
	var calls, settled, answered, failed float64
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		f := figures(channels[name])
		failures, _ := f["by_status"].(map[string]any)["failed"].(float64)
		calls, settled, answered, failed = calls+f["total_calls"].(float64), settled+decided(f), answered+f["answered_calls"].(float64), failed+failures
		share, average, sound := "-", "-", "-"
		if len(channels[name]) > 0 {
			seconds := int(f["average_duration"].(float64))
			share = answerRate(f)
			average = fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
			sound = fmt.Sprintf("%.2f", f["mos"].(map[string]any)["mean"])
		}
		fmt.Fprintf(&want, form, strings.ReplaceAll(name, "|", `\|`), fmt.Sprint(f["total_calls"]), share, average, fmt.Sprint(failures), sound)
	}
	fmt.Fprintf(&want, form, "All channels", fmt.Sprint(calls), percent(answered, settled), "", fmt.Sprint(failed), "")
	step := exampleStep(dir, outputs{"fleet": want.String()})
	step.ConfigVariables = config.Variables{
		"workspace_id": config.StringVariable(birdtest.DefaultWorkspaceID),
		"days":         config.IntegerVariable(days),
		"channel_ids": config.MapVariable(map[string]config.Variable{
			"sales": config.StringVariable(birdtest.DefaultChannelID), "support | nights": config.StringVariable(secondChannelID), "unused": config.StringVariable(birdtest.EmptyChannelID),
		}),
	}
	acceptanceForEach(t, step)
}

func exampleDemo(t *testing.T, dir string) {
	calls := publishedMonth()
	calls[len(calls)-2].From = new("client:0190f6a5-5f4e-7d3c-8b2a-1f0e9d8c7b6a")
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))

	statuses, directions, counts := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, call := range calls {
		statuses[*call.Status], directions[*call.Direction] = true, true
		counts[*call.Status+" "+*call.Direction]++
	}
	var want strings.Builder
	f := figures(calls)
	peak, err := time.Parse(time.RFC3339Nano, f["peak_concurrent_at"].(string))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&want, "Calls     %d\nAnswered  %s of those that are not pending\nBusiest   %v at once, at %s (UTC)\n\n%-14s",
		len(calls), answerRate(f), f["peak_concurrent_calls"], peak.Format(time.DateTime), "status")
	columns := slices.Sorted(maps.Keys(directions))
	for _, direction := range columns {
		fmt.Fprintf(&want, "%10s", direction)
	}
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		fmt.Fprintf(&want, "\n%-14s", status)
		for _, direction := range columns {
			fmt.Fprintf(&want, "%10d", counts[status+" "+direction])
		}
	}
	header := []any{"created (UTC)", "direction", "from", "to", "status", "seconds"}
	rows := [][]any{header}
	for i := range 5 {
		call := calls[len(calls)-1-i]
		seconds := "-"
		if call.Duration != nil {
			seconds = strconv.FormatInt(*call.Duration, 10)
		}
		rows = append(rows, []any{createdAt(call).Format(time.DateTime), *call.Direction, *call.From, *call.To, *call.Status, seconds})
	}
	fmt.Fprint(&want, "\n\nThe latest five\n")
	for _, row := range rows {
		fmt.Fprint(&want, "\n")
		for i := range row {
			width := 0
			for _, other := range rows {
				width = max(width, len(other[i].(string)))
			}
			if i < 5 {
				fmt.Fprintf(&want, "%-*s  ", width, row[i])
			} else {
				fmt.Fprintf(&want, "%*s", width, row[i])
			}
		}
	}
	none := "Calls     0\nAnswered  -\nBusiest   -\n\n" + fmt.Sprintf("%-14s", "status") + "\n\nThe latest five\n\ncreated (UTC)  direction  from  to  status  seconds"
	acceptance(t,
		exampleStep(dir, outputs{"summary": want.String() + "\n"}),
		onChannel(exampleStep(dir, outputs{"summary": none + "\n"}), birdtest.EmptyChannelID),
	)
}
