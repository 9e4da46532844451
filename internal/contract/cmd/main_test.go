package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/watchdog"
)

func TestMain(m *testing.M) { os.Exit(watchdog.Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	calls := birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 30})
	environment := func(options birdtest.Options) map[string]string {
		return map[string]string{
			"BIRD_BASE_URL": birdtest.NewServer(t, options).URL(), "BIRD_TOKEN": birdtest.DefaultToken,
			"BIRD_WORKSPACE_ID": birdtest.DefaultWorkspaceID, "BIRD_CHANNEL_ID": birdtest.DefaultChannelID,
		}
	}
	without := func(name string, variables map[string]string) map[string]string {
		variables = maps.Clone(variables)
		delete(variables, name)
		return variables
	}
	healthy := environment(birdtest.Options{Calls: calls})
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx            context.Context //nolint:containedctx // of one case
		variables      map[string]string
		status         int
		stdout, stderr string // contain
	}{
		"a service that holds":     {t.Context(), healthy, 0, "| status | applied |", ""},
		"a service that does not":  {t.Context(), environment(birdtest.Options{Calls: calls, Ignore: []string{"status"}}), 1, "| status | **ignored** |", "status: ignored ("},
		"a variable that is unset": {t.Context(), without("BIRD_TOKEN", healthy), 2, "", "BIRD_TOKEN or BIRD_ACCESS_KEY"},
		"an interrupted run":       {ended, healthy, 1, "| list of calls | not known | the run was interrupted |", "The run ended early"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(test.ctx, func(name string) string { return test.variables[name] }, &stdout, &stderr)
		if status != test.status {
			t.Errorf("%s: status %d, want %d", name, status, test.status)
		}
		for _, output := range []struct {
			name, have, want string
		}{{"stdout", stdout.String(), test.stdout}, {"stderr", stderr.String(), test.stderr}} {
			if !strings.Contains(output.have, output.want) || output.want == "" && output.have != "" {
				t.Errorf("%s: %s is\n%s\nwant %q in it", name, output.name, output.have, output.want)
			}
		}
	}
}
