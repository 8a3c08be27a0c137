package cgroup

import (
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

func TestMetersTellWhatEachMemberUses(t *testing.T) {
	g := newGroup(t, group.State{})
	if populated, err := g.Populated(); err != nil || populated {
		t.Errorf("a new group is populated: %v (%v)", populated, err)
	}
	small, _ := joined(t, g, "sleep")
	large, _ := joined(t, g, "alloc", "64", "hold")
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
	joined(t, g, "spin")
	testkit.Within(t, time.Minute, "five periods in which the spinner is stopped", func() bool {
		now, err := g.Throttling()
		if err != nil {
			t.Fatal(err)
		}
		return now.Periods >= begin.Periods+5
	})
}
