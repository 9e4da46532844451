package birdtest

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
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
	Start     time.Time      // DefaultStart if it is zero
	Days      int            // 30 if it is 0
	ChannelID string         // DefaultChannelID if it is empty
	Burst     float64        // share of the calls within one hour in the middle
	Office    *time.Location // most calls are made in office hours there; nil for calls around the clock
	Settled   bool           // calls that began before the last day have ended
	LongTail  bool           // some numbers are called often, some countries are called seldom, and some calls are long
	Incidents []Incident     // in the last week
}

// NewDataSet generates calls like the service's, sorted by time of creation, then
// id. The same options generate the same calls, and more calls begin with the same
// ones. An option changes only the fields that it is about.
func NewDataSet(options DataSetOptions) []bird.Call {
	if options.Start.IsZero() {
		options.Start = DefaultStart
	}
	options.Days = cmp.Or(options.Days, 30)
	options.ChannelID = cmp.Or(options.ChannelID, DefaultChannelID)
	calls := make([]bird.Call, options.Calls)
	g := &generator{options: options, drawn: make(map[string]bool)}
	for i := range calls {
		g.earlier = calls[:i]
		clear(g.drawn)
		calls[i] = g.call()
	}
	calls = options.apply(calls)
	bird.SortCalls(calls)
	return calls
}

// NumberPattern is part of each phone number in a data set and of nothing else,
// so that a test can look for numbers where none may appear.
const NumberPattern = "9000"

// generator generates one call after another.
type generator struct {
	options DataSetOptions
	earlier []bird.Call     // the calls that were generated before
	drawn   map[string]bool // the names of the streams of this call so far
}

// stream is random numbers.
type stream struct{ *rand.Rand }

// of returns the random numbers for a field of the call. They depend on the seed,
// on the number of the call and on the name, so that a new field changes no other.
// Each name is used once for a call.
func (g *generator) of(name string) stream {
	if g.drawn[name] {
		panic("birdtest: " + name + " is drawn twice")
	}
	g.drawn[name] = true
	h := fnv.New64a()
	_, _ = h.Write(binary.AppendUvarint([]byte(name), uint64(len(g.earlier))))
	return stream{rand.New(rand.NewPCG(g.options.Seed, h.Sum64()))}
}

func (s stream) chance(p float64) bool { return s.Float64() < p }

// upTo returns a time below a maximum.
func (s stream) upTo(longest time.Duration) time.Duration {
	return time.Duration(s.Int64N(int64(longest)))
}

func (s stream) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(s.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	return strings.ReplaceAll(id, NumberPattern, NumberPattern[:3]+"1")
}

func (s stream) number(prefix string) string { return number(prefix, s.IntN(900)) }

// number returns one of 900 phone numbers.
func number(prefix string, n int) string {
	return prefix + NumberPattern + strings.Repeat("0", 3) + strconv.Itoa(100+n)
}

func pick[T any](s stream, from ...T) T { return from[s.IntN(len(from))] }

// maybe returns the value with probability p, or nil, as when the API leaves a
// field out.
func maybe[T any](s stream, p float64, value T) *T {
	if s.chance(p) {
		return &value
	}
	return nil
}

// maybeOne returns one of the values with probability p, or nil.
func maybeOne[T any](s stream, p float64, from ...T) *T { return maybe(s, p, pick(s, from...)) }

// wire formats a time as the service does: milliseconds, trailing zeros trimmed.
func wire(t time.Time) string {
	return t.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z")
}

// officeShare is how many of 64 calls at an hour of a working day are made.
var officeShare = [24]int{0, 0, 0, 0, 0, 1, 3, 8, 34, 60, 64, 52, 36, 50, 60, 56, 44, 24, 12, 8, 5, 3, 1, 0}

// created returns a time within the window; one in twenty is the time of an
// earlier call.
func (g *generator) created() time.Time {
	s := g.of("createdAt")
	if len(g.earlier) > 0 && s.chance(0.05) {
		t, _ := bird.ParseTime(*pick(s, g.earlier...).CreatedAt)
		return t
	}
	span := time.Duration(g.options.Days) * 24 * time.Hour
	if g.options.Burst > 0 && s.chance(g.options.Burst) {
		return g.options.Start.Add(span/2 + s.upTo(time.Hour))
	}
	for {
		t := g.options.Start.Add(s.upTo(span))
		if g.options.Office == nil {
			return t
		}
		local := t.In(g.options.Office)
		share := officeShare[local.Hour()]
		switch local.Weekday() {
		case time.Saturday:
			share /= 3
		case time.Sunday:
			share /= 6
		}
		if s.IntN(64) < share {
			return t
		}
	}
}

