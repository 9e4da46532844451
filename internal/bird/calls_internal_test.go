package bird

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSightingsRecognizeRepeats(t *testing.T) {
	t.Parallel()
	const uuid = "4fc2edf7-68f5-437a-89eb-3ce0095409d6"
	seen := sightings{}
	for number, id := range []string{
		uuid,
		strings.ToUpper(uuid), // another text is another id
		strings.ReplaceAll(uuid, "-", ""),
		"{" + uuid + "}",
		"urn:uuid:" + uuid,
		"4fc2edf7-68f5-437a-89eb-3ce0095409d7",
		"5fc2edf7-68f5-437a-89eb-3ce0095409d6",
		"4fc2edf7-68f5-437a-89eb-3ce0095409dg",
		"4fc2edf7-68f5-437a-89eb+3ce0095409d6",
		"4fc2edf7-68f5-437a+89eb-3ce0095409d6",
		"4fc2edf7-68f5+437a-89eb-3ce0095409d6",
		"4fc2edf7+68f5-437a-89eb-3ce0095409d6",
		"call-1", "call-2", "\x4f\xc2\xed\xf7\x68\xf5\x43\x7a\x89\xeb\x3c\xe0\x09\x54\x09\xd6",
	} {
		if got, isNew := seen.add(id); !isNew || got != number {
			t.Errorf("%q is new, and taken for number %d (new: %t), not %d", id, got, isNew, number)
		}
		if got, isNew := seen.add(id); isNew || got != number {
			t.Errorf("%q came again, and is taken for number %d (new: %t), not %d", id, got, isNew, number)
		}
	}
}

func TestReplaceRepeatedKeepsTheCallThatWasUpdatedLast(t *testing.T) {
	t.Parallel()
	version := func(id, updated, status string) Call {
		call := Call{ID: id, Status: &status}
		if updated != "" {
			call.UpdatedAt = &updated
		}
		return call
	}
	calls := []Call{
		version("never updated", "", "first"), version("gains a time", "", "first"), version("loses its time", "2024-02-28T18:54:47Z", "first"),
		version("later", "2024-02-28T18:54:47.7Z", "first"), version("later as text", "2024-02-28T18:54:47.77Z", "first"),
		version("the same instant", "2024-02-28T18:54:47.77Z", "first"), version("alone", "", "first"), version("no time", "yesterday", "first"),
		version("thrice", "2024-02-28T18:54:45Z", "first"), version("later each time", "2024-02-28T18:54:45Z", "first"),
	}
	repeats := func(versions ...Call) (repeats []Repeat[Call]) {
		for _, call := range versions {
			repeats = append(repeats, Repeat[Call]{slices.IndexFunc(calls, func(c Call) bool { return c.ID == call.ID }), call})
		}
		return repeats
	}
	ReplaceRepeated(calls, repeats(
		version("never updated", "", "second"), version("gains a time", "2024-02-28T18:54:47Z", "second"), version("loses its time", "", "second"),
		version("later", "2024-02-28T18:54:47.77Z", "second"), version("later as text", "2024-02-28T18:54:47.7Z", "second"),
		version("the same instant", "2024-02-28T20:54:47.770+02:00", "second"), version("no time", "2024-02-28T20:54:47Z", "second"),
		version("thrice", "2024-02-28T18:54:47Z", "second"), version("later each time", "2024-02-28T18:54:46Z", "second"),
	))
	ReplaceRepeated(calls, repeats(version("thrice", "2024-02-28T18:54:46Z", "third"), version("later each time", "2024-02-28T18:54:47Z", "third")))
	got := make(map[string]string)
	for _, call := range calls {
		got[call.ID] = *call.Status
	}
	want := map[string]string{
		"never updated": "first", "gains a time": "second", "loses its time": "first", "later": "second", "later as text": "first",
		"the same instant": "first", "alone": "first", "no time": "second", "thrice": "second", "later each time": "third",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// Calls that were seen take less than 40 bytes each.
func TestSightingsAreSmall(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	const calls = 200_000
	random := rand.New(rand.NewPCG(1, 2))
	before := heap()
	seen := sightings{}
	for range calls {
		a, b := random.Uint64(), random.Uint64()
		id := fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)
		if _, isNew := seen.add(id); !isNew {
			t.Fatal("an id came twice")
		}
	}
	each := float64(heap()-before) / calls
	t.Logf("%.1f bytes a call", each)
	if each > 40 {
		t.Errorf("%.1f bytes a call", each)
	}
	runtime.KeepAlive(&seen)
}
