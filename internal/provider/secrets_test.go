package provider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// What no message and no log line may hold.
const (
	secretToken = "Qx7-secret/token=5f.Zk" // without six digits in a row
	fromNumber  = "+31970001234567"
	toNumber    = "31970007654321"
	// echoed is what a server or a proxy quotes of a request.
	echoed = "Bearer " + secretToken + " asks from=" + fromNumber + "&to=" + toNumber +
		" qx7-SECRET/token=5f.Zk Qx7-secret%2Ftoken%3D5f.Zk %2B49%20151%20234 (0151) 23-45-67 ann@sip.example.com"
)

// otherForms are parts of what is quoted that are as secret as the rest.
var otherForms = []string{"SECRET/token", "secret%2F", "151%20234", "23-45-67", "ann@"}

// secretsOf returns what a text holds of them. Digits of a UUID name nobody.
func secretsOf(text string) (found []string) {
	if strings.Contains(text, secretToken) || strings.Contains(text, secretToken[:len(secretToken)/2]) {
		found = append(found, "the credential")
	}
	for _, form := range otherForms {
		if strings.Contains(text, form) {
			found = append(found, form)
		}
	}
	text = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(text, "")
	if number := regexp.MustCompile(`\pN{6,}`).FindString(text); number != "" {
		found = append(found, "the number "+number)
	}
	return found
}

// readForSecrets reads, or opens, with the filters from and to where the kind has
// them, and returns what a user sees and the log at its most verbose.
func readForSecrets(t *testing.T, k kind, baseURL string, config object) (text, log string) {
	t.Helper()
	s := newSession(t)
	if text := s.configure(object{"token": secretToken, "base_url": baseURL, "max_retries": 1}, nil); text != "" {
		t.Error(text)
	}
	whole := s.required(k)
	if slices.Contains(s.kindsWith("from"), k) {
		whole["from"], whole["to"] = fromNumber, toNumber
	}
	for name, value := range config {
		whole[name] = value
	}
	var output bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &output)
	if k.ephemeral {
		_, text = s.open(ctx, k.name, whole)
	} else {
		text = diagnosticsText(s.read(ctx, k.name, whole).Diagnostics)
	}
	return text, output.String()
}

// expectNoSecret reads from a server that responds to each request with fault, and
// wants a diagnostic that holds the words and no secret.
func expectNoSecret(t *testing.T, name string, k kind, config object, fault birdtest.Fault, words ...string) {
	t.Helper()
	// birdtest's own server knows other credentials.
	server, err := birdtest.Start("127.0.0.1:0", birdtest.Options{Token: secretToken, Fault: func(birdtest.Request) birdtest.Fault { return fault }})
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	text, log := readForSecrets(t, k, server.URL(), config)
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s: %s: %q is not in the diagnostic:\n%s", name, k, word, text)
		}
	}
	if strings.Count(text, "ERROR") != 1 || strings.Count(text, "\n\n") < 2 {
		t.Errorf("%s: %s: want one error with an attempt, the server's words and a remedy:\n%s", name, k, text)
	}
	if found := secretsOf(text); found != nil {
		t.Errorf("%s: %s: %s in the diagnostic:\n%s", name, k, found, text)
	}
	if found := secretsOf(log); found != nil {
		t.Errorf("%s: %s: %s in the log:\n%s", name, k, found, log)
	}
	// An error that is retried is in the log.
	if retried := len(server.Requests()) == 2; retried != strings.Contains(log, "An attempt failed") {
		t.Errorf("%s: %s: retried %t, and the log is\n%s", name, k, retried, log)
	}
}

