package contract

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/time/rate"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// Service is a channel of a service, and how to reach it.
type Service struct {
	baseURL                *url.URL
	credential             bird.Credential
	authorization          string // the same credential as a header
	workspaceID, channelID string
	perSecond              rate.Limit        // requests
	transport              http.RoundTripper // nil for that of the client
}

// FromEnvironment returns the service that the variables BIRD_... name. Its error
// says which variables to set.
func FromEnvironment(getenv func(string) string) (Service, error) {
	s := Service{workspaceID: getenv("BIRD_WORKSPACE_ID"), channelID: getenv("BIRD_CHANNEL_ID"), perSecond: 20}
	token, key := getenv("BIRD_TOKEN"), getenv("BIRD_ACCESS_KEY")
	var missing []string
	switch {
	case token != "" && key != "":
		missing = append(missing, "only one of BIRD_TOKEN and BIRD_ACCESS_KEY")
	case token != "":
		s.credential, s.authorization = bird.BearerToken(token), "Bearer "+token
	case key != "":
		s.credential, s.authorization = bird.AccessKey(key), "AccessKey "+key
	default:
		missing = append(missing, "BIRD_TOKEN or BIRD_ACCESS_KEY to a credential whose access role may read voice calls")
	}
	if s.workspaceID == "" {
		missing = append(missing, "BIRD_WORKSPACE_ID to the id of the workspace, which the settings of app.bird.com show")
	}
	if s.channelID == "" {
		missing = append(missing, "BIRD_CHANNEL_ID to the id of one of its voice channels")
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("the checks read the real API; set %s", strings.Join(missing, ", "))
	}
	base := getenv("BIRD_BASE_URL")
	if base == "" {
		base = bird.DefaultBaseURL
	}
	var err error
	if s.baseURL, err = bird.ParseBaseURL(base); err != nil {
		return s, fmt.Errorf("BIRD_BASE_URL: %w", err)
	}
	if err := s.credential.Validate(); err != nil {
		return s, fmt.Errorf("the credential: %w", err)
	}
	return s, nil
}

func (s Service) channelPath(id string) string {
	return "workspaces/" + s.workspaceID + "/channels/" + id + "/calls"
}

func (s Service) logPath() string { return "workspaces/" + s.workspaceID + "/channels/calls" }
