package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestReadPagesLogsPagesAndTheTotal(t *testing.T) {
	t.Parallel()
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 12}), PageSize: 10})
	w := newWorkspace(t, server, dataChannelCalls(""))
	w.env = append(w.env, "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+w.dir+"/debug.log")
	w.run("plan", "-input=false")
	log := w.read("debug.log")
	for _, words := range [][]string{
		{"[DEBUG]", "Read a page of calls", "page=1", "calls=10", "attempts=1", "duration_ms=", "@module=bird.client"},
		{"[DEBUG]", "Read a page of calls", "page=2", "calls=12"},
		{"[INFO]", "Read all calls", "pages=2", "calls=12", "@module=bird.client"},
	} {
		told := false
		for line := range strings.SplitSeq(log, "\n") {
			told = told || !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		}
		if !told {
			t.Errorf("no line of the log holds %q", words)
		}
	}
	// The version that the binary was built with.
	if agent := server.Requests()[0].Header.Get("User-Agent"); !strings.Contains(agent, " terraform-provider-bird/0.0.1 (") {
		t.Errorf("User-Agent %q", agent)
	}
}

// logEntry is a line of the log about a read.
type logEntry struct {
	Message  string `json:"@message"`
	Page     int    `json:"page"`
	Pages    int    `json:"pages"`
	Calls    int    `json:"calls"`
	Channels int    `json:"channels"`
	Total    int    `json:"total"`
	Attempt  int    `json:"attempt"`
	Attempts int    `json:"attempts"`
	Wait     int    `json:"wait_ms"`
}

// entriesOf returns the lines of a log that begin with a message.
func entriesOf(t *testing.T, log, message string) (entries []logEntry) {
	t.Helper()
	for line := range strings.Lines(log) {
		var entry logEntry
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(entry.Message, message) {
			entries = append(entries, entry)
		}
	}
	return entries
}

// What the log of each kind counts is what the server counted: its requests, those that
// it let fail, and what it listed, each element once.
func TestReadPagesLogsWhatTheServerCounts(t *testing.T) {
	t.Parallel()
	const listed, repeated = 57, 12
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 12, Calls: listed})
	channels := make([]bird.Channel, listed)
	for i := range channels {
		channels[i] = bird.Channel{ID: fmt.Sprint(i), PlatformID: new(birdtest.VoicePlatform)}
	}
	for _, k := range newSession(t).kindsWith("workspace_id") {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			failed := make(map[int]bool) // by the number of the request
			server := birdtest.NewServer(t, birdtest.Options{
				Calls: calls, Channels: channels, PageSize: 10, MaxLimit: 100, Repeat: 5, EmptyPages: 2, Total: true,
				Fault: func(r birdtest.Request) (fault birdtest.Fault) {
					if n := r.Rand(1).IntN(6); r.Page == "" && r.Attempt < 3 || r.Attempt == 1 && n == 0 {
						fault.Status = []int{503, 429}[r.Attempt%2]
					}
					mu.Lock()
					defer mu.Unlock()
					failed[r.Number] = fault.Status != 0 || r.Query.Get("limit") == "1000" // which is too many
					return fault
				},
			})
			s := configured(t, server, object{"max_requests_per_second": 1000})
			log := s.logOf(k, s.required(k))
			requests := server.Requests()
			served := 0
			for _, request := range requests {
				if !failed[request.Number] {
					served++
				}
			}
			if served < (listed+repeated)/10 || served+4 > len(requests) {
				t.Fatalf("%d pages of %d requests show little", served, len(requests))
			}

			pages := entriesOf(t, log, "Read a page")
			attempts := 0
			for i, page := range pages {
				if attempts += page.Attempts; page.Page != i+1 {
					t.Errorf("page %d is logged as %d", i+1, page.Page)
				}
			}
			if len(pages) != served || attempts != len(requests) {
				t.Errorf("%d pages in %d attempts are logged, and the server sent %d to %d requests", len(pages), attempts, served, len(requests))
			}
			end := entriesOf(t, log, "Read all")
			if len(end) != 1 || end[0].Pages != served || end[0].Calls+end[0].Channels != listed {
				t.Errorf("logged at the end: %+v, want %d elements in %d pages", end, listed, served)
			}
			total := entriesOf(t, log, "The service counts more")
			if len(total) != 1 || total[0].Total != listed+repeated || total[0].Calls+total[0].Channels != listed {
				t.Errorf("logged about the total: %+v, want %d and %d", total, listed+repeated, listed)
			}

			retries := entriesOf(t, log, "An attempt failed")
			for i, request := range requests {
				if !failed[request.Number] {
					continue
				}
				if len(retries) == 0 || i+1 == len(requests) {
					t.Fatalf("request %d is not logged, or not tried again", request.Number)
				}
				waited := requests[i+1].At.Sub(request.At)
				if retry := retries[0]; retry.Attempt != request.Attempt || time.Duration(retry.Wait)*time.Millisecond > waited {
					t.Errorf("logged %+v of attempt %d, and the server waited %s for the next", retry, request.Attempt, waited)
				}
				retries = retries[1:]
			}
			if len(retries) > 0 {
				t.Errorf("logged besides: %+v", retries)
			}
		})
	}
}