// inBody are the bodies that quote a request in one place each.
func inBody() map[string]birdtest.Fault {
	faults := make(map[string]birdtest.Fault)
	for place, form := range map[string]string{
		"code":                        `{"code":"%s","message":"m"}`,
		"type":                        `{"type":"%s"}`,
		"message":                     `{"code":"c","message":"%s"}`,
		"description":                 `{"description":"%s"}`,
		"title":                       `{"title":"%s"}`,
		"details by field":            `{"message":"m","details":{"from":["%s"]}}`,
		"field of details":            `{"message":"m","details":{"%s":["bad"]}}`,
		"list of details":             `{"message":"m","details":["%s"]}`,
		"objects in details":          `{"message":"m","details":[{"field":"f","reason":"%s"}]}`,
		"field of objects in details": `{"message":"m","details":[{"field":"%s","reason":"r"}]}`,
		"code in errors":              `{"errors":[{"code":"%s","description":"d","parameter":"p"}]}`,
		"description in errors":       `{"errors":[{"code":"c","description":"%s","parameter":"p"}]}`,
		"parameter in errors":         `{"errors":[{"code":"c","description":"d","parameter":"%s"}]}`,
		"texts in errors":             `{"errors":["%s"]}`,
		"error as text":               `{"error":"%s"}`,
		"type of error":               `{"error":{"type":"%s","message":"m"}}`,
		"code of error":               `{"error":{"code":"%s","message":"m"}}`,
		"message of error":            `{"error":{"code":"c","message":"%s"}}`,
		"details of error":            `{"error":{"code":"c","details":{"from":"%s"}}}`,
		"request id of error":         `{"error":{"code":"c","request_id":"%s"}}`,
		"request_id":                  `{"message":"m","request_id":"%s"}`,
		"requestId":                   `{"message":"m","requestId":"%s"}`,
		"another field":               `{"query":"%s"}`,
		"text of JSON":                `"%s"`,
		"list of JSON":                `["%s"]`,
		"broken JSON":                 `{"message":"%s"`,
		"text":                        `%s`,
		"text across lines":           "denied:\r\n\t%s\x1b[31m",
		"text that is cut":            strings.Repeat("x", 180) + "%s", // in the credential
		"message that is cut":         `{"message":"` + strings.Repeat("x", 180) + `%s"}`,
		"text longer than is read":    strings.Repeat(" ", 64<<10-30) + "%s",
		"HTML":                        "<!DOCTYPE html><title>%[1]s</title><a href=\"?%[1]s\">",
	} {
		fault := birdtest.Fault{Body: fmt.Sprintf(form, echoed), Header: http.Header{"X-Request-Id": nil}} // of the body, then
		if place == "HTML" {
			fault.ContentType = "text/html"
		}
		faults[place] = fault
	}
	const number = "31970001234567"
	for place, body := range map[string]string{
		"code as a number":    `{"code":` + number + `}`,
		"message as a number": `{"message":` + number + `}`,
		"details as a number": `{"message":"m","details":{"from":` + number + `}}`,
		"errors with numbers": `{"errors":[{"code":` + number + `,"description":"d"}]}`,
		"a number":            number,
	} {
		faults[place] = birdtest.Fault{Body: body}
	}
	return faults
}

// inHeader are the headers that quote a request in one place each.
func inHeader() map[string]birdtest.Fault {
	faults := make(map[string]birdtest.Fault)
	for _, name := range []string{"Messagebird-Request-Id", "X-Request-Id", "Request-Id", "X-Amzn-Requestid", "X-Amz-Cf-Id", "Location", "Retry-After", "Content-Type", "Www-Authenticate"} {
		faults[name] = birdtest.Fault{Body: `{"message":"m"}`, Header: http.Header{"X-Request-Id": nil, name: {echoed}}}
	}
	for _, value := range []string{fromNumber, "req-" + toNumber[1:], "1-" + toNumber[1:] + "-" + secretToken} {
		faults["an id "+value] = birdtest.Fault{Body: `{"message":"m"}`, Header: http.Header{"Messagebird-Request-Id": {value}}}
	}
	return faults
}

func TestDiagnosticsOfErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	calls := kind{name: "bird_channel_calls"}
	for _, status := range []int{301, 302, 307, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var reads sync.WaitGroup // those that are retried wait side by side
			for _, faults := range []map[string]birdtest.Fault{inBody(), inHeader()} {
				for place, fault := range faults {
					fault.Status = status
					reads.Go(func() { expectNoSecret(t, place, calls, nil, fault, fmt.Sprintf("tatus %d", status)) })
				}
			}
			reads.Wait()
		})
	}
}

