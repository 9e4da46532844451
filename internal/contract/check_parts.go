package contract

import (
	"context"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

const (
	inParts = "read in parts"

	partsPages   = 15  // of the window: the fewest that the client reads in parts, and some more
	callsInParts = 500 // of the window, for pages large enough that the client divides it
	partsBudget  = partsPages * 7 / 5
)

// checkParts has the client read the window in pages so small that it reads parts
// of the window side by side, and compares with the one page.
var checkParts = check{
	subjects: []string{inParts},
	needs:    needsWindow,
	run: func(r *run) error {
		switch {
		case r.loose:
			r.found(inParts, notKnown, "the client refuses calls outside of the window")
			return nil
		case len(r.within) < callsInParts:
			r.found(inParts, notKnown, "%d calls are too few to be read in parts", len(r.within))
			return nil
		case r.budget.left() < partsBudget:
			r.found(inParts, notKnown, "%d requests are left", r.budget.left())
			return nil
		}
		var calls []*call
		var fallback bird.FallbackReason
		var failed error
		windows, requests := r.budget.withSmallPages(len(r.within)/partsPages, func() { calls, fallback, failed = r.readWithClient() })
		lost, others := missingFrom(r.within, calls), missingFrom(calls, r.within)
		switch {
		case failed != nil && r.ctx.Err() != nil:
			return errNoRequestsLeft
		case failed != nil:
			r.broken(inParts, "ends in an error", "%T", failed) // whose words may name a call
		case len(lost)+len(others) > 0:
			r.broken(inParts, "differs from the window", "%d windows in %d requests: %d of %d calls lost, %d others", windows, requests, len(lost), len(r.within), len(others))
		case fallback != "":
			r.found(inParts, "read page by page", "%s; %d calls in %d requests", fallback, len(calls), requests)
		case windows < 2:
			r.found(inParts, notKnown, "the client did not divide %d calls in %d requests", len(r.within), requests)
		default:
			r.found(inParts, "returns the same calls", "%d calls, %d windows in %d requests", len(calls), windows, requests)
		}
		return nil
	},
}

// readWithClient reads the window with the client. It returns why the client read it
// page by page, or "".
func (r *run) readWithClient() (calls []*call, fallback bird.FallbackReason, err error) {
	fallbacks := make(chan bird.FallbackReason, MaxRequests)
	config := r.clientConfig(r.budget)
	config.MaxRetries = bird.DefaultMaxRetries
	config.OnFallback = func(_ context.Context, f bird.Fallback) { fallbacks <- f.Reason }
	for p, err := range bird.New(config).ChannelCalls(r.ctx, r.workspaceID, r.channelID, bird.CallsQuery{StartAt: r.start, EndAt: r.end}) {
		if err != nil {
			return nil, "", err
		}
		for _, c := range p.Items {
			calls = append(calls, &call{id: c.ID})
		}
	}
	select {
	case fallback = <-fallbacks:
	default:
	}
	return calls, fallback, nil
}
