package provider

import (
	"context"
	"os"
	"os/signal"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/bulk"
)

// logSubsystem is the name in the log lines of what the client does.
const logSubsystem = "calls"

// readCalls hands every call that the configuration asks for to Terraform,
// sorted by time of creation, then id. More of them than max_calls are an
// error.
func readCalls(ctx context.Context, data *providerData, s scope, config tfsdk.Config) diag.Diagnostics {
	args, diags := parseArguments(ctx, config, s)
	diags.Append(data.checkReady()...)
	if diags.HasError() {
		return diags
	}
	protect, privacyDiags := data.privacy(args.personalData)
	diags.Append(privacyDiags...)
	if diags.HasError() {
		return diags
	}
	calls := []bird.Call{} // a channel without calls has an empty list, not null
	latest := bird.Latest[bird.Call]{}
	diags.Append(readPages(ctx, data.client, args, func(page bird.Page[bird.Call], so progress) diag.Diagnostics {
		calls = append(calls, page.Items...)
		latest.Add(page.Repeats)
		if len(calls) > args.maxCalls {
			return diag.Diagnostics{tooManyDiagnostic(args, so)}
		}
		return nil
	})...)
	if diags.HasError() {
		return diags
	}
	latest.Apply(calls)
	for i := range calls {
		protect(&calls[i])
	}
	bird.SortCalls(calls)
	if err := bulk.SetList(ctx, "calls", calls); err != nil {
		diags.AddError("Unable to hand the calls to Terraform", err.Error())
	}
	return diags
}

// readPages hands each page of the calls that the arguments ask for to take,
// until there are no more or an error. Logs contain no call and no personal
// data.
func readPages(ctx context.Context, client *bird.Client, args arguments, take func(bird.Page[bird.Call], progress) diag.Diagnostics) diag.Diagnostics {
	var diags diag.Diagnostics
	ctx, cancel := context.WithTimeout(tflog.NewSubsystem(ctx, logSubsystem), args.timeout)
	defer cancel()
	// The provider receives Ctrl-C too. Terraform tells it to stop while it
	// plans, but not while an apply makes its plan.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	started := time.Now()
	var so progress
	for page, err := range args.calls(ctx, client) {
		if err != nil {
			diags.Append(listDiagnostic(ctx, client, args, so, err))
			return diags
		}
		so.add(args, page)
		tflog.SubsystemDebug(ctx, logSubsystem, "Read a page of calls", map[string]any{
			"page": so.pages, "calls": so.calls, "attempts": page.Attempts, "duration_ms": page.Duration.Milliseconds(),
		})
		if diags.Append(take(page, so)...); diags.HasError() {
			return diags
		}
	}
	tflog.SubsystemInfo(ctx, logSubsystem, "Read all calls", map[string]any{
		"pages": so.pages, "calls": so.calls, "duration_ms": time.Since(started).Milliseconds(),
	})
	diags.Append(so.warnings(args)...)
	return diags
}

// progress is how far a read has come.
type progress struct {
	pages, calls       int
	otherFrom, otherTo int // calls whose number is not that of the filter
}

func (p *progress) add(args arguments, page bird.Page[bird.Call]) {
	p.pages++
	p.calls += len(page.Items)
	for i := range page.Items {
		if !bird.SameNumber(args.query.From, page.Items[i].From) {
			p.otherFrom++
		}
		if !bird.SameNumber(args.query.To, page.Items[i].To) {
			p.otherTo++
		}
	}
}

func (p progress) String() string {
	return count(p.calls, "call") + " in " + count(p.pages, "page")
}

func logRetry(ctx context.Context, retry bird.Retry) {
	tflog.SubsystemWarn(ctx, logSubsystem, "An attempt failed and will be repeated", map[string]any{
		"attempt": retry.Attempt, "wait_ms": retry.Wait.Milliseconds(), "error": retry.Err.Error(),
	})
}