// A window that is divided has pages of its own and of its parts, which are logged, and
// requests of the ruler for windows of two seconds, which are no pages.
func TestReadPagesLogsThePagesOfADividedWindow(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 13, Calls: 600})
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 10, Repeat: 50})
	s := configured(t, server, object{"max_requests_per_second": 1000})
	k := kind{name: "bird_channel_call_summary"}
	log := s.logOf(k, channel(object{"start_at": "2024-01-31T00:00:00Z", "end_at": "2024-03-05T00:00:00Z"}))
	ruler, windows := 0, make(map[string]bool)
	for _, request := range server.Requests() {
		start, err1 := time.Parse(time.RFC3339, request.Query.Get("startAt"))
		end, err2 := time.Parse(time.RFC3339, request.Query.Get("endAt"))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if end.Sub(start) <= 2*time.Second {
			ruler++
		} else {
			windows[request.Query.Get("startAt")] = true
		}
	}
	if ruler == 0 || len(windows) < 3 {
		t.Fatalf("%d requests of the ruler and %d windows: it was not divided", ruler, len(windows))
	}
	pages, last := entriesOf(t, log, "Read a page"), entriesOf(t, log, "Read all")
	if want := len(server.Requests()) - ruler; len(pages) != want || len(last) != 1 || last[0].Pages != want || last[0].Calls != len(calls) {
		t.Errorf("%d pages are logged, and at the end %+v, want %d pages and %d calls", len(pages), last, want, len(calls))
	}
}

// An error of each kind counts what came before it, each element once.
func TestReadPagesCountsWhatCameBeforeAnError(t *testing.T) {
	t.Parallel()
	first := `{"results":[{"id":"1"},{"id":"2"},{"id":"1"}],"nextPageToken":"2"}`
	second := `{"results":[{"id":"2"},{"id":"3"}],"nextPageToken":"3"}`
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		switch r.Page {
		case "":
			return birdtest.Fault{Status: 200, Body: first}
		case "2":
			return birdtest.Fault{Status: 200, Body: second}
		}
		return birdtest.Fault{Status: 403}
	}})
	s := configured(t, server, nil)
	for _, k := range s.kindsWith("workspace_id") {
		if text := s.diagnose(k, s.required(k)); !regexp.MustCompile(`\(3 (calls|channels) in 2 pages so far\)`).MatchString(text) {
			t.Errorf("%s: diagnostics %s", k, text)
		}
	}
	for _, k := range s.kindsWith("max_calls") {
		config := s.required(k)
		config["max_calls"] = 2
		if text := s.diagnose(k, config); !strings.Contains(text, "stopped after 3 calls") {
			t.Errorf("%s: diagnostics %s", k, text)
		}
	}
}

// Nobody knows what the service counts, so a larger total is no diagnostic.
func TestReadPagesLogsATotalThatIsLargerThanTheList(t *testing.T) {
	t.Parallel()
	for total, logged := range map[string]bool{`3`: true, `2`: false, `1`: false, `null`: false} {
		first := fmt.Sprintf(`{"total":%s,"results":[{"id":"1"}],"nextPageToken":"2"}`, total)
		log := configured(t, servePages(t, first, `{"total":1000,"results":[{"id":"2"}]}`), nil).logOf(kind{name: "bird_channel_calls"}, channel(nil))
		var entry struct {
			Level string `json:"@level"`
			Total int    `json:"total"`
			Calls int    `json:"calls"`
		}
		for line := range strings.SplitSeq(log, "\n") {
			if strings.Contains(line, "counts more calls than it listed") {
				if err := json.Unmarshal([]byte(line), &entry); err != nil {
					t.Fatal(err)
				}
			}
		}
		if logged != (entry.Total == 3 && entry.Calls == 2 && entry.Level == "info") || !logged && entry.Level != "" {
			t.Errorf("total %s: logged %+v, want a total of 3 and 2 calls at the level info: %t", total, entry, logged)
		}
	}
}

