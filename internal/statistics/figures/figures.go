// Package figures computes the statistics once more for tests: slowly, from the JSON
// of the calls, and by the words of the definitions. It shares no code with the
// statistics.
package figures

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say which statistics to compute. A threshold that is nil is the default.
type Options struct {
	GroupBy    []string
	Zone       *time.Location // nil is UTC
	Thresholds struct{ ShortCall, LongCall, AnswerWithin, PoorMOS *float64 }
	Gaps       [2]time.Time // the window whose gaps are filled, if it is set
	SortBy     string
}

// Call is the JSON of a call.
type Call = map[string]any

// Calls returns the JSON of calls.
func Calls(calls any) []Call {
	text, err := json.Marshal(calls)
	if err != nil {
		panic(err)
	}
	return Parse(text)
}

// Parse parses a JSON list of calls. A number is as it is written.
func Parse(text []byte) (calls []Call) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&calls); err != nil {
		panic(err)
	}
	return calls
}

// Summary returns the statistics of calls as their JSON would decode: numbers as
// float64, what is null as nil, and everything by the name of its attribute.
func Summary(calls []Call, o Options) map[string]any {
	sum := statistics(calls, o)
	for name, dimension := range map[string]string{
		"by_status": "status", "by_direction": "direction", "by_type": "type", "by_hangup_source": "hangup_source",
		"by_hangup_cause_code": "hangup_cause_code", "by_hangup_sip_code": "hangup_sip_code", "by_amd_result": "amd_result",
		"by_originator_country": "originator_country", "by_receiver_country": "receiver_country",
		"by_day": "day", "by_channel": "channel_id",
	} {
		counts := map[string]any{}
		for _, call := range calls {
			if value := Dimension(call, dimension, o.Zone); value != "" {
				n, _ := counts[value].(float64)
				counts[value] = n + 1
			}
		}
		sum[name] = counts
	}
	sum["first_call_at"], sum["last_call_at"] = nil, nil
	var times []instant
	for _, call := range calls {
		if at := created(call); at.isReal() {
			times = append(times, at)
		}
	}
	if len(times) > 0 {
		slices.SortFunc(times, instant.compare)
		sum["first_call_at"], sum["last_call_at"] = times[0].String(), times[len(times)-1].String()
	}
	sum["groups"] = nil
	if o.GroupBy != nil {
		sum["groups"] = groups(calls, o)
	}
	return sum
}

func groups(calls []Call, o Options) []any {
	of := map[string][]Call{}
	const separator = "\x00" // no value has it
	for _, call := range calls {
		var key []string
		for _, name := range o.GroupBy {
			key = append(key, Dimension(call, name, o.Zone))
		}
		of[strings.Join(key, separator)] = append(of[strings.Join(key, separator)], call)
	}
	if start, end := o.Gaps[0], o.Gaps[1]; !start.IsZero() {
		// Clocks differ by quarters of an hour.
		for at := start; at.Before(end); at = at.Truncate(15 * time.Minute).Add(15 * time.Minute) {
			var key []string
			for _, name := range o.GroupBy {
				key = append(key, Dimension(Call{"createdAt": at.UTC().Format(time.RFC3339Nano)}, name, o.Zone))
			}
			if k := strings.Join(key, separator); of[k] == nil {
				of[k] = []Call{}
			}
		}
	}
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		group := statistics(of[key], o)
		for _, name := range Dimensions() {
			group[name] = nil
		}
		for i, value := range strings.Split(key, separator) {
			if value != "" {
				group[o.GroupBy[i]] = value
			}
		}
		list = append(list, group)
	}
	if o.SortBy != "" {
		value := func(group any) float64 {
			if n, ok := group.(map[string]any)[o.SortBy].(float64); ok {
				return n
			}
			return math.Inf(-1)
		}
		slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(value(b), value(a)) })
	}
	return list
}

// fields are where the values of dimensions stand in a call.
var fields = map[string]string{
	"channel_id": "channelId", "direction": "direction", "status": "status", "type": "type", "sip_type": "sipType",
	"provider_name": "sipInsights.providerName", "hangup_source": "hangupSource", "hangup_cause_code": "hangupCauseCode",
	"hangup_sip_code": "hangupSipCode", "amd_result": "amdResult.result",
	"originator_country": "originator.number.countryIsoCode", "receiver_country": "receiver.number.countryIsoCode",
	"originator_number_type": "originator.number.pstnNumberType", "receiver_number_type": "receiver.number.pstnNumberType",
	"anonymous": "originator.number.anonymous",
}

