// Command bench makes a table from the lines of benchmarks on its standard input:
// the smallest value of each measurement, next to the value that it is compared
// with. make bench runs it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	measured, err := parse(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	measured.write(os.Stdout)
}

// measurements holds the smallest value of each measurement, by the name of the
// benchmark and the unit: "Calls/way=sequential ns/op".
type measurements map[string]float64

// processors is the suffix of the name of a benchmark.
var processors = regexp.MustCompile(`-\d+$`)

// parse reads the output of go test -bench. Lines that are no result are ignored.
func parse(r io.Reader) (measurements, error) {
	m := make(measurements)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, isResult := strings.CutPrefix(lines.Text(), "Benchmark")
		fields := strings.Fields(name)
		if !isResult || len(fields) < 2 {
			continue
		}
		name = processors.ReplaceAllString(fields[0], "")
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("the line %q: %w", lines.Text(), err)
			}
			key := name + " " + fields[i+1]
			if least, ok := m[key]; !ok || value < least {
				m[key] = value
			}
		}
	}
	return m, lines.Err()
}

// write writes the table. What was not measured is left out.
func (m measurements) write(w io.Writer) {
	row := func(label, ours, beside, what, ratio, wanted string) {
		fmt.Fprintf(w, "%-38s %10s %10s  %-26s %-17s %s\n", label, ours, beside, what, ratio, wanted)
	}
	compare := func(label, ours, beside, what string, format func(float64) string, ratio func(x, y float64) string, wanted string) {
		x, haveX := m[ours]
		y, haveY := m[beside]
		if haveX && haveY {
			row(label, format(x), format(y), what, ratio(x, y), wanted)
		}
	}
	row("", "provider", "beside it", "which is", "ratio", "wanted")

	for _, n := range []float64{1_000, 10_000, 50_000} {
		bulk, framework := fmt.Sprintf("ReadDataSource/way=bulk/calls=%.0f", n), fmt.Sprintf("ReadDataSource/way=framework/calls=%.0f", n)
		wanted := ""
		if n == 10_000 {
			wanted = "at least 50"
		}
		compare("ReadDataSource, "+number(n)+" calls", bulk+" ns/op", framework+" ns/op", "State.SetAttribute", duration, timesFaster, wanted)
		compare("  allocated", bulk+" B/op", framework+" B/op", "State.SetAttribute", size, timesLess, "")
		callsASecond := func(ns float64) string { return number(n * 1e9 / ns) }
		noRatio := func(float64, float64) string { return "" }
		compare("  calls a second", bulk+" ns/op", framework+" ns/op", "State.SetAttribute", callsASecond, noRatio, "")
	}
	// A call of a long list and one of a short list.
	growth := func(label, unit string, format func(float64) string) {
		x, haveX := m["ReadDataSource/way=bulk/calls=50000 "+unit]
		y, haveY := m["ReadDataSource/way=bulk/calls=1000 "+unit]
		if haveX && haveY {
			x, y = x/50_000, y/1_000
			row(label, format(x), format(y), "a call of 1,000", times(x, y), "linear: 1")
		}
	}
	growth("  time for a call of 50,000", "ns/op", duration)
	growth("  allocated for a call of 50,000", "B/op", kibibytes)

	compare("terraform apply, 10,000 calls", "Apply provider-ns", "Apply floor-ns", "Terraform itself", duration, share, "at most +15 %")
	compare("  with four attributes", "Apply four-ns", "Apply provider-ns", "with all", duration, times, "at most 0.65")
	compare("  its state", "Apply four-state-B", "Apply state-B", "with all", size, times, "at most 0.5")

	compare("200,000 calls by day and country", "Summary grouped-ns", "Summary whole-ns", "without groups", duration, times, "at most 1.25")
	compare("2,000,000 calls, memory", "Summarizer reading-bytes", "Summarizer bound-bytes", "140 B a call and 64 MiB", size, times, "at most 1")
	compare("  while statistics are computed", "Summarizer computing-bytes", "Summarizer bound-bytes", "140 B a call and 64 MiB", size, times, "at most 1")

	for _, way := range []struct{ name, wanted string }{
		{"20ms", "1.25"}, {"100ms", "1.35"}, {"300ms", "1.5"}, {"1000ms", "2.9"}, {"100ms/order=ascending", "1.35"},
	} {
		parallel := "Calls/way=parallel/latency=" + way.name
		compare("200,000 calls, "+way.name, parallel+" ns/op", parallel+" floor-ns", "pages / 50 a second", duration, times, "at most "+way.wanted)
		compare("  requests", parallel+" requests", parallel+" pages", "pages", number, times, "at most 1.2")
		if rejected, ok := m[parallel+" rejected"]; ok {
			row("  rejected", strconv.FormatFloat(rejected, 'g', -1, 64), "", "", "", "at most 2")
		}
	}
	sequential := "Calls/way=sequential/latency=100ms"
	compare("200,000 calls, page after page", sequential+" ns/op", sequential+" floor-ns", "pages / 50 a second", duration, times, "")
}

func times(x, y float64) string       { return number(x/y) + " times" }
func timesFaster(x, y float64) string { return number(y/x) + " times faster" }
func timesLess(x, y float64) string   { return number(y/x) + " times less" }
func share(x, y float64) string       { return fmt.Sprintf("%+.1f %%", 100*(x-y)/y) }

// number writes a number with at least three digits.
func number(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.2f", x)
	}
	if x < 100 {
		return fmt.Sprintf("%.1f", x)
	}
	text := strconv.Itoa(int(x))
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func duration(ns float64) string {
	switch {
	case ns < 1e6:
		return number(ns/1e3) + " us"
	case ns < 1e9:
		return number(ns/1e6) + " ms"
	default:
		return number(ns/1e9) + " s"
	}
}

func kibibytes(bytes float64) string { return number(bytes/(1<<10)) + " KiB" }

func size(bytes float64) string {
	if bytes < 1<<30 {
		return number(bytes/(1<<20)) + " MiB"
	}
	return number(bytes/(1<<30)) + " GiB"
}
