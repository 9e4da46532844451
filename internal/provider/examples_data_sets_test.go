package provider_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// causeNames are the causes of the data sets, by ITU-T Q.850.
var causeNames = map[int64]string{
	1: "Unallocated (unassigned) number", 16: "Normal call clearing", 17: "User busy",
	18: "No user responding", 19: "No answer from user (user alerted)", 21: "Call rejected", 34: "No circuit/channel available",
	3: "No route to destination", 27: "Destination out of order", 38: "Network out of order", 41: "Temporary failure",
	102: "Recovery on timer expiry", 127: "Interworking, unspecified",
}

// decided is the number of calls that are not pending.
func decided(f map[string]any) float64 {
	return f["total_calls"].(float64) - f["pending_calls"].(float64)
}

// answerRate writes the share of the calls that were answered.
func answerRate(f map[string]any) string { return percent(f["answered_calls"], decided(f)) }

// percent writes a share as format("%.1f %%") does of the exact ratio.
func percent(part, whole any) string {
	ratio := new(big.Float).SetFloat64(part.(float64) / whole.(float64))
	return ratio.Mul(ratio, big.NewFloat(100)).Text('f', 1) + " %"
}

const secondChannelID = "5f1c9a52-7d44-4c0e-9a55-2b8f6f0f3c11"

// twoChannels returns calls of the default channel and of another one.
func twoChannels() []bird.Call {
	return slices.Concat(publishedMonth(), birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: 120, ChannelID: secondChannelID}))
}

// month is the window of examples that read thirty days.
const month = 30 * 24 * time.Hour

// recentTwoChannels returns recentCalls of the default channel and of another one.
func recentTwoChannels(now time.Time, window time.Duration) []bird.Call {
	other := recentCalls(240, now, window)
	for i := range other {
		other[i].ID, other[i].ChannelID = "second-"+other[i].ID, new(secondChannelID)
	}
	return append(recentCalls(300, now, window), other...)
}

func country(party *bird.Party) string {
	if party == nil || party.Number == nil || party.Number.CountryISOCode == nil {
		return ""
	}
	return *party.Number.CountryISOCode
}

// publishedMonth returns the calls of February 2024, and some of March.
func publishedMonth() []bird.Call {
	return birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: 150})
}

// recentCalls returns some n calls of twice the window before now, without those so
// close to the beginning of the window that the run of a test could carry it past them.
func recentCalls(n int, now time.Time, window time.Duration) []bird.Call {
	start := now.Add(-2 * window)
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 11, Calls: n, Start: start, Days: int(2 * window.Hours() / 24)})
	return slices.DeleteFunc(calls, func(call bird.Call) bool {
		return createdAt(call).Sub(now.Add(-window)).Abs() < 30*time.Minute
	})
}

func createdAt(call bird.Call) time.Time {
	t, err := time.Parse(time.RFC3339Nano, *call.CreatedAt)
	if err != nil {
		panic(err)
	}
	return t
}

func since(calls []bird.Call, start time.Time) []bird.Call {
	return slices.DeleteFunc(slices.Clone(calls), func(call bird.Call) bool { return createdAt(call).Before(start) })
}

func within(t *testing.T, calls []bird.Call, start, end string) []bird.Call {
	t.Helper()
	from, err := time.Parse(time.RFC3339, start)
	if err != nil {
		t.Fatal(err)
	}
	until, err := time.Parse(time.RFC3339, end)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(since(calls, from), func(call bird.Call) bool { return createdAt(call).After(until) })
}

func count(calls []bird.Call, is func(bird.Call) bool) (n int) {
	for _, call := range calls {
		if is(call) {
			n++
		}
	}
	return n
}