// Dimensions returns the names of all dimensions.
func Dimensions() []string {
	return append(slices.Sorted(maps.Keys(fields)), "month", "day", "weekday", "hour", "leg")
}

// Dimension returns the value of a dimension of a call, "" for none.
func Dimension(call Call, name string, zone *time.Location) string {
	switch name {
	case "month", "day", "weekday", "hour":
		at := created(call)
		if !at.isReal() {
			return ""
		}
		local := time.Unix(at.seconds, at.nanoseconds).In(cmp.Or(zone, time.UTC))
		switch name {
		case "month":
			return local.Format("2006-01")
		case "day":
			return local.Format("2006-01-02")
		case "hour":
			return local.Format("15")
		}
		return map[string]string{"Mon": "1", "Tue": "2", "Wed": "3", "Thu": "4", "Fri": "5", "Sat": "6", "Sun": "7"}[local.Format("Mon")]
	case "leg":
		return fmt.Sprint(id(call, "parentId") != "")
	case "channel_id":
		return strings.ToLower(id(call, "channelId"))
	case "hangup_cause_code": // written in any form, such as 16.0
		cause, ok := new(big.Rat).SetString(textAt(call, "hangupCauseCode"))
		if !ok {
			return ""
		}
		return cause.Num().String()
	case "hangup_sip_code":
		return cmp.Or(textAt(call, "hangupSipCode"), textAt(call, "sipInsights.hangupSipCode"))
	}
	return textAt(call, fields[name])
}

