package cgroup

import (
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

// inGoodTime is long before a group is looked at as a rule.
const inGoodTime = 15 * time.Second

// Somebody who is born in a group that has been idle for long is seen at once.
func TestWhoIsBornInAGroupThatHasSettledIsSeenAtOnce(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{KillOnClose: true})
	cmd := exec.Command("/bin/sh", "-c", "read go; sleep 600 & wait")
	goAhead, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan int, 100)
	stop := g.Sample(func(pids []int) bool { seen <- len(pids); return true })
	defer stop()
	if err := startIn(t, g, cmd); err != nil {
		t.Fatal(err)
	}
	testkit.Within(t, soon, "the first member is seen", func() bool { return <-seen == 1 })
	settled(seen)
	began := time.Now()
	fmt.Fprintln(goAhead)
	testkit.Within(t, soon, "the second member is seen", func() bool { return <-seen == 2 })
	if took := time.Since(began); took > inGoodTime {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("it took %v", took)
	}
}

// settled returns when nothing has been seen for a while, or for a long while others
// have been born on this machine without end.
func settled(seen <-chan int) {
	for range 200 {
		select {
		case <-seen:
		case <-time.After(160 * time.Millisecond):
			return
		}
	}
}

func TestAGroupThatHasNotSettledIsLookedAtAgain(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{KillOnClose: true})
	looks := make(chan []int, 1000)
	stop := g.Sample(func(pids []int) bool {
		select {
		case looks <- pids:
		default:
		}
		return false
	})
	defer stop()
	main, _ := joined(t, g, "sleep")
	began := time.Now()
	for range 100 {
		if pids := <-looks; !slices.Equal(pids, []int{main}) {
			t.Fatalf("members %v, want %d", pids, main)
		}
	}
	if took := time.Since(began); took > inGoodTime {
		t.Errorf("100 looks took %v", took)
	}
}

// The meter never runs slower than what is used in the group.
func TestAMeterRunsAtLeastAsFastAsItsGroup(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t, group.State{KillOnClose: true})
	meter := g.Meter()
	read := func() time.Duration {
		t.Helper()
		reading, err := g.groups.ReadMeter(meter)
		if err != nil {
			t.Fatal(err)
		}
		return reading
	}
	used := func() group.ProcessorTime {
		t.Helper()
		time, err := g.ProcessorTime()
		if err != nil {
			t.Fatal(err)
		}
		return time
	}
	beforeMeter, before := read(), used()
	joined(t, g, "spin")
	joined(t, g, "spin")
	for after := before; after.All-before.All < 500*time.Millisecond; {
		after = used()
		ran := read() - beforeMeter
		if more := after.All - before.All; more > ran || after.User > after.All {
			t.Fatalf("the group has used %+v since %+v, and %s ran for %v", after, before, meter, ran)
		}
	}
}
