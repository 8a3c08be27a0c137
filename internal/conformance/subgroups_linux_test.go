package conformance

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC27_cgroups_that_the_tree_made_are_searched_emptied_and_removed(t *testing.T) {
	testkit.OwnGroup(t) // skips where there are none
	for name, endOf := range map[string]func(*jobobject.Job) error{
		"by terminate": func(job *jobobject.Job) error { return job.Terminate(1) },
		"by close":     (*jobobject.Job).Close,
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t, killOnClose)
			m := given(t, job, "subcgroup")
			requireProcesses(t, job, m.pids...)
			if len(m.pids) != 1+3*2 {
				t.Fatalf("the fixture made %v", m.pids)
			}

			timed(t, "end", soon, func() error { return endOf(job) })
			m.requireGone(t, atOnce)
			_ = job.Close() // closed already in one of the two

			for _, line := range m.out.Lines() {
				if dir, found := strings.CutPrefix(line, "cgroup "); found {
					if _, err := os.Stat(dir); !os.IsNotExist(err) {
						t.Errorf("%s is still there (%v)", dir, err)
					}
				}
			}
		})
	}
}

func TestC27_a_member_that_froze_itself_out_of_reach_is_killed(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "freeze-self")
	requireProcesses(t, job, m.live()...)
	timed(t, "terminate", soon, func() error { return job.Terminate(1) })
	m.requireGone(t, atOnce)
}

func TestC27_a_member_that_kills_its_own_cgroup_kills_nobody_else(t *testing.T) {
	testkit.NoLeaks(t)
	neighbour := given(t, newJob(t), "sleep")
	job := newJob(t)
	m := start(t, job, nil, "write-cgroup-kill")
	m.requireGone(t, soon)
	requireReturns(t, job.WaitEmpty)
	requireAlive(t, neighbour.Pid())
}

func TestC01_members_in_a_pid_namespace_of_their_own_are_ended(t *testing.T) {
	requirePIDNamespaces(t)
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "pidns")
	requireProcesses(t, job, m.pids...)
	requireNoError(t, job.Terminate(1))
	m.requireGone(t, atOnce)
}

// requirePIDNamespaces skips the test where this user may not make one.
func requirePIDNamespaces(t testing.TB) {
	t.Helper()
	cmd := testkit.FixtureCommand(t, "exit", "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	if err := cmd.Run(); err != nil {
		t.Skipf("a pid namespace of its own takes CAP_SYS_ADMIN: %v", errors.Unwrap(err))
	}
}
