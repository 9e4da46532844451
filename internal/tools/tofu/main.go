// Command tofu installs OpenTofu. It downloads the release and verifies its
// signature and checksum. If that fails, package source builds the same version: the
// last way on a machine that reaches a Go module proxy and nothing else.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/birdvoice/terraform-provider-bird/internal/tools/tofu/source"
)

// pinned is the version of OpenTofu. To pin the same for the build, run
// go get -tool github.com/opentofu/opentofu/cmd/tofu@v… in source/module.
const pinned = "1.12.6"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run -C internal/tools/tofu . FILE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := install(ctx, pinned, os.Args[1], published, source.Build)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// builder builds a version of OpenTofu into a file.
type builder func(ctx context.Context, version, path string, progress io.Writer) error

// install puts a version into a file.
func install(ctx context.Context, version, path string, from releases, build builder) error {
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
