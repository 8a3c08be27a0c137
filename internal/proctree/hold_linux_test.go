package proctree

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/testkit"
)

func TestWhatTakesAControllerIsRefusedWithItsName(t *testing.T) { // LIM-65
	testkit.NoLeaks(t)
	g := newGroup(t)
	for field, limits := range map[string]group.Limits{
		"CPURate": {CPURate: 0.5}, "CPUMinRate": {CPUMinRate: 0.5}, "CPUWeight": {CPUWeight: 1}, "SchedulingClass": {CPUShare: 2},
		"IORate": {IO: kernel.IORate{ReadBytes: 1}},
	} {
		for _, err := range []error{g.groups.CanHold(limits), g.Hold(limits)} {
			var unsupported *kernel.NotSupportedError
			if !errors.As(err, &unsupported) || unsupported.Feature != field || unsupported.Remedy == "" || unsupported.Cause == nil {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
	if g.held != (group.Limits{}) || g.keeper != nil {
		t.Errorf("it is held to %+v", g.held)
	}
	must(t, g.Hold(group.Limits{Tasks: 512, Memory: 1 << 30, Processors: 1, Priority: kernel.IdlePriority}))
	must(t, g.Hold(group.Limits{}))
}

const megabyte = 1 << 20

// LIM-50, LIM-51
func TestTheLargestMemberEndsWhereAllHaveTooMuch(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	must(t, g.Hold(group.Limits{Memory: 200 * megabyte}))
	changed := make(chan bool, 100)
	stop, err := g.WatchBlows(func() { changed <- true })
	must(t, err)
	defer stop()
	small := joined(t, g, "alloc", "64", "hold")[0]
	c, err := startIn(t, g, testkit.FixtureCommand(t, "alloc", "1000", "hold"))
	must(t, err)
	status, err := c.Wait()
	must(t, err)
	if signal, signaled := status.Signal(); !signaled || signal != unix.SIGKILL {
		t.Errorf("it ended with %v", status)
	}
	<-changed
	if blows, err := g.Blows(); err != nil || blows.MemoryKills != 1 || blows.MemoryReached != 1 {
		t.Errorf("blows are %+v (%v)", blows, err)
	}
	if got := members(t, g); !slices.Equal(got, []int{small}) {
		t.Errorf("members are %v, want %d", got, small)
	}
	t.Logf("it came to %d MB", g.peak/megabyte)
	if g.peak < 200*megabyte {
		t.Errorf("the peak was %d", g.peak)
	}
	// A limit below what is there strikes at once.
	must(t, g.Hold(group.Limits{Memory: 32 * megabyte}))
	testkit.Within(t, soon, "the other one ends too", func() bool { return !testkit.Alive(small) })
}

func TestAllMembersEndWhereTheLimitSaysSo(t *testing.T) { // LIM-56
	testkit.NoLeaks(t)
	g := newGroup(t)
	must(t, g.Hold(group.Limits{Memory: 100 * megabyte, MemoryKillsAll: true}))
	joined(t, g, "tree", "2", "2")
	_, err := startIn(t, g, testkit.FixtureCommand(t, "alloc", "500", "hold"))
	must(t, err)
	testkit.Within(t, soon, "nobody lives", func() bool { return len(members(t, g)) == 0 })
	want := uint64(testkit.TreeSize(2, 2)) + 1
	if blows, err := g.Blows(); err != nil || blows.MemoryKills != want {
		t.Errorf("blows are %+v, want %d kills (%v)", blows, want, err)
	}
}

func TestMemoryWithinTheLimitHarmsNobody(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newGroup(t)
	inner := nested(t, outer)
	must(t, outer.Hold(group.Limits{Memory: 300 * megabyte}))
	must(t, inner.Hold(group.Limits{Memory: 200 * megabyte}))
	joined(t, inner, "alloc", "100", "hold")
	<-time.After(300 * time.Millisecond)
	if n := len(members(t, outer)); n != 1 {
		t.Errorf("%d members", n)
	}
	// NST-31: that of the group around holds what is in those below as well.
	joined(t, outer, "alloc", "64", "hold")
	_, err := startIn(t, outer, testkit.FixtureCommand(t, "alloc", "180", "hold"))
	must(t, err)
	testkit.Within(t, soon, "one has ended", func() bool { blows, _ := outer.Blows(); return blows.MemoryKills == 1 })
	if blows, _ := inner.Blows(); blows.MemoryKills != 0 {
		t.Errorf("the inner one has %+v", blows)
	}
}

func affinity(t *testing.T, pid int) (list []int) {
	t.Helper()
	var set unix.CPUSet
	must(t, unix.SchedGetaffinity(pid, &set))
	for n := range 64 {
		if set.IsSet(n) {
			list = append(list, n)
		}
	}
	return list
}

// LIM-30, LIM-34
func TestMembersHaveTheProcessorsOfTheirGroup(t *testing.T) {
	testkit.NoLeaks(t)
	if member.Processors() < 2 {
		t.Skip("it takes two processors to choose from")
	}
	own := affinity(t, 0)
	outer := newGroup(t)
	inner := nested(t, outer)
	before := joined(t, inner, "threads", "3")
	must(t, outer.Hold(group.Limits{Processors: 2}))
	after := joined(t, inner, "tree", "2", "2")
	for _, pid := range append(before, after...) {
		if got := affinity(t, pid); !slices.Equal(got, []int{1}) {
			t.Errorf("%d has %v", pid, got)
		}
	}
	// Who chooses others is put back.
	var first unix.CPUSet
	first.Set(0)
	must(t, unix.SchedSetaffinity(before[0], &first))
	testkit.Within(t, soon, "it is put back", func() bool { return slices.Equal(affinity(t, before[0]), []int{1}) })
	must(t, outer.Hold(group.Limits{}))
	for _, pid := range append(before, after...) {
		if got := affinity(t, pid); !slices.Equal(got, own) {
			t.Errorf("%d has %v, want %v", pid, got, own)
		}
	}
}

func TestWhatMembersHaveUsedIsAddedUpAndNeverLess(t *testing.T) { // ACC-01, ACC-02, C41
	testkit.NoLeaks(t)
	g := newGroup(t)
	cmd := testkit.FixtureCommand(t, "spin-tally", "3", "100ms")
	out := testkit.Start(t, cmd, func() error { _, err := startIn(t, g, cmd); return err })
	joined(t, g, "tree", "2", "2")
	const slack = 5 * member.Tick // the living are told of in these
	var last group.ProcessorTime
	testkit.Within(t, soon, "all of it is there", func() bool {
		now, err := g.ProcessorTime()
		must(t, err)
		if now.User < last.User || now.All < last.All {
			t.Fatalf("%+v, and then %+v", last, now)
		}
		last = now
		used := usedAs(out.Lines())
		return used >= 300*time.Millisecond && now.All+slack >= used
	})
	reading, err := g.groups.ReadMeter(g.Meter())
	if err != nil || reading < last.All {
		t.Errorf("the meter is at %v (%v)", reading, err)
	}
	must(t, g.End(soon, notStarting))
	after, err := g.ProcessorTime()
	if err != nil || after.All < last.All || after.All > last.All+2*time.Second {
		t.Errorf("%+v, and after the end %+v (%v)", last, after, err)
	}
	usage, err := g.Usage()
	must(t, err)
	if total, known := usage.TotalProcesses.LowerBound(); !known || total < 4+uint64(testkit.TreeSize(2, 2)) {
		t.Errorf("processes: %v", usage.TotalProcesses)
	}
	if now, known := usage.Memory.Get(); !known || now != 0 {
		t.Errorf("memory: %v", usage.Memory)
	}
	if peak, known := usage.PeakProcessMemory.LowerBound(); !known || peak < 100<<10 {
		t.Errorf("peak: %v", usage.PeakProcessMemory)
	}
}

// usedAs is what the orphans of the fixture's spin-tally say of themselves.
func usedAs(lines []string) time.Duration {
	for _, line := range lines {
		if text, found := strings.CutPrefix(line, "used "); found {
			used, _ := strconv.ParseInt(text, 10, 64)
			return time.Duration(used)
		}
	}
	return 0
}

func TestTheBirthOfAMemberIsSeen(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	seen := make(chan []int, 1000)
	stop := g.Sample(func(pids []int) bool { seen <- pids; return true })
	defer stop()
	pids := joined(t, g, "tree", "3", "2")
	want := testkit.TreeSize(3, 2)
	testkit.Within(t, soon, "all are seen", func() bool { return len(<-seen) == want })
	must(t, g.End(soon, notStarting))
	pids = joined(t, g, "sleep")
	testkit.Within(t, soon, "one that comes after the end is seen", func() bool { return slices.Equal(<-seen, pids) })
}
