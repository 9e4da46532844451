package statistics

import "slices"

// Distribution describes the values of one measure. Percentiles are exact, by
// nearest rank.
type Distribution struct {
	Count      int64    `tfsdk:"count"` // of the values that are valid measurements
	Mean       *float64 `tfsdk:"mean"`
	Min        *float64 `tfsdk:"min"`
	Max        *float64 `tfsdk:"max"`
	P5         *float64 `tfsdk:"p5"`
	P50        *float64 `tfsdk:"p50"`
	P95        *float64 `tfsdk:"p95"`
	P99        *float64 `tfsdk:"p99"`
	Unmeasured int64    `tfsdk:"unmeasured"` // the number of other values, which none of the above includes
}

// count returns the number of valid values, 0 for nil.
func (d *Distribution) count() int64 {
	if d == nil {
		return 0
	}
	return d.Count
}

// newDistribution returns the distribution of values, which it sorts, or nil if
// there is neither a valid value nor another.
func newDistribution(values []float64, others int64) *Distribution {
	if len(values) == 0 && others == 0 {
		return nil
	}
	d := &Distribution{Count: int64(len(values)), Unmeasured: others}
	if len(values) == 0 {
		return d
	}
	slices.Sort(values)
	var sum float64 // in sorted order, since the order decides the last digits
	for value, count := range runs(values) {
		sum += value * float64(count)
	}
	d.Mean = new(sum / float64(len(values)))
	d.Min, d.Max = new(values[0]), new(values[len(values)-1])
	d.P5, d.P50 = new(percentile(values, 5)), new(percentile(values, 50))
	d.P95, d.P99 = new(percentile(values, 95)), new(percentile(values, 99))
	return d
}

// percentile returns the smallest of the sorted values that is not exceeded by at
// least this percentage of them.
func percentile(sorted []float64, percent int) float64 {
	return sorted[(len(sorted)*percent+99)/100-1]
}

// runs returns each distinct value of a sorted list, and how often it occurs.
func runs[T comparable](sorted []T) func(yield func(value T, count int) bool) {
	return func(yield func(T, int) bool) {
		for i := 0; i < len(sorted); {
			next := i + 1
			for next < len(sorted) && sorted[next] == sorted[i] {
				next++
			}
			if !yield(sorted[i], next-i) {
				return
			}
			i = next
		}
	}
}
