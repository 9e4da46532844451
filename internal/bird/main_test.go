package bird_test

import (
	"os"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestMain(m *testing.M) {
	birdtest.ClearEnvironment()
	os.Exit(m.Run())
}