// outcome is a status of a call, with the codes that go with it.
type outcome struct {
	share   float64
	status  string
	rang    bool
	cause   int64 // 0 if the call has not ended
	sip     string
	sources []string // who hangs up
}

var outcomes = []outcome{
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

// outcomeOf returns the outcome of a call that was created at that time.
func (g *generator) outcomeOf(created time.Time) outcome {
	o, x := outcomes[0], g.of("status").Float64()
	for _, s := range outcomes {
		if x -= s.share; x < 0 {
			o = s
			break
		}
	}
	if g.options.Settled && o.cause == 0 && created.Before(g.options.Start.AddDate(0, 0, g.options.Days-1)) {
		return outcomes[0]
	}
	return o
}

var names = []string{"Jansen BV", "Ærø Café", "شركة النور", "株式会社山田", "Zoë 📞", "O\u2019Brien & Søn", "Ame\u0301lie \"Line 2\"", "<b>not markup</b>", "tab\there"}

func (g *generator) call() bird.Call {
	created := g.created()
	o := g.outcomeOf(created)
	direction := pick(g.of("direction"), "incoming", "outgoing", "outgoing")
	if o.status == "accepted" || o.status == "scheduled" {
		direction = "outgoing"
	}
	originator, from := g.party("originator", direction == "incoming" && g.of("originator is a browser").chance(0.3))
	receiver, to := g.party("receiver", false)
	kind := "pstn"
	if originator.Number.Type != nil {
		kind = *originator.Number.Type
	}
	call := bird.Call{
		ID:         g.of("id").uuid(),
		ChannelID:  &g.options.ChannelID,
		From:       &from,
		To:         &to,
		Originator: originator,
		Receiver:   receiver,
		Direction:  &direction,
		Status:     &o.status,
		Reason:     maybe(g.of("reason"), 0.1, "the other side said: "+o.status),
		Type:       &kind,
		CallFlow:   g.callFlow(),
		Tags:       g.tags(),
	}
	if parent := g.of("parentId"); len(g.earlier) > 0 && parent.chance(0.08) {
		call.ParentID = new(pick(parent, g.earlier...).ID)
	}
	if kind == "sip" {
		call.SIPType = maybe(g.of("sipType"), 0.8, "elastic")
	}
	if flow := call.CallFlow; flow != nil {
		for i := range flow.Commands {
			flow.Commands[i].CallID, flow.Commands[i].CallFlowID = &call.ID, flow.ID
		}
	}
	g.times(&call, o, created)
	if o.cause != 0 {
		g.hangup(&call, o)
	}
	if direction == "outgoing" && g.of("amdResult").chance(0.1) {
		call.AMDResult = &bird.AMDResult{
			Result: new(pick(g.of("amdResult.result"), "human", "machine")),
			Speech: maybeOne(g.of("amdResult.speech"), 0.5, "Hello?", "U spreekt met de voicemail van Zoë"),
			Locale: maybeOne(g.of("amdResult.locale"), 0.5, "en-GB", "nl-NL"),
		}
	}
	if g.of("notification").chance(0.05) {
		call.Notification = &bird.Notification{URL: new("https://example.com/hooks?call=" + call.ID)}
	}
	return call
}

// times sets the times and the duration of a call that was created at that time.
func (g *generator) times(call *bird.Call, o outcome, created time.Time) {
	at := created
	later := func(name string, longest time.Duration) *string {
		at = at.Add(3*time.Millisecond + g.of(name).upTo(longest))
		return new(wire(at))
	}
	call.CreatedAt = new(wire(created))
	switch {
	case o.status == "scheduled":
		call.ScheduledFor = new(wire(created.Add(g.of("scheduledFor").upTo(24 * time.Hour))))
	case o.status == "completed" && *call.Direction == "outgoing" && g.of("has scheduledFor").chance(0.05):
		call.ScheduledFor = later("scheduledFor", time.Hour)
	}
	if o.rang {
		call.RingingAt = later("ringingAt", 3*time.Second)
	}
	answered := o.status == "completed" || o.status == "ongoing"
	hasAnsweredAt := g.of("has answeredAt")
	switch {
	case answered && hasAnsweredAt.chance(0.97):
		call.AnsweredAt = later("answeredAt", 20*time.Second)
	case answered, o.status == "no-answer", o.rang && o.cause != 0 && hasAnsweredAt.chance(0.4):
		// As in the documentation's own sample of a call that nobody answered.
		call.AnsweredAt = new(wire(at.Add(-3 * time.Millisecond)))
	}
	duration := g.of("duration")
	switch {
	case o.status == "completed":
		talk := time.Duration(duration.ExpFloat64() * float64(2*time.Minute))
		if g.options.LongTail && g.of("long duration").chance(0.02) {
			talk *= 10
		}
		at = at.Add(talk)
		call.EndedAt, call.Duration = new(wire(at)), new(int64(talk/time.Second))
	case o.status == "failed":
		call.EndedAt = later("endedAt", 2*time.Second)
		call.Duration = maybe(duration, 0.5, int64(0))
	case o.cause != 0:
		call.EndedAt = later("endedAt", 40*time.Second)
		call.Duration = maybe(duration, 0.8, int64(0))
	}
	call.UpdatedAt = later("updatedAt", time.Second)
	if o.cause != 0 && g.of("no endedAt").chance(0.01) {
		call.EndedAt = nil // over, and the service does not say since when
	}
}

// hangup sets why a call ended, and its quality.
func (g *generator) hangup(call *bird.Call, o outcome) {
	call.HangupCauseCode = maybe(g.of("hangupCauseCode"), 0.97, o.cause)
	call.HangupSource = maybeOne(g.of("hangupSource"), 0.9, o.sources...)
	call.HangupSIPCode = maybe(g.of("hangupSipCode"), 0.3, o.sip)
	if g.of("sipInsights").chance(0.8) {
		signalling, media := g.of("sipInsights.remoteSignallingIp"), g.of("sipInsights.remoteMediaIp")
		call.SIPInsights = &bird.SIPInsights{
			HangupSIPCode:      maybe(g.of("sipInsights.hangupSipCode"), 0.95, o.sip),
			EdgeRegion:         maybeOne(g.of("sipInsights.edgeRegion"), 0.4, "ams1", "iad1", "sin1"),
			ProviderName:       maybeOne(g.of("sipInsights.providerName"), 0.3, "Carrier A", "Carrier B"),
			UserAgent:          maybeOne(g.of("sipInsights.userAgent"), 0.6, "MessageBird webRTC 1.0", "Asterisk PBX 20.5.0", "Ünïcode-UA/1 ☎"),
			RemoteSignallingIP: maybe(signalling, 0.3, fmt.Sprintf("192.0.2.%d", signalling.IntN(256))),
			RemoteMediaIP:      maybe(media, 0.3, fmt.Sprintf("2001:db8::%x", media.IntN(1<<16)|1)),
		}
	}
	if !g.of("qualityInsights").chance(0.9) {
		return
	}
	score, delay := g.of("qualityInsights.mos"), g.of("qualityInsights.pdd")
	mos, pdd := "0.00", strconv.FormatFloat(delay.ExpFloat64()*1.5, 'f', 2, 64)
	switch {
	case g.of("qualityInsights without numbers").chance(0.01):
		mos, pdd = "n/a", "-1.00"
	case o.status == "completed" && score.chance(0.97): // the others had no media
		mos = strconv.FormatFloat(1+3.5*(1-score.Float64()*score.Float64()), 'f', 2, 64)
	}
	call.QualityInsights = &bird.QualityInsights{MOS: maybe(score, 0.95, mos), PDD: maybe(delay, 0.95, pdd)}
}

func (g *generator) callFlow() *bird.CallFlow {
	if !g.of("callFlow").chance(0.15) {
		return nil
	}
	flow := bird.CallFlow{ID: new(g.of("callFlow.id").uuid()), Commands: []bird.CallFlowCommand{}}
	for i := range g.of("callFlow.commands").IntN(4) {
		name := fmt.Sprintf("callFlow.commands[%d]", i)
		command := bird.CallFlowCommand{
			ID: new(g.of(name + ".id").uuid()), Status: maybe(g.of(name+".status"), 0.9, "completed"),
			Command: new(pick(g.of(name+".command"), "say", "play", "gather", "transfer", "hangup")),
		}
		if conditions := g.of(name + ".conditions"); conditions.chance(0.3) {
			command.Conditions = []bird.Condition{}
			for j := range conditions.IntN(3) {
				condition := fmt.Sprintf("%s.conditions[%d]", name, j)
				command.Conditions = append(command.Conditions, bird.Condition{
					Variable: new("keys"), Operator: maybeOne(g.of(condition+".operator"), 0.9, "eq", "ne"),
					Value: maybeOne(g.of(condition+".value"), 0.9, "1", "#", "customer 582140937"),
				})
			}
		}
		flow.Commands = append(flow.Commands, command)
	}
	return &flow
}

func (g *generator) tags() (tags []*string) {
	s := g.of("tags")
	switch {
	case s.chance(0.1):
		return []*string{}
	case s.chance(0.1):
		for _, tag := range []string{"vip", "kampagne-ä", "2024"}[:1+s.IntN(3)] {
			tags = append(tags, &tag)
		}
	}
	return tags
}

// country is where numbers begin with a prefix.
type country struct{ iso, prefix string }

// seldomCalled are countries with few calls, fewer from one to the next.
var seldomCalled = []country{
	{"BE", "3246"}, {"FR", "3361"}, {"ES", "3462"}, {"LU", "3526"}, {"IT", "3932"}, {"CH", "4174"}, {"AT", "4366"}, {"DK", "4521"},
	{"SE", "4672"}, {"NO", "4791"}, {"PL", "4850"}, {"IE", "3538"}, {"CZ", "4206"}, {"FI", "3584"}, {"GR", "3069"}, {"TR", "9053"},
	{"ZA", "2772"}, {"IN", "9198"}, {"AU", "6141"}, {"BR", "5511"}, {"JP", "8190"}, {"MA", "2126"}, {"SR", "5978"}, {"HR", "3859"},
}

// party returns one side of a call and its address.
func (g *generator) party(side string, browser bool) (*bird.Party, string) {
	of := func(name string) stream { return g.of(side + "." + name) }
	if browser {
		id := of("number.number").uuid()
		return &bird.Party{Number: &bird.Number{
			Type: new("webrtc"), Number: &id, CallerIDName: &id, Identity: new("+" + of("number.identity").number("3197")),
		}}, "client:" + id
	}
	home := country{"NL", "3197"}
	from := pick(of("number.countryIsoCode"), home, home, home, country{"PT", "3519"}, country{"GB", "4477"}, country{"DE", "4915"}, country{"US", "1555"})
	rank := of("number.number").IntN(900)
	if tail := of("number in the long tail"); g.options.LongTail {
		rank = int(900 * math.Pow(tail.Float64(), 1.5))
		if tail.chance(0.03) {
			from = seldomCalled[int(float64(len(seldomCalled))*math.Pow(tail.Float64(), 2))]
		}
	}
	number := number(from.prefix, rank)
	identity := "+" + number
	if of("number.number with +").chance(0.4) {
		number = identity
	}
	anonymous := of("number.anonymous")
	party := &bird.Party{Number: &bird.Number{
		Type:           new(pick(of("number.type"), "pstn", "pstn", "pstn", "sip")),
		Number:         &number,
		Anonymous:      maybe(anonymous, 0.2, anonymous.chance(0.2)),
		CallerIDName:   maybeOne(of("number.callerIdName"), 0.3, names...),
		Identity:       maybe(of("number.identity"), 0.5, identity),
		CountryISOCode: maybe(of("number has countryIsoCode"), 0.95, from.iso),
		PSTNNumberType: maybeOne(of("number.pstnNumberType"), 0.8, "mobile", "fixed"),
	}}
	if contact := of("contact"); contact.chance(0.2) {
		party.Contact = &bird.Contact{ID: new(contact.uuid()), IdentifierKey: new("phonenumber"), IdentifierValue: &identity}
	}
	return party, number
}