func TestDiagnosticsOfResponsesThatAreNoListHoldNoSecret(t *testing.T) {
	t.Parallel()
	calls := kind{name: "bird_channel_calls"}
	for place, test := range map[string]struct {
		body   string // in which %s is what is quoted
		config object
	}{
		"HTML":                      {"<html><title>%[1]s</title>%[1]s", nil},
		"text":                      {"%s", nil},
		"text of JSON":              {`"%s"`, nil},
		"list of JSON":              {`["%s"]`, nil},
		"no results":                {`{"%[1]s":"%[1]s"}`, nil},
		"results as text":           {`{"results":"%s"}`, nil},
		"results with text":         {`{"results":["%s"]}`, nil},
		"a field twice":             {`{"results":[{"%[1]s":1,"%[1]s":1}]}`, nil},
		"a token that is no text":   {`{"results":[],"nextPageToken":{"%[1]s":"%[1]s"}}`, nil},
		"broken JSON":               {`{"results":[{"from":"%s",}]}`, nil},
		"broken JSON after a field": {`{"results":[{"from":"a"}],"%[1]s":%[1]s}`, nil},
		"truncated JSON":            {`{"results":[{"from":"%s"`, nil},
		"id":                        {`{"results":[{"id":"%[1]s","duration":"%[1]s"}]}`, nil},
		"a number for a text":       {`{"results":[{"id":"a","status":31970001234567}]}`, nil},
		"a text for a number":       {`{"results":[{"id":"a","hangupCauseCode":"%s"}]}`, nil},
		"a text for an object":      {`{"results":[{"id":"a","originator":"%s"}]}`, nil},
		"a text for a list":         {`{"results":[{"id":"a","callFlow":{"commands":[{"conditions":"%s"}]}}]}`, nil},
		"a filter of Bird":          {`{"results":[{"id":"%[1]s","createdAt":"2024-02-28T18:54:47Z","status":"%[1]s"}]}`, object{"status": "busy"}},
		"a window":                  {`{"results":[{"id":"%[1]s","createdAt":"2020-02-28T18:54:47Z","status":"%[1]s"}]}`, object{"start_at": "2024-01-01T00:00:00Z"}},
		"a time":                    {`{"results":[{"id":"%[1]s","createdAt":"%[1]s"}]}`, object{"start_at": "2024-01-01T00:00:00Z"}},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			body := test.body
			if strings.Contains(body, "%") {
				body = fmt.Sprintf(body, echoed)
			}
			fault := birdtest.Fault{Status: 200, Body: body}
			if place == "HTML" {
				fault.ContentType = "text/html"
			}
			expectNoSecret(t, place, calls, test.config, fault)
		})
	}
}

// Every kind that reads reports errors in the same way.
func TestDiagnosticsOfEachKindOfErrorHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, k := range newSession(t).kindsWith("workspace_id") {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			expectNoSecret(t, "403", k, nil, birdtest.Fault{Status: 403, Body: "<p>" + echoed}, "Status 403", "asks from=")
			expectNoSecret(t, "503", k, nil, birdtest.Fault{Status: 503, Body: `{"message":"` + echoed + `"}`}, "status 503", "asks from=")
			expectNoSecret(t, "wrong type", k, nil, birdtest.Fault{Status: 200, Body: `{"results":[{"id":"` + echoed + `","status":1}]}`}, "field status")
		})
	}
}

// net/http quotes what is not HTTP.
func TestDiagnosticsOfResponsesThatAreNotHTTPHoldNoSecret(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]string{
		"no version":      echoed + "\r\n\r\n",
		"version":         echoed + " 200 OK\r\n\r\n",
		"status":          "HTTP/1.1 " + echoed + "\r\n\r\n",
		"header":          "HTTP/1.1 200 OK\r\n" + echoed + "\r\n\r\n",
		"length":          "HTTP/1.1 200 OK\r\nContent-Length: " + echoed + "\r\n\r\n",
		"encoding":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + echoed + "\r\n\r\n",
		"length of chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + echoed + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = conn.Write([]byte(response))
					_ = conn.Close()
				}
			}()
			text, log := readForSecrets(t, kind{name: "bird_channel_calls"}, "http://"+listener.Addr().String(), nil)
			if !strings.Contains(text, "o complete response from") || secretsOf(text) != nil {
				t.Errorf("%s in the diagnostic:\n%s", secretsOf(text), text)
			}
			if !strings.Contains(log, "An attempt failed") || secretsOf(log) != nil {
				t.Errorf("%s in the log:\n%s", secretsOf(log), log)
			}
		})
	}
}

