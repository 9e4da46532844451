// Package source builds OpenTofu from its Go module. The go.mod in the directory
// module pins the version, and its go.sum verifies all of it. Nothing else in the
// repository needs that module.
package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// directory is that of the module, from the directory of command tofu.
const directory = "source/module"

// Build builds a version, which must be that of the module, into a file, and reports
// progress every 15 seconds.
func Build(ctx context.Context, version, path string, progress io.Writer) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// Measured with empty caches on two machines: 7 and 17 minutes of
	// processor time, 246 modules, 1,783 packages, 3.3 GB.
	processors := runtime.NumCPU()
	fmt.Fprintf(progress, "Building OpenTofu %s from its module instead, once: about 250 modules and 1,800 packages. With empty caches this takes %d to %d minutes on %d processors, and 3.3 GB of disk, most of it in Go's caches.\n",
		version, (7+processors-1)/processors, (17+processors-1)/processors, processors)
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath",
		"-ldflags", "-s -w -X github.com/opentofu/opentofu/version.dev=no", "-o", path, "github.com/opentofu/opentofu/cmd/tofu")
	cmd.Dir = directory
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	done := &counter{rest: os.Stderr}
	cmd.Stderr = done

	started := time.Now()
	ended := make(chan error)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			fmt.Fprintf(progress, "  %3.0f s: %d modules downloaded, %d packages compiled\n",
				time.Since(started).Seconds(), done.modules.Load(), done.packages.Load())
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("building OpenTofu %s: %w", version, err)
			}
			fmt.Fprintf(progress, "Built OpenTofu %s in %.0f s.\n", version, time.Since(started).Seconds())
			return nil
		}
	}
}

// counter counts the lines that go build -v prints for modules and packages, and
// passes on all other lines.
type counter struct {
	modules, packages atomic.Int64
	rest              io.Writer
	line              []byte
}

func (c *counter) Write(p []byte) (int, error) {
	c.line = append(c.line, p...)
	for {
		line, after, found := bytes.Cut(c.line, []byte("\n"))
		if !found {
			return len(p), nil
		}
		switch text := string(line); {
		case strings.HasPrefix(text, "go: downloading "):
			c.modules.Add(1)
		case text != "" && !strings.ContainsAny(text, " \t:"):
			c.packages.Add(1)
		default:
			fmt.Fprintln(c.rest, text)
		}
		c.line = after
	}
}
