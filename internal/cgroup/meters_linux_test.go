package cgroup

import (
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

func TestMemoriesAreWhatCannotBeTakenBack(t *testing.T) {
	for name, want := range map[string]struct {
		status string
		sum    uint64
		found  bool
	}{
		"all":                      {"Name:\tRssAnon: 7 kB\nVmHWM:\t9 kB\nRssAnon:\t     100 kB\nRssFile:\t  500 kB\nRssShmem:\t 20 kB\nVmSwap:\t 3 kB\n", 123 << 10, true},
		"of a kernel without swap": {"Name:\tx\nRssAnon:\t1 kB\nRssFile:\t5 kB\nRssShmem:\t0 kB\n", 1 << 10, true},
		"of a zombie":              {"Name:\tx\nState:\tZ (zombie)\nThreads:\t1\n", 0, false},
		"nothing":                  {"", 0, false},
	} {
		if sum, found := memoryIn([]byte(want.status)); sum != want.sum || found != want.found {
			t.Errorf("%s: %d bytes, found %v; want %d, %v", name, sum, found, want.sum, want.found)
		}
	}
}

func TestMetersTellWhatEachMemberUses(t *testing.T) {
	g := newGroup(t, group.State{})
	if populated, err := g.Populated(); err != nil || populated {
		t.Errorf("a new group is populated: %v (%v)", populated, err)
	}
	small, _ := member(t, g, "sleep")
	large, _ := member(t, g, "alloc", "64", "hold")
	if populated, err := g.Populated(); err != nil || !populated {
		t.Errorf("a group with members is populated: %v (%v)", populated, err)
	}
	memories, err := g.Memories()
	if err != nil {
		t.Fatal(err)
	}
	if len(memories) != 2 || memories[large] < 64<<20 || memories[large] > 256<<20 || memories[small] > 64<<20 {
		t.Errorf("memories of %d and %d: %v", small, large, memories)
	}
	transfers, err := g.Transfers()
	if err != nil {
		t.Fatal(err)
	}
	if len(transfers) != 2 || transfers[small].Written == 0 { // it has said that it is ready
		t.Errorf("transfers: %v", transfers)
	}
}

func TestThrottlingCountsThePeriodsInWhichMembersWereStopped(t *testing.T) {
	testkit.RequireGround(t, "cpu")
	g := newGroup(t, group.State{})
	if without, err := g.Throttling(); err == nil && without.Periods > 0 {
		t.Error("a group without a rate tells that it has stopped members")
	}
	if err := g.Hold(group.Limits{CPURate: 0.05}); err != nil {
		t.Skip(err)
	}
	begin, err := g.Throttling()
	if err != nil {
		t.Fatal(err)
	}
	if begin.Period != 100*time.Millisecond {
		t.Errorf("a period has %v", begin.Period)
	}
	member(t, g, "spin")
	testkit.Within(t, time.Minute, "five periods in which the spinner is stopped", func() bool {
		now, err := g.Throttling()
		if err != nil {
			t.Fatal(err)
		}
		return now.Periods >= begin.Periods+5
	})
}
