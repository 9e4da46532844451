package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
)

// serveCalls serves so many calls. The pages are made beforehand, so that the
// server adds almost nothing to what is measured. It returns the base URL.
func serveCalls(b *testing.B, count int) string {
	b.Helper()
	var pages [][]byte
	for page := range slices.Chunk(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: count}), 1000) {
		next := ""
		if len(pages)+1 < (count+999)/1000 {
			next = strconv.Itoa(len(pages) + 1)
		}
		body, err := json.Marshal(map[string]any{"results": page, "nextPageToken": next}, json.OmitZeroStructFields(true))
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, body)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		_, _ = w.Write(pages[number])
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// plainProvider is the provider with its calls set through the framework, as
// other providers set theirs.
type plainProvider struct {
	fwprovider.Provider
	client *bird.Client
}

func (p plainProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource {
		return plainDataSource{provider.NewChannelCallsDataSource(), p.client}
	}}
}

type plainDataSource struct {
	datasource.DataSource
	client *bird.Client
}

func (d plainDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	var calls []bird.Call
	for page, err := range d.client.ChannelCalls(ctx, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, bird.CallsQuery{}) {
		if err != nil {
			resp.Diagnostics.AddError("plain", err.Error())
			return
		}
		calls = append(calls, page.Items...)
	}
	bird.SortCalls(calls)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("calls"), calls)...)
}

// readResponse reads all calls and returns the encoded response.
func readResponse(b *testing.B, s *session) []byte {
	b.Helper()
	resp := s.read(b.Context(), "bird_channel_calls", channel(nil))
	if text := diagnosticsText(resp.Diagnostics); text != "" {
		b.Fatal(text)
	}
	return resp.State.MsgPack
}

// BenchmarkReadDataSource reads calls from a server that responds at once, and
// passes them to Terraform with bulk and with the framework.
func BenchmarkReadDataSource(b *testing.B) {
	for _, way := range []string{"bulk", "framework"} {
		for _, count := range []int{1000, 10_000, 50_000} {
			b.Run(fmt.Sprintf("way=%s/calls=%d", way, count), func(b *testing.B) {
				base, err := bird.ParseBaseURL(serveCalls(b, count))
				if err != nil {
					b.Fatal(err)
				}
				bulk := newSession(b)
				if text := bulk.configure(object{"token": "x", "base_url": base.String(), "max_requests_per_second": 1000}, nil); text != "" {
					b.Fatal(text)
				}
				s := bulk
				if way == "framework" {
					client := bird.New(bird.Config{Credential: bird.BearerToken("x"), BaseURL: base, RequestsPerSecond: 1000})
					defer client.Close()
					s = &session{b, providerserver.NewProtocol6(plainProvider{provider.New("test"), client})(), bulk.schema}
				}
				var got []byte
				b.ReportAllocs()
				for b.Loop() {
					got = readResponse(b, s)
				}
				b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
				if way == "framework" {
					wantSameValues(b, readResponse(b, bulk), got, count)
				}
			})
		}
	}
}

// wantSameValues fails the benchmark unless two responses hold the same values
// and so many calls. The order of names in an object means nothing.
func wantSameValues(b *testing.B, want, got []byte, count int) {
	b.Helper()
	decode := func(encoded []byte) map[string]any {
		dec := msgpack.NewDecoder(bytes.NewReader(encoded))
		dec.UseLooseInterfaceDecoding(true) // the codes of whole numbers mean nothing either
		value, err := dec.DecodeMap()
		if err != nil {
			b.Fatal(err)
		}
		return value
	}
	a, z := decode(want), decode(got)
	if calls, _ := a["calls"].([]any); len(calls) != count {
		b.Fatalf("%d calls, not %d", len(calls), count)
	}
	if !reflect.DeepEqual(a, z) {
		b.Fatal("the ways give different values")
	}
}

// BenchmarkSummary reads the statistics of 200,000 calls from a server that
// responds at once, without groups and by day and country, by turns. The metrics
// are the fastest turn of each.
func BenchmarkSummary(b *testing.B) {
	const count = 200_000
	s := newSession(b)
	if text := s.configure(object{"token": "x", "base_url": serveCalls(b, count), "max_requests_per_second": 1000}, nil); text != "" {
		b.Fatal(text)
	}
	read := func(config object) (took time.Duration, groups tftypes.Value) {
		b.Helper()
		start := time.Now()
		resp := s.read(b.Context(), "bird_channel_call_summary", channel(config))
		took = time.Since(start)
		if text := diagnosticsText(resp.Diagnostics); text != "" {
			b.Fatal(text)
		}
		value := s.value(s.schema.DataSourceSchemas["bird_channel_call_summary"].ValueType(), resp.State)
		if calls := plain(b, attributeOf(b, value, "total_calls")); calls != float64(count) {
			b.Fatalf("%v calls, not %d", calls, count)
		}
		return took, attributeOf(b, value, "groups")
	}
	var whole, grouped time.Duration
	for b.Loop() {
		took, _ := read(nil)
		if whole == 0 || took < whole {
			whole = took
		}
		took, groups := read(object{"group_by": []string{"day", "receiver_country"}})
		if grouped == 0 || took < grouped {
			grouped = took
		}
		if list, _ := plain(b, groups).([]any); len(list) < 150 {
			b.Fatalf("%d groups", len(list))
		}
	}
	b.ReportMetric(float64(whole), "whole-ns")
	b.ReportMetric(float64(grouped), "grouped-ns")
}