// markedElement returns an element of a list in JSON in which every value is found
// again in a text, and these values.
func markedElement(element reflect.Type, id string) (text string, marks []string) {
	n := 0
	var value func(of reflect.Type, name string) any
	value = func(of reflect.Type, name string) any {
		switch of.Kind() {
		case reflect.Pointer:
			return value(of.Elem(), name)
		case reflect.Slice:
			return []any{value(of.Elem(), name)}
		case reflect.Struct:
			object := make(map[string]any)
			for field := range of.Fields() {
				name := field.Tag.Get("json")
				object[name] = value(field.Type, name)
			}
			return object
		case reflect.Bool:
			return true
		}
		n++
		mark := strconv.Itoa(7654000 + n) // in a number, and in a fraction of a second
		marks = append(marks, mark)
		switch {
		case of.Kind() == reflect.Int64:
			return 7654000 + n
		case strings.HasSuffix(name, "At"), name == "scheduledFor":
			return "2024-02-28T16:54:33." + mark + "Z"
		}
		return "mark-" + mark
	}
	object, _ := value(element, "").(map[string]any)
	object["id"] = id
	encoded, _ := json.Marshal(object)
	return string(encoded), marks
}

// The log counts the elements of a list, each once, and holds nothing of them.
func TestLogHoldsNoFieldOfAnElement(t *testing.T) {
	t.Parallel()
	for _, k := range newSession(t).kinds() {
		element, noun := reflect.TypeFor[bird.Call](), "calls"
		if k.name == "bird_channels" {
			element, noun = reflect.TypeFor[bird.Channel](), "channels"
		}
		first, marks := markedElement(element, "7654990")
		second, _ := markedElement(element, "7654991")
		marks = append(marks, "7654990", "7654991", "7654992")
		pages := map[string]string{
			"":        `{"results":[` + first + `],"nextPageToken":"7654992"}`,
			"7654992": `{"results":[` + strings.ReplaceAll(first, "16:54:33", "16:54:34") + `,` + second + `]}`,
		}
		server := birdtest.NewServer(t, birdtest.Options{Token: secretToken, Fault: func(r birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: 200, Body: pages[r.Page]}
		}})
		text, log := readForSecrets(t, k, server.URL(), nil)
		if strings.Contains(text, "ERROR") {
			t.Errorf("%s: %s", k, text)
		}
		for _, mark := range marks {
			if strings.Contains(log, mark) {
				t.Errorf("%s: %s is in the log:\n%s", k, mark, log)
			}
		}
		var counts []string
		for line := range strings.Lines(log) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatal(err)
			}
			if n, ok := fields[noun]; ok {
				counts = append(counts, fmt.Sprint(n))
			}
		}
		if !slices.Equal(counts, []string{"1", "2", "2"}) {
			t.Errorf("%s: the log counts %v %s, want 1, 2 and 2:\n%s", k, counts, noun, log)
		}
	}
}

