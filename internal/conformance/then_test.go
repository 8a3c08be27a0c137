//go:build linux

package conformance

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jobobject"
	"jobobject/internal/testkit"
)

func requireNoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func requireErrorIs(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want one that is %v", err, want)
	}
}

func processes(t testing.TB, job *jobobject.Job) []int {
	t.Helper()
	pids, err := job.Processes()
	requireNoError(t, err)
	return pids
}

// requireProcesses compares the list as a set; requireOrder as it is.
func requireProcesses(t testing.TB, job *jobobject.Job, want ...int) {
	t.Helper()
	got := slices.Sorted(slices.Values(processes(t, job)))
	slices.Sort(want)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("processes of the job (-want +got):\n%s", diff)
	}
	for _, pid := range want {
		requireContains(t, job, pid, true)
	}
	requireActive(t, job, len(want))
}

func requireOrder(t testing.TB, job *jobobject.Job, want ...int) {
	t.Helper()
	if diff := cmp.Diff(want, processes(t, job)); diff != "" {
		t.Fatalf("processes of the job, in order (-want +got):\n%s", diff)
	}
}

func requireContains(t testing.TB, job *jobobject.Job, pid int, want bool) {
	t.Helper()
	got, err := job.Contains(pid)
	requireNoError(t, err)
	if got != want {
		t.Fatalf("job contains process %d: %v, want %v", pid, got, want)
	}
}

func accounting(t testing.TB, job *jobobject.Job) jobobject.Accounting {
	t.Helper()
	figures, err := job.Accounting()
	requireNoError(t, err)
	return figures
}

// told is an exact figure, or where some of the dead are not seen the least that it is.
func told(t testing.TB, figure jobobject.Figure[time.Duration]) (value time.Duration, known bool) {
	t.Helper()
	if byCgroups(t) {
		return figure.Get()
	}
	return figure.LowerBound()
}

func requireActive(t testing.TB, job *jobobject.Job, want int) {
	t.Helper()
	got, exact := accounting(t, job).ActiveProcesses.Get()
	if !exact || got != uint64(want) {
		t.Fatalf("active processes: %d (known exactly: %v), want %d", got, exact, want)
	}
}

// requireCounts takes the lower bounds of total and terminated: every process
// here is started or assigned by the test, so even a kernel that cannot see
// what members fork must know these.
func requireCounts(t testing.TB, job *jobobject.Job, total, active, terminated uint64) {
	t.Helper()
	figures := accounting(t, job)
	type counts struct{ Total, Active, Terminated uint64 }
	var got counts
	var known [3]bool
	got.Total, known[0] = figures.TotalProcesses.LowerBound()
	got.Active, known[1] = figures.ActiveProcesses.Get()
	got.Terminated, known[2] = figures.TerminatedProcesses.LowerBound()
	if known != [3]bool{true, true, true} {
		t.Fatalf("counts that are not known: total, active, terminated are known: %v", known)
	}
	if diff := cmp.Diff(counts{total, active, terminated}, got); diff != "" {
		t.Fatalf("counts of the job (-want +got):\n%s", diff)
	}
}

// requireEmpty is what a job says when nothing is left in it.
func requireEmpty(t testing.TB, job *jobobject.Job) {
	t.Helper()
	requireProcesses(t, job)
	ctx, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	requireNoError(t, job.WaitEmpty(ctx))
}

func requireTerminateCode(t testing.TB, job *jobobject.Job, want uint32) {
	t.Helper()
	code, terminated, err := job.TerminateCode()
	requireNoError(t, err)
	if !terminated || code != want {
		t.Fatalf("the job's code is %d (terminated: %v), want %d", code, terminated, want)
	}
}

// ending waits for a process that is about to end.
func ending(t testing.TB, process *jobobject.Process) jobobject.ExitStatus {
	t.Helper()
	type result struct {
		status jobobject.ExitStatus
		err    error
	}
	ended := make(chan result, 1)
	go func() {
		status, err := process.Wait()
		ended <- result{status, err}
	}()
	select {
	case end := <-ended:
		requireNoError(t, end.err)
		return end.status
	case <-time.After(4 * soon):
		t.Fatalf("process %d does not end", process.Pid())
	}
	panic("not reached")
}

func requireExitCode(t testing.TB, process *jobobject.Process, want int) {
	t.Helper()
	if status := ending(t, process); status.ExitCode() != want {
		t.Fatalf("process ended with %v, want exit code %d", status, want)
	}
}

// requireTimesOut shows that a wait is not over after a while.
func requireTimesOut(t testing.TB, wait func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), aWhile)
	defer cancel()
	requireErrorIs(t, wait(ctx), context.DeadlineExceeded)
}

// requireReturns shows that a wait ends well.
func requireReturns(t testing.TB, wait func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	requireNoError(t, wait(ctx))
}

// requireAlive shows that these can still run.
func requireAlive(t testing.TB, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		if !testkit.Alive(pid) {
			t.Fatalf("process %d is dead", pid)
		}
	}
}

// awaitDeath waits until the process cannot run any more; it may be a zombie.
func awaitDeath(t testing.TB, pid int) {
	t.Helper()
	testkit.Within(t, soon, "death of a process", func() bool { return !testkit.Alive(pid) })
}

// timed runs a step, logs how long it took, and fails when it took too long.
func timed(t testing.TB, what string, most time.Duration, step func() error) {
	t.Helper()
	begin := time.Now()
	err := step()
	took := time.Since(begin)
	if err != nil {
		t.Fatalf("%s: %v after %v", what, err, took)
	}
	t.Logf("%s took %v", what, took.Round(time.Microsecond))
	if took > most {
		t.Fatalf("%s took %v, more than %v", what, took, most)
	}
}
