package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

const (
	defaultReadTimeout = 10 * time.Minute
	defaultMaxCalls    = 50000

	// logSubsystem is the name in the log lines of what the client does.
	logSubsystem = "calls"
)

// maxCalls gives the value of the attribute max_calls.
func maxCalls(value types.Int64) int {
	if value.IsNull() {
		return defaultMaxCalls
	}
	return int(value.ValueInt64())
}

// readCalls reads every call of the query, sorted by time of creation, then
// id. More than limit of them are an error. Logs name no call and no person.
func readCalls(ctx context.Context, data *providerData, query bird.CallsQuery, limit int, timeout time.Duration) ([]bird.Call, diag.Diagnostics) {
	client, diags := data.ready()
	if diags.HasError() {
		return nil, diags
	}
	ctx = tflog.NewSubsystem(ctx, logSubsystem)
	started := time.Now()
	calls := []bird.Call{} // a channel without calls has an empty list, not null
	so := progress{}
	for page, err := range client.Calls(ctx, query) {
		if err != nil {
			diags.Append(listDiagnostic(ctx, client, query, so, timeout, err))
			return nil, diags
		}
		calls = append(calls, page.Calls...)
		so = progress{pages: page.Number, calls: len(calls)}
		tflog.SubsystemDebug(ctx, logSubsystem, "Read a page of calls", map[string]any{
			"page": page.Number, "calls": so.calls, "attempts": page.Attempts, "duration_ms": page.Duration.Milliseconds(),
		})
		if len(calls) > limit {
			diags.Append(tooManyDiagnostic(query, so, limit))
			return nil, diags
		}
	}
	bird.SortCalls(calls)
	tflog.SubsystemInfo(ctx, logSubsystem, "Read all calls", map[string]any{
		"pages": so.pages, "calls": so.calls, "duration_ms": time.Since(started).Milliseconds(),
	})
	return calls, diags
}

// progress is how far a reading has come.
type progress struct{ pages, calls int }

// ready gives the client, or says which attribute of the provider it waits for.
func (d *providerData) ready() (*bird.Client, diag.Diagnostics) {
	var diags diag.Diagnostics
	switch {
	case d == nil:
		diags.AddError("Provider not configured", "The data source was read before the provider was configured. This is a fault of the client that runs the provider.")
		return nil, diags
	case d.unknown != "":
		diags.AddError("Provider configuration not known yet",
			"The calls cannot be read while planning: the value of the provider's attribute "+d.unknown+" is known only after apply.\n\n"+
				"Set "+d.unknown+" from a value that is known when planning (a variable, an environment variable), or first apply what it comes from with -target, "+
				"or put the read off to the apply with depends_on in the data source.")
		return nil, diags
	}
	return d.client, diags
}

func logRetry(ctx context.Context, retry bird.Retry) {
	tflog.SubsystemWarn(ctx, logSubsystem, "An attempt failed and will be repeated", map[string]any{
		"attempt": retry.Attempt, "wait_ms": retry.Wait.Milliseconds(), "error": retry.Err.Error(),
	})
}
