package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

const summaryUnableToList = "Unable to list calls"

// listDiagnostic says what was attempted, what went wrong in the server's
// words, and what to do.
func listDiagnostic(ctx context.Context, client *bird.Client, query callsQuery, so progress, timeout time.Duration, err error) diag.Diagnostic {
	attempted := fmt.Sprintf("While reading page %d of the %s (%s so far).", so.pages+1, describe(query), so)
	summary := summaryUnableToList
	var remedy string
	var (
		apiErr   *bird.APIError
		fieldErr *bird.FieldError
		respErr  *bird.ResponseError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		summary = "Reading of calls interrupted"
		remedy = "Nothing was kept of what had been read. Run Terraform again to read the calls."
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, bird.ErrDeadline):
		summary = "Reading of calls timed out"
		remedy = fmt.Sprintf("The read may take %s. Give it longer with read in the block timeouts, or ask for less: a narrower window or a filter.", timeout)
	case errors.As(err, &apiErr):
		remedy = statusRemedy(apiErr.StatusCode, client)
	case errors.As(err, &fieldErr):
		remedy = "The call does not have the form that Bird publishes, and a wrong value is worse than none. Please report it, with the id of the call, to the provider's developers."
	case errors.As(err, &respErr):
		remedy = "Check that base_url is the address of the Bird API and that no proxy answers in its place."
	default:
		remedy = "Check the network, the proxy settings of the environment, and base_url."
	}
	return diag.NewErrorDiagnostic(summary, strings.Join([]string{attempted, sentence(err.Error()), remedy}, "\n\n"))
}

func tooManyDiagnostic(query callsQuery, so progress, limit int) diag.Diagnostic {
	return diag.NewErrorDiagnostic("More calls than max_calls",
		fmt.Sprintf("The %s are more than max_calls allows: %d calls were seen when the reading stopped, and max_calls is %d. A list cut short is not given.\n\n"+
			"Narrow the window with start_at and end_at, filter, or raise max_calls.", describe(query), so.calls, limit))
}

// statusRemedy gives what to do about a status of the API.
func statusRemedy(status int, client *bird.Client) string {
	switch {
	case status == http.StatusUnauthorized && client.Credential().IsNewPlatformKey():
		return "The credential starts with bk_, so it belongs to Bird's newer platform, which has another host and other paths. Create an access key in the workspace's settings at app.bird.com, and set it as access_key."
	case status == http.StatusUnauthorized:
		return "Check that the credential is complete, not revoked, and set as the right one: token is sent as a bearer token, access_key as an access key."
	case status == http.StatusForbidden:
		return "Give the credential's owner an access role that may read the voice calls of this workspace."
	case status == http.StatusNotFound:
		return "Check workspace_id and channel_id: no such workspace, or no such voice channel in it, is visible to the credential."
	case status == http.StatusUnprocessableEntity, status == http.StatusBadRequest:
		return "Correct the argument that the server names."
	case status == http.StatusTooManyRequests:
		return "Lower max_requests_per_second in the provider's configuration: the limit is for all programs that read the workspace. A higher max_retries waits longer."
	case status >= 300 && status < 400:
		return "Redirects are refused, so that the credential does not travel to another place. Set base_url to the address of the API itself."
	case status >= 500:
		return "The fault is the server's. Try again later, raise max_retries, or give Bird's support the request id."
	}
	return "Check the arguments, and give Bird's support the request id if they are right."
}

// describe names what a query asks for. The filters from and to may be
// somebody's phone number, and are named without their values.
func describe(query callsQuery) string {
	var b strings.Builder
	switch {
	case query.channelID != "":
		fmt.Fprintf(&b, "calls of channel %s in workspace %s", query.channelID, query.workspaceID)
	case len(query.ChannelIDs) > 0:
		fmt.Fprintf(&b, "calls of the channels %s in workspace %s", strings.Join(query.ChannelIDs, ", "), query.workspaceID)
	default:
		fmt.Fprintf(&b, "calls of all channels in workspace %s", query.workspaceID)
	}
	add := func(word, value string) {
		if value != "" {
			fmt.Fprintf(&b, ", %s %s", word, value)
		}
	}
	addTime := func(word string, t *time.Time) {
		if t != nil {
			add(word, t.UTC().Format(time.RFC3339Nano))
		}
	}
	addTime("from", query.StartAt)
	addTime("until", query.EndAt)
	add("with status", query.Status)
	add("with type", query.Type)
	add("with direction", query.Direction)
	add("with tags", strings.Join(query.Tags, ", "))
	if query.From != "" || query.To != "" {
		b.WriteString(", for the numbers filtered by")
	}
	return b.String()
}

func (p progress) String() string {
	return fmt.Sprintf("%d calls in %d pages", p.calls, p.pages)
}

// sentence makes a sentence of an error.
func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
