//go:build linux

package conformance

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

const (
	// atOnce is how long something takes that is promised to be so already.
	atOnce = time.Second
	// soon bounds what takes milliseconds, on a machine that is busy otherwise.
	soon = 5 * time.Second
	// aWhile is how long a test watches that something does not happen.
	aWhile = 200 * time.Millisecond
)

// cleanupCode ends what a test left in its job.
const cleanupCode = 99

var killOnClose = jobobject.WithLimits(jobobject.Limits{KillOnClose: true})

// newJob gives a job that ends and closes with the test.
func newJob(t testing.TB, options ...jobobject.Option) *jobobject.Job {
	t.Helper()
	requireHeld(t)
	job, err := jobobject.Create("", options...)
	if err != nil {
		t.Fatal(err)
	}
	endWithTest(t, job)
	return job
}

// duplicate gives a second handle, which closes with the test.
func duplicate(t testing.TB, job *jobobject.Job) *jobobject.Job {
	t.Helper()
	second, err := job.Duplicate()
	if err != nil {
		t.Fatal(err)
	}
	endWithTest(t, second)
	return second
}

func endWithTest(t testing.TB, job *jobobject.Job) {
	t.Helper()
	t.Cleanup(func() {
		// A test that closed the handle itself has seen to its members.
		if err := job.Terminate(cleanupCode); err != nil && !errors.Is(err, jobobject.ErrClosed) {
			t.Errorf("end of test: %v", err)
		}
		if err := job.Close(); err != nil && !errors.Is(err, jobobject.ErrClosed) {
			t.Errorf("end of test: %v", err)
		}
	})
}

// member is a process that was started in a job, with what the fixture told.
type member struct {
	*jobobject.Process
	tree
	cmd *exec.Cmd
	out *testkit.Output
	// pids are the process itself, unless it has exited already, and those it
	// reported, in this order.
	pids []int
}

// given starts a verb of the fixture in the job and waits until it is ready.
func given(t testing.TB, job *jobobject.Job, verb ...string) *member {
	t.Helper()
	return givenWith(t, job, nil, verb...)
}

func givenWith(t testing.TB, job *jobobject.Job, options []jobobject.StartOption, verb ...string) *member {
	t.Helper()
	m := start(t, job, options, verb...)
	m.pids = append([]int{m.Pid()}, m.out.AwaitReady(t)...)
	return m
}

// start does not wait for anything.
func start(t testing.TB, job *jobobject.Job, options []jobobject.StartOption, verb ...string) *member {
	t.Helper()
	m := &member{}
	m.cmd, m.tree = command(t, verb...)
	m.out = testkit.Start(t, m.cmd, func() (err error) {
		m.Process, err = job.Start(m.cmd, options...)
		return err
	})
	reapWithTest(t, m.Process)
	return m
}

func reapWithTest(t testing.TB, process *jobobject.Process) {
	t.Helper()
	t.Cleanup(func() {
		_ = process.Kill() // it has exited, mostly
		if _, err := process.Wait(); err != nil {
			t.Errorf("end of test: %v", err)
		}
	})
}

// outsider starts a verb of the fixture that is in no job of the test.
func outsider(t testing.TB, verb ...string) (cmd *exec.Cmd, pids []int) {
	t.Helper()
	cmd = testkit.FixtureCommand(t, verb...)
	pids = testkit.StartReady(t, cmd, nil)
	return cmd, append([]int{cmd.Process.Pid}, pids...)
}

// recruit is a member that was assigned, or was started where nobody can be.
type recruit struct {
	pid  int
	kill func() error
	wait func() error
}

// assigned is an outsider that has been assigned to the job.
func assigned(t testing.TB, job *jobobject.Job) *recruit {
	t.Helper()
	if !byCgroups(t) {
		return started(t, job)
	}
	cmd, _ := outsider(t, "sleep")
	return enrolled(t, job, cmd)
}

// enrolled assigns an outsider, where that can be done. Elsewhere the job gets another.
func enrolled(t testing.TB, job *jobobject.Job, cmd *exec.Cmd) *recruit {
	t.Helper()
	if !byCgroups(t) {
		return started(t, job)
	}
	if err := job.Assign(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	return &recruit{cmd.Process.Pid, cmd.Process.Kill, cmd.Wait}
}

func started(t testing.TB, job *jobobject.Job) *recruit {
	t.Helper()
	m := given(t, job, "sleep")
	return &recruit{m.Pid(), m.Kill, func() error { _, err := m.Wait(); return err }}
}

// end kills it and waits for it.
func (r *recruit) end(t testing.TB) {
	t.Helper()
	requireNoError(t, r.kill())
	_ = r.wait() // says that it was killed
}

// end kills an outsider and waits for it.
func end(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
}

// after lets time pass where that is what is tested: the instant of a kill, or
// that for a while nothing happens.
func after(d time.Duration) { <-time.After(d) }

// tidy removes, at the end of the test, the places of jobs that were closed with
// members in them. They stay as long as the members, and go with the next close
// of a used job (LIF-05). Call it right after NoLeaks.
func tidy(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
		job, err := jobobject.Create("")
		requireNoError(t, err)
		process, err := job.Start(testkit.FixtureCommand(t, "exit", "0"))
		requireNoError(t, err)
		requireExitCode(t, process, 0)
		requireNoError(t, job.Close())
	})
}

// rounds is how often a test tries to hit a race.
func rounds(t testing.TB, usual int) int {
	t.Helper()
	if testing.Short() {
		usual = max(1, usual/10)
	}
	if text := os.Getenv("JOBOBJECT_ROUNDS"); text != "" {
		factor, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("JOBOBJECT_ROUNDS: %v", err)
		}
		usual *= factor
	}
	return usual
}
