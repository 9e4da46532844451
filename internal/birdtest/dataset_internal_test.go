package birdtest

import "testing"

// Two fields that drew from one stream would have the same random numbers.
func TestGeneratorDrawsFromAStreamOnce(t *testing.T) {
	t.Parallel()
	g := &generator{drawn: make(map[string]bool)}
	if one, other := g.of("reason").Uint64(), g.of("status").Uint64(); one == other {
		t.Errorf("two streams begin with %d", one)
	}
	defer func() {
		if recover() == nil {
			t.Error("a stream can be drawn from twice")
		}
	}()
	g.of("reason")
}
