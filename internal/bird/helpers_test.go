package bird

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// roundTrip responds to requests without a network, so that the time of a test can
// be that of [testing/synctest].
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// newFakeClient returns a client whose requests get their responses from respond.
func newFakeClient(config Config, respond roundTrip) *Client {
	config.Transport = Counted{respond}
	return New(config)
}

// Counted makes each request a step of [watchdog.Bounded].
type Counted struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (c Counted) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = req.Context().Deadline()
	return c.RoundTripper.RoundTrip(req)
}

// listen starts a server of bytes on loopback, and returns its host and port. It
// closes each connection that was served.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// respond makes a response; header holds names and values by turns.
func respond(status int, body string, header ...string) (*http.Response, error) {
	return respondWith(status, strings.NewReader(body), header...)
}

func respondWith(status int, body io.Reader, header ...string) (*http.Response, error) {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp, nil
}

// pageBody is the body of a response with one call of that id.
func pageBody(id, next string) string {
	return fmt.Sprintf(`{"results":[{"id":%q}],"nextPageToken":%q}`, id, next)
}

// readAll returns the ids of all calls of a sequence.
func readAll(pages iter.Seq2[Page[Call], error]) (ids []string, err error) {
	for page, err := range pages {
		if err != nil {
			return ids, err
		}
		for _, call := range page.Items {
			ids = append(ids, call.ID)
		}
	}
	return ids, nil
}

// someCalls reads the calls of a channel in sequence, since it has no start.
func someCalls(ctx context.Context, client *Client) iter.Seq2[Page[Call], error] {
	return client.ChannelCalls(watchdog.Bounded(ctx), "w", "c", CallsQuery{})
}

// wantElapsed fails the test unless exactly so much of a bubble's time passed.
func wantElapsed(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since); got != want {
		t.Errorf("%s passed, want %s", got, want)
	}
}

// busiest returns how many of the times fall into one second at most.
func busiest(at []time.Duration) int {
	slices.Sort(at)
	most, first := 0, 0
	for i := range at {
		for at[i]-at[first] >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// cancelAfter returns a context that is cancelled with that cause.
func cancelAfter(t *testing.T, d time.Duration, cause error) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(d, func() { cancel(cause) })
	return ctx
}

var (
	someStart = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	someNow   = someStart.AddDate(0, 1, 0)
)
