package main

import (
	"strings"
	"testing"
)

func table(t *testing.T, lines string) string {
	t.Helper()
	measured, err := parse(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	measured.write(&b)
	return b.String()
}

// The expected values are computed by hand.
func TestTable(t *testing.T) {
	t.Parallel()
	got := table(t, `goos: linux
BenchmarkReadDataSource/way=bulk/calls=1000-8         	       5	  20000000 ns/op	  2097152 B/op	     100 allocs/op
BenchmarkReadDataSource/way=bulk/calls=10000-8        	       5	 200000000 ns/op	 20971520 B/op	     100 allocs/op
BenchmarkReadDataSource/way=bulk/calls=50000-8        	       5	1250000000 ns/op	157286400 B/op	     100 allocs/op
BenchmarkReadDataSource/way=framework/calls=1000-8    	       1	 900000000 ns/op	1610612736 B/op	  100 allocs/op
BenchmarkReadDataSource/way=framework/calls=10000-8   	       1	15000000000 ns/op	16106127360 B/op	  100 allocs/op
PASS
BenchmarkCalls/way=parallel/latency=20ms 	       1	4800000000 ns/op	4000000000 floor-ns	       200.0 pages	         0 rejected	       214.0 requests
BenchmarkCalls/way=parallel/latency=100ms/order=ascending-16 	       1	6000000000 ns/op	4000000000 floor-ns	       200.0 pages	         3 rejected	      1234 requests
BenchmarkCalls/way=sequential/latency=100ms-2 	       1	22400000000 ns/op	4000000000 floor-ns	       200.0 pages	         0 rejected	       200.0 requests
BenchmarkSummarizer-2 	       1	9000 ns/op	188743680 reading-bytes	132120576 computing-bytes	377487360 bound-bytes
BenchmarkSummary-2 	       3	9000 ns/op	1100000 grouped-ns	1000000 whole-ns
BenchmarkApply-2 	       5	9000 ns/op	9000 floor-ns	9900 provider-ns	4950 four-ns	1048576 four-state-B	4194304 state-B
`)
	want := `
                                         provider  beside it  which is                   ratio             wanted
ReadDataSource, 1,000 calls               20.0 ms     900 ms  State.SetAttribute         45.0 times faster 
  allocated                              2.00 MiB   1.50 GiB  State.SetAttribute         768 times less    
  calls a second                           50,000      1,111  State.SetAttribute                           
ReadDataSource, 10,000 calls               200 ms     15.0 s  State.SetAttribute         75.0 times faster at least 50
  allocated                              20.0 MiB   15.0 GiB  State.SetAttribute         768 times less    
  calls a second                           50,000        666  State.SetAttribute                           
  time for a call of 50,000               25.0 us    20.0 us  a call of 1,000            1.25 times        linear: 1
  allocated for a call of 50,000         3.07 KiB   2.05 KiB  a call of 1,000            1.50 times        linear: 1
terraform apply, 10,000 calls             9.90 us    9.00 us  Terraform itself           +10.0 %           at most +15 %
  with four attributes                    4.95 us    9.90 us  with all                   0.50 times        at most 0.65
  its state                              1.00 MiB   4.00 MiB  with all                   0.25 times        at most 0.5
200,000 calls by day and country          1.10 ms    1.00 ms  without groups             1.10 times        at most 1.25
2,000,000 calls, memory                   180 MiB    360 MiB  140 B a call and 64 MiB    0.50 times        at most 1
  while statistics are computed           126 MiB    360 MiB  140 B a call and 64 MiB    0.35 times        at most 1
200,000 calls, 20ms                        4.80 s     4.00 s  pages / 50 a second        1.20 times        at most 1.25
  requests                                    214        200  pages                      1.07 times        at most 1.2
  rejected                                      0                                                          at most 2
200,000 calls, 100ms/order=ascending       6.00 s     4.00 s  pages / 50 a second        1.50 times        at most 1.35
  requests                                  1,234        200  pages                      6.17 times        at most 1.2
  rejected                                      3                                                          at most 2
200,000 calls, page after page             22.4 s     4.00 s  pages / 50 a second        5.60 times        
`
	if "\n"+got != want {
		t.Errorf("the table is\n%s", got)
	}
}

// Of several runs, the smallest value of each measurement counts.
func TestTableTakesTheSmallestValue(t *testing.T) {
	t.Parallel()
	got := table(t, `BenchmarkApply-2 1 5 floor-ns 9 provider-ns
BenchmarkApply-2 1 6 floor-ns 6 provider-ns
BenchmarkApply-2 1 7 floor-ns 8 provider-ns
`)
	if !strings.Contains(got, "+20.0 %") {
		t.Errorf("6 of the provider and 5 of the floor are not compared:\n%s", got)
	}
}

// What was not measured, or has nothing beside it, has no row.
func TestTableLeavesOutWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"", "PASS\n", "BenchmarkReadDataSource/way=bulk/calls=1000-8\n", "BenchmarkReadDataSource/way=framework/calls=1000-8 1 5 ns/op\n", "BenchmarkApply-2 1 9 provider-ns\n"} {
		if got := table(t, lines); strings.Count(got, "\n") != 1 {
			t.Errorf("the table of %q is\n%s", lines, got)
		}
	}
}

func TestParseRefusesWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	if _, err := parse(strings.NewReader("BenchmarkApply-2 1 soon ns/op\n")); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Errorf("error %v", err)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0.00 us": duration(1), "1.50 us": duration(1500), "999 us": duration(999_999), "1.00 ms": duration(1e6), "999 ms": duration(1e9 - 1), "1.00 s": duration(1e9), "59.9 s": duration(59.9e9),
		"1,023 MiB": size(1<<30 - 1), "1.00 GiB": size(1 << 30), "0.00 MiB": size(1), "0.50 KiB": kibibytes(512),
		"9.99": number(9.99), "10.0": number(10), "99.9": number(99.9), "100": number(100), "999": number(999.9), "1,000": number(1000), "12,345,678": number(12345678),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
