// Package contract asks a service what the provider assumes and the documentation
// of the Bird API does not say: in which order calls are listed, which time of a
// call a bound is compared with, whether a filter is applied.
//
// A run makes at most [MaxRequests] requests, all of them GET, and returns a
// finding for each subject. A finding has counts, names of fields and words of
// enumerations, never a value of a call.
//
// The responses are read by code of this package, so that the client and its
// assumptions are not what they are compared with. Of the client, a run uses two
// things, through the same budget of requests: it reads a window in parts, and it
// decodes every page.
//
// To add a check, write it into a file of its own, and add it to checks.
package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// checks are the checks in the order in which they run. The first ones find out
// what the later ones need.
var checks = []check{
	checkList,
	checkPageTokens,
	checkLimit,
	checkEmptyPages,
	checkRepeats,
	checkOrder,
	checkWindow,
	checkStartAt,
	checkEndAt,
	checkRareTimes,
	checkFilters,
	checkPlusSigns,
	checkLog,
	checkCuts,
	checkRefusals,
	checkParts,
	checkDecoder,
	checkTotal,
	checkEnvelope,
	checkUnknownFields,
	checkUnknownValues,
	checkMissingFields,
	checkZeroValues,
	checkForms,
	checkContradictions,
	checkHeaders,
}

// check finds something out about a service.
type check struct {
	// subjects are those of its findings. What it does not report is not known.
	subjects []string

	// needs says why the check cannot run, or "". Where it is nil, the check can
	// always run.
	needs func(*run) string

	// run reports findings. Its error, which holds no value of a call, is why the
	// rest is not known.
	run func(*run) error
}

// notKnown is the verdict where the calls of the channel cannot show it.
const notKnown = "not known"

// Finding is what a run found out about a subject.
type Finding struct {
	Subject string
	Verdict string
	Detail  string // counts
	Broken  bool   // it breaks the promise that a list is every call that was asked for
}

// Report is the result of a run.
type Report struct {
	Findings []Finding // one for each subject, in the order of the checks
	Requests int
}

// Check runs every check against a service. It ends early, with what it knows,
// when the context ends or no requests are left.
func Check(ctx context.Context, s Service) Report {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newRun(ctx, s, cancel)
	for _, c := range checks {
		r.check(c)
	}
	return Report{r.findings, r.budget.count()}
}

func (r *run) check(c check) {
	before := len(r.findings)
	why := ""
	if c.needs != nil {
		why = c.needs(r)
	}
	if why == "" {
		if err := c.run(r); err != nil {
			why = err.Error()
		}
	}
	for _, subject := range c.subjects {
		if !slices.ContainsFunc(r.findings[before:], func(f Finding) bool { return f.Subject == subject }) {
			r.found(subject, notKnown, "%s", why)
		}
	}
}

// found reports a finding.
func (r *run) found(subject, verdict, detail string, args ...any) {
	r.findings = append(r.findings, Finding{subject, verdict, fmt.Sprintf(detail, args...), false})
}

// broken reports a finding that breaks the provider's promise.
func (r *run) broken(subject, verdict, detail string, args ...any) {
	r.findings = append(r.findings, Finding{subject, verdict, fmt.Sprintf(detail, args...), true})
}

// Broken returns the findings that break the provider's promise.
func (r Report) Broken() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Broken })
}

// String returns the findings as a table for an issue.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| Contract, %d requests | Found | Seen |\n| --- | --- | --- |\n", r.Requests)
	for _, f := range r.Findings {
		verdict := f.Verdict
		if f.Broken {
			verdict = "**" + verdict + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Subject, verdict, f.Detail)
	}
	return b.String()
}