// textAt returns the text of a field, "" for none.
func textAt(call Call, path string) string {
	var v any = call
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func id(call Call, path string) string {
	if v := textAt(call, path); v != "00000000-0000-0000-0000-000000000000" {
		return v
	}
	return ""
}

// statistics computes what a group has.
func statistics(calls []Call, o Options) map[string]any {
	is := func(status ...string) func(Call) bool {
		return func(c Call) bool { return slices.Contains(status, textAt(c, "status")) }
	}
	not := func(what func(Call) bool) func(Call) bool { return func(c Call) bool { return !what(c) } }
	both := func(a, b func(Call) bool) func(Call) bool { return func(c Call) bool { return a(c) && b(c) } }
	number := func(of func(Call) bool) (n float64) {
		for _, call := range calls {
			if of(call) {
				n++
			}
		}
		return n
	}
	share := func(part, whole float64) any {
		if whole == 0 {
			return nil
		}
		return part / whole
	}
	hasReal := func(field string) func(Call) bool { return func(c Call) bool { return timeOf(c, field).isReal() } }

	pending := is("accepted", "scheduled", "starting", "ringing")
	answered := func(c Call) bool {
		switch {
		case is("ongoing", "completed")(c):
			return true
		case pending(c), is("no-answer", "busy", "failed", "cancelled")(c):
			return false
		}
		return hasReal("answeredAt")(c)
	}
	ended := func(c Call) bool { return !pending(c) && !is("ongoing")(c) }
	abandoned := both(is("cancelled"), hasReal("ringingAt"))
	delivered := func(c Call) bool {
		cause := Dimension(c, "hangup_cause_code", nil)
		refused := slices.Contains([]string{"480", "486", "600", "603"}, Dimension(c, "hangup_sip_code", nil))
		return !pending(c) && (answered(c) || is("busy", "no-answer")(c) || abandoned(c) ||
			slices.Contains([]string{"17", "18", "19", "21"}, cause) || (cause == "" || cause == "0") && refused)
	}

	lengths := measureAll(calls, func(c Call) measurement {
		if !answered(c) || !ended(c) || textAt(c, "duration") == "" {
			return measurement{}
		}
		n, err := strconv.ParseFloat(textAt(c, "duration"), 64)
		return measurement{true, err == nil && n >= 0 && n <= 315_360_000, n}
	})
	answerTimes := measureAll(calls, func(c Call) measurement {
		if !answered(c) {
			return measurement{}
		}
		return between(c, "ringingAt", "answeredAt")
	})
	ringTimes := measureAll(calls, func(c Call) measurement {
		if answered(c) || !ended(c) {
			return measurement{}
		}
		return between(c, "ringingAt", "endedAt")
	})
	scores := measureAll(calls, decimal("qualityInsights.mos", 1, 5))
	total := 0.0
	for _, seconds := range lengths.values {
		total += seconds
	}
	within := lengthsUpTo(answerTimes.values, threshold(o.Thresholds.AnswerWithin, 20))
	perSecond, second := busiestSecond(calls)
	peak, at := peakOf(calls)
	callers, mostFrom := numbers(calls, "from", "originator")
	callees, mostTo := numbers(calls, "to", "receiver")
	decided := number(not(pending))
	return map[string]any{
		"total_calls":     float64(len(calls)),
		"child_calls":     number(func(c Call) bool { return id(c, "parentId") != "" }),
		"pending_calls":   number(pending),
		"answered_calls":  number(answered),
		"abandoned_calls": number(abandoned),

		"answer_seizure_ratio":        share(number(answered), decided),
		"network_effectiveness_ratio": share(number(delivered), decided),

		"total_duration":   total,
		"average_duration": share(total, float64(len(lengths.values))),
		"duration":         lengths.distribution(),
		"short_calls":      lengthsUpTo(lengths.values, threshold(o.Thresholds.ShortCall, 6)),
		"long_calls":       float64(len(lengths.values)) - lengthsUpTo(lengths.values, math.Nextafter(threshold(o.Thresholds.LongCall, 14_400), 0)),

		"time_to_answer":  answerTimes.distribution(),
		"answered_within": within,
		"service_level":   share(within, float64(len(answerTimes.values))+number(abandoned)),
		"ring_time":       ringTimes.distribution(),
		"post_dial_delay": measureAll(calls, decimal("qualityInsights.pdd", 0, math.MaxFloat64/math.MaxInt64)).distribution(),
		"mos":             scores.distribution(),
		"poor_mos_calls":  lengthsUpTo(scores.values, math.Nextafter(threshold(o.Thresholds.PoorMOS, 3.6), 0)),

		"distinct_callers": callers, "most_calls_from_one": mostFrom,
		"distinct_callees": callees, "most_calls_to_one": mostTo,

		"peak_concurrent_calls": peak, "peak_concurrent_at": at,
		"open_calls":            number(func(c Call) bool { _, _, ok := underWay(c); return ok && timeOf(c, "endedAt").kind == none }),
		"peak_calls_per_second": perSecond, "peak_calls_per_second_at": second,
	}
}

func threshold(set *float64, otherwise float64) float64 {
	if set == nil {
		return otherwise
	}
	return *set
}

func lengthsUpTo(values []float64, most float64) (n float64) {
	for _, v := range values {
		if v <= most {
			n++
		}
	}
	return n
}

// measurement is a value that is there, or not, and that is valid, or not.
type measurement struct {
	is, valid bool
	value     float64
}

func between(c Call, from, to string) measurement {
	a, b := timeOf(c, from), timeOf(c, to)
	if a.kind == none || b.kind == none {
		return measurement{}
	}
	// In nanoseconds, which are exact for calls of up to a hundred days.
	v := (float64(b.seconds-a.seconds)*1e9 + float64(b.nanoseconds-a.nanoseconds)) / 1e9
	return measurement{true, a.isReal() && b.isReal() && v >= 0, v}
}

var decimalForm = regexp.MustCompile(`^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)

func decimal(path string, lowest, highest float64) func(Call) measurement {
	return func(c Call) measurement {
		text := textAt(c, path)
		v, err := strconv.ParseFloat(text, 64)
		return measurement{text != "", err == nil && decimalForm.MatchString(text) && v >= lowest && v <= highest, v}
	}
}

// measurements are the valid values of a measure, and the number of the others.
type measurements struct {
	values []float64
	others float64
}

func measureAll(calls []Call, measure func(Call) measurement) (m measurements) {
	for _, call := range calls {
		switch one := measure(call); {
		case one.is && one.valid:
			m.values = append(m.values, one.value)
		case one.is:
			m.others++
		}
	}
	return m
}

func (m measurements) distribution() any {
	n := float64(len(m.values))
	if n == 0 && m.others == 0 {
		return nil
	}
	d := map[string]any{"count": n, "unmeasured": m.others, "mean": nil, "min": nil, "max": nil, "p5": nil, "p50": nil, "p95": nil, "p99": nil}
	if n == 0 {
		return d
	}
	sum := 0.0
	for _, v := range m.values {
		sum += v
	}
	d["mean"], d["min"], d["max"] = sum/n, slices.Min(m.values), slices.Max(m.values)
	sorted := slices.Sorted(slices.Values(m.values))
	for name, percent := range map[string]int{"p5": 5, "p50": 50, "p95": 95, "p99": 99} {
		// The first that at least so many percent of the values do not exceed.
		d[name] = sorted[sort.Search(len(sorted), func(i int) bool { return 100*lengthsUpTo(m.values, sorted[i]) >= float64(percent)*n })]
	}
	return d
}

func numbers(calls []Call, field, party string) (distinct, most float64) {
	times := map[string]float64{}
	for _, call := range calls {
		if number := strings.TrimPrefix(textAt(call, field), "+"); number != "" && textAt(call, party+".number.anonymous") != "true" {
			times[number]++
			most = max(most, times[number])
		}
	}
	return float64(len(times)), most
}

func busiestSecond(calls []Call) (most float64, at any) {
	times := map[int64]float64{}
	for _, call := range calls {
		if at := created(call); at.isReal() {
			times[at.seconds]++
		}
	}
	for _, second := range slices.Sorted(maps.Keys(times)) {
		if times[second] > most {
			most, at = times[second], instant{actual, second, 0}.String()
		}
	}
	return most, at
}

// peakOf counts how many calls more, or fewer, are under way from each instant on.
func peakOf(calls []Call) (most float64, at any) {
	more := map[instant]float64{}
	for _, call := range calls {
		if from, until, ok := underWay(call); ok {
			more[from]++
			more[until]--
		}
	}
	now := 0.0
	for _, when := range slices.SortedFunc(maps.Keys(more), instant.compare) {
		if now += more[when]; now > most {
			most, at = now, when.String()
		}
	}
	return most, at
}

// underWay returns from when until when a call was under way.
func underWay(c Call) (from, until instant, ok bool) {
	from, until = created(c), timeOf(c, "endedAt").orForever()
	scheduled := timeOf(c, "scheduledFor").orForever()
	if from.kind == unreadable || until.kind == unreadable || scheduled.kind == unreadable {
		return from, until, false
	}
	if from.kind == none || scheduled.kind == actual && scheduled.compare(from) > 0 {
		from = scheduled
	}
	switch textAt(c, "status") {
	case "accepted", "scheduled":
		return from, until, false
	case "starting", "ringing", "ongoing":
		if until.kind == none {
			until = forever
		}
	}
	return from, until, from.kind == actual && until.kind == actual && from.compare(until) < 0
}

// kind says whether a field holds a time.
type kind int

const (
	none kind = iota
	unreadable
	actual
)

// instant is the time of a field of a call.
type instant struct {
	kind                 kind
	seconds, nanoseconds int64 // since 1970
}

// forever is the last instant that is told from others, but for how long a call rang.
var forever = instant{actual, math.MaxInt64 / 1_000_000_000, math.MaxInt64 % 1_000_000_000}

func (i instant) orForever() instant {
	if i.compare(forever) > 0 {
		return forever
	}
	return i
}

// created returns when a call was created.
func created(c Call) instant { return timeOf(c, "createdAt").orForever() }

func (i instant) isReal() bool { return i.kind == actual }

func (i instant) compare(other instant) int {
	return cmp.Or(cmp.Compare(i.seconds, other.seconds), cmp.Compare(i.nanoseconds, other.nanoseconds))
}

func (i instant) String() string {
	return time.Unix(i.seconds, i.nanoseconds).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

// The date-time of RFC 3339, section 5.6.
var dateTime = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$`)

// instants has what parseTime returned: each time is read often.
var instants sync.Map

func timeOf(c Call, field string) instant {
	text := textAt(c, field)
	at, ok := instants.Load(text)
	if !ok {
		at = parseTime(text)
		instants.Store(text, at)
	}
	return at.(instant) //nolint:forcetypeassert // as stored above
}

func parseTime(text string) instant {
	if text == "" || strings.HasPrefix(text, "0001-") || strings.HasPrefix(text, "0000-") {
		return instant{}
	}
	part := dateTime.FindStringSubmatch(text)
	if part == nil {
		return instant{kind: unreadable}
	}
	n := func(i int) int { n, _ := strconv.Atoi(part[i]); return n }
	day := time.Date(n(1), time.Month(n(2)), n(3), 0, 0, 0, 0, time.UTC)
	if day.Day() != n(3) || n(2) < 1 || n(2) > 12 { // such as February 30
		return instant{kind: unreadable}
	}
	offset := int64(n(10)*3600 + n(11)*60)
	if part[9] == "-" {
		offset = -offset
	}
	fraction, _ := strconv.ParseInt((part[7] + "000000000")[min(1, len(part[7])):][:9], 10, 64)
	return instant{actual, day.Unix() + int64(n(4)*3600+n(5)*60+n(6)) - offset, fraction}
}
