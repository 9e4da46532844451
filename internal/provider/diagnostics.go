package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
)

// listDiagnostic reports what was attempted, what went wrong in the server's
// words, and what to do.
func listDiagnostic(ctx context.Context, data *providerData, list listing, soFar progress, err error) diag.Diagnostic {
	summary, problem := "Unable to list "+list.noun+"s", sentence(err.Error())
	var remedy string
	var (
		apiErr      *bird.APIError
		fieldErr    *bird.FieldError
		filterErr   *bird.FilterError
		responseErr *bird.ResponseError
		connErr     *bird.ConnectionError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		summary = "Reading " + list.noun + "s was interrupted"
		remedy = fmt.Sprintf("No %[1]s was kept. Run Terraform again to read the %[1]ss.", list.noun)
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, bird.ErrDeadline):
		summary = "Reading " + list.noun + "s timed out"
		if err.Error() == context.DeadlineExceeded.Error() {
			problem = fmt.Sprintf("The read took longer than %s.", list.timeout) // in words of a user
		}
		remedy = fmt.Sprintf("The read is limited to %s. Raise read in the timeouts block, or ask for less, with %s.", list.timeout, list.narrower)
	case errors.As(err, &apiErr):
		remedy = statusRemedy(apiErr.StatusCode, data, list)
	case errors.As(err, &filterErr):
		name := argumentOf(filterErr.Parameter)
		detail := strings.Join([]string{attempted(list, soFar), sentence(err.Error()),
			"Bird returned something that " + name + " does not ask for, so a list or statistics would be misleading. Leave out " + name + " and filter the " + list.noun + "s in Terraform. Please report this to the provider's developers."}, "\n\n")
		return diag.NewAttributeErrorDiagnostic(path.Root(name), "Filter not applied by Bird", detail)
	case errors.As(err, &fieldErr):
		remedy = fmt.Sprintf("The %[1]s does not have the form that Bird documents, so the provider does not return it. Please report the id of the %[1]s to the provider's developers.", list.noun)
	case errors.Is(err, bird.ErrLostResponse):
		remedy = "Run Terraform again. Only a page whose first response is lost, and that is empty when it is read again, ends a read with this error."
	case errors.As(err, &connErr):
		remedy = connectionRemedy(connErr)
	case errors.As(err, &responseErr):
		remedy = "Check that base_url is the address of the Bird API and that no proxy responds in its place."
	default:
		remedy = "Please report this to the provider's developers."
	}
	if data.baseURLVariable && strings.Contains(remedy, "base_url") {
		remedy += " Its value comes from the environment variable " + envBaseURL + "."
	}
	return diag.NewErrorDiagnostic(summary, strings.Join([]string{attempted(list, soFar), problem, remedy}, "\n\n"))
}

// connectionRemedy returns what to do about a request without a complete response.
func connectionRemedy(err *bird.ConnectionError) string {
	host := (&url.URL{Host: err.Host}).Hostname()
	without := " To connect without the proxy, add " + host + " to the environment variable NO_PROXY."
	proxyErr, viaProxy := errors.AsType[*bird.ProxyError](err)
	dnsErr, viaDNS := errors.AsType[*net.DNSError](err)
	switch {
	case viaProxy && proxyErr.StatusCode == http.StatusProxyAuthRequired:
		return "Set the user name and the password of the proxy in the environment variable HTTPS_PROXY, such as http://user:password@proxy.example:3128, with special characters percent-encoded. The provider can log in with Basic authentication only." + without
	case viaProxy && proxyErr.StatusCode/100 == 5:
		return "The proxy may not reach " + host + ", or be overloaded. Try again later, or ask whoever runs the proxy." + without
	case viaProxy && proxyErr.StatusCode != 0:
		return "Ask whoever runs the proxy to allow connections to " + host + "." + without
	case viaProxy:
		return "Check the address, the user name and the password of the proxy in the environment variable HTTPS_PROXY." + without
	case viaDNS && dnsErr.IsNotFound:
		return "Check the host in base_url, and that this machine can resolve it. If only a proxy can, set the environment variable HTTPS_PROXY."
	}
	return "Check the network, the proxy settings of the environment, and base_url."
}

