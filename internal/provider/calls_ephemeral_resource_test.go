package provider_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestCallsEphemeralResourceReturnsTheCallsOfTheDataSource(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 8, Calls: 110})
	s := configured(t, birdtest.NewServer(t, birdtest.Options{Calls: calls, PageSize: 50}), nil)
	for _, k := range s.kindsWith("calls") {
		if !k.ephemeral {
			continue
		}
		data := kind{name: k.name}
		var want, got []any
		for _, call := range s.calls(data, s.required(data)) {
			want = append(want, plain(t, call))
		}
		for _, call := range s.calls(k, s.required(k)) {
			got = append(got, plain(t, call))
		}
		wantCalls(t, k.String(), want, got)
	}
	if _, text := s.open(context.Background(), "bird_channel_calls", channel(object{"personal_data": "pseudonymize"})); !strings.Contains(text, "Missing pseudonym key") {
		t.Errorf("diagnostic %q", text)
	}
	if _, text := s.open(context.Background(), "bird_channel_calls", channel(object{"max_calls": 100})); !strings.Contains(text, "More calls than max_calls") {
		t.Errorf("diagnostic %q", text)
	}
	if _, text := s.open(context.Background(), "bird_channel_calls", channel(object{"start_at": "2024-02-02T00:00:00Z", "end_at": "2024-02-01T00:00:00Z"})); !strings.Contains(text, "Window ends before it begins") {
		t.Errorf("diagnostic %q", text)
	}
}

func TestCallsEphemeralResourceInTerraform(t *testing.T) {
	needTerraform(t)
	needVersion(t, "1.10", "1.11")
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 9, Calls: 30})
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: calls}))
	factories := maps.Clone(protoV6ProviderFactories)
	factories["echo"] = echoprovider.NewProviderServer()
	data := tfjsonpath.New("data")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: fmt.Sprintf(`
ephemeral "bird_channel_calls" "test" {
  workspace_id = %q
  channel_id   = %q
}

provider "echo" {
  data = ephemeral.bird_channel_calls.test
}

resource "echo" "test" {}
`, birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("calls"), knownvalue.ListSizeExact(len(calls))),
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("calls").AtSliceIndex(7).AtMapKey("id"), knownvalue.StringExact(calls[7].ID)),
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("calls").AtSliceIndex(7).AtMapKey("from"), knownvalue.StringExact(*calls[7].From)),
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("channel_id"), knownvalue.StringExact(birdtest.DefaultChannelID)),
			},
		}},
	})
}
