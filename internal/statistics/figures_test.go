package statistics_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/birdvoice/terraform-provider-bird/internal/bird"
	"github.com/birdvoice/terraform-provider-bird/internal/birdtest"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics"
	"github.com/birdvoice/terraform-provider-bird/internal/statistics/figures"
)

// plain turns statistics into what their JSON would decode to, by the names of the
// attributes.
func plain(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil
		}
		return plain(value.Elem())
	case reflect.Struct:
		object := map[string]any{}
		for _, field := range reflect.VisibleFields(value.Type()) {
			if !field.Anonymous {
				object[field.Tag.Get("tfsdk")] = plain(value.FieldByIndex(field.Index))
			}
		}
		return object
	case reflect.Slice:
		if value.IsNil() {
			return nil
		}
		list := []any{}
		for i := range value.Len() {
			list = append(list, plain(value.Index(i)))
		}
		return list
	case reflect.Map:
		object := map[string]any{}
		for key, v := range value.Seq2() {
			object[key.String()] = plain(v)
		}
		return object
	case reflect.Int64:
		return float64(value.Int())
	default:
		return value.Interface()
	}
}

var closeTo = cmp.Comparer(isClose)

// differ returns how statistics differ, "" if they do not.
func differ(want, got any) string {
	if same(want, got) {
		return "" // cmp is slow
	}
	return cmp.Diff(want, got, closeTo)
}

func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		return ok && len(a) == len(other) && maps.EqualFunc(a, other, same)
	case []any:
		other, ok := b.([]any)
		return ok && slices.EqualFunc(a, other, same)
	case float64:
		other, ok := b.(float64)
		return ok && isClose(a, other)
	}
	return a == b
}

// isClose compares means and ratios, whose last digits depend on the order of a sum.
func isClose(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b))
}

// oddities are what a field of a call may hold instead of a value.
var oddities = []any{
	nil, "", "00000000-0000-0000-0000-000000000000", "0001-01-01T00:00:00Z", "0001-01-01T05:30:00+05:30", "0000-12-31T19:00:00-05:00",
	-1, 0, 1, -9223372036854775808, 9223372036854775807, 315360000, 315360001, "-1", "-0.00", "0", "1e300", "1e999", "0x1p2", "1_000", "NaN", "+4", ".5", "4.", "5.00", "5.01", "0.99",
	"2024-02-01T12:00:00", "2024-02-01T12:00:00+0000", "1706788800", "2024-02-01T9:00:00Z", "2024-02-01T12:00:00,5Z", "2024-02-01T12:00:00+24:00",
	"2024-02-01T12:00:00Z", "2024-02-01t13:00:00.500+01:00", "2016-12-31T23:59:60Z", "2024-02-30T12:00:00Z",
	"+31 9000", true, false, "A", "486", "0", 17,
}

// leaves returns the paths of everything in a call that is no object.
func leaves(prefix string, object map[string]any) (paths []string) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[name].(map[string]any); ok {
			paths = append(paths, leaves(prefix+name+".", inner)...)
		} else {
			paths = append(paths, prefix+name)
		}
	}
	return paths
}

// with returns the JSON of a call in which one leaf is another value.
func with(call map[string]any, path string, value any) map[string]any {
	changed := maps.Clone(call)
	name, rest, ok := strings.Cut(path, ".")
	if !ok {
		changed[name] = value
	} else if inner, ok := changed[name].(map[string]any); ok {
		changed[name] = with(inner, rest, value)
	}
	return changed
}

// decode decodes a call without the cleaning that the client does. It returns false
// for a call that ends a read with an error.
func decode(t testing.TB, call map[string]any) (decoded bird.Call, ok bool) {
	t.Helper()
	text, err := json.Marshal(call)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &decoded); err != nil {
		return decoded, false
	}
	_, err = bird.TimeOf(decoded.CreatedAt)
	return decoded, err == nil
}

// zones of the tests, one of them with offsets of half an hour.
var zones = []string{"UTC", "America/New_York", "Europe/Amsterdam", "Australia/Lord_Howe"}