// argumentOf returns the argument that sets a query parameter.
func argumentOf(parameter string) string {
	switch parameter {
	case "channelId":
		return "channel_ids"
	case "startAt":
		return "start_at"
	case "endAt":
		return "end_at"
	}
	return parameter // of a filter
}

// attempted says what was being read when something went wrong. Pages of a window
// that is read in parts have no number.
func attempted(list listing, soFar progress) string {
	return fmt.Sprintf("While reading the %s (%s so far).", list.name, soFar)
}

// byUpdateDiagnostic warns of a list that may skip what is updated meanwhile.
func byUpdateDiagnostic(list listing) diag.Diagnostic {
	return diag.NewWarningDiagnostic("A "+list.noun+" that is updated during a read may be missing",
		fmt.Sprintf("Bird lists the %[1]s in the order of their last update, not of their creation. A %[2]s that is updated while its page is still to come moves to another page, and nobody can see whether that was skipped.\n\n"+
			"Read a window whose %[2]ss have ended, with an end_at in the past.", list.name, list.noun))
}

func tooManyDiagnostic(args arguments, soFar progress) diag.Diagnostic {
	return diag.NewErrorDiagnostic("More calls than max_calls",
		fmt.Sprintf("There are more calls than max_calls allows. The read of the %s stopped after %d calls, and max_calls is %d.\n\n"+
			"Narrow the window with start_at and end_at, filter, or raise max_calls.", args.describe(), soFar.elements, args.maxCalls))
}

// summaryDiagnostic reports calls that have no statistics, because they make too many
// groups or have too many values of a field.
func summaryDiagnostic(args arguments, soFar progress, err error) diag.Diagnostic {
	stopped := fmt.Sprintf("The read stopped after %s.", count(soFar.elements, "call"))
	remedy := "Narrow the window with start_at and end_at, or filter."
	tooMany, ok := errors.AsType[*statistics.TooManyGroupsError](err)
	if !ok {
		return diag.NewErrorDiagnostic("Unable to count the calls", fmt.Sprintf("While counting the %s: %s. %s\n\n%s", args.describe(), err, stopped, remedy))
	}
	if len(args.groupBy) > 1 {
		remedy = "Leave " + tooMany.Dimension + " out of group_by, narrow the window with start_at and end_at, or filter."
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("group_by"), "Too many groups",
		fmt.Sprintf("The %s cannot be grouped by %s: %s. %s\n\n%s",
			args.describe(), strings.Join(args.groupBy, ", "), err, stopped, remedy))
}

// warnings reports calls whose numbers do not match a filter. Bird does not
// document how it matches numbers, so this is not an error.
func (o otherNumbers) warnings() diag.Diagnostics {
	var diags diag.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(o)) {
		different := 0
		for _, is := range o[name] {
			if is {
				different++
			}
		}
		if different > 0 {
			diags.AddAttributeWarning(path.Root(name), "Calls with other numbers",
				fmt.Sprintf("%d of %d calls have another %s than the argument, even ignoring case and a leading +. Bird does not document how it matches numbers.\n\n"+
					"If it matters, compare %[3]s of the calls in Terraform.", different, len(o[name]), name))
		}
	}
	return diags
}

