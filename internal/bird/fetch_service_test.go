package bird_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// readTogether reads the same window several times at once, and wants the calls
// each time.
func readTogether(t *testing.T, readers int, client *bird.Client, calls []bird.Call) {
	t.Helper()
	var reads sync.WaitGroup
	for range readers {
		reads.Go(func() {
			got, err := read(t.Context(), client, divisible())
			if err != nil {
				t.Error(err)
				return
			}
			wantCalls(t, calls, got)
		})
	}
	reads.Wait()
}

// With the defaults, reads live through 20 seconds without the service.
func TestFetchLivesThroughAnOutage(t *testing.T) {
	t.Parallel()
	const long = 20 * time.Second
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 300}))
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for name, outage := range map[string]func() (*http.Response, error){
		"503":     func() (*http.Response, error) { return respond(503, "") },
		"429":     func() (*http.Response, error) { return respond(429, "") },
		"refused": func() (*http.Response, error) { return nil, refused },
	} {
		for _, begins := range []time.Duration{0, 700 * time.Millisecond} {
			readers := 8
			if begins == 0 && name == "refused" {
				continue // see TestFetchRetriesARefusedConnectionFor5SecondsBeforeTheFirstResponse
			}
			if begins == 0 {
				readers = 1 // whose attempts nobody else makes fewer
			}
			t.Run(fmt.Sprintf("%s after %s", name, begins), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 10, Latency: 100 * time.Millisecond})
					started := time.Now()
					client := newTransportClient(t, roundTripper(func(req *http.Request) (*http.Response, error) {
						if now := time.Since(started); now >= begins && now < begins+long {
							time.Sleep(20 * time.Millisecond)
							return outage()
						}
						return server.RoundTrip(req)
					}), nil)
					readTogether(t, readers, client, calls)
					if took := time.Since(started); took > 4*time.Minute {
						t.Errorf("%s after %s: the reads took %s", name, begins, took)
					}
				})
			})
		}
	}
}

func respond(status int, body string, header ...string) (*http.Response, error) {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp, nil
}

// With tokens that work once and responses that are lost, a read has every call or
// ends with an error.
func TestFetchLosesNoPageOfATokenThatWorksOnce(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 300}))
	faults := []birdtest.Fault{{Drop: true}, {Truncate: 100}, {Stall: 100}, {Hang: true}, {Status: 502}, {Status: 429}}
	for i, fault := range faults {
		complete, lost := 0, 0
		for seed := range uint64(20) {
			synctest.Test(t, func(t *testing.T) {
				server := birdtest.NewTransport(t, birdtest.Options{
					Calls: calls, PageSize: 20, Latency: 20 * time.Millisecond, TokensOnce: true,
					Fault: func(r birdtest.Request) birdtest.Fault {
						if r.Rand(seed).IntN(40) == 0 {
							return fault
						}
						return birdtest.Fault{}
					},
				})
				query := divisible()
				if seed%2 == 0 {
					query = bird.CallsQuery{}
				}
				switch got, err := read(t.Context(), newTransportClient(t, server, nil), query); {
				case err == nil:
					wantCalls(t, calls, got)
					complete++
				case errors.Is(err, bird.ErrLostResponse):
					lost++
				default:
					t.Errorf("%+v: error %v", fault, err)
				}
			})
		}
		if complete == 0 || (lost == 0) != (fault.Status == 429) {
			t.Errorf("fault %d, %+v: %d reads were complete, and %d lost a page", i, fault, complete, lost)
		}
	}
}

// The limit of the first page is that of every page, and of every part of the
// window.
func TestCursorReadsEveryWindowInSmallPages(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 5000}))
	synctest.Test(t, func(t *testing.T) {
		server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, MaxLimit: 100, Latency: 100 * time.Millisecond})
		client := newTransportClient(t, server, nil)
		for range 2 {
			got, err := read(t.Context(), client, divisible())
			if err != nil {
				t.Fatal(err)
			}
			wantCalls(t, calls, got)
		}
		limits := make(map[string]int)
		for _, request := range server.Requests() {
			limits[request.Query.Get("limit")]++
		}
		if windows(server.Server) < 2 || len(limits) != 2 || limits["1000"] != 1 || limits["100"] < 100 {
			t.Errorf("requests by limit in %d windows: %v", windows(server.Server), limits)
		}
	})
}

// A limit that is much lower than the one of the configuration costs time and no
// read, even without a retry for anything else.
func TestFetchGoesOnUnderALowLimit(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 300}))
	for _, limit := range []float64{2, 5, 10, 25} {
		for kind := birdtest.TokenBucket; kind <= birdtest.FixedWindow; kind++ {
			t.Run(fmt.Sprintf("limit %g of kind %d", limit, kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 10, Latency: 100 * time.Millisecond, RequestsPerSecond: limit, Limit: kind})
					client := newTransportClient(t, server, func(c *bird.Config) { c.MaxRetries = 1 })
					readTogether(t, 4, client, calls)
				})
			})
		}
	}
}

