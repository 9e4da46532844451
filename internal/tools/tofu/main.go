// Command tofu installs the version of OpenTofu that the go.mod in its directory
// pins. It downloads the release and verifies its signature and checksum. If that
// fails, it builds the same version from its Go module, which go.sum verifies.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const module = "github.com/opentofu/opentofu"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run -C internal/tools/tofu . FILE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := install(ctx, os.Args[1], published, build)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// builder builds a version of OpenTofu into a file.
type builder func(ctx context.Context, version, path string, progress io.Writer) error

func install(ctx context.Context, path string, from releases, build builder) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", module).Output()
	if err != nil {
		return fmt.Errorf("reading the version of %s from go.mod: %w", module, err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")

	// The file gets its name only when it is complete.
	unfinished := path + ".new"
	defer os.Remove(unfinished)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}

	fmt.Printf("Downloading OpenTofu %s.\n", version)
	binary, err := from.download(ctx, version, os.Stdout)
	switch {
	case err == nil:
		fmt.Println("The signature and the checksum are valid.")
		err = os.WriteFile(unfinished, binary, 0o755)
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		fmt.Printf("The release cannot be used: %v\n", err)
		err = build(ctx, version, unfinished, os.Stdout)
	}
	if err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
