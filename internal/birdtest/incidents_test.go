package birdtest_test

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
)

// fieldsThatDiffer returns the names of the fields of a call that differ between two calls.
func fieldsThatDiffer(one, other bird.Call) (names []string) {
	for field := range reflect.TypeFor[bird.Call]().Fields() {
		if !reflect.DeepEqual(reflect.ValueOf(one).FieldByIndex(field.Index).Interface(), reflect.ValueOf(other).FieldByIndex(field.Index).Interface()) {
			names = append(names, field.Name)
		}
	}
	return names
}

// at returns a time of a call.
func at(t *testing.T, field *string) time.Time {
	t.Helper()
	if field == nil {
		t.Fatal("there is no time")
	}
	parsed, err := time.Parse(time.RFC3339Nano, *field)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// hasOneNumber reports whether a number is in each place where a party may have one.
func hasOneNumber(number string, party *bird.Party) bool {
	identity, contact := party.Number.Identity, party.Contact
	return *party.Number.Number == number && (identity == nil || *identity == "+"+number) && (contact == nil || *contact.IdentifierValue == "+"+number)
}

// An incident changes the last week alone, only what it is about, and as many calls
// as it says. A line that is dead stays dead.
func TestIncidents(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	// Five weeks that end in the middle of a Tuesday, beyond a change of the clock.
	options := birdtest.DataSetOptions{
		Seed: 21, Calls: 5000, Days: 35, Office: zone, Settled: true, LongTail: true,
		Start: time.Date(2024, 2, 27, 15, 30, 0, 0, time.UTC),
	}
	monday, tuesday := time.Date(2024, 3, 26, 0, 0, 0, 0, time.UTC), time.Date(2024, 4, 2, 0, 0, 0, 0, time.UTC)
	inTheWeek := func(call bird.Call) bool {
		created := at(t, call.CreatedAt)
		return !created.Before(monday) && created.Before(tuesday)
	}
	good, week, today := make(map[string]bird.Call), 0, 0
	for _, call := range birdtest.NewDataSet(options) {
		good[call.ID] = call
		if inTheWeek(call) {
			week++
		} else if at(t, call.CreatedAt).After(tuesday) {
			today++
		}
	}
	attack := func(changed int) bool { return changed == int(math.Ceil(float64(week)/100)) }
	outgoing := func(call bird.Call) bool { return *call.Direction == "outgoing" }
	numbers := make(map[string]bool)
	allAtOnce := make(map[time.Time]bool)
	times := []string{"CreatedAt", "ScheduledFor", "RingingAt", "AnsweredAt", "EndedAt", "UpdatedAt"}
	var tested []birdtest.Incident
	for incident, want := range map[birdtest.Incident]struct {
		fields []string
		is     func(bird.Call) bool // what is true of each changed call
		count  func(changed int) bool
		lost   int // calls that are left out, at least
	}{
		birdtest.ShortCalls: {
			fields: []string{"Duration", "EndedAt", "UpdatedAt"},
			is:     func(call bird.Call) bool { return outgoing(call) && *call.Duration <= 6 },
			count:  func(changed int) bool { return changed > week/20 },
		},
		birdtest.ShortAverage: {
			fields: []string{"Duration", "EndedAt", "UpdatedAt"},
			is:     func(call bird.Call) bool { return outgoing(call) && *call.Duration < 600 },
			count:  func(changed int) bool { return changed > week/4 },
		},
		birdtest.AbandonedCalls: {
			fields: append([]string{"Status", "Reason", "Duration", "AMDResult", "HangupSource", "HangupCauseCode", "HangupSIPCode", "SIPInsights", "QualityInsights"}, times...),
			is: func(call bird.Call) bool {
				code := call.SIPInsights == nil || *call.SIPInsights.HangupSIPCode == "487"
				return *call.Status == "cancelled" && *call.HangupCauseCode == 16 && *call.HangupSIPCode == "487" && code && call.Duration != nil && *call.Duration == 0 && call.AnsweredAt == nil && at(t, call.RingingAt).Before(at(t, call.EndedAt))
			},
			count: func(changed int) bool { return changed > week/5 },
		},
		birdtest.NewCountry: {
			fields: []string{"To", "Receiver"},
			is: func(call bird.Call) bool {
				return outgoing(call) && *call.Receiver.Number.CountryISOCode == "SO" && hasOneNumber(*call.To, call.Receiver)
			},
			count: attack,
		},
		birdtest.OneRing: {
			fields: []string{"From", "Originator", "EndedAt", "UpdatedAt"},
			is: func(call bird.Call) bool {
				ring := at(t, call.EndedAt).Sub(at(t, call.RingingAt))
				return *call.Direction == "incoming" && *call.Status != "completed" && hasOneNumber(*call.From, call.Originator) && *call.Originator.Number.CountryISOCode == "TN" && ring >= 400*time.Millisecond && ring <= 2*time.Second
			},
			count: attack,
		},
		birdtest.OneNumber: {
			fields: []string{"To", "Receiver"},
			is: func(call bird.Call) bool {
				numbers[*call.To] = true
				return outgoing(call) && len(numbers) == 1 && hasOneNumber(*call.To, call.Receiver)
			},
			count: attack,
		},
		birdtest.NightCalls: {
			fields: append([]string{"Duration"}, times...),
			is: func(call bird.Call) bool {
				return outgoing(call) && at(t, call.CreatedAt).In(zone).Hour() < 3 && *call.Duration >= 3600 && *call.Duration < 4*3600
			},
			count: attack,
		},
		birdtest.Burst: {
			fields: times,
			is: func(call bird.Call) bool {
				allAtOnce[at(t, call.CreatedAt).Truncate(time.Second)] = true
				return outgoing(call) && len(allAtOnce) == 1
			},
			count: attack,
		},
		birdtest.SlowAnswers: {
			fields: []string{"AnsweredAt", "EndedAt", "UpdatedAt"},
			is:     func(call bird.Call) bool { return at(t, call.AnsweredAt).Sub(at(t, call.RingingAt)) >= 19*time.Second },
			count:  func(changed int) bool { return changed > week/15 },
		},
		birdtest.DeadDay:  {count: func(changed int) bool { return changed == 0 }, lost: week / 10},
		birdtest.DeadLine: {count: func(changed int) bool { return changed == 0 }, lost: week + today},
	} {
		tested = append(tested, incident)
		options.Incidents = []birdtest.Incident{incident}
		calls := birdtest.NewDataSet(options)
		if diff := cmp.Diff(ids(calls), ids(birdtest.NewDataSet(options))); diff != "" {
			t.Errorf("%s twice (-first +second):\n%s", incident, diff)
		}
		changed, left := 0, make(map[string]bool)
		for _, call := range calls {
			left[call.ID] = true
			fields := fieldsThatDiffer(good[call.ID], call)
			if fields == nil {
				continue
			}
			changed++
			if !inTheWeek(good[call.ID]) || !inTheWeek(call) || !want.is(call) {
				t.Errorf("%s: a call of %s has been changed in %v", incident, *call.CreatedAt, fields)
			}
			for _, field := range fields {
				if !slices.Contains(want.fields, field) {
					t.Errorf("%s changed %s", incident, field)
				}
			}
			if call.EndedAt != nil && (at(t, call.EndedAt).Before(at(t, call.CreatedAt)) || at(t, call.UpdatedAt).Before(at(t, call.EndedAt))) {
				t.Errorf("%s: a call was created at %s, ended at %s and updated at %s", incident, *call.CreatedAt, *call.EndedAt, *call.UpdatedAt)
			}
		}
		if !want.count(changed) {
			t.Errorf("%s changed %d of %d calls of the week", incident, changed, week)
		}
		lost := make(map[string]int)
		for id, call := range good {
			if !left[id] {
				lost[at(t, call.CreatedAt).In(zone).Format("2006-01-02 Mon")]++
				if at(t, call.CreatedAt).Before(monday) || incident != birdtest.DeadLine && !inTheWeek(call) {
					t.Errorf("%s left out a call of %s", incident, *call.CreatedAt)
				}
			}
		}
		if n := len(good) - len(left); n < want.lost || want.lost == 0 && n > 0 || incident == birdtest.DeadDay && (len(lost) != 1 || lost["2024-03-29 Fri"] == 0) {
			t.Errorf("%s left out %d calls, of %v", incident, n, lost)
		}
	}
	slices.Sort(tested)
	if diff := cmp.Diff(birdtest.Incidents(), tested); diff != "" {
		t.Errorf("incidents (-that are there +that are tested):\n%s", diff)
	}
}

func TestIncidentsThatAreUnknownPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a data set with an unknown incident")
		}
	}()
	birdtest.NewDataSet(birdtest.DataSetOptions{Calls: 10, Incidents: []birdtest.Incident{"flood"}})
}
