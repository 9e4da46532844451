package stall

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// server responds after some time, with a body whose bytes arrive one by one, some
// of them at once.
type server struct {
	first, every time.Duration
	quick        int
	body         io.Reader
	closed       int
	ctx          context.Context //nolint:containedctx // of the request
}

func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	s.ctx = req.Context()
	if err := s.wait(s.first); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: s}, nil
}

func (s *server) wait(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

func (s *server) Read(p []byte) (int, error) {
	if s.quick--; s.quick < 0 {
		if err := s.wait(s.every); err != nil {
			return 0, err
		}
	}
	return s.body.Read(p[:1])
}

func (s *server) Close() error {
	s.closed++
	return nil
}

func TestTransportEndsARequestWhoseResponseStalls(t *testing.T) {
	t.Parallel()
	const timeout = 30 * time.Second
	broken := errors.New("connection reset by peer")
	interrupted := errors.New("interrupted")
	for name, test := range map[string]struct {
		server server
		cancel time.Duration // when the context of the request is cancelled
		took   time.Duration
		inBody bool
		want   string // the error
	}{
		"slow":                {server{first: 29 * time.Second, every: 29 * time.Second, body: strings.NewReader("0123456789")}, 0, 29 * 12 * time.Second, true, ""},
		"no response":         {server{first: time.Hour}, 0, timeout, false, "no byte arrived for 30s"},
		"no body":             {server{first: 29 * time.Second, every: time.Hour}, 0, 59 * time.Second, true, "no byte arrived for 30s"},
		"rest of a body":      {server{every: 31 * time.Second, quick: 3, body: strings.NewReader("0123456789")}, 0, timeout, true, "no byte arrived for 30s"},
		"broken":              {server{body: iotest.ErrReader(broken)}, 0, 0, true, broken.Error()},
		"cancelled":           {server{first: time.Hour}, 7 * time.Second, 7 * time.Second, false, interrupted.Error()},
		"cancelled in a body": {server{every: time.Hour}, 7 * time.Second, 7 * time.Second, true, interrupted.Error()},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if test.cancel > 0 {
				time.AfterFunc(test.cancel, func() { cancel(interrupted) })
			}
			defer cancel(nil)
			started := time.Now()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/", nil)
			if err != nil {
				t.Fatal(err)
			}
			var content []byte
			inBody := false
			resp, err := Transport{&test.server, timeout}.RoundTrip(req)
			if err == nil {
				inBody = true
				content, err = io.ReadAll(resp.Body)
				time.Sleep(time.Hour) // after the end, nothing can stall
				if err == nil && test.server.ctx.Err() != nil {
					t.Errorf("%s: the request was ended: %v", name, context.Cause(test.server.ctx))
				}
				_ = resp.Body.Close()
				if test.server.closed != 1 {
					t.Errorf("%s: the body was closed %d times", name, test.server.closed)
				}
				started = started.Add(time.Hour)
			}
			if took := time.Since(started); took != test.took || inBody != test.inBody {
				t.Errorf("%s: it ended after %s, in the body %t; want after %s, %t", name, took, inBody, test.took, test.inBody)
			}
			if test.want == "" && (err != nil || string(content) != "0123456789") {
				t.Errorf("%s: %q, error %v", name, content, err)
			}
			if test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("%s: error %v, want %s", name, err, test.want)
			}
			if _, ok := errors.AsType[*BodyError](err); ok != (inBody && err != nil) {
				t.Errorf("%s: error %v is of type %T", name, err, err)
			}
			if test.server.ctx.Err() == nil {
				t.Errorf("%s: the context of the request is not freed", name)
			}
		})
	}
}

func TestBodyErrorWrapsItsCause(t *testing.T) {
	t.Parallel()
	if err := error(&BodyError{io.ErrUnexpectedEOF}); !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "unexpected EOF" {
		t.Errorf("error %v", err)
	}
}