// A second program takes half of the rate: both go on, and few requests of the
// read are rejected.
func TestFetchSharesTheLimitWithAnotherProgram(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 4000}))
	for kind := birdtest.TokenBucket; kind <= birdtest.FixedWindow; kind++ {
		t.Run(fmt.Sprintf("kind %d", kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 10, Latency: 100 * time.Millisecond, RequestsPerSecond: 50, Limit: kind, Jitter: 50 * time.Millisecond})
				var rejected atomic.Int32
				client := newTransportClient(t, server, func(c *bird.Config) { c.OnRetry = func(context.Context, bird.Retry) { rejected.Add(1) } })
				ended := make(chan struct{})
				var passedCount, refusedCount atomic.Int32
				var other sync.WaitGroup
				other.Go(func() {
					for range 15_000 { // ten minutes
						select {
						case <-ended:
							return
						case <-time.After(40 * time.Millisecond):
							req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/prefix/workspaces/"+birdtest.DefaultWorkspaceID+"/channels/"+birdtest.EmptyChannelID+"/calls", nil)
							req.Header.Set("Authorization", "Bearer "+birdtest.DefaultToken)
							other.Go(func() {
								resp, err := server.RoundTrip(req)
								if err != nil {
									t.Error(err)
									return
								}
								_, _ = io.Copy(io.Discard, resp.Body)
								_ = resp.Body.Close()
								if resp.StatusCode == 200 {
									passedCount.Add(1)
								} else {
									refusedCount.Add(1)
								}
							})
						}
					}
				})
				started := time.Now()
				got, err := read(t.Context(), client, divisible())
				took := time.Since(started)
				close(ended)
				other.Wait()
				if err != nil {
					t.Fatal(err)
				}
				wantIDs(t, ids(calls), got)
				passed, refused := int(passedCount.Load()), int(refusedCount.Load())
				ours := len(server.Requests()) - passed - refused
				share, theirs := float64(rejected.Load())/float64(ours), float64(refused)/float64(passed+refused)
				t.Logf("kind %d: %d requests in %s (%.0f a second), %.1f %% rejected; of the other program %.1f %%", kind, ours, took.Round(time.Second), float64(ours)/took.Seconds(), 100*share, 100*theirs)
				if share > 0.05 || theirs > 0.2 || float64(ours)/took.Seconds() < 15 {
					t.Errorf("kind %d: %.1f requests a second, %.1f %% rejected; of the other program %.1f %%", kind, float64(ours)/took.Seconds(), 100*share, 100*theirs)
				}
			})
		})
	}
}

// An attempt ends when no byte has come for 30 seconds, returns its place to others
// and is retried; one whose bytes come slowly goes on.
func TestFetchEndsAnAttemptThatStalls(t *testing.T) {
	t.Parallel()
	calls := lean(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 300}))
	for name, fault := range map[string]birdtest.Fault{
		"before the response": {Hang: true},
		"in the body":         {Stall: 5000},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := birdtest.NewTransport(t, birdtest.Options{Calls: calls, PageSize: 100, Latency: 10 * time.Millisecond, Fault: func(r birdtest.Request) birdtest.Fault {
				if r.Attempt == 1 && r.Page != "" {
					return fault
				}
				return birdtest.Fault{}
			}})
			var retries []bird.Retry
			client := newTransportClient(t, server, func(c *bird.Config) {
				c.OnRetry = func(_ context.Context, r bird.Retry) { retries = append(retries, r) }
			})
			started := time.Now()
			got, err := read(t.Context(), client, bird.CallsQuery{})
			if err != nil {
				t.Fatal(err)
			}
			wantCalls(t, calls, got)
			if took := time.Since(started); took < 60*time.Second || took > 62*time.Second || len(retries) != 2 || !strings.Contains(fmt.Sprint(retries[0].Err), "no byte arrived for 30s") {
				t.Errorf("%s: took %s for two stalls, retries %v", name, took, retries)
			}
		})
	}
	for name, test := range map[string]struct {
		status int
		every  time.Duration // a byte
		want   int           // requests
		after  time.Duration // at least
	}{
		"slow body":            {200, 29 * time.Second, 1, 29 * 26 * time.Second},
		"body that stops":      {200, 31 * time.Second, 2, 30 * time.Second},
		"slow error body":      {404, 29 * time.Second, 1, 29 * 26 * time.Second},
		"error body that ends": {503, 31 * time.Second, 2, 30 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			const body = `{"results":[{"id":"call"}]}`
			requests := 0
			client := newTransportClient(t, roundTripper(func(req *http.Request) (*http.Response, error) {
				if requests++; requests > 1 {
					return respond(200, body)
				}
				reader, writer := io.Pipe()
				context.AfterFunc(req.Context(), func() { _ = reader.CloseWithError(req.Context().Err()) })
				go func() {
					for i := range body {
						if _, err := io.WriteString(writer, body[i:i+1]); err != nil {
							return
						}
						time.Sleep(test.every)
					}
					_ = writer.Close()
				}()
				return &http.Response{StatusCode: test.status, Header: http.Header{}, Body: reader}, nil
			}), nil)
			started := time.Now()
			got, err := read(t.Context(), client, bird.CallsQuery{})
			if apiErr, ok := errors.AsType[*bird.APIError](err); test.status != 404 && (err != nil || len(got) != 1) || test.status == 404 && (!ok || apiErr.StatusCode != 404) {
				t.Errorf("%s: %d calls, error %v", name, len(got), err)
			}
			if took := time.Since(started); requests != test.want || took < test.after {
				t.Errorf("%s: %d requests in %s, want %d in %s at least", name, requests, took, test.want, test.after)
			}
			time.Sleep(time.Minute) // until the writer has noticed
		})
	}
}