// statusRemedy returns what to do about a status of the API.
func statusRemedy(status int, data *providerData, list listing) string {
	role := "an access role whose policies allow viewing " + list.policies
	switch {
	case status == http.StatusBadRequest:
		return "Bird did not understand the request. If the server names an argument, correct it. If not, check that base_url is the address of the Bird API."
	case status == http.StatusUnauthorized:
		source := "The credential comes from " + data.credentialSource + ". "
		if remedy := otherPlatform(data.client.Credential()); remedy != "" {
			return source + remedy
		}
		return source + "Check that the credential is complete and not revoked, and that it is set in the right argument: token is sent as a bearer token, access_key as an access key. " +
			"Check its owner's access role, too, since Bird may respond in the same way to a credential without " + role + "." + list.instead
	case status == http.StatusForbidden:
		return "Grant the credential's owner " + role + "." + list.instead
	case status == http.StatusNotFound:
		remedy := "Check " + list.ids + " is visible to the credential."
		if data.client.BaseURL() != bird.DefaultBaseURL {
			remedy += " Check base_url too, which is not the default: a wrong path in it has the same effect."
		}
		return remedy
	case status == http.StatusUnprocessableEntity:
		return "Correct the argument that the server names."
	case status == http.StatusRequestTimeout:
		return "The server did not receive the request in time, so the network or a proxy is slow. Check them, and try again later."
	case status == http.StatusTooManyRequests:
		return "Lower max_requests_per_second in the provider's configuration: Bird's limit is shared by all programs that read the workspace."
	case status/100 == 3:
		return "Redirects are refused, so that the credential is not sent to another place. Set base_url to the address of the API itself."
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return "Bird, or a proxy in front of it, is overloaded or down. Try again later. If base_url names a proxy, check that it reaches Bird."
	case status >= 500:
		return "The server failed. Try again later, or send the request id to Bird's support."
	}
	return "Check the arguments. If they are right, send the request id to Bird's support."
}

// otherPlatform returns what is wrong with a credential of another platform, and what
// to do, or "".
func otherPlatform(credential bird.Credential) string {
	prefix, owner := credential.OtherPlatform()
	if prefix == "" {
		return ""
	}
	return "The credential starts with " + prefix + ", so it belongs to " + owner + ", and the API that this provider reads does not accept it. Create an access key in the settings at app.bird.com, with an access role, and set it as access_key."
}

// listing describes the read of the calls that the arguments select.
func (a arguments) listing() listing {
	return listing{
		timeout:  a.timeout,
		noun:     "call",
		name:     a.describe(),
		narrower: "a narrower window or a filter",
		policies: "/workspaces/*/channels/*/calls (for the calls of a channel) and /workspaces/*/channels/calls (for those of a workspace)",
		ids:      "workspace_id and channel_id: no such workspace, or no such voice channel in it,",
	}
}

// describe names the calls that the arguments select.
func (a arguments) describe() string {
	var b strings.Builder
	switch {
	case a.scope == ofChannel:
		fmt.Fprintf(&b, "calls of channel %s in workspace %s", a.channelID, a.workspaceID)
	case len(a.query.ChannelIDs) > 0:
		fmt.Fprintf(&b, "calls of the channels %s in workspace %s", strings.Join(a.query.ChannelIDs, ", "), a.workspaceID)
	default:
		fmt.Fprintf(&b, "calls of all channels in workspace %s", a.workspaceID)
	}
	if start := a.query.StartAt; !start.IsZero() {
		b.WriteString(", from " + start.UTC().Format(time.RFC3339Nano))
	}
	if end := a.query.EndAt; !end.IsZero() {
		b.WriteString(", until " + end.UTC().Format(time.RFC3339Nano))
	}
	b.WriteString(describeFilters(&a.query.CallsQuery, bird.CallFilters))
	if len(a.query.Tags) > 0 {
		b.WriteString(", with tags " + strings.Join(a.query.Tags, ", "))
	}
	return b.String()
}

// describeFilters names the filters of a query, those by numbers without their
// values, which may be personal.
func describeFilters[Q, T any](query *Q, filters []bird.Filter[Q, T]) string {
	words := ""
	var numbers []string
	for _, filter := range filters {
		switch value := *filter.Value(query); {
		case value == "":
		case filter.Number:
			numbers = append(numbers, filter.Parameter)
		default:
			words += ", with " + filter.Parameter + " " + value
		}
	}
	if len(numbers) > 0 {
		words += ", filtered by " + strings.Join(numbers, " and ")
	}
	return words
}

// count writes a number with its noun, whose plural ends in s.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// sentence turns an error into a sentence.
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
