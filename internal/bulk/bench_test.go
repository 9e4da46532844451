package bulk

import (
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// BenchmarkSplice puts a list, encoded from the structs, into a response.
func BenchmarkSplice(b *testing.B) {
	list := make([]element, 10_000)
	for i := range list {
		list[i] = element{Name: "name", Text: new("some text"), Number: new(int64(i)), Tags: []*string{new("a"), new("b")}, Inner: &inner{&innermost{new("deep")}}, Parts: []innermost{{}, {new("part")}}}
	}
	object, err := msgpack.Marshal(map[string]any{"list": nil})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		spliced, err := splice(object, "list", list, maxMessage)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(spliced)))
	}
}
