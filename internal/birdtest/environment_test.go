package birdtest_test

import (
	"os"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

func TestClearEnvironment(t *testing.T) {
	names := map[string]bool{ // whether they stay
		"BIRD_TOKEN": false, "TF_VAR_days": false, "TF_CLI_ARGS_plan": false, "HTTPS_PROXY": false, "no_proxy": false,
		"TF_ACC": true, "TF_ACC_TERRAFORM_PATH": true, "GOPROXY": true, "TZ": true,
	}
	for name := range names {
		t.Setenv(name, "set")
	}
	birdtest.ClearEnvironment()
	for name, stays := range names {
		if _, set := os.LookupEnv(name); set != stays {
			t.Errorf("%s is set: %t, want %t", name, set, stays)
		}
	}
}
