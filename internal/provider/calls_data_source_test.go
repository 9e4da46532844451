package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestCallsDataSourcePlansNoChangesAfterTheApply(t *testing.T) {
	useServer(t, birdtest.NewServer(t, birdtest.Options{Calls: birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 120})}))
	// terraform-plugin-testing fails where a plan after the apply has changes, those
	// of outputs too.
	acceptance(t, resource.TestStep{
		Config: dataChannelCalls("") + "output \"latest\" {\n  value = data.bird_channel_calls.test.calls[119].id\n}\n",
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("calls"), knownvalue.ListSizeExact(120)),
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("max_calls"), knownvalue.Null()),
		},
	})
}

func TestCallsDataSourceReturnsAnEmptyListWithoutCalls(t *testing.T) {
	useServer(t, birdtest.NewServer(t, birdtest.Options{}))
	acceptance(t, resource.TestStep{
		Config: strings.Replace(dataChannelCalls(""), birdtest.DefaultChannelID, birdtest.EmptyChannelID, 1),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.bird_channel_calls.test", tfjsonpath.New("calls"), knownvalue.ListSizeExact(0)),
		},
	})
}
