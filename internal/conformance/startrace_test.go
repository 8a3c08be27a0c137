//go:build linux

package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC09_a_member_is_a_member_from_its_first_instruction(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "fork-exit") // prints its place as its first act
	requireExitCode(t, m.Process, 0)

	orphan := m.pids[1]
	requireProcesses(t, job, orphan)
	first, settled := m.out.Lines()[0], placeOf(t, orphan)
	if first != settled {
		t.Fatalf("it began in %q, and is in %q", first, settled)
	}
	if own := placeOf(t, os.Getpid()); first == own {
		t.Fatalf("the job is where this test is: %q", own)
	}
}

// placeOf is the line that the fixture prints.
func placeOf(t testing.TB, pid int) string {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	requireNoError(t, err)
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "0::") {
			return strings.TrimSuffix(line, "\n")
		}
	}
	t.Skip("no cgroup2 line to compare")
	return ""
}

func TestC09_a_start_that_forks_and_exits_at_once_never_leaves_a_survivor(t *testing.T) {
	t.Run("when one job is used again and again", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		startAndTerminate(t, rounds(t, 250), func() *jobobject.Job { return job })
	})
	t.Run("when every process has a job of its own", func(t *testing.T) {
		testkit.NoLeaks(t)
		startAndTerminate(t, rounds(t, 250), func() *jobobject.Job {
			job, err := jobobject.Create("")
			requireNoError(t, err)
			return job
		})
	})
}

func startAndTerminate(t *testing.T, n int, jobOf func() *jobobject.Job) {
	t.Helper()
	var last *jobobject.Job
	pipe := testkit.NewDeathPipe(t)
	nonce, variable := testkit.NewNonce(t)
	for i := range n {
		job := jobOf()
		if last != nil && last != job {
			requireNoError(t, last.Close())
		}
		last = job
		cmd := testkit.FixtureCommand(t, "fork-exit")
		cmd.Env = append(cmd.Environ(), variable)
		pipe.Attach(cmd)
		process, err := job.Start(cmd)
		requireNoError(t, err)

		requireNoError(t, job.Terminate(uint32(i)))

		requireEmpty(t, job)
		_, err = process.Wait()
		requireNoError(t, err)
	}
	pipe.RequireAllDead(t, atOnce)
	testkit.RequireNone(t, nonce, atOnce)
	requireNoError(t, last.Close())
}
