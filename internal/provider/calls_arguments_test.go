package provider_test

import (
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// FuzzArguments: whatever the arguments, validation does not panic, and what it
// accepts can be sent to the API as it is meant.
func FuzzArguments(f *testing.F) {
	f.Add(birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00+01:00", "busy", int64(1), "keep")
	f.Add("{"+birdtest.DefaultWorkspaceID+"}", "", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "", int64(0), "omit")
	f.Add(birdtest.DefaultWorkspaceID, "../..", "0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\xff", int64(-1), "pseudonymize")
	f.Add("urn:uuid:"+birdtest.DefaultWorkspaceID, birdtest.DefaultChannelID+"\n", "2024-02-01T00:00:00.123456789Z", "2024-02-01t00:00:00z", "ä", int64(1)<<62, "hide")
	s := newSession(f)
	uuid := regexp.MustCompile(`\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z`)
	f.Fuzz(func(t *testing.T, workspace, channelID, start, end, status string, limit int64, personal string) {
		for _, text := range []string{workspace, channelID, start, end, status, personal} {
			if !utf8.ValidString(text) || text == unknown {
				t.Skip("Terraform has no such string")
			}
		}
		s := &session{t, s.server, s.schema}
		config := s.dynamic(s.schema.DataSourceSchemas["bird_channel_calls"].ValueType(), object{
			"workspace_id": workspace, "channel_id": channelID, "start_at": start, "end_at": end,
			"status": status, "max_calls": limit, "personal_data": personal,
		})
		resp, err := s.server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "bird_channel_calls", Config: config})
		if err != nil {
			t.Fatal(err)
		}
		if len(resp.Diagnostics) > 0 {
			return
		}
		from, fromErr := time.Parse(time.RFC3339Nano, start)
		until, untilErr := time.Parse(time.RFC3339Nano, end)
		switch {
		case !uuid.MatchString(workspace) || !uuid.MatchString(channelID):
			t.Errorf("accepted the ids %q and %q", workspace, channelID)
		case fromErr != nil || untilErr != nil || !from.Before(until):
			t.Errorf("accepted the window from %q to %q", start, end)
		case status == "" || utf8.RuneCountInString(status) > 100 || limit < 1:
			t.Errorf("accepted the status %q and %d calls", status, limit)
		case personal != "keep" && personal != "omit" && personal != "pseudonymize":
			t.Errorf("accepted the personal data %q", personal)
		}
	})
}
