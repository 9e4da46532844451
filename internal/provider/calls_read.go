package provider

import (
	"context"
	"os"
	"os/signal"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	g := &getter{ctx: ctx, config: config}
	limit, personal := g.maxCalls(), g.text("personal_data")
	if g.diags.HasError() {
		return g.diags
	}
	if personal == personalPseudonymize && data.ready() && data.pseudonymKey == "" {
		g.diags.AddAttributeError(path.Root("personal_data"), "Missing pseudonym key",
			"Personal data can be pseudonymized only under a key, and none is set.\n\nSet the provider's attribute pseudonym_key or the environment variable "+envPseudonymKey+".")
		return g.diags
	}
	calls := []bird.Call{} // a channel without calls has an empty list, not null
	diags := readPages(ctx, data, s, config, func(page []bird.Call, query callsQuery, so progress) diag.Diagnostics {
		for i := range page {
			switch personal {
			case personalOmit:
				page[i].OmitPersonalData()
			case personalPseudonymize:
				page[i].PseudonymizePersonalData(data.pseudonymKey)
			}
		}
		calls = append(calls, page...)
		if len(calls) > limit {
			return diag.Diagnostics{tooManyDiagnostic(query, so, limit)}
		}
		return nil
	})
	if diags.HasError() {
		return diags
	}
	bird.SortCalls(calls)
	if err := bulk.SetList(ctx, "calls", calls); err != nil {
		diags.AddError("Unable to hand the calls to Terraform", err.Error())
	}
	return diags
}

// readPages gives each page of the calls that the configuration asks for to
// take, until there are no more or an error. Logs name no call and no person.
func readPages(ctx context.Context, data *providerData, s scope, config tfsdk.Config, take func([]bird.Call, callsQuery, progress) diag.Diagnostics) diag.Diagnostics {
	g := &getter{ctx: ctx, config: config}
	query, timeout := g.query(s), g.readTimeout()
	diags := g.diags
	diags.Append(data.unready()...)
	if diags.HasError() {
		return diags
	}
	ctx, cancel := context.WithTimeout(tflog.NewSubsystem(ctx, logSubsystem), timeout)
	defer cancel()
	// Ctrl-C comes to the provider too. Terraform tells it to stop while it
	// plans, but not while an apply makes its plan.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	started := time.Now()
	var so progress
	for page, err := range query.calls(ctx, data.client) {
		if err != nil {
			diags.Append(listDiagnostic(ctx, data.client, query, so, timeout, err))
			return diags
		}
		so = progress{pages: page.Number, calls: so.calls + len(page.Items)}
		tflog.SubsystemDebug(ctx, logSubsystem, "Read a page of calls", map[string]any{
			"page": so.pages, "calls": so.calls, "attempts": page.Attempts, "duration_ms": page.Duration.Milliseconds(),
		})
		if diags.Append(take(page.Items, query, so)...); diags.HasError() {
			return diags
		}
	}
	tflog.SubsystemInfo(ctx, logSubsystem, "Read all calls", map[string]any{
		"pages": so.pages, "calls": so.calls, "duration_ms": time.Since(started).Milliseconds(),
	})
	return diags
}

// progress is how far a reading has come.
type progress struct{ pages, calls int }

func (d *providerData) ready() bool { return d != nil && d.unknown == "" }

// unready says which attribute of the provider a read waits for, if any.
func (d *providerData) unready() diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case d == nil:
		diags.AddError("Provider not configured", "The calls were asked for before the provider was configured. This is a fault of the client that runs the provider.")
	case d.unknown != "":
		diags.AddError("Provider configuration not known yet",
			"The calls cannot be read while planning: the value of the provider's attribute "+d.unknown+" is known only after apply.\n\n"+
				"Set "+d.unknown+" from a value that is known when planning (a variable, an environment variable), or first apply what it comes from with -target, "+
				"or put the read off to the apply with depends_on in the data source.")
	}
	return diags
}

func logRetry(ctx context.Context, retry bird.Retry) {
	tflog.SubsystemWarn(ctx, logSubsystem, "An attempt failed and will be repeated", map[string]any{
		"attempt": retry.Attempt, "wait_ms": retry.Wait.Milliseconds(), "error": retry.Err.Error(),
	})
}
