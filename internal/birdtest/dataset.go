package birdtest

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// DefaultStart is when a data set begins unless its options say otherwise.
var DefaultStart = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

// DataSetOptions say what a data set holds.
type DataSetOptions struct {
	Seed      uint64
	Calls     int
	Start     time.Time // DefaultStart where it is zero
	Days      int       // 30 where it is 0
	ChannelID string    // DefaultChannelID where it is empty
	Burst     float64   // share of the calls that falls into one hour in the middle
}

// NewDataSet makes calls as the service has them, sorted by time of creation,
// then id. The same options make the same calls.
func NewDataSet(options DataSetOptions) []bird.Call {
	g := &generator{
		Rand:    rand.New(rand.NewPCG(options.Seed, 0x62697264)),
		options: options,
	}
	if g.options.Start.IsZero() {
		g.options.Start = DefaultStart
	}
	g.options.Days = cmp.Or(g.options.Days, 30)
	g.options.ChannelID = cmp.Or(g.options.ChannelID, DefaultChannelID)
	calls := make([]bird.Call, options.Calls)
	for i := range calls {
		calls[i] = g.call(calls[:i])
	}
	bird.SortCalls(calls)
	return calls
}

// NumberPattern is in each phone number of a data set and in nothing else, so
// that a test can look for numbers where none may be.
const NumberPattern = "9000"

type generator struct {
	*rand.Rand
	options DataSetOptions
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// maybe gives the value, or nil as often as the API leaves a member out.
func maybe[T any](g *generator, p float64, value T) *T {
	if g.chance(p) {
		return &value
	}
	return nil
}

func (g *generator) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	return strings.ReplaceAll(id, NumberPattern, NumberPattern[:3]+"1")
}

// wire writes a time as the service does: milliseconds, trailing zeros trimmed.
func wire(t time.Time) string {
	return t.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z")
}

// created gives a time within the window; one in twenty is that of an earlier
// call.
func (g *generator) created(earlier []bird.Call) time.Time {
	if len(earlier) > 0 && g.chance(0.05) {
		t, _ := bird.ParseTime(*earlier[g.IntN(len(earlier))].CreatedAt)
		return t
	}
	span := time.Duration(g.options.Days) * 24 * time.Hour
	if g.options.Burst > 0 && g.chance(g.options.Burst) {
		return g.options.Start.Add(span/2 + time.Duration(g.Int64N(int64(time.Hour))))
	}
	return g.options.Start.Add(time.Duration(g.Int64N(int64(span))))
}

// ending is how a call ends: its status and the codes that fit.
type ending struct {
	share    float64
	status   string
	cause    int64
	sip      string
	answered bool
}

var endings = []ending{
	{0.62, "completed", 16, "200", true},
	{0.14, "no-answer", 19, "480", false},
	{0.09, "busy", 17, "486", false},
	{0.05, "failed", 34, "503", false},
	{0.03, "failed", 1, "404", false},
	{0.04, "cancelled", 16, "487", false},
	{0.02, "ongoing", 0, "", true},
	{0.01, "scheduled", 0, "", false},
}

func (g *generator) ending() ending {
	x := g.Float64()
	for _, e := range endings {
		if x -= e.share; x < 0 {
			return e
		}
	}
	return endings[0]
}

var names = []string{"Jansen BV", "Ærø Café", "شركة النور", "株式会社山田", "Zoë 📞", "O\u2019Brien & Søn", "Ame\u0301lie \"Line 2\"", "<b>not markup</b>", "tab\there"}

