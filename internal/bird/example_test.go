package bird_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// exampleCalls are three calls of the default channel of the fake server.
func exampleCalls() []bird.Call {
	call := func(id, createdAt, status string, seconds int64) bird.Call {
		return bird.Call{ID: id, ChannelID: new(birdtest.DefaultChannelID), CreatedAt: &createdAt, Status: &status, Duration: &seconds}
	}
	return []bird.Call{
		call("a", "2024-02-01T09:00:00Z", "completed", 60),
		call("b", "2024-02-01T10:00:00Z", "no-answer", 0),
		call("c", "2024-02-02T09:00:00Z", "completed", 30),
	}
}

// Read the calls of one day, and sort them.
func ExampleClient_ChannelCalls() {
	server, err := birdtest.Start("127.0.0.1:0", birdtest.Options{Calls: exampleCalls()})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	baseURL, err := bird.ParseBaseURL(server.URL())
	if err != nil {
		log.Fatal(err)
	}
	client := bird.New(bird.Config{
		Credential:        bird.BearerToken(birdtest.DefaultToken),
		BaseURL:           baseURL,
		RequestsPerSecond: bird.DefaultRequestsPerSecond,
		MaxRetries:        bird.DefaultMaxRetries,
	})
	defer client.Close()

	start := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	query := bird.CallsQuery{StartAt: start, EndAt: start.AddDate(0, 0, 1)}
	var calls []bird.Call
	for page, err := range client.ChannelCalls(context.Background(), birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, query) {
		if err != nil {
			log.Fatal(err) // an error means that the list is not complete
		}
		calls = append(calls, page.Items...)
	}
	bird.SortCalls(calls)
	for _, call := range calls {
		fmt.Println(call.ID, *call.CreatedAt, *call.Status)
	}
	// Output:
	// a 2024-02-01T09:00:00Z completed
	// b 2024-02-01T10:00:00Z no-answer
}
