package birdtest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
)

// Incident is what goes wrong in the last week of a data set, so that a rule can
// find it. The weeks before are as they would be without it. The week is the seven
// days in UTC that end with the last midnight.
type Incident string

// What carriers bill extra for, attacks, bad service and dead lines. An attack is
// one percent of the calls of the week.
const (
	ShortCalls     Incident = "short-calls"     // a fourth of the answered outgoing calls lasts six seconds at most
	ShortAverage   Incident = "short-average"   // outgoing calls last a tenth of their time
	AbandonedCalls Incident = "abandoned-calls" // a third of the calls is given up while it rings
	NewCountry     Incident = "new-country"     // outgoing calls to a country that is called at no other time
	OneRing        Incident = "one-ring"        // incoming calls from one country that ring for a second or two
	OneNumber      Incident = "one-number"      // outgoing calls to one number
	NightCalls     Incident = "night-calls"     // outgoing calls of one to four hours that begin between midnight and three
	Burst          Incident = "burst"           // outgoing calls that begin within one second
	SlowAnswers    Incident = "slow-answers"    // a half of the incoming calls is answered 20 to 80 seconds later
	DeadDay        Incident = "dead-day"        // no call on a working day
	DeadLine       Incident = "dead-line"       // no call in the week, and none since
)

// attackShare is the share of an attack in all calls of the week.
const attackShare = 0.01

// incident is how an incident changes the calls of a week. The share is of the calls
// that it may change.
type incident struct {
	attack bool
	share  float64
	may    func(*bird.Call) bool
	change func(week, *bird.Call)
	empty  func(w week, created time.Time) bool // which calls are removed; nil for none
}

var incidents = map[Incident]incident{
	ShortCalls:     {share: 0.25, may: talked("outgoing"), change: func(w week, call *bird.Call) { last(call, w.Int64N(7)) }},
	ShortAverage:   {share: 1, may: talked("outgoing"), change: func(_ week, call *bird.Call) { last(call, *call.Duration/10) }},
	AbandonedCalls: {share: 0.33, may: func(call *bird.Call) bool { return call.HangupSource != nil }, change: week.giveUp},
	NewCountry: {attack: true, may: is("outgoing"), change: func(w week, call *bird.Call) {
		call.To = address(call.Receiver, "SO", w.number("2526"))
	}},
	OneRing: {attack: true, may: func(call *bird.Call) bool { return is("incoming")(call) && rangInVain(call) }, change: func(w week, call *bird.Call) {
		call.From = address(call.Originator, "TN", w.number("2169"))
		move(timeOf(call.RingingAt).Add(500*time.Millisecond+w.upTo(1500*time.Millisecond)).Sub(timeOf(call.EndedAt)), &call.EndedAt, &call.UpdatedAt)
	}},
	OneNumber: {attack: true, may: is("outgoing"), change: func(_ week, call *bird.Call) {
		call.To = address(call.Receiver, "PT", "3519"+NumberPattern+"000099") // one that no other call has
	}},
	NightCalls: {attack: true, may: talked("outgoing"), change: func(w week, call *bird.Call) {
		night := w.day(1 + w.IntN(5))
		begin(call, night.Add(w.upTo(3*time.Hour)))
		last(call, 3600+w.Int64N(3*3600))
	}},
	Burst: {attack: true, may: is("outgoing"), change: func(w week, call *bird.Call) {
		begin(call, w.day(3).Add(11*time.Hour+w.upTo(time.Second)))
	}},
	SlowAnswers: {share: 0.5, may: func(call *bird.Call) bool { return talked("incoming")(call) && call.AnsweredAt != nil }, change: func(w week, call *bird.Call) {
		move(20*time.Second+w.upTo(time.Minute), &call.AnsweredAt, &call.EndedAt, &call.UpdatedAt)
	}},
	DeadDay: {empty: func(w week, created time.Time) bool {
		day := w.day(3)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, 1)
		}
		return !created.Before(day) && created.Before(day.AddDate(0, 0, 1))
	}},
	DeadLine: {empty: func(w week, created time.Time) bool { return !created.Before(w.end.AddDate(0, 0, -7)) }},
}

// Incidents returns the names of all incidents.
func Incidents() []Incident { return slices.Sorted(maps.Keys(incidents)) }

// week is the last week of a data set, and random numbers.
type week struct {
	stream

	end  time.Time // midnight in UTC
	zone *time.Location
}

