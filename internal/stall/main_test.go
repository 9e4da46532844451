package stall

import (
	"os"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

func TestMain(m *testing.M) { os.Exit(watchdog.Run(m)) }
