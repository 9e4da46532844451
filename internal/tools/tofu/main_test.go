package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The build makes the version that is downloaded elsewhere.
func TestSourceIsOfThePinnedVersion(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("source/module/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if line := "github.com/opentofu/opentofu v" + pinned + " "; !strings.Contains(string(mod), line) {
		t.Errorf("source/module/go.mod does not contain %q", line)
	}
}

func TestInstall(t *testing.T) {
	t.Parallel()
	sums := "tofu_" + pinned + "_SHA256SUMS"
	archive := "tofu_" + pinned + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"

	ring, public := newKey(t)
	stranger, _ := newKey(t)
	good := packed(t, "the release")
	listed := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(good), archive)
	broken := errors.New("broken")

	for name, test := range map[string]struct {
		signature  []byte
		buildError error
		want       string // what is installed
		wantError  error
	}{
		"release":                 {signature: sign(t, ring, listed), buildError: broken, want: "the release"},
		"build":                   {signature: sign(t, stranger, listed), want: "the build of " + pinned},
		"build that does not end": {signature: sign(t, stranger, listed), buildError: broken, wantError: broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := serve(t, public, "/v"+pinned+"/", map[string][]byte{sums: listed, sums + ".gpgsig": test.signature, archive: good})
			build := func(_ context.Context, version, path string, _ io.Writer) error {
				if err := os.WriteFile(path, []byte("the build of "+version), 0o755); err != nil {
					t.Error(err)
				}
				return test.buildError
			}
			path := filepath.Join(t.TempDir(), "bin", "tofu")
			if err := install(t.Context(), pinned, path, from, build); !errors.Is(err, test.wantError) {
				t.Errorf("the error is %v", err)
			}
			got, err := os.ReadFile(path)
			if string(got) != test.want || (err != nil) != (test.want == "") {
				t.Errorf("%q is installed (%v)", got, err)
			}
			if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
				t.Error("it is not executable")
			}
			if left, _ := filepath.Glob(path + ".new"); left != nil {
				t.Errorf("%v is left", left)
			}
		})
	}
}
