// Command cmd serves the fake server for the Bird API until it is interrupted,
// and prints how to reach it as lines for a shell.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

var orders = map[string]birdtest.Order{"newest": birdtest.Descending, "oldest": birdtest.Ascending, "none": birdtest.Shuffled}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "loopback `address` to serve on; port 0 picks a free one")
	calls := flag.Int("calls", 2500, "`number` of calls in the channel")
	days := flag.Int("days", 30, "`number` of days, up to now, that the calls are spread over")
	seed := flag.Uint64("seed", 1, "`seed` that the calls are generated from")
	latency := flag.Duration("latency", 0, "`time` before each response")
	order := flag.String("order", "newest", "`order` of the calls: newest (first), oldest (first) or none")
	startExclusive := flag.Bool("start-exclusive", false, "exclude calls at exactly startAt")
	endExclusive := flag.Bool("end-exclusive", false, "exclude calls at exactly endAt")
	var ignore []string
	flag.Func("ignore", "query `parameter` to ignore, such as type; may be repeated", func(name string) error {
		ignore = append(ignore, name)
		return nil
	})
	flag.Parse()
	log.SetFlags(0)
	if *calls < 0 || *days < 1 || flag.NArg() > 0 {
		log.Fatal("-calls must not be negative, -days must be at least 1, and arguments are not accepted")
	}
	listed, ok := orders[*order]
	if !ok {
		log.Fatal("-order must be newest, oldest or none")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := birdtest.Start(*addr, birdtest.Options{
		Calls: birdtest.NewDataSet(birdtest.DataSetOptions{
			Seed: *seed, Calls: *calls, Days: *days, Start: time.Now().AddDate(0, 0, -*days), Office: time.UTC, Settled: true,
		}),
		Order:          listed,
		StartExclusive: *startExclusive,
		EndExclusive:   *endExclusive,
		Ignore:         ignore,
		Latency:        *latency,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	fmt.Printf("export BIRD_BASE_URL=%s\nexport BIRD_TOKEN=%s\nexport BIRD_WORKSPACE_ID=%s\nexport BIRD_CHANNEL_ID=%s\n",
		server.URL(), birdtest.DefaultToken, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID)
	<-ctx.Done()
}
