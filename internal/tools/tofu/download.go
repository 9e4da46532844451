package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/stall"
	"github.com/opentofu/tofudl"
	"github.com/opentofu/tofudl/branding"
)

// releases is where releases of OpenTofu come from.
type releases struct {
	url      string        // a template of tofudl
	key      string        // the armored OpenPGP key that signs the checksums
	patience time.Duration // the longest time without a byte from the server
}

var published = releases{
	url:      branding.DefaultMirrorURLTemplate,
	key:      branding.DefaultGPGKey,
	patience: 5 * time.Second,
}

// download returns the binary of a release after it has verified the signature of
// the checksums and the checksum of the archive.
func (r releases) download(ctx context.Context, version string, progress io.Writer) ([]byte, error) {
	transport := &transport{next: stall.Transport{Next: http.DefaultTransport, Timeout: r.patience}, progress: progress}
	downloader, err := tofudl.New(
		tofudl.ConfigDownloadMirrorURLTemplate(r.url),
		tofudl.ConfigGPGKey(r.key),
		tofudl.ConfigHTTPClient(&http.Client{Transport: transport}),
	)
	if err != nil {
		return nil, err
	}
	name := "tofu_" + version + "_"
	binary, err := downloader.DownloadVersion(ctx, tofudl.VersionWithArtifacts{
		ID: tofudl.Version(version),
		Files: []string{
			name + "SHA256SUMS",
			name + "SHA256SUMS.gpgsig",
			name + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz",
		},
	}, tofudl.PlatformAuto, tofudl.ArchitectureAuto)
	// If the archive did not arrive, tofudl only reports a wrong checksum.
	if transport.err != nil {
		err = transport.err
	}
	if err != nil {
		return nil, err
	}
	return binary, nil
}

// transport reports progress at most every two seconds, and keeps the first error.
type transport struct {
	next     http.RoundTripper
	progress io.Writer
	err      error
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		_ = resp.Body.Close()
		err = errors.New(resp.Status)
	}
	if err != nil {
		return nil, t.fail(req, err)
	}
	resp.Body = &body{ReadCloser: resp.Body, transport: t, resp: resp, reported: time.Now()}
	return resp, nil
}

func (t *transport) fail(req *http.Request, err error) error {
	err = fmt.Errorf("GET %s://%s%s: %w", req.URL.Scheme, req.URL.Host, req.URL.Path, err)
	if t.err == nil {
		t.err = err
	}
	return err
}

// body watches the body of a response while it is read.
type body struct {
	io.ReadCloser
	transport *transport
	resp      *http.Response
	reported  time.Time
	read      int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.transport.fail(b.resp.Request, err)
	}
	if time.Since(b.reported) >= 2*time.Second {
		b.reported = time.Now()
		fmt.Fprintf(b.transport.progress, "  %.1f of %.1f MB\n", float64(b.read)/1e6, float64(b.resp.ContentLength)/1e6)
	}
	return n, err
}
