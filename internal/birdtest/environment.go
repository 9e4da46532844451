package birdtest

import (
	"os"
	"strings"
)

// ClearEnvironment unsets the variables of the environment that configure the
// provider, Terraform and the connection: the tests do not depend on what their user
// has set. The variables TF_ACC... are of the tests.
func ClearEnvironment() {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		if strings.HasPrefix(upper, "BIRD_") || strings.HasSuffix(upper, "_PROXY") || strings.HasPrefix(upper, "TF_") && !strings.HasPrefix(upper, "TF_ACC") {
			_ = os.Unsetenv(name)
		}
	}
}
