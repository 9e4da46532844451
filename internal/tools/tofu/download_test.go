package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ProtonMail/gopenpgp/v2/crypto"
	"github.com/birdvoice/terraform-provider-bird/internal/stall"
)

const (
	version = "1.2.3"
	sums    = "tofu_1.2.3_SHA256SUMS"
	sig     = sums + ".gpgsig"
	archive = "tofu_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
)

func newKey(t *testing.T) (*crypto.KeyRing, string) {
	t.Helper()
	key, err := crypto.GenerateKey("Test", "test@example.com", "x25519", 0)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := crypto.NewKeyRing(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return ring, public
}

func sign(t *testing.T, ring *crypto.KeyRing, content []byte) []byte {
	t.Helper()
	signature, err := ring.SignDetached(crypto.NewPlainMessage(content))
	if err != nil {
		t.Fatal(err)
	}
	return signature.GetBinary()
}

func packed(t *testing.T, content string) []byte {
	t.Helper()
	name := "tofu"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(archive, content)
	_ = archive.Close()
	_ = zip.Close()
	return out.Bytes()
}

// serve serves the files of a release from a loopback server.
func serve(t *testing.T, key, dir string, files map[string][]byte) releases {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		content, ok := files[strings.TrimPrefix(req.URL.Path, dir)]
		if !ok {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return releases{url: server.URL + "/v{{ .Version }}/{{ .Artifact }}", key: key, patience: time.Minute}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	ring, public := newKey(t)
	stranger, _ := newKey(t)
	good := packed(t, "the binary")
	other := packed(t, "another binary")
	listed := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(good), archive)

	for name, test := range map[string]struct {
		change func(files map[string][]byte)
		want   string // in the error; none where the download succeeds
	}{
		"whole": {change: func(map[string][]byte) {}},
		"another archive": {
			change: func(files map[string][]byte) { files[archive] = other },
			want:   "invalid checksum",
		},
		"checksums changed after they were signed": {
			change: func(files map[string][]byte) {
				files[archive] = other
				files[sums] = fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(other), archive)
			},
			want: "Signature verification failed",
		},
		"signed by another key": {
			change: func(files map[string][]byte) { files[sig] = sign(t, stranger, listed) },
			want:   "Signature verification failed",
		},
		"no signature": {
			change: func(files map[string][]byte) { files[sig] = nil },
			want:   "Signature verification failed",
		},
		"archive not among the checksums": {
			change: func(files map[string][]byte) {
				files[sums] = fmt.Appendf(nil, "%x  tofu_9.9.9.tar.gz\n", sha256.Sum256(good))
				files[sig] = sign(t, ring, files[sums])
			},
			want: "No checksum found",
		},
		"no archive for this platform": {
			change: func(files map[string][]byte) { delete(files, archive) },
			want:   archive + ": 404 Not Found",
		},
		"no release": {
			change: func(files map[string][]byte) { clear(files) },
			want:   sums + ": 404 Not Found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string][]byte{sums: listed, sig: sign(t, ring, listed), archive: good}
			test.change(files)
			from := serve(t, public, "/v1.2.3/", files)
			binary, err := from.download(t.Context(), version, io.Discard)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want == "" && string(binary) != "the binary":
				t.Errorf("the binary is %q", binary)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("the error is %v, without %q", err, test.want)
			case test.want != "" && binary != nil:
				t.Errorf("a binary came with the error: %q", binary)
			}
		})
	}
}

// A truncated download is reported as one, and not as a wrong checksum.
func TestDownloadThatIsTruncated(t *testing.T) {
	t.Parallel()
	ring, public := newKey(t)
	good := packed(t, "the binary")
	listed := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(good), archive)
	files := map[string][]byte{sums: listed, sig: sign(t, ring, listed), archive: good}
	for broken := range files {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				name := strings.TrimPrefix(req.URL.Path, "/")
				content := files[name]
				w.Header().Set("Content-Length", strconv.Itoa(len(content)))
				if name == broken {
					content = content[:len(content)/2]
				}
				_, _ = w.Write(content)
			}))
			defer server.Close()
			from := releases{url: server.URL + "/{{ .Artifact }}", key: public, patience: time.Minute}
			binary, err := from.download(t.Context(), version, io.Discard)
			if err == nil || !strings.HasSuffix(err.Error(), "/"+broken+": unexpected EOF") || binary != nil {
				t.Errorf("the error is %v, and not that of %s: unexpected EOF", err, broken)
			}
		})
	}
}

// TestDownloadIsNotPatient has a server that accepts the connection and then
// sends nothing, or nothing after the first bytes.
func TestDownloadIsNotPatient(t *testing.T) {
	t.Parallel()
	_, public := newKey(t)
	for name, first := range map[string]string{"nothing at all": "", "the beginning only": "0123"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if first != "" {
					_, _ = io.WriteString(w, first)
					w.(http.Flusher).Flush()
				}
				<-end
			}))
			t.Cleanup(func() { close(end); server.Close() })
			from := releases{url: server.URL + "/{{ .Artifact }}", key: public, patience: 50 * time.Millisecond}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := from.download(ctx, version, io.Discard)
			if err == nil || !strings.Contains(err.Error(), "no byte arrived for 50ms") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// slowly is a response of ten bytes, one every four seconds.
type slowly struct{ sent int }

func (s *slowly) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, ContentLength: 10e6, Body: s, Request: req}, nil
}

func (s *slowly) Read(p []byte) (int, error) {
	if s.sent == 10 {
		return 0, io.EOF
	}
	time.Sleep(4 * time.Second)
	s.sent++
	return copy(p, "x"), nil
}

func (s *slowly) Close() error { return nil }

func TestDownloadThatIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var progress bytes.Buffer
		client := http.Client{Transport: &transport{next: stall.Transport{Next: &slowly{}, Timeout: 5 * time.Second}, progress: &progress}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.com/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		content, err := io.ReadAll(resp.Body)
		if err != nil || len(content) != 10 {
			t.Errorf("%d bytes and the error %v", len(content), err)
		}
		if resp.Request.Context().Err() != nil {
			t.Error("the download was given up")
		}
		if lines := strings.Count(progress.String(), " of 10.0 MB\n"); lines != 10 {
			t.Errorf("%d lines of progress:\n%s", lines, &progress)
		}
	})
}
