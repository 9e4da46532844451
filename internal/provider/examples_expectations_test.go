package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// wrapped finds a sentence in what Terraform prints, wherever it breaks lines.
func wrapped(sentence string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(sentence), " ", `\s+`))
}

// outputs checks that a state holds these outputs and no others.
type outputs map[string]any

func (want outputs) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	have := map[string]any{}
	if req.State.Values != nil { // where nothing is kept, not even outputs
		for name, output := range req.State.Values.Outputs {
			have[name] = output.Value
		}
	}
	resp.Error = want.compare(have)
}

// compare returns an error where a state holds other outputs.
func (want outputs) compare(have map[string]any) error {
	if wantText, haveText := toJSON(want), toJSON(have); wantText != haveText {
		return fmt.Errorf("the outputs are %s, expected %s", haveText, wantText)
	}
	return nil
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// checks maps each check block of a plan to its warning, or to "".
type checks map[string]string

func (want checks) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	have := checks{}
	for _, check := range req.Plan.Checks {
		if check.Address.Kind != "check" {
			continue
		}
		var problems []string
		for _, instance := range check.Instances {
			for _, problem := range instance.Problems {
				problems = append(problems, problem.Message)
			}
		}
		have[check.Address.Name] = strings.Join(problems, " ")
		if (check.Status == "pass") != (problems == nil) {
			resp.Error = fmt.Errorf("check %s has the status %s and the problems %q", check.Address.Name, check.Status, problems)
			return
		}
	}
	if !maps.Equal(want, have) {
		resp.Error = fmt.Errorf("the checks warn of %q, expected %q", have, want)
	}
}
