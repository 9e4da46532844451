package statistics

import (
	"slices"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// underWay returns from when until just before when a call was under way, in
// nanoseconds since 1970, and whether it has no end. The times are equal if the call
// never was under way, or if the API does not say.
func underWay(call *bird.Call) (start, end int64, open bool) {
	created, errCreated := bird.TimeOf(call.CreatedAt)
	scheduled, errScheduled := bird.TimeOf(call.ScheduledFor)
	ended, errEnded := bird.TimeOf(call.EndedAt)
	if errCreated != nil || errScheduled != nil || errEnded != nil {
		return 0, 0, false
	}
	from := created
	if scheduled.After(created) {
		from = scheduled
	}
	switch textOf(call.Status) {
	case "accepted", "scheduled":
		return 0, 0, false
	case "starting", "ringing", "ongoing":
		if open = ended.IsZero(); open {
			ended = latest
		}
	}
	if from.IsZero() || !from.Before(ended) {
		return 0, 0, false
	}
	return nanoseconds(from), nanoseconds(ended), open
}

// peak returns the highest number of calls under way at one instant, and the first
// such instant. A call that ends at an instant does not overlap one that begins at
// it. It sorts the starts and the ends of the calls.
func peak(starts, ends []int64) (most int64, at *string) {
	slices.Sort(starts)
	slices.Sort(ends)
	var first int64
	ended := 0
	for i, start := range starts {
		for ends[ended] <= start {
			ended++
		}
		if n := int64(i + 1 - ended); n > most {
			most, first = n, start
		}
	}
	if most > 0 {
		at = instantText(first)
	}
	return most, at
}
