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

// DataSetOptions say what a data set contains.
type DataSetOptions struct {
	Seed      uint64
	Calls     int
	Start     time.Time // DefaultStart if it is zero
	Days      int       // 30 if it is 0
	ChannelID string    // DefaultChannelID if it is empty
	Burst     float64   // share of the calls within one hour in the middle
	Settled   bool      // calls that began before the last day have ended
}

// NewDataSet generates calls like the service's, sorted by time of creation, then
// id. The same options generate the same calls.
func NewDataSet(options DataSetOptions) []bird.Call {
	g := &generator{
		Rand:    rand.New(rand.NewPCG(options.Seed, 0x62697264)),
		rare:    rand.New(rand.NewPCG(options.Seed, 0x72617265)),
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

// NumberPattern is part of each phone number in a data set and of nothing else,
// so that a test can look for numbers where none may appear.
const NumberPattern = "9000"

type generator struct {
	*rand.Rand
	rare    *rand.Rand // for what must not change the rest of a data set
	options DataSetOptions
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// maybe returns the value with probability p, or nil, as when the API leaves a
// field out.
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

// wire formats a time as the service does: milliseconds, trailing zeros trimmed.
func wire(t time.Time) string {
	return t.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z")
}

// created returns a time within the window; one in twenty is the time of an
// earlier call.
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

// zeroTime is Go's zero time, which the service sends for some times that do not
// exist.
const zeroTime = "0001-01-01T00:00:00Z"

// state is a status of a call, with the codes that go with it.
type state struct {
	share   float64
	status  string
	rang    bool
	cause   int64 // 0 if the call has not ended
	sip     string
	sources []string // who hangs up
}

var states = []state{
	{0.58, "completed", true, 16, "200", []string{"caller", "callee", "callee", "api", "media-timeout"}},
	{0.11, "no-answer", true, 19, "480", []string{"none", "timeout"}},
	{0.01, "no-answer", true, 18, "408", []string{"timeout"}},
	{0.07, "busy", true, 17, "486", []string{"callee", "none"}},
	{0.03, "failed", true, 21, "603", []string{"callee"}}, // rejected
	{0.03, "failed", false, 34, "503", []string{"none"}},
	{0.02, "failed", false, 1, "404", []string{"none", "callee"}},
	{0.05, "cancelled", true, 16, "487", []string{"caller", "api"}}, // abandoned
	{0.03, "cancelled", false, 16, "487", []string{"caller", "api"}},
	{0.03, "ongoing", true, 0, "", nil},
	{0.01, "accepted", false, 0, "", nil},
	{0.01, "scheduled", false, 0, "", nil},
	{0.01, "starting", false, 0, "", nil},
	{0.01, "ringing", true, 0, "", nil},
}

func (g *generator) state() state {
	x := g.Float64()
	for _, s := range states {
		if x -= s.share; x < 0 {
			return s
		}
	}
	return states[0]
}

var names = []string{"Jansen BV", "Ærø Café", "شركة النور", "株式会社山田", "Zoë 📞", "O\u2019Brien & Søn", "Ame\u0301lie \"Line 2\"", "<b>not markup</b>", "tab\there"}

func (g *generator) call(earlier []bird.Call) bird.Call {
	state := g.state()
	direction := pick(g, "incoming", "outgoing", "outgoing")
	if state.status == "accepted" || state.status == "scheduled" {
		direction = "outgoing"
	}
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
		Status:     &state.status,
		Reason:     maybe(g, 0.1, "the other side said: "+state.status),
		Type:       &kind,
	}
	if len(earlier) > 0 && g.chance(0.08) {
		call.ParentID = new(earlier[g.IntN(len(earlier))].ID) // a copy: the calls are sorted later
	}
	if kind == "sip" {
		call.SIPType = maybe(g, 0.8, "elastic")
	}
	created := g.created(earlier)
	if g.options.Settled && state.cause == 0 && created.Before(g.options.Start.AddDate(0, 0, g.options.Days-1)) {
		state = states[0] // call.Status points at it
	}
	g.times(&call, state, created)
	if state.cause != 0 {
		g.hangup(&call, state)
		if g.rare.Float64() < 0.01 {
			call.EndedAt = nil // over, and the service does not say since when
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
		call.CallFlow = g.callFlow(&call)
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

// times sets the times and the duration of a call that was created at that time.
func (g *generator) times(call *bird.Call, state state, created time.Time) {
	at := created
	later := func(longest time.Duration) *string {
		at = at.Add(3*time.Millisecond + time.Duration(g.Int64N(int64(longest))))
		return new(wire(at))
	}
	call.CreatedAt = new(wire(created))
	switch {
	case state.status == "scheduled":
		call.ScheduledFor = new(wire(created.Add(time.Duration(g.Int64N(int64(24 * time.Hour))))))
	case state.status == "completed" && *call.Direction == "outgoing" && g.chance(0.05):
		call.ScheduledFor = later(time.Hour)
	}
	if state.rang {
		call.RingingAt = later(3 * time.Second)
	}
	answered := state.status == "completed" || state.status == "ongoing"
	switch {
	case answered && g.chance(0.97):
		call.AnsweredAt = later(20 * time.Second)
	case answered, state.status == "no-answer", state.rang && state.cause != 0 && g.chance(0.4):
		// As in the documentation's own sample of a call that nobody answered.
		call.AnsweredAt = new(wire(at.Add(-3 * time.Millisecond)))
	}
	switch {
	case state.status == "completed":
		talk := time.Duration(g.ExpFloat64() * float64(2*time.Minute))
		at = at.Add(talk)
		call.EndedAt, call.Duration = new(wire(at)), new(int64(talk/time.Second))
	case state.status == "failed":
		call.EndedAt = later(2 * time.Second)
		call.Duration = maybe(g, 0.5, int64(0))
	case state.cause != 0:
		call.EndedAt = later(40 * time.Second)
		call.Duration = maybe(g, 0.8, int64(0))
	}
	call.UpdatedAt = later(time.Second)
	for _, text := range []**string{&call.RingingAt, &call.AnsweredAt, &call.EndedAt, &call.ScheduledFor} {
		if *text == nil && g.chance(0.1) {
			*text = new(zeroTime)
		}
	}
}

// hangup sets why a call ended, and its quality.
func (g *generator) hangup(call *bird.Call, state state) {
	call.HangupCauseCode = maybe(g, 0.97, state.cause)
	call.HangupSource = maybe(g, 0.9, pick(g, state.sources...))
	call.HangupSIPCode = maybe(g, 0.3, state.sip)
	if g.chance(0.8) {
		call.SIPInsights = &bird.SIPInsights{
			HangupSIPCode:      maybe(g, 0.95, state.sip),
			EdgeRegion:         maybe(g, 0.4, pick(g, "ams1", "iad1", "sin1")),
			ProviderName:       maybe(g, 0.3, "Carrier "+pick(g, "A", "B")),
			UserAgent:          maybe(g, 0.6, pick(g, "MessageBird webRTC 1.0", "Asterisk PBX 20.5.0", "Ünïcode-UA/1 ☎")),
			RemoteSignallingIP: maybe(g, 0.3, fmt.Sprintf("192.0.2.%d", g.IntN(256))),
			RemoteMediaIP:      maybe(g, 0.3, fmt.Sprintf("2001:db8::%x", g.IntN(1<<16)|1)),
		}
	}
	if g.chance(0.1) {
		return
	}
	mos, pdd := "0.00", strconv.FormatFloat(g.ExpFloat64()*1.5, 'f', 2, 64)
	switch {
	case g.chance(0.01):
		mos, pdd = "n/a", "-1.00"
	case state.status == "completed" && g.chance(0.97): // the others had no media
		mos = strconv.FormatFloat(1+3.5*(1-g.Float64()*g.Float64()), 'f', 2, 64)
	}
	call.QualityInsights = &bird.QualityInsights{MOS: maybe(g, 0.95, mos), PDD: maybe(g, 0.95, pdd)}
}

func (g *generator) callFlow(call *bird.Call) *bird.CallFlow {
	flow := bird.CallFlow{ID: new(g.uuid()), Commands: []bird.CallFlowCommand{}}
	for range g.IntN(4) {
		command := bird.CallFlowCommand{
			ID: new(g.uuid()), CallID: &call.ID, CallFlowID: flow.ID,
			Status: maybe(g, 0.9, "completed"), Command: new(pick(g, "say", "play", "gather", "transfer", "hangup")),
		}
		if g.chance(0.3) {
			command.Conditions = []bird.Condition{}
			for range g.IntN(3) {
				command.Conditions = append(command.Conditions, bird.Condition{
					Variable: new("keys"), Operator: maybe(g, 0.9, pick(g, "eq", "ne")), Value: maybe(g, 0.9, pick(g, "1", "#", "customer 582140937")),
				})
			}
		}
		flow.Commands = append(flow.Commands, command)
	}
	return &flow
}

// party returns one side of a call and its address.
func (g *generator) party(browser bool) (*bird.Party, string) {
	if browser {
		id := g.uuid()
		return &bird.Party{Number: &bird.Number{
			Type: new("webrtc"), Number: &id, CallerIDName: &id, Identity: new("+" + g.number("3197")),
		}}, "client:" + id
	}
	country := pick(g, [2]string{"NL", "3197"}, [2]string{"NL", "3197"}, [2]string{"NL", "3197"}, [2]string{"PT", "3519"}, [2]string{"GB", "4477"}, [2]string{"DE", "4915"}, [2]string{"US", "1555"})
	number := g.number(country[1])
	identity := "+" + number
	if g.chance(0.4) {
		number = identity
	}
	party := &bird.Party{Number: &bird.Number{
		Type:           new(pick(g, "pstn", "pstn", "pstn", "sip")),
		Number:         &number,
		Anonymous:      maybe(g, 0.2, g.chance(0.2)),
		CallerIDName:   maybe(g, 0.3, pick(g, names...)),
		Identity:       maybe(g, 0.5, identity),
		CountryISOCode: maybe(g, 0.95, country[0]),
		PSTNNumberType: maybe(g, 0.8, pick(g, "mobile", "fixed")),
	}}
	if g.chance(0.2) {
		party.Contact = &bird.Contact{ID: new(g.uuid()), IdentifierKey: new("phonenumber"), IdentifierValue: &identity}
	}
	return party, number
}

func (g *generator) number(prefix string) string {
	return prefix + NumberPattern + strings.Repeat("0", 3) + strconv.Itoa(100+g.IntN(900))
}
