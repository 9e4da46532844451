package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// The tests of memory read from the provider that users run. Terraform would take
// seconds to plan such lists, so they speak to the provider itself.

// newProcess returns a workspace in which no terraform runs, for peakHeap and ask.
func newProcess(t *testing.T, server *birdtest.Server) *workspace {
	t.Helper()
	return &workspace{t: t, env: append(os.Environ(), "BIRD_BASE_URL="+server.URL(), "BIRD_TOKEN="+birdtest.DefaultToken)}
}

func TestMemoryPeakIsAFewTimesTheList(t *testing.T) {
	const count = 10_000
	server := birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 1, Calls: count})})
	w := newProcess(t, server)
	var answer []byte
	peak := w.peakHeap(func() { answer = w.ask(t, "bird_channel_calls", channel(nil)) })
	if calls := strings.Count(string(answer), "hangup_source"); calls != count {
		t.Fatalf("%d calls, not %d", calls, count)
	}
	if most := 7*len(answer)/2 + 4<<20; peak > most {
		t.Errorf("%d MiB were in use, more than the %d MiB of 3.5 times the list and 4 MiB", peak>>20, most>>20)
	}
	t.Logf("%d MiB were in use at most, for a list of %d MiB", peak>>20, len(answer)>>20)
}

// What is not returned is dropped as it arrives: it would take 70 MiB to the end.
func TestMemoryPeakDoesNotGrowWithAttributesThatAreNotReturned(t *testing.T) {
	const pages, perPage, reason = 18, 500, 8 << 10
	server := birdtest.NewServer(t, birdtest.Options{Fault: func(r birdtest.Request) birdtest.Fault {
		page, _ := strconv.Atoi(r.Page)
		calls := make([]birdtest.AwkwardCall, perPage)
		for i := range calls {
			calls[i].JSON = fmt.Sprintf(`{"id":"%d-%d","status":"completed","reason":"%s"}`, page, i, strings.Repeat("r", reason))
		}
		next := ""
		if page+1 < pages {
			next = strconv.Itoa(page + 1)
		}
		return birdtest.Fault{Status: 200, Body: birdtest.AwkwardPage(next, calls...)}
	}})
	w := newProcess(t, server)
	var answer []byte
	peak := w.peakHeap(func() { answer = w.ask(t, "bird_channel_calls", channel(object{"attributes": []string{"status"}})) })
	if calls := strings.Count(string(answer), "hangup_source"); calls != pages*perPage {
		t.Fatalf("%d calls, not %d", calls, pages*perPage)
	}
	// Some pages of 4 MiB, and a list that is smaller than all of them.
	if most := 32 << 20; peak > most {
		t.Errorf("%d MiB were in use, more than %d MiB", peak>>20, most>>20)
	}
	t.Logf("%d MiB were in use at most, for a list of %d MiB from responses of %d MiB", peak>>20, len(answer)>>20, pages*perPage*reason>>20)
}

// ask configures the provider that peakHeap has started, and reads a data
// source. It returns the encoded response.
func (w *workspace) ask(t *testing.T, name string, config object) []byte {
	t.Helper()
	var providers map[string]struct{ Addr struct{ String string } }
	_, reattach, _ := strings.Cut(w.env[len(w.env)-1], "=")
	if err := json.Unmarshal([]byte(reattach), &providers); err != nil {
		t.Fatal(err)
	}
	var address string
	for _, provider := range providers {
		address = "unix:" + provider.Addr.String
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(encoded{}), grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := newSession(t)
	call := func(method string, request []byte) (answer []byte) {
		t.Helper()
		if err := conn.Invoke(context.Background(), "/tfplugin6.Provider/"+method, &request, &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	// The numbers of the fields are those of tfplugin6.proto.
	value := func(msgpack []byte) []byte { return field(nil, 1, msgpack) }
	call("ConfigureProvider", field(field(nil, 1, []byte("1.11.4")), 2, value(s.dynamic(s.schema.Provider.ValueType(), object{}).MsgPack)))
	return call("ReadDataSource", field(field(nil, 1, []byte(name)), 2, value(s.dynamic(s.schema.DataSourceSchemas[name].ValueType(), config).MsgPack)))
}

// field appends a field of bytes to a message of Protocol Buffers.
func field(message []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(message, number, protowire.BytesType), value)
}

// encoded is a codec for messages that are encoded already.
type encoded struct{}

func (encoded) Name() string { return "proto" }

func (encoded) Marshal(message any) ([]byte, error) {
	bytes, ok := message.(*[]byte)
	if !ok {
		return nil, errors.New("not encoded")
	}
	return *bytes, nil
}

func (encoded) Unmarshal(data []byte, message any) error {
	bytes, ok := message.(*[]byte)
	if !ok {
		return errors.New("not encoded")
	}
	*bytes = data
	return nil
}
