package provider

import (
	"context"
	"iter"
	"os"
	"os/signal"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// logSubsystem is the subsystem under which the provider logs what the client
// does.
const logSubsystem = "client"

// listing describes a list that is read, for its messages and logs.
type listing struct {
	timeout  time.Duration
	noun     string // for an element; its plural ends in s
	name     string // of the list, without personal data, such as "channels of workspace …"
	narrower string // how to ask for less
	policies string // the paths that an access role must allow viewing
	instead  string // what to do without such a role, a sentence after a space, or ""
	ids      string // the arguments that may name something that does not exist
}

// readPages passes each page of a list to take, until the last page or an
// error. It logs nothing about single elements.
func readPages[T any](ctx context.Context, data *providerData, list listing, pages func(context.Context) iter.Seq2[bird.Page[T], error], take func(bird.Page[T], progress) diag.Diagnostics) diag.Diagnostics {
	var diags diag.Diagnostics
	ctx, cancel := context.WithTimeout(tflog.NewSubsystem(ctx, logSubsystem), list.timeout)
	defer cancel()
	// The provider receives Ctrl-C too. Terraform asks the provider to stop
	// during a plan, but not while an apply makes its plan.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	started := time.Now()
	soFar := progress{noun: list.noun}
	total := 0 // elements of the list, as the service counts them
	for page, err := range pages(ctx) {
		if err != nil {
			diags.Append(listDiagnostic(ctx, data, list, soFar, err))
			return diags
		}
		if soFar.pages++; soFar.pages == 1 {
			total = page.Total
		}
		soFar.elements += len(page.Items)
		tflog.SubsystemDebug(ctx, logSubsystem, "Read a page of "+list.noun+"s", map[string]any{
			"page": soFar.pages, list.noun + "s": soFar.elements, "attempts": page.Attempts, "duration_ms": page.Duration.Milliseconds(),
		})
		if page.ByUpdate {
			diags.Append(byUpdateDiagnostic(list))
		}
		if diags.Append(take(page, soFar)...); diags.HasError() {
			return diags
		}
	}
	if total > soFar.elements {
		// It is not documented what the service counts.
		tflog.SubsystemInfo(ctx, logSubsystem, "The service counts more "+list.noun+"s than it listed", map[string]any{
			"total": total, list.noun + "s": soFar.elements,
		})
	}
	tflog.SubsystemInfo(ctx, logSubsystem, "Read all "+list.noun+"s", map[string]any{
		"pages": soFar.pages, list.noun + "s": soFar.elements, "duration_ms": time.Since(started).Milliseconds(),
	})
	return diags
}

// progress counts what a read has received so far.
type progress struct {
	noun            string
	pages, elements int
}

func (p progress) String() string {
	return count(p.elements, p.noun) + " in " + count(p.pages, "page")
}

func logRetry(ctx context.Context, retry bird.Retry) {
	tflog.SubsystemWarn(ctx, logSubsystem, "An attempt failed and can be retried", map[string]any{
		"attempt": retry.Attempt, "wait_ms": retry.Wait.Milliseconds(), "error": retry.Err.Error(),
	})
}

func logFallback(ctx context.Context, fallback bird.Fallback) {
	tflog.SubsystemWarn(ctx, logSubsystem, "The provider reads a window page by page instead of in parts: "+string(fallback.Reason), map[string]any{
		"start_at": fallback.StartAt, "end_at": fallback.EndAt,
	})
}
