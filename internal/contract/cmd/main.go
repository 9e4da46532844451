// Command cmd checks the assumptions of the provider against the service that the
// variables BIRD_... name, and prints what it found as a table for an issue. It ends
// with status 1 if a finding breaks the provider's promise or the run ended early, and
// with 2 if a variable is missing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/contract"
)

// timeout is the time limit for a run.
const timeout = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) (status int) {
	service, err := contract.FromEnvironment(getenv)
	if err != nil {
		fmt.Fprintf(stderr, "%v.\n", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	report := contract.Check(ctx, service)
	fmt.Fprint(stdout, report)
	for _, finding := range report.Broken() {
		fmt.Fprintf(stderr, "%s: %s (%s)\n", finding.Subject, finding.Verdict, finding.Detail)
		status = 1
	}
	if ctx.Err() != nil {
		fmt.Fprintf(stderr, "The run ended early: %v.\n", context.Cause(ctx))
		status = 1
	}
	return status
}