// BenchmarkApply runs terraform apply with the provider that users run, with
// one that responds with the same at once, and with the provider and four attributes
// of each call, by turns. The metrics are the fastest turn of each, and the
// sizes of the states.
func BenchmarkApply(b *testing.B) {
	if terraform == "" {
		b.Skip("neither terraform nor tofu is on PATH")
	}
	const count = 10_000
	binary, err := buildProvider()
	if err != nil {
		b.Fatal(err)
	}
	floor := filepath.Join(b.TempDir(), "terraform-provider-bird")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", floor, "./testdata/floor").CombinedOutput(); err != nil {
		b.Fatalf("%s\n%s", err, out)
	}
	url := serveCalls(b, count)
	s := newSession(b)
	if text := s.configure(object{"token": "x", "base_url": url}, nil); text != "" {
		b.Fatal(text)
	}
	answer := filepath.Join(b.TempDir(), "answer")
	if err := os.WriteFile(answer, readResponse(b, s), 0o600); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "TF_IN_AUTOMATION=1", "BIRD_TOKEN=x", "BIRD_BASE_URL="+url, "BIRD_FLOOR="+answer)
	withProvider, withFloor := newApply(b, binary, env, ""), newApply(b, floor, env, "")
	withFour := newApply(b, binary, env, "  attributes = [\"created_at\", \"direction\", \"status\", \"duration\"]")
	for b.Loop() {
		withFloor.run(b)
		withProvider.run(b)
		withFour.run(b)
	}
	b.ReportMetric(float64(withProvider.fastest), "provider-ns")
	b.ReportMetric(float64(withFloor.fastest), "floor-ns")
	b.ReportMetric(float64(withFour.fastest), "four-ns")
	b.ReportMetric(float64(len(withProvider.state(b))), "state-B")
	b.ReportMetric(float64(len(withFour.state(b))), "four-state-B")
	four := withFour.state(b)
	for text, times := range map[string]int{`"created_at": "2024-`: count, `"originator": null`: count, birdtest.NumberPattern + "000": 0} {
		if n := bytes.Count(four, []byte(text)); n != times {
			b.Errorf("%s is %d times in the state of four attributes, want %d", text, n, times)
		}
	}
	resources := withProvider.resources(b)
	if bytes.Count(resources, []byte(`"hangup_source"`)) != count {
		b.Errorf("not the %d calls", count)
	}
	if !bytes.Equal(resources, withFloor.resources(b)) {
		b.Error("the states differ")
	}
}

// apply is a directory to run terraform apply in, with a provider of its own.
type apply struct {
	dir     string
	env     []string
	fastest time.Duration
}

func newApply(b *testing.B, plugin string, env []string, arguments string) *apply {
	b.Helper()
	dir := b.TempDir()
	cli := filepath.Join(dir, "cli.tfrc")
	for name, content := range map[string]string{
		cli:                           fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"birdvoice/bird\" = %q\n  }\n}\n", filepath.Dir(plugin)),
		filepath.Join(dir, "main.tf"): "terraform {\n  required_providers {\n    bird = {\n      source = \"birdvoice/bird\"\n    }\n  }\n}\n\n" + dataChannelCalls(arguments),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return &apply{dir: dir, env: append(env[:len(env):len(env)], "TF_CLI_CONFIG_FILE="+cli)}
}

func (a *apply) run(b *testing.B) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), terraform, "apply", "-auto-approve", "-input=false", "-no-color", "-state-out=state")
	cmd.Dir, cmd.Env = a.dir, a.env
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s\n%s", err, out)
	}
	if took := time.Since(start); a.fastest == 0 || took < a.fastest {
		a.fastest = took
	}
}

// state returns the state that the last run wrote.
func (a *apply) state(b *testing.B) []byte {
	b.Helper()
	content, err := os.ReadFile(filepath.Join(a.dir, "state"))
	if err != nil {
		b.Fatal(err)
	}
	return content
}

// resources returns that part of the state.
func (a *apply) resources(b *testing.B) []byte {
	b.Helper()
	content := a.state(b)
	var state struct {
		Resources jsontext.Value `json:"resources"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		b.Fatal(err)
	}
	return state.Resources
}