func (w week) holds(created time.Time) bool {
	return !created.Before(w.end.AddDate(0, 0, -7)) && created.Before(w.end)
}

// day returns the midnight at which a day of the week begins in its time zone,
// counted from 0.
func (w week) day(n int) time.Time {
	year, month, day := w.end.AddDate(0, 0, n-7).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, w.zone)
}

// apply returns the calls with the incidents of the options.
func (o DataSetOptions) apply(calls []bird.Call) []bird.Call {
	for _, name := range o.Incidents {
		change, ok := incidents[name]
		if !ok {
			panic(fmt.Sprintf("birdtest: there is no incident %q", name))
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(name))
		w := week{stream{rand.New(rand.NewPCG(o.Seed, h.Sum64()))}, o.Start.AddDate(0, 0, o.Days).UTC().Truncate(24 * time.Hour), time.UTC}
		if o.Office != nil {
			w.zone = o.Office
		}
		if change.empty != nil {
			calls = slices.DeleteFunc(calls, func(call bird.Call) bool { return change.empty(w, timeOf(call.CreatedAt)) })
			continue
		}
		total, may := 0, []*bird.Call{}
		for i := range calls {
			if !w.holds(timeOf(calls[i].CreatedAt)) {
				continue
			}
			total++
			if change.may(&calls[i]) {
				may = append(may, &calls[i])
			}
		}
		n := change.share * float64(len(may))
		if change.attack {
			n = min(attackShare*float64(total), float64(len(may)))
		}
		for _, i := range w.Perm(len(may))[:int(math.Ceil(n))] {
			change.change(w, may[i])
		}
	}
	return calls
}

func is(direction string) func(*bird.Call) bool {
	return func(call *bird.Call) bool { return *call.Direction == direction }
}

// talked returns whether a call in a direction was answered and has ended.
func talked(direction string) func(*bird.Call) bool {
	return func(call *bird.Call) bool {
		return is(direction)(call) && *call.Status == "completed" && call.Duration != nil
	}
}

// rangInVain reports whether a call rang and nobody answered it.
func rangInVain(call *bird.Call) bool {
	return (*call.Status == "no-answer" || *call.Status == "cancelled") && call.RingingAt != nil && call.EndedAt != nil
}

func timeOf(field *string) time.Time {
	t, _ := bird.TimeOf(field) // the data set's own
	return t
}

// move moves the times that are there.
func move(by time.Duration, fields ...**string) {
	for _, field := range fields {
		if *field != nil {
			*field = new(wire(timeOf(*field).Add(by)))
		}
	}
}

// begin moves a call to another time.
func begin(call *bird.Call, at time.Time) {
	move(at.Sub(timeOf(call.CreatedAt)), &call.CreatedAt, &call.ScheduledFor, &call.RingingAt, &call.AnsweredAt, &call.EndedAt, &call.UpdatedAt)
}

// last changes how many seconds a call lasts.
func last(call *bird.Call, seconds int64) {
	move(time.Duration(seconds-*call.Duration)*time.Second, &call.EndedAt, &call.UpdatedAt)
	call.Duration = &seconds
}

// address changes the number of a party, and returns it.
func address(party *bird.Party, iso, number string) *string {
	party.Number.CountryISOCode, party.Number.Number = &iso, &number
	party.Number.Type, party.Number.Anonymous = new("pstn"), nil
	if party.Number.Identity != nil {
		party.Number.Identity = new("+" + number)
	}
	if party.Contact != nil {
		party.Contact.IdentifierValue = new("+" + number)
	}
	return &number
}

// giveUp makes a call one that the caller gave up while it rang.
func (w week) giveUp(call *bird.Call) {
	ringing := timeOf(call.CreatedAt).Add(time.Second)
	ended := ringing.Add(time.Second + w.upTo(40*time.Second))
	call.RingingAt, call.AnsweredAt, call.EndedAt, call.UpdatedAt = new(wire(ringing)), nil, new(wire(ended)), new(wire(ended))
	call.Status, call.Reason, call.Duration, call.AMDResult = new("cancelled"), nil, new(int64(0)), nil
	call.HangupSource, call.HangupCauseCode, call.HangupSIPCode = new("caller"), new(int64(16)), new("487")
	if call.SIPInsights != nil {
		call.SIPInsights.HangupSIPCode = new("487")
	}
	if call.QualityInsights != nil {
		call.QualityInsights.MOS = new("0.00")
	}
}
