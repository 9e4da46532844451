package source

import (
	"bytes"
	"io"
	"testing"
)

func TestCounter(t *testing.T) {
	t.Parallel()
	var rest bytes.Buffer
	count := &counter{rest: &rest}
	output := "go: downloading example.com/a v1.0.0\n" +
		"internal/goarch\nexample.com/a/b-c\n" +
		"# example.com/a\n./a.go:1:2: undefined: x\n" +
		"go: downloading example.com/d v2.0.0+incompatible\nexample.com/e"
	for _, part := range []string{output[:50], output[50:], "\n"} {
		if _, err := io.WriteString(count, part); err != nil {
			t.Fatal(err)
		}
	}
	if modules, packages := count.modules.Load(), count.packages.Load(); modules != 2 || packages != 3 {
		t.Errorf("%d modules and %d packages, not 2 and 3", modules, packages)
	}
	if got, want := rest.String(), "# example.com/a\n./a.go:1:2: undefined: x\n"; got != want {
		t.Errorf("passed on %q, not %q", got, want)
	}
}
