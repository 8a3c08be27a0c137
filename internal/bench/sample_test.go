package bench

import (
	"testing"
	"time"
)

func TestQuantileGoesStraightBetweenValues(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		sample Sample
		part   float64
		want   time.Duration
	}{
		{"of nothing", nil, 0.5, 0},
		{"of one", Sample{3 * ms}, 0.9, 3 * ms},
		{"the middle of three, in any order", Sample{9 * ms, 1 * ms, 2 * ms}, 0.5, 2 * ms},
		{"between the middle two of four", Sample{4 * ms, 1 * ms, 3 * ms, 2 * ms}, 0.5, 2500 * time.Microsecond},
		{"the largest", Sample{1 * ms, 2 * ms}, 1, 2 * ms},
		{"nine tenths of eleven", Sample{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.sample.Quantile(test.part); got != test.want {
				t.Errorf("Quantile(%v) = %v, want %v", test.part, got, test.want)
			}
		})
	}
}

func TestRatioOfMediansIgnoresOneSlowTurn(t *testing.T) {
	base := Sample{10, 10, 10}
	if got := (Sample{15, 15, 9000}).Ratio(base); got != 1.5 {
		t.Errorf("ratio = %v, want 1.5", got)
	}
	if got := base.Ratio(nil); got != 0 {
		t.Errorf("ratio to nothing = %v, want 0", got)
	}
}
