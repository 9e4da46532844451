package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

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
	transport := &transport{next: http.DefaultTransport, patience: r.patience, progress: progress}
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

// transport cancels a request when the server sends nothing for the duration of
// patience, which includes the DNS lookup. It reports progress at most every two
// seconds, and keeps the first error.
type transport struct {
	next     http.RoundTripper
	patience time.Duration
	progress io.Writer
	err      error
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	silence := time.AfterFunc(t.patience, func() {
		cancel(fmt.Errorf("the server sent nothing for %v", t.patience))
	})
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		_ = resp.Body.Close()
		err = errors.New(resp.Status)
	}
	if err != nil {
		silence.Stop()
		return nil, t.fail(ctx, req, err)
	}
	resp.Body = &body{ReadCloser: resp.Body, transport: t, ctx: ctx, resp: resp, silence: silence, reported: time.Now()}
	return resp, nil
}

func (t *transport) fail(ctx context.Context, req *http.Request, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
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
	ctx       context.Context //nolint:containedctx // of the request, whose cause Read reports
	resp      *http.Response
	silence   *time.Timer
	reported  time.Time
	read      int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	switch {
	case err != nil:
		b.silence.Stop()
		if !errors.Is(err, io.EOF) {
			err = b.transport.fail(b.ctx, b.resp.Request, err)
		}
	case n > 0:
		b.silence.Reset(b.transport.patience)
	}
	if time.Since(b.reported) >= 2*time.Second {
		b.reported = time.Now()
		fmt.Fprintf(b.transport.progress, "  %.1f of %.1f MB\n", float64(b.read)/1e6, float64(b.resp.ContentLength)/1e6)
	}
	return n, err
}