// An empty page that repeats its token is retried before it is an error.
func TestFetchRetriesAnEmptyPageThatRepeatsItsToken(t *testing.T) {
	t.Parallel()
	for _, times := range []int{1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			client := newTransportClient(t, roundTripper(func(req *http.Request) (*http.Response, error) {
				time.Sleep(time.Millisecond)
				if req.URL.Query().Get("pageToken") == "" {
					return respond(200, `{"results":[{"id":"a"}],"nextPageToken":"t"}`)
				}
				if asked++; asked <= times {
					return respond(200, `{"results":[],"nextPageToken":"t"}`)
				}
				return respond(200, `{"results":[{"id":"b"}]}`)
			}), func(c *bird.Config) { c.MaxRetries = 3 })
			got, err := read(t.Context(), client, bird.CallsQuery{})
			if times <= 3 && (err != nil || len(got) != 2) {
				t.Errorf("%d empty pages: %d calls, error %v", times, len(got), err)
			}
			if _, ok := errors.AsType[*bird.ResponseError](err); times > 3 && (!ok || asked != 4 || !strings.Contains(err.Error(), "repeats its token")) {
				t.Errorf("after %d empty pages: error %v", asked, err)
			}
		})
	}
}

// lossy is a connection whose packets are lost from some time on.
type lossy struct {
	net.Conn
	lost atomic.Bool
	done chan struct{}
	once sync.Once
}

func (c *lossy) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.lost.Load() {
		<-c.done
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *lossy) Write(p []byte) (int, error) {
	if c.lost.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *lossy) Close() error {
	c.once.Do(func() { close(c.done) })
	return c.Conn.Close()
}

// A dead HTTP/2 connection is found by pings, before the attempt that waits for a
// response on it ends, and the retry uses a new one.
func TestFetchLeavesADeadHTTP2Connection(t *testing.T) {
	t.Parallel()
	certificate := httptest.NewUnstartedServer(nil)
	certificate.EnableHTTP2 = true
	certificate.StartTLS()
	defer certificate.Close()
	config := certificate.TLS.Clone()
	synctest.Test(t, func(t *testing.T) {
		conns := make(chan net.Conn)
		listener := &pipeListener{conns: conns, done: make(chan struct{})}
		var dialed []*lossy
		var protocols []string
		server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			protocols = append(protocols, r.Proto)
			next := ""
			if r.URL.Query().Get("pageToken") == "" {
				next = `,"nextPageToken":"2"`
			} else {
				dialed[0].lost.Store(true) // and the response with it
			}
			_, _ = fmt.Fprintf(w, `{"results":[{"id":"call %s"}]%s}`, r.URL.Query().Get("pageToken"), next)
		})}
		go func() { _ = server.Serve(tls.NewListener(listener, config)) }()

		base, _ := bird.ParseBaseURL("https://example.com")
		var retries []bird.Retry
		transport := bird.NewTransport()
		transport.TLSClientConfig.InsecureSkipVerify = true
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			conns <- theirs
			conn := &lossy{Conn: ours, done: make(chan struct{})}
			dialed = append(dialed, conn)
			return conn, nil
		}
		client := bird.New(bird.Config{BaseURL: base, MaxRetries: 3, Transport: transport, OnRetry: func(_ context.Context, r bird.Retry) { retries = append(retries, r) }})
		started := time.Now()
		var got []bird.Call
		for page, err := range client.ChannelCalls(watchdog.Bounded(t.Context()), "w", "c", bird.CallsQuery{}) {
			if err != nil {
				t.Error(err)
				break
			}
			got = append(got, page.Items...)
		}
		took := time.Since(started)
		if len(got) != 2 || len(dialed) != 2 || len(retries) != 1 {
			t.Errorf("%d calls over %d connections, retries %v", len(got), len(dialed), retries)
		}
		if took > 25*time.Second {
			t.Errorf("took %s, want less than a stalled attempt", took)
		}
		for _, protocol := range protocols {
			if protocol != "HTTP/2.0" {
				t.Errorf("a request came by %s", protocol)
			}
		}
		client.Close()
		for _, conn := range dialed {
			_ = conn.Close()
		}
		_ = server.Close()
	})
}

// pipeListener accepts connections within the process.
type pipeListener struct {
	conns <-chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
