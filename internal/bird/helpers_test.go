package bird

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"
)

// roundTrip responds to requests without a network, so that the time of a test can
// be that of [testing/synctest].
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// newFakeClient returns a client whose requests get their responses from respond.
func newFakeClient(config Config, respond roundTrip) *Client {
	client := New(config)
	client.http.Transport = respond
	return client
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
	return client.ChannelCalls(ctx, "w", "c", CallsQuery{})
}

// wantElapsed fails the test unless exactly so much of a bubble's time passed.
func wantElapsed(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since); got != want {
		t.Errorf("%s passed, want %s", got, want)
	}
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
