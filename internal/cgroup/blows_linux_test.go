package cgroup

import "testing"

func TestTheFirstOfAGroupThatIsKilledIsCountedOnce(t *testing.T) {
	for _, c := range []struct {
		events string
		want   uint64
	}{
		{"oom 1\noom_kill 1\noom_group_kill 0\n", 1},
		{"oom 1\noom_kill 3\noom_group_kill 1\n", 2},
		{"oom 1\noom_kill 0\noom_group_kill 1\n", 0}, // seen in the middle of it
		{"oom 1\noom_kill 3\n", 3},
	} {
		if got := killsIn(pairsOf(c.events)); got != c.want {
			t.Errorf("%q are %d, want %d", c.events, got, c.want)
		}
	}
}
