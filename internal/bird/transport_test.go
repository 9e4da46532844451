package bird

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/birdvoice/terraform-provider-bird/internal/throttle"
)

// The connections of all requests in flight are kept for the next ones, and no
// wait for a connection is endless.
func TestNewTransportKeepsConnections(t *testing.T) {
	t.Parallel()
	transport := NewTransport()
	if transport.MaxIdleConnsPerHost < throttle.MaxInFlight || transport.MaxConnsPerHost != 0 || transport.IdleConnTimeout <= 0 || transport.TLSHandshakeTimeout <= 0 {
		t.Errorf("%d idle connections of %d of a host, kept for %s, and %s for a handshake; want %d idle ones, any number, and limits of time",
			transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost, transport.IdleConnTimeout, transport.TLSHandshakeTimeout, throttle.MaxInFlight)
	}
}

func TestNewTransportOffersNoTLSBelow12(t *testing.T) {
	t.Parallel()
	transport := NewTransport()
	if config := transport.TLSClientConfig; config == nil || config.MinVersion < tls.VersionTLS12 || config.InsecureSkipVerify {
		t.Errorf("the configuration of TLS is nil, begins before TLS 1.2, or trusts every certificate: %t", config != nil && config.InsecureSkipVerify)
	}
}

// Wherever a body is truncated, that is an error of the connection, not of a field or
// of the JSON.
func TestFetchNamesAConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	_, body := decodeFile(t, "testdata/channel_call_full.json")
	broken := errors.New("connection reset by peer")
	for n := range body {
		client := newFakeClient(Config{}, func(*http.Request) (*http.Response, error) {
			return respondWith(200, io.MultiReader(bytes.NewReader(body[:n]), iotest.ErrReader(broken)))
		})
		_, err := readAll(someCalls(t.Context(), client))
		if connectionErr, ok := errors.AsType[*ConnectionError](err); !ok || !errors.Is(connectionErr.Err, broken) {
			t.Fatalf("after %d bytes, %s: error %v", n, body[max(0, n-20):n], err)
		}
	}
}

// What is kept of a body for a message is little.
func TestBeginningKeepsTheFirstBytes(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", maxBeginning/5)
	for _, reader := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		var first beginning
		if n, err := io.Copy(&first, reader); err != nil || n != int64(len(text)) || string(first) != text[:maxBeginning] {
			t.Errorf("%d of %d bytes are kept, error %v", len(first), n, err)
		}
	}
}
