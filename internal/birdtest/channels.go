package birdtest

import (
	"maps"
	"net/url"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// platformForm is the form of the query parameter platform.
var platformForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// loadChannels encodes the channels. If the options have none, each channel that
// has calls is a voice channel.
func (s *Server) loadChannels() error {
	channels := s.options.Channels
	if channels == nil {
		channels = defaultChannels(slices.Sorted(maps.Keys(s.channels)))
	}
	s.lines = make([]entry, len(channels))
	for i := range channels {
		s.channels[channels[i].ID] = true
		// The API returns more fields than the client knows.
		encoded, err := json.Marshal(struct {
			bird.Channel
			Capabilities []string `json:"capabilities"`
		}{channels[i], []string{"receiving"}}, json.OmitZeroStructFields(true))
		if err != nil {
			return err
		}
		s.lines[i] = entry{channel: &channels[i], json: encoded}
	}
	return nil
}

// defaultChannels returns voice channels with these ids, and one channel of
// each of some other platforms.
func defaultChannels(voice []string) []bird.Channel {
	channel := func(id, platform, name, identifier, status string) bird.Channel {
		return bird.Channel{
			ID: id, PlatformID: &platform, Name: &name, Identifier: &identifier, Status: &status,
			ConnectorID: new("c0" + id[2:]), CreatedAt: new("2023-11-06T09:12:44.5Z"), UpdatedAt: new("2024-01-15T13:40:02.118Z"),
		}
	}
	channels := []bird.Channel{
		channel("22222222-2222-4222-8222-222222222221", "whatsapp", "Main line", "+3197"+NumberPattern+"000101", "active"),
		channel("22222222-2222-4222-8222-222222222222", "sms-messagebird", "Alerts", "ALERTS", "active"),
	}
	for _, id := range voice {
		switch id {
		case DefaultChannelID:
			channels = append(channels, channel(id, VoicePlatform, "Main line", "+3197"+NumberPattern+"000100", "active"))
		case EmptyChannelID:
			channels = append(channels, channel(id, VoicePlatform, "Spare line", "+3197"+NumberPattern+"000102", "inactive"))
		default:
			channels = append(channels, channel(id, VoicePlatform, "Line "+id[:8], "+3197"+NumberPattern+"000103", "active"))
		}
	}
	return append(channels, channel("22222222-2222-4222-8222-222222222223", "email", "Inbox", "inbox@example.com", "pending"))
}

// matchingChannels is the [matcher] of channels.
func (s *Server) matchingChannels(_, _ string, query url.Values) ([]*entry, *argumentError) {
	platforms, status := query["platform"], query.Get("status")
	for _, platform := range platforms {
		if !platformForm.MatchString(platform) {
			return nil, &argumentError{"platform", "must match " + platformForm.String()}
		}
	}
	var list []*entry
	for i := range s.lines {
		c := s.lines[i].channel
		if (len(platforms) == 0 || c.PlatformID != nil && slices.Contains(platforms, *c.PlatformID)) &&
			(status == "" || c.Status != nil && *c.Status == status) {
			list = append(list, &s.lines[i])
		}
	}
	if query.Get("reverse") == "true" {
		slices.Reverse(list)
	}
	return s.repeat(list), nil
}
