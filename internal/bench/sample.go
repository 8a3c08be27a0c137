package bench

import (
	"slices"
	"time"
)

// Sample is what one contestant needed, turn by turn.
type Sample []time.Duration

// Quantile is the value below which that part of the sample lies. Between two
// values it goes straight; of an empty sample it is 0.
func (s Sample) Quantile(part float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := part * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + time.Duration((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}

// Median is what the ratios are made of: one slow turn does not move it.
func (s Sample) Median() time.Duration { return s.Quantile(0.5) }

// Ratio compares two medians; 0 where there is nothing to compare with.
func (s Sample) Ratio(base Sample) float64 {
	if base.Median() == 0 {
		return 0
	}
	return float64(s.Median()) / float64(base.Median())
}