func TestSecretSettingsAreShownNowhere(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"token": birdtest.DefaultToken, "access_key": birdtest.DefaultAccessKey, "pseudonym_key": "fake-pseudonym-key-1b3d5f7092a4c6e8"}
	for _, setting := range newSession(t).schema.Provider.Block.Attributes {
		if setting.Sensitive && secrets[setting.Name] == "" {
			t.Errorf("the setting %s is not looked for", setting.Name)
		}
	}
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 120})
	echo := func(r birdtest.Request) birdtest.Fault {
		if r.Attempt == 1 {
			return birdtest.Fault{Status: 503, Body: `{"message":"you sent ` + r.Header.Get("Authorization") + `"}`}
		}
		return birdtest.Fault{}
	}
	for name, test := range map[string]struct {
		provider string
		fault    func(birdtest.Request) birdtest.Fault
		code     int
	}{
		"from the environment": {"", echo, 0},
		"from an attribute": {`variable "access_key" {
  sensitive = true
}

variable "pseudonym_key" {
  sensitive = true
}

provider "bird" {
  access_key    = var.access_key
  pseudonym_key = var.pseudonym_key
}
`, echo, 0},
		"in an error": {"", func(r birdtest.Request) birdtest.Fault {
			return birdtest.Fault{Status: 403, Body: strings.Repeat("Forbidden for "+r.Header.Get("Authorization")+" ", 50)}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 100, Fault: test.fault})
			w := newWorkspace(t, server, test.provider+dataChannelCalls("  personal_data = \"pseudonymize\""))
			w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log",
				"TF_VAR_access_key="+secrets["access_key"], "TF_VAR_pseudonym_key="+secrets["pseudonym_key"], "BIRD_PSEUDONYM_KEY="+secrets["pseudonym_key"])
			if code, output := w.try("plan", "-input=false", "-out=saved.plan"); code != test.code {
				t.Fatalf("exit code %d, not %d\n%s", code, test.code, output)
			} else {
				w.write("plan.log", output)
			}
			if test.code == 0 {
				w.write("apply.log", w.run("apply", "-input=false", "saved.plan"))
				w.write("show.log", w.run("show", "-json"))
			}
			log := w.read("trace.log")
			proofs := []string{"[TRACE]", "provider.terraform-provider-bird"}
			if test.code == 0 {
				proofs = append(proofs, "An attempt failed and can be retried", "Read a page of calls")
			}
			for _, proof := range proofs {
				if !strings.Contains(log, proof) {
					t.Errorf("%q is not in the log, so this test proves nothing", proof)
				}
			}
			var lines []string
			for _, request := range server.Requests() {
				lines = append(lines, request.Method+" "+request.Path+"?"+request.Query.Encode())
			}
			w.write("requests.log", strings.Join(lines, "\n"))
			entries, err := os.ReadDir(w.dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if entry.IsDir() {
					continue
				}
				content := w.read(entry.Name())
				for setting, secret := range secrets {
					if strings.Contains(content, secret) || strings.Contains(content, secret[:len(secret)/2]) {
						t.Errorf("the %s is in %s", setting, entry.Name())
					}
				}
				if entry.Name() == "trace.log" && strings.Contains(content, birdtest.NumberPattern+"000") {
					for line := range strings.SplitSeq(content, "\n") {
						if strings.Contains(line, birdtest.NumberPattern+"000") && strings.Contains(line, "provider.terraform-provider-bird") {
							t.Errorf("a phone number is in the provider's log: %.300s", line)
							break
						}
					}
				}
			}
		})
	}
}

// TestCrashShowsNoSecret makes the provider crash in the middle of a read.
func TestCrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the provider's process is found in /proc, which only Linux has")
	}
	began := make(chan struct{}, 10)
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(birdtest.Request) birdtest.Fault {
		began <- struct{}{}
		return birdtest.Fault{Hang: true}
	}})
	w := newWorkspace(t, server, dataChannelCalls(""))
	w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
	cmd, output := w.command("plan", "-input=false")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-began:
	case <-time.After(hang):
		t.Error("the read did not begin")
	}
	children := childrenOf(t, cmd.Process.Pid)
	for _, pid := range children {
		process, err := os.FindProcess(pid)
		if err == nil {
			err = process.Signal(syscall.SIGABRT)
		}
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the plan succeeded")
	}
	log := w.read("trace.log")
	if !strings.Contains(log, "SIGABRT") || !strings.Contains(log, "internal/bird.(*Client)") {
		t.Errorf("no crash was seen; terraform printed:\n%s", output)
	}
	for name, content := range map[string]string{"log": log, "output": output.String()} {
		if strings.Contains(content, birdtest.DefaultToken) {
			t.Errorf("the credential is in the %s", name)
		}
	}
}

// childrenOf returns the processes that a process started.
func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent …
		_, rest, _ := strings.Cut(string(content), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, pid)
		}
	}
	if len(children) == 0 {
		t.Fatal("the provider's process was not found")
	}
	return slices.Compact(children)
}
