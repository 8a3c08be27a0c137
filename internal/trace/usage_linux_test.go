package trace

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// What processes have used, compared with what is known otherwise.

func TestTimesOfOrphansAreRight(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "spin-orphans", "2", "2s")
	run(t, cmd)
	testkit.Within(t, patience, "the end of the orphans", func() bool { return totalsOf(t, w.Watch).Active == 0 })

	// The kernel's count for the group has the same processes, and what it
	// takes to start and to end them.
	want := cpuOf(t, dir)
	totals := totalsOf(t, w.Watch)
	got := totals.Dead.User + totals.Dead.System
	if got < want*98/100 || got > want*102/100 {
		t.Errorf("%v of processor time, the group has had %v", got, want)
	}
	var sum time.Duration
	for _, e := range of(Exit, w.end()) {
		sum += e.Exit.Usage.User + e.Exit.Usage.System
	}
	if sum != got {
		t.Errorf("the exits add up to %v, the total is %v", sum, got)
	}
}

func TestTimesOfShortProcessesAreRight(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	run(t, shellIn(t, dir, `i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done`))
	totals := totalsOf(t, w.Watch)
	got, want := totals.Dead.User+totals.Dead.System, cpuOf(t, dir)
	// Much of so short a life is its end.
	if got < want*70/100 || got > want*102/100 {
		t.Errorf("%v of processor time, the group has had %v", got, want)
	}
}

// cpuOf reads what the kernel has counted for a group.
func cpuOf(t *testing.T, dir string) time.Duration {
	t.Helper()
	microseconds, err := strconv.Atoi(readKey(t, dir+"/cpu.stat", "usage_usec"))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(microseconds) * time.Microsecond
}

func TestThreadsAreInTheUsageOfTheirProcess(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "threads", "300")
	testkit.StartReady(t, cmd, nil)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	rusage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	usage := exit.Exit.Usage
	if usage.AtLeast {
		t.Error("not all threads were counted")
	}
	// A few faults come after the last that is told.
	if low := uint64(rusage.Minflt) * 98 / 100; usage.MinorFaults < low || usage.MinorFaults > uint64(rusage.Minflt) {
		t.Errorf("%d minor faults, wait says %d", usage.MinorFaults, rusage.Minflt)
	}
}

// This process is larger than the one it starts, and lends it its memory until
// the exec.
func TestThePeakOfMemoryIsTheProcessesOwn(t *testing.T) {
	dir := testkit.TempGroup(t)
	ballast := make([]byte, 128<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	w := watchOf(t, tracerWith(t, EBPF), dir)
	run(t, fixtureIn(t, dir, "alloc", "40"))
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	usage := exit.Exit.Usage
	switch {
	case usage.PeakMemoryAtMost:
		t.Logf("this kernel tells only that it was at most %d MB", usage.PeakMemory>>20)
	case usage.PeakMemory < 40<<20 || usage.PeakMemory > 60<<20:
		t.Errorf("a process of 40 MB has had %d MB", usage.PeakMemory>>20)
	}
	if usage.PeakSpace < 40<<20 {
		t.Errorf("a process of 40 MB has had an address space of %d MB", usage.PeakSpace>>20)
	}
	if totals := totalsOf(t, w.Watch); max(totals.Dead.PeakMemory, totals.OthersPeakMemory) != usage.PeakMemory {
		t.Errorf("totals are %+v", totals)
	}
	ballast[0] = 2
}

func TestAProcessThatNeverExecsHasNoMemoryOfItsOwn(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := exec.Command("/nonexistent/program")
	cmd.Err = nil
	testkit.InGroup(t, cmd, dir)
	if err := cmd.Start(); err == nil {
		t.Fatal("it has started")
	}
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	if usage := exit.Exit.Usage; !usage.PeakMemoryAtMost || usage.PeakSpace != 0 {
		t.Errorf("usage is %+v", usage)
	}
	if totals := totalsOf(t, w.Watch); totals.Dead.PeakMemory != 0 || totals.OthersPeakMemory == 0 {
		t.Errorf("totals are %+v", totals)
	}
}

func TestReadingAndWritingIsCounted(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := exec.Command("/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=64k", "count=100")
	testkit.InGroup(t, cmd, dir)
	run(t, cmd)
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	const bytes = 100 * 64 << 10
	usage := exit.Exit.Usage.IO
	if usage.ReadCalls < 100 || usage.WriteCalls < 100 || usage.ReadCalls > 200 || usage.WriteCalls > 200 {
		t.Errorf("100 blocks took %+v", usage)
	}
	if usage.ReadBytes < bytes || usage.WriteBytes < bytes || usage.ReadBytes > bytes+1<<20 || usage.WriteBytes > bytes+1<<20 {
		t.Errorf("%d bytes are told as %+v", bytes, usage)
	}
}
