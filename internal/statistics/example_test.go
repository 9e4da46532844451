package statistics_test

import (
	"fmt"
	"log"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// Compute statistics of each day, without keeping the calls.
func ExampleSummarizer() {
	call := func(createdAt, status string, seconds int64) bird.Call {
		return bird.Call{CreatedAt: &createdAt, Status: &status, Duration: &seconds}
	}
	pages := []bird.Page[bird.Call]{ // of Client.ChannelCalls
		{Items: []bird.Call{call("2024-02-01T09:00:00Z", "completed", 60), call("2024-02-01T10:00:00Z", "no-answer", 0)}},
		{Items: []bird.Call{call("2024-02-02T09:00:00Z", "completed", 30)}},
	}
	summarizer, err := statistics.NewSummarizer(statistics.Options{GroupBy: []string{"day"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, page := range pages {
		if err := summarizer.Add(page); err != nil {
			log.Fatal(err) // too many groups
		}
	}
	summary := summarizer.Summary()
	fmt.Println("total:", summary.TotalCalls, "calls,", summary.TotalDuration, "seconds")
	for _, group := range summary.Groups {
		fmt.Printf("%s: calls %d, answered %.0f %%\n", *group.Day, group.TotalCalls, 100**group.AnswerSeizureRatio)
	}
	// Output:
	// total: 3 calls, 90 seconds
	// 2024-02-01: calls 2, answered 50 %
	// 2024-02-02: calls 1, answered 100 %
}
