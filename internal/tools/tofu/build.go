package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

const (
	processorMinutes = 17 // measured, with empty caches
	gigabytes        = 3
)

// build builds a version from its module, and writes what has been done
// every 15 seconds.
func build(ctx context.Context, version, path string, progress io.Writer) error {
	minutes := (processorMinutes + runtime.NumCPU() - 1) / runtime.NumCPU()
	fmt.Fprintf(progress, "Building OpenTofu %s from its module instead, once. With empty caches that takes about %d minutes on %d processors and %d GB of disk, most of it in Go's caches.\n",
		version, minutes, runtime.NumCPU(), gigabytes)
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath",
		"-ldflags", "-s -w -X github.com/opentofu/opentofu/version.dev=no", "-o", path, module+"/cmd/tofu")
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

// counter counts what go build -v writes, a line for each module and each
// package, and passes any other line on.
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
