package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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

func TestReadPagesLogsTheAttemptsOfEachPage(t *testing.T) {
	t.Parallel()
	server := serveBody(t, `{"results":[{"id":"1"},{"id":"2"}],"nextPageToken":"2"}`)
	log := configured(t, server, nil).logOf(kind{name: "bird_channel_calls"}, channel(nil))
	for _, words := range [][]string{{`"page":1`, `"calls":2`, `"attempts":1`}, {`"page":2`, `"calls":2`, `"attempts":1`}} {
		if !slices.ContainsFunc(strings.Split(log, "\n"), func(line string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
		}) {
			t.Errorf("no line of the log holds %q:\n%s", words, log)
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
			t.Errorf("total %s: logged %+v", total, entry)
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
		t.Errorf("logged %+v", entry)
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
