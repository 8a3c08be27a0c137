package cgroup

import (
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func TestWeightShareAndPriorityMultiply(t *testing.T) {
	for _, c := range []struct {
		limits group.Limits
		want   string
	}{
		{group.Limits{}, "100"},
		{group.Limits{CPUWeight: 9}, "180"},
		{group.Limits{CPUShare: 10. / 6}, "167"},
		{group.Limits{CPUWeight: 1, CPUShare: 1. / 6}, "3"},
		{group.Limits{CPUWeight: 9, CPUShare: 0.5}, "90"},
		{group.Limits{Priority: kernel.BelowNormalPriority}, "33"},
		{group.Limits{Priority: kernel.HighPriority, CPUWeight: 9}, "1676"},
		{group.Limits{Priority: kernel.IdlePriority, PriorityAround: kernel.BelowNormalPriority}, "4"},
		{group.Limits{Priority: kernel.IdlePriority, CPUWeight: 1}, "1"},
		{group.Limits{Priority: kernel.RealtimePriority, CPUWeight: 9}, "10000"},
	} {
		if got := (weights{100, 1, 10_000}).weighed(c.limits); got != c.want {
			t.Errorf("%+v has the weight %s, want %s", c.limits, got, c.want)
		}
	}
}

func TestTheStateOfAGroupHasItsPriority(t *testing.T) {
	for _, state := range []group.State{{}, {Priority: kernel.RealtimePriority}, {KillOnClose: true, Priority: kernel.IdlePriority}} {
		if got := stateOfWords(wordsOf(state)); got != state {
			t.Errorf("%+v is read as %+v", state, got)
		}
	}
	if got := stateOfWords("1 priority=lots"); got != (group.State{}) {
		t.Errorf("nonsense is read as %+v", got)
	}
}
