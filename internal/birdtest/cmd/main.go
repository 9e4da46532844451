// Command cmd serves the fake server for the Bird API:
//
//	cmd [flags]                     until Ctrl-C; it prints the environment variables that lead the provider to it
//	cmd [flags] terraform test ...  while that command runs, with those variables; its exit code is that of the command
//
// It also ends with the process that started it, so that no script leaves it
// behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

var orders = map[string]birdtest.Order{"newest": birdtest.Descending, "oldest": birdtest.Ascending, "none": birdtest.Shuffled}

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "127.0.0.1:0", "loopback `address` to serve on; port 0 picks a free one")
	calls := flag.Int("calls", 2500, "`number` of calls in the channel")
	days := flag.Int("days", 30, "`number` of days, up to now, that the calls are spread over")
	seed := flag.Uint64("seed", 1, "`seed` that the calls are generated from")
	var incidents []birdtest.Incident
	flag.Func("incident", "`name` of what goes wrong in the last seven whole days, such as one-ring; may be repeated: "+strings.Join(names(), ", "), func(name string) error {
		incidents = append(incidents, birdtest.Incident(name))
		return nil
	})
	latency := flag.Duration("latency", 0, "`time` before each response")
	order := flag.String("order", "newest", "`order` of the calls: newest (first), oldest (first) or none")
	startExclusive := flag.Bool("start-exclusive", false, "exclude calls at exactly startAt")
	endExclusive := flag.Bool("end-exclusive", false, "exclude calls at exactly endAt")
	var ignore []string
	flag.Func("ignore", "query `parameter` to ignore, such as type; may be repeated", func(name string) error {
		ignore = append(ignore, name)
		return nil
	})
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "%s [flags] [command [arguments]]\n\nServes a fake Bird API while the command runs, or until Ctrl-C. Flags:\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	if *calls < 0 || *days < 1 {
		log.Fatal("-calls must not be negative, and -days must be at least 1")
	}
	for _, incident := range incidents {
		if !slices.Contains(birdtest.Incidents(), incident) {
			log.Fatalf("There is no incident %s. The incidents are %s.", incident, strings.Join(names(), ", "))
		}
	}
	listed, ok := orders[*order]
	if !ok {
		log.Fatal("-order must be newest, oldest or none")
	}

	ctx, stop := signal.NotifyContext(untilParentEnds(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	server, err := birdtest.Start(*addr, birdtest.Options{
		Calls: birdtest.NewDataSet(birdtest.DataSetOptions{
			Seed: *seed, Calls: *calls, Days: *days, Start: time.Now().AddDate(0, 0, -*days), Office: time.UTC, Settled: true, Incidents: incidents,
		}),
		Order:          listed,
		StartExclusive: *startExclusive,
		EndExclusive:   *endExclusive,
		Ignore:         ignore,
		Latency:        *latency,
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		log.Fatalf("Another program uses %s. Name another port with -addr, or leave out -addr for a free one.", *addr)
	} else if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	environment := []string{
		"BIRD_BASE_URL=" + server.URL(),
		"BIRD_TOKEN=" + birdtest.DefaultToken,
		"BIRD_WORKSPACE_ID=" + birdtest.DefaultWorkspaceID,
		"BIRD_CHANNEL_ID=" + birdtest.DefaultChannelID,
		"TF_VAR_workspace_id=" + birdtest.DefaultWorkspaceID,
		"TF_VAR_channel_id=" + birdtest.DefaultChannelID,
	}
	if flag.NArg() > 0 {
		code, err := run(ctx, flag.Args(), environment)
		if err != nil {
			log.Print(err)
		}
		server.Close()
		os.Exit(code)
	}
	ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	log.Printf("The fake server is at %s, with %d calls of the last %d days. Ctrl-C ends it.\nPaste these lines into the terminal where you run Terraform:\n", server.URL(), *calls, *days)
	// A second credential would be an error.
	fmt.Printf("unset %s\nexport %s\n", otherCredential, strings.Join(environment, "\nexport "))
	<-ctx.Done()
	var variables []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		variables = append(variables, name)
	}
	log.Printf("The fake server has ended. To leave it, paste this line into the other terminal:\nunset %s", strings.Join(variables, " "))
}

// names returns the names of all incidents.
func names() (texts []string) {
	for _, incident := range birdtest.Incidents() {
		texts = append(texts, string(incident))
	}
	return texts
}

// otherCredential is the variable of the credential that the fake server does not
// set.
const otherCredential = "BIRD_ACCESS_KEY"

// run runs a command with the environment added to that of this process, and
// returns its exit code. When the context ends, it asks the command to end.
func run(ctx context.Context, command, environment []string) (code int, err error) {
	// A terminal sends Ctrl-C to the command, too, which decides when it ends.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, otherCredential+"=") }), environment...)
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil { // Windows has no such signal
			return cmd.Process.Kill()
		}
		return nil
	}
	err = cmd.Run()
	if cmd.ProcessState == nil { // it did not start
		return 127, err
	}
	if code = cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 1, err // a signal ended it
}

// untilParentEnds returns a context that ends when the process that started this
// one has ended: its children then get another parent (but not on Windows).
func untilParentEnds() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent {
			time.Sleep(100 * time.Millisecond)
		}
		cancel()
	}()
	return ctx
}
