package birdtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
)

// Transport is a fake server without a network, for tests that run in the virtual
// time of [testing/synctest]: it serves the requests of a client itself.
type Transport struct{ *Server }

// NewTransport returns a transport that closes when the test ends.
func NewTransport(t testing.TB, options Options) Transport {
	t.Helper()
	s, err := newServer(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return Transport{s}
}

// RoundTrip implements [http.RoundTripper]. The body can be read while it is
// written.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body, writer := io.Pipe()
	w := &pipedResponse{header: make(http.Header), body: writer, begun: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if recover() != nil { // http.ErrAbortHandler
				_ = writer.CloseWithError(io.ErrUnexpectedEOF)
			}
			_ = writer.Close()
		}()
		t.http.Handler.ServeHTTP(w, req)
	}()
	select {
	case <-w.begun:
	case <-ended:
		select {
		case <-w.begun:
		default:
			return nil, errors.Join(req.Context().Err(), errors.New("the connection was reset"))
		}
	}
	context.AfterFunc(req.Context(), func() { _ = body.CloseWithError(req.Context().Err()) })
	return &http.Response{StatusCode: w.status, Header: w.header, Body: body, Request: req}, nil
}

// pipedResponse writes a response into a pipe.
type pipedResponse struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	begun  chan struct{}
	status int
}

func (w *pipedResponse) Header() http.Header { return w.header }

func (w *pipedResponse) WriteHeader(status int) {
	w.once.Do(func() {
		w.status = status
		w.header = w.header.Clone()
		close(w.begun)
	})
}

func (w *pipedResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *pipedResponse) Flush() {}