func (g *generator) call(earlier []bird.Call) bird.Call {
	end := g.ending()
	created := g.created(earlier)
	direction := pick(g, "incoming", "outgoing", "outgoing")
	originator, from := g.party(direction == "incoming" && g.chance(0.3))
	receiver, to := g.party(false)
	kind := "pstn"
	if originator.Number != nil && originator.Number.Type != nil {
		kind = *originator.Number.Type
	}
	call := bird.Call{
		ID:         g.uuid(),
		ChannelID:  &g.options.ChannelID,
		From:       &from,
		To:         &to,
		Originator: originator,
		Receiver:   receiver,
		Direction:  &direction,
		Status:     &end.status,
		Reason:     maybe(g, 0.1, "the other side said: "+end.status),
		Type:       &kind,
		SIPType:    nil,
	}
	if len(earlier) > 0 && g.chance(0.08) {
		call.ParentID = new(earlier[g.IntN(len(earlier))].ID) // a copy: the calls are sorted later
	}
	if kind == "sip" {
		call.SIPType = maybe(g, 0.8, "elastic")
	}

	at := created
	later := func(longest time.Duration) *string {
		at = at.Add(time.Duration(g.Int64N(int64(longest))))
		text := wire(at)
		return &text
	}
	createdText := wire(created)
	call.CreatedAt = &createdText
	switch end.status {
	case "scheduled":
		call.ScheduledFor = later(24 * time.Hour)
	case "failed":
		call.EndedAt = later(2 * time.Second)
	default:
		call.RingingAt = later(3 * time.Second)
		if end.answered {
			call.AnsweredAt = later(20 * time.Second)
			talk := time.Duration(g.ExpFloat64() * float64(2*time.Minute))
			if end.status != "ongoing" {
				at = at.Add(talk)
				text, seconds := wire(at), int64(talk/time.Second)
				call.EndedAt, call.Duration = &text, &seconds
			}
		} else {
			call.EndedAt = later(40 * time.Second)
			call.Duration = maybe(g, 0.5, int64(0))
		}
	}
	call.UpdatedAt = later(time.Second)
	if end.sip != "" {
		call.HangupCauseCode = maybe(g, 0.97, end.cause)
		call.HangupSource = maybe(g, 0.9, pick(g, "caller", "callee"))
		call.HangupSIPCode = maybe(g, 0.3, end.sip)
		if g.chance(0.8) {
			call.SIPInsights = &bird.SIPInsights{
				HangupSIPCode:      &end.sip,
				EdgeRegion:         maybe(g, 0.4, pick(g, "ams1", "iad1", "sin1")),
				ProviderName:       maybe(g, 0.3, "Carrier "+pick(g, "A", "B")),
				UserAgent:          maybe(g, 0.6, pick(g, "MessageBird webRTC 1.0", "Asterisk PBX 20.5.0", "Ünïcode-UA/1 ☎")),
				RemoteSignallingIP: maybe(g, 0.3, fmt.Sprintf("192.0.2.%d", g.IntN(256))),
				RemoteMediaIP:      maybe(g, 0.3, fmt.Sprintf("2001:db8::%x", g.IntN(1<<16)|1)),
			}
		}
	}
	if end.answered && g.chance(0.9) {
		mos := strconv.FormatFloat(1+3.5*(1-g.Float64()*g.Float64()), 'f', 2, 64)
		if g.chance(0.01) {
			mos = "n/a"
		}
		call.QualityInsights = &bird.QualityInsights{
			MOS: maybe(g, 0.95, mos),
			PDD: maybe(g, 0.95, strconv.FormatFloat(g.ExpFloat64()*1.5, 'f', 2, 64)),
		}
	}
	if direction == "outgoing" && g.chance(0.1) {
		call.AMDResult = &bird.AMDResult{
			Result: new(pick(g, "human", "machine")),
			Speech: maybe(g, 0.5, pick(g, "Hello?", "U spreekt met de voicemail van Zoë")),
			Locale: maybe(g, 0.5, pick(g, "en-GB", "nl-NL")),
		}
	}
	if g.chance(0.15) {
		flow := g.uuid()
		call.CallFlow = &bird.CallFlow{ID: &flow, Commands: []bird.CallFlowCommand{}}
		for range g.IntN(4) {
			call.CallFlow.Commands = append(call.CallFlow.Commands, bird.CallFlowCommand{
				ID: new(g.uuid()), CallID: &call.ID, CallFlowID: &flow,
				Status: maybe(g, 0.9, "completed"), Command: new(pick(g, "say", "play", "gather", "transfer", "hangup")),
			})
		}
	}
	if g.chance(0.05) {
		call.Notification = &bird.Notification{URL: new("https://example.com/hooks?call=" + call.ID)}
	}
	switch {
	case g.chance(0.1):
		call.Tags = []*string{}
	case g.chance(0.1):
		for _, tag := range []string{"vip", "kampagne-ä", "2024"}[:1+g.IntN(3)] {
			call.Tags = append(call.Tags, &tag)
		}
	}
	return call
}

// party gives one side of a call and its address.
func (g *generator) party(browser bool) (*bird.Party, string) {
	if browser {
		id := g.uuid()
		return &bird.Party{Number: &bird.Number{
			Type: new("webrtc"), Number: &id, CallerIDName: &id, Identity: new("+" + g.number("3197")),
		}}, "client:" + id
	}
	country := pick(g, [2]string{"NL", "3197"}, [2]string{"NL", "3197"}, [2]string{"NL", "3197"}, [2]string{"PT", "3519"}, [2]string{"GB", "4477"}, [2]string{"DE", "4915"}, [2]string{"US", "1555"})
	number := g.number(country[1])
	party := &bird.Party{Number: &bird.Number{
		Type:           new(pick(g, "pstn", "pstn", "pstn", "sip")),
		Number:         &number,
		Anonymous:      maybe(g, 0.2, g.chance(0.2)),
		CallerIDName:   maybe(g, 0.3, pick(g, names...)),
		Identity:       maybe(g, 0.5, "+"+number),
		CountryISOCode: maybe(g, 0.95, country[0]),
		PSTNNumberType: maybe(g, 0.8, pick(g, "mobile", "fixed")),
	}}
	if g.chance(0.2) {
		party.Contact = &bird.Contact{ID: new(g.uuid()), IdentifierKey: new("phonenumber"), IdentifierValue: new("+" + number)}
	}
	return party, number
}

func (g *generator) number(prefix string) string {
	return prefix + NumberPattern + strings.Repeat("0", 3) + strconv.Itoa(100+g.IntN(900))
}
