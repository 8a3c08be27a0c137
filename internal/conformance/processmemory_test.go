//go:build linux

package conformance

import (
	"testing"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/testkit"
)

// A program in Go takes some 70 MB of what counts before it does anything.
const (
	littleMemory = 300 << 20
	muchMemory   = 600 << 20
)

func requireDataLimit(t testing.TB, pid int, want uint64) {
	t.Helper()
	var limit unix.Rlimit
	requireNoError(t, unix.Prlimit(pid, unix.RLIMIT_DATA, nil, &limit))
	if limit.Cur != want {
		t.Errorf("process %d may have %d bytes for data, want %d", pid, limit.Cur, want)
	}
}

// runs tells whether a verb of the fixture ends well in the job. It always ends by
// itself.
func runs(t testing.TB, job *jobobject.Job, verb ...string) bool {
	t.Helper()
	status := ending(t, start(t, job, nil, verb...).Process)
	if _, signaled := status.Signal(); signaled {
		t.Errorf("%q was killed", verb)
	}
	return status.ExitCode() == 0
}

// LIM-48
func TestLIM48_an_allocation_beyond_the_limit_fails_and_nobody_is_ended(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{ProcessMemory: littleMemory})
	other := given(t, job, "sleep")
	if runs(t, job, "alloc", "300") {
		t.Error("a member has had more than it may")
	}
	if !runs(t, job, "alloc", "50") {
		t.Error("a member could not have what it may")
	}
	requireAlive(t, other.Pid())
}

func TestLIM48_each_member_has_the_limit_for_itself(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{ProcessMemory: littleMemory})
	for range 4 {
		given(t, job, "alloc", "100", "hold")
	}
}

func TestLIM51_what_is_promised_counts_and_what_is_reserved_does_not(t *testing.T) {
	testkit.NoLeaks(t)
	job := limited(t, jobobject.Limits{ProcessMemory: littleMemory})
	if runs(t, job, "promise", "300") {
		t.Error("a member was promised more than it may have")
	}
	if !runs(t, job, "promise", "1000", "reserve") {
		t.Error("address space that nothing is in was counted")
	}
}

func TestLIM54_the_tightest_limit_of_the_chain_holds_each_member(t *testing.T) {
	testkit.NoLeaks(t)
	outer := limited(t, jobobject.Limits{ProcessMemory: littleMemory})
	inner := newJob(t, jobobject.WithLimits(jobobject.Limits{ProcessMemory: muchMemory}))
	m := givenWith(t, outer, []jobobject.StartOption{jobobject.AlsoIn(inner)}, "tree", "2", "1")
	for _, pid := range m.pids {
		requireDataLimit(t, pid, littleMemory)
	}
	requireLimits(t, inner, jobobject.Limits{ProcessMemory: muchMemory}) // NST-32

	requireNoError(t, outer.SetLimits(jobobject.Limits{ProcessMemory: littleMemory - 1<<20})) // NST-33
	for _, pid := range m.pids {
		requireDataLimit(t, pid, littleMemory-1<<20)
	}
}

// LIM-50: a member fails by its own limit long before that of the job.
func TestLIM50_both_limits_on_memory_hold_by_themselves(t *testing.T) {
	testkit.NoLeaks(t)
	both := jobobject.Limits{ProcessMemory: littleMemory, JobMemory: 400 << 20}
	job := limited(t, both, "memory")
	requireLimits(t, job, both)
	if runs(t, job, "alloc", "300") {
		t.Error("a member has had more than each may")
	}
	given(t, job, "alloc", "150", "hold")
	given(t, job, "alloc", "150", "hold")
	third := start(t, job, nil, "alloc", "150", "hold") // LIM-49
	requireStruckForMemory(t, job, third)
}

func requireStruckForMemory(t testing.TB, job *jobobject.Job, last *member) {
	t.Helper()
	testkit.Within(t, soon, "the limit of the job strikes", func() bool {
		strikes, err := job.Strikes()
		requireNoError(t, err)
		return len(strikes) == 1 && strikes[0].Limit == jobobject.JobMemoryStrike
	})
	// The kernel looks after it has counted, on each processor.
	if peak, known := accounting(t, job).PeakJobMemory.LowerBound(); known && peak > 401<<20 {
		t.Errorf("the job has had %d bytes", peak)
	}
	_ = last.Kill() // if it is not the one that the kernel has chosen
}
