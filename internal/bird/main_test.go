package bird_test

import (
	"os"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

func TestMain(m *testing.M) {
	birdtest.ClearEnvironment()
	os.Exit(watchdog.Run(m))
}
