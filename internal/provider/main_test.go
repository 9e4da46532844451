package provider_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/provider"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

// terraform is the path of the binary that the tests run, "" where there is
// none.
var terraform string

// buildDir is where the provider's binary is built. It is the temporary
// directory of the tests and of all that they start: a provider that is killed
// leaves its socket behind.
var buildDir string

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() { // most of what is left waits before it retries
		_ = flag.Set("test.parallel", "16")
	}
	birdtest.ClearEnvironment()
	terraform = os.Getenv("TF_ACC_TERRAFORM_PATH")
	for _, name := range []string{"terraform", "tofu"} {
		if terraform == "" {
			terraform, _ = exec.LookPath(name)
		}
	}
	// plugin-testing would download a terraform if it knew of none.
	_ = os.Setenv("TF_ACC_TERRAFORM_PATH", terraform)
	for name, value := range map[string]string{"TF_ACC_PROVIDER_HOST": "registry.terraform.io", "TF_ACC_PROVIDER_NAMESPACE": "birdvoice", "CHECKPOINT_DISABLE": "1"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "terraform-provider-bird"); err != nil {
		panic(err)
	}
	_ = os.Setenv("TMPDIR", buildDir)
	// A tenth less time, of the many short runs of Terraform too.
	debug.SetGCPercent(400)
	_ = os.Setenv("GOGC", "400")
	// Nothing of the user's own CLI configuration.
	cli := filepath.Join(buildDir, "cli.tfrc")
	if err := os.WriteFile(cli, nil, 0o600); err != nil {
		panic(err)
	}
	_ = os.Setenv("TF_CLI_CONFIG_FILE", cli)
	code := watchdog.Run(m)
	_ = os.RemoveAll(buildDir)
	os.Exit(code)
}

// protoV6ProviderFactories serve what main serves.
var protoV6ProviderFactories = map[string]func() (tfprotov6.ProviderServer, error){
	"bird": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
}

// needTerraform skips a test with -short, and where there is no terraform unless
// it must run.
func needTerraform(t *testing.T) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("it runs Terraform, which -short leaves out")
	case terraform != "":
	case os.Getenv("CI") != "" || os.Getenv("TF_ACC") != "":
		t.Fatal("neither terraform nor tofu is on PATH: install one, or name it in TF_ACC_TERRAFORM_PATH")
	default:
		t.Skip("neither terraform nor tofu is on PATH")
	}
}

// hang is the time limit of a process that a test starts. Only what hangs takes so
// long, also on a busy machine.
const hang = 5 * time.Minute

// useServer makes the provider's configuration from the environment that of a
// fake server.
func useServer(t *testing.T, server *birdtest.Server) {
	t.Helper()
	t.Setenv("BIRD_BASE_URL", server.URL())
	t.Setenv("BIRD_TOKEN", birdtest.DefaultToken)
	t.Setenv("BIRD_ACCESS_KEY", "")
}

// acceptance runs the steps through the real terraform.
func acceptance(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	needTerraform(t)
	for i := range steps {
		steps[i].ProtoV6ProviderFactories = protoV6ProviderFactories // a configuration with terraform or provider blocks wants them here
	}
	resource.UnitTest(t, resource.TestCase{Steps: steps})
}