func TestReadPagesLogsEachRetry(t *testing.T) {
	t.Parallel()
	// The wait would outlast the timeout, so it does not begin.
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"3600"}}}
	}})
	log := configured(t, server, nil).logOf(kind{name: "bird_channel_calls"}, channel(nil))
	var entry struct {
		Message string `json:"@message"`
		Level   string `json:"@level"`
		Attempt int    `json:"attempt"`
		Wait    int    `json:"wait_ms"`
		Error   string `json:"error"`
	}
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "can be retried") {
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	if entry.Level != "warn" || entry.Attempt != 1 || entry.Wait > 3600_000 || entry.Wait < 3000_000 || !strings.Contains(entry.Error, "status 503") {
		t.Errorf("logged %+v, want attempt 1 at the level warn, a wait of almost an hour, and status 503", entry)
	}
}

// The service compares the bounds with two times of a call, so the window cannot
// be divided.
func TestReadPagesLogsAFallback(t *testing.T) {
	t.Parallel()
	start := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	end := start.Add(24 * time.Hour)
	var calls []bird.Call // one in each minute
	for i := range 900 {
		created := start.Add(time.Duration(i)*time.Minute + 10*time.Second)
		calls = append(calls, bird.Call{
			ID: fmt.Sprint(i), ChannelID: new(birdtest.DefaultChannelID),
			CreatedAt: new(created.Format(time.RFC3339)), EndedAt: new(created.Add(30 * time.Second).Format(time.RFC3339)),
		})
	}
	server := birdtest.NewServer(t, birdtest.Options{Calls: calls, EndBy: birdtest.EndedAt, PageSize: 25})
	log := configured(t, server, object{"max_requests_per_second": 1000}).logOf(kind{name: "bird_channel_calls"}, channel(object{
		"start_at": start.Format(time.RFC3339), "end_at": end.Format(time.RFC3339),
	}))
	var entry struct {
		Message string    `json:"@message"`
		Level   string    `json:"@level"`
		StartAt time.Time `json:"start_at"`
		EndAt   time.Time `json:"end_at"`
	}
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "page by page") {
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !entry.StartAt.Equal(start) || !entry.EndAt.Equal(end) || entry.Level != "warn" || !strings.HasSuffix(entry.Message, "the ruler could not be measured") {
		t.Errorf("logged %+v, want the window from %s to %s", entry, start, end)
	}
}

// A list in the order of the last update may skip a call that is updated meanwhile. The
// read warns once, and has its calls.
func TestReadPagesWarnsOfCallsInTheOrderOfTheirLastUpdate(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 100})
	for _, test := range []struct {
		by   birdtest.TimeField
		want int
	}{{birdtest.UpdatedAt, 1}, {birdtest.CreatedAt, 0}} {
		server := birdtest.NewServer(t, birdtest.Options{Calls: calls, StartBy: test.by, PageSize: 40})
		s := configured(t, server, nil)
		for _, k := range s.kindsWith("channel_id") {
			text := s.diagnose(k, channel(nil))
			if got := strings.Count(text, "WARNING: A call that is updated during a read may be missing"); got != test.want || strings.Contains(text, "ERROR") {
				t.Errorf("%v: %d warnings, want %d:\n%s", k, got, test.want, text)
			}
		}
	}
}

func TestReadPagesEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"refresh"}} {
		t.Run(command[0], func(t *testing.T) {
			t.Parallel()
			began := make(chan struct{}, 100)
			server := birdtest.NewServer(t, birdtest.Options{
				Calls:    birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 150}),
				PageSize: 100,
				Fault: func(r birdtest.Request) birdtest.Fault {
					if r.Page == "" {
						return birdtest.Fault{}
					}
					began <- struct{}{}
					return birdtest.Fault{Hang: true}
				},
			})
			w := newWorkspace(t, server, dataChannelCalls(""))
			output := w.interrupt(began, append(command, "-input=false")...)
			if words := strings.Join(strings.Fields(strings.ReplaceAll(output, "│", "")), " "); !strings.Contains(words, "Reading calls was interrupted") || !strings.Contains(words, "100 calls in 1 page so far") {
				t.Errorf("terraform printed:\n%s", output)
			}
		})
	}
}

func TestReadPagesLimitsTheTimeOfEachKind(t *testing.T) {
	t.Parallel()
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		return birdtest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"3600"}}}
	}}), nil)
	for _, k := range s.kindsWith("timeouts") {
		configs := []object{s.required(k)}
		if slices.Contains(s.kindsWith("group_by"), k) {
			configs = append(configs, s.required(k))
			configs[1]["group_by"] = []string{"day"}
		}
		for _, config := range configs {
			config["timeouts"] = object{"read": "59m"}
			if text := s.diagnose(k, config); !strings.Contains(text, "The read is limited to 59m0s") {
				t.Errorf("%s: diagnostics %q", k, text)
			}
		}
	}
}
