package bird

import (
	"cmp"
	"context"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Channel is one channel of a workspace, on any platform. Fields that the API may
// leave out are pointers, and nil if they are absent or null. Like [Call], it is
// the only description besides the schema. The identifier of a voice channel is its
// phone number.
type Channel struct {
	ID          string  `json:"id" tfsdk:"id" kind:"id"`
	Name        *string `json:"name" tfsdk:"name"`
	PlatformID  *string `json:"platformId" tfsdk:"platform_id" kind:"id"`
	Identifier  *string `json:"identifier" tfsdk:"identifier"`
	Status      *string `json:"status" tfsdk:"status"`
	ConnectorID *string `json:"connectorId" tfsdk:"connector_id" kind:"id"`
	CreatedAt   *string `json:"createdAt" tfsdk:"created_at" kind:"time"`
	UpdatedAt   *string `json:"updatedAt" tfsdk:"updated_at" kind:"time"`
}

// ChannelsQuery selects channels of a workspace. Zero fields do not restrict the
// selection.
type ChannelsQuery struct {
	Platform string // such as a platformId that an earlier read returned
	Status   string // such as active
}

// ChannelFilters are the filters of a [ChannelsQuery].
var ChannelFilters = []Filter[ChannelsQuery, Channel]{
	{Parameter: "platform", Value: func(q *ChannelsQuery) *string { return &q.Platform }, Field: func(c *Channel) *string { return c.PlatformID }},
	{Parameter: "status", Value: func(q *ChannelsQuery) *string { return &q.Status }, Field: func(c *Channel) *string { return c.Status }},
}

// Channels reads every channel of a workspace that the query selects, like
// [Client.ChannelCalls], page by page.
//
// GET /workspaces/{workspaceId}/channels.
func (c *Client) Channels(ctx context.Context, workspaceID string, query ChannelsQuery) iter.Seq2[Page[Channel], error] {
	path, err := joinPath("workspaces", workspaceID, "channels")
	if err != nil {
		return errorSequence[Channel](err)
	}
	check := func(channel *Channel) error { return checkFilters(&query, channel, ChannelFilters) }
	return dedupe(list[Channel]{client: c, throttle: c.throttle(workspaceID), path: path, values: filterValues(&query, ChannelFilters)}.pages(ctx), c.config.Credential, check)
}

// SortChannels sorts by name, then id. Channels without a name come first.
func SortChannels(channels []Channel) {
	name := func(c Channel) string {
		if c.Name == nil {
			return ""
		}
		return *c.Name
	}
	slices.SortFunc(channels, func(a, b Channel) int {
		return cmp.Or(strings.Compare(name(a), name(b)), strings.Compare(a.ID, b.ID))
	})
}

func (*Channel) noun() string { return "channel" }

func (c *Channel) key() string { return c.ID }

var cleanChannel = cleanerOf(reflect.TypeFor[Channel](), "")

func (c *Channel) clean() { cleanChannel(reflect.ValueOf(c).Elem()) }

func (c *Channel) updated() time.Time { return timeOrZero(c.UpdatedAt) }

func (*Channel) invalid() (field, problem string) { return "", "" }