// summarizeAs computes statistics with options, and the definitions the same.
func summarizeAs(t testing.TB, calls []bird.Call, asJSON []figures.Call, o statistics.Options) (got, want map[string]any) {
	t.Helper()
	s, err := statistics.NewSummarizer(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(bird.Page[bird.Call]{Items: calls}); err != nil {
		t.Fatal(err)
	}
	f := figures.Options{GroupBy: o.GroupBy, Zone: o.TimeZone, Gaps: [2]time.Time{o.Gaps.Start, o.Gaps.End}, SortBy: o.SortBy}
	if o.Thresholds != statistics.DefaultThresholds {
		for name, value := range reflect.ValueOf(o.Thresholds).Fields() {
			reflect.ValueOf(&f.Thresholds).Elem().FieldByName(name.Name).Set(reflect.ValueOf(new(value.Float())))
		}
	}
	return plain(reflect.ValueOf(s.Summary())).(map[string]any), figures.Summary(asJSON, f)
}

// randomThresholds returns thresholds among the values of calls, some equal to them.
func randomThresholds(t testing.TB, random *rand.Rand) (thresholds statistics.Thresholds) {
	t.Helper()
	highest := map[string]float64{"ShortCall": 90, "LongCall": 400, "AnswerWithin": 15, "PoorMOS": 5}
	for name, field := range reflect.ValueOf(&thresholds).Elem().Fields() {
		if highest[name.Name] == 0 {
			t.Fatalf("no value of the threshold %s is tried", name.Name)
		}
		field.SetFloat(math.Round(2*highest[name.Name]*random.Float64()) / 2)
	}
	return thresholds
}

// Every statistic of all calls and of each group equals one that is computed by other
// code, with every option. The calls are those of the fake server, some with odd values.
func TestSummaryEqualsTheDefinitions(t *testing.T) {
	t.Parallel()
	sets := birdtest.Cases(3000)
	if testing.Short() {
		sets = 300
	}
	random := rand.New(rand.NewPCG(11, 12))
	names, sortable := statistics.Dimensions(), statistics.Sortable()
	seen := map[string]int{}
	for set := range sets {
		var calls []bird.Call
		var asJSON []figures.Call
		// Calls of a few minutes overlap, and share seconds and numbers.
		made := birdtest.NewDataSet(birdtest.DataSetOptions{Seed: uint64(set), Calls: random.IntN(12), Days: 1 + random.IntN(3), Burst: random.Float64()})
		for _, call := range figures.Calls(made) {
			paths := leaves("", call)
			for range random.IntN(3) {
				call = with(call, paths[random.IntN(len(paths))], oddities[random.IntN(len(oddities))])
			}
			if len(asJSON) > 0 && random.IntN(4) == 0 {
				other := asJSON[random.IntN(len(asJSON))]
				for _, field := range []string{"from", "to", "createdAt", "duration"} {
					if random.IntN(2) == 0 {
						call = with(call, field, other[field])
					}
				}
			}
			if decoded, ok := decode(t, call); ok {
				calls, asJSON = append(calls, decoded), append(asJSON, call)
			}
		}
		zone, err := statistics.ParseTimeZone(zones[random.IntN(len(zones))])
		if err != nil {
			t.Fatal(err)
		}
		o := statistics.Options{TimeZone: zone, Thresholds: statistics.DefaultThresholds}
		if random.IntN(2) == 0 {
			o.Thresholds = randomThresholds(t, random)
		}
		switch random.IntN(4) {
		case 0: // not grouped
		case 1:
			o.GroupBy = slices.Clone(statistics.TimeDimensions)
			random.Shuffle(len(o.GroupBy), func(i, j int) { o.GroupBy[i], o.GroupBy[j] = o.GroupBy[j], o.GroupBy[i] })
			o.GroupBy = o.GroupBy[:1+random.IntN(3)]
			o.Gaps.Start = birdtest.DefaultStart.Add(time.Duration(random.Int64N(int64(24 * time.Hour))))
			o.Gaps.End = o.Gaps.Start.Add(time.Duration(random.Int64N(int64(30 * time.Hour))))
		default:
			random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			o.GroupBy = slices.Clone(names[:1+random.IntN(3)])
		}
		if o.GroupBy != nil && random.IntN(2) == 0 {
			o.SortBy = sortable[random.IntN(len(sortable))]
		}
		got, want := summarizeAs(t, calls, asJSON, o)
		if diff := differ(want, got); diff != "" {
			text, _ := json.Marshal(asJSON)
			t.Fatalf("set %d with %+v (-want +got):\n%s\n%s", set, o, diff, text)
		}
		count(seen, got)
	}
	for name, n := range seen {
		if n < sets/100 {
			t.Errorf("%s has a value in %d of %d sets only", name, n, sets)
		}
	}
}

// count counts the statistics that have a value other than 0.
func count(seen map[string]int, summary map[string]any) {
	for name, value := range summary {
		if counts, ok := value.(map[string]any); ok && len(counts) == 0 || value == nil || value == 0.0 {
			seen[name] += 0
		} else {
			seen[name]++
		}
	}
}

// A single leaf of a call that is odd, each of many calls with each oddity; with
// -short, with a fifth of them.
func TestSummaryOfAnOddCallEqualsTheDefinitions(t *testing.T) {
	t.Parallel()
	usual := figures.Calls(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 5, Calls: 3}))
	refused, odd, tried := 0, 0, make(map[string]bool)
	for n, call := range figures.Calls(birdtest.NewDataSet(birdtest.DataSetOptions{Seed: 6, Calls: 40})) {
		for i, path := range leaves("", call) {
			if strings.HasPrefix(path, "callFlow") || path == "tags" || tried[path] {
				continue // lists
			}
			tried[path] = true
			for j, value := range oddities {
				if testing.Short() && (i+j)%5 != 0 {
					continue
				}
				changed := append(slices.Clone(usual), with(call, path, value))
				var calls []bird.Call
				ok := true
				for i := range changed {
					decoded, readable := decode(t, changed[i])
					calls, ok = append(calls, decoded), ok && readable
				}
				if !ok {
					refused++
					continue
				}
				odd++
				dimension := statistics.Dimensions()[(odd+n)%len(statistics.Dimensions())]
				got, want := summarizeAs(t, calls, changed, statistics.Options{GroupBy: []string{dimension}, Thresholds: statistics.DefaultThresholds})
				if diff := differ(want, got); diff != "" {
					t.Fatalf("%s is %v, by %s (-want +got):\n%s", path, value, dimension, diff) // one says enough
				}
				if text := fmt.Sprint(got); strings.Contains(text, "map[:") || strings.Contains(text, " :") {
					t.Errorf("%s is %v: a key is empty: %s", path, value, text)
				}
			}
		}
	}
	t.Logf("%d odd calls, %d more end a read", odd, refused)
}
