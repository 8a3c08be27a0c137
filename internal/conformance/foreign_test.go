//go:build linux

package conformance

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// kthreadd is the parent of the kernel's own threads.
const kthreadd = 2

func TestASG07_a_process_that_is_not_for_jobs_is_refused_and_left_where_it_is(t *testing.T) {
	for name, pid := range map[string]int{"init": 1, "a kernel thread": kthreadd} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			if stat, err := testkit.ReadStat(pid); err != nil || pid == kthreadd && stat.Comm != "kthreadd" {
				t.Skipf("no such process: %v %v", stat, err)
			}
			before := placeOf(t, pid)
			job := newJob(t)
			requireErrorIs(t, job.Assign(pid), jobobject.ErrAccessDenied)
			if now := placeOf(t, pid); now != before {
				t.Errorf("it was moved from %q to %q", before, now)
			}
			requireCounts(t, job, 0, 0, 0)
			requireTimesOut(t, job.WaitEmpty) // still unused
			requireProcesses(t, job, given(t, job, "sleep").Pid())
		})
	}
}

func TestASG07_another_users_process_is_refused(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may assign anybody's")
	}
	testkit.NoLeaks(t)
	job := newJob(t)
	parent := os.Getppid()
	if info, err := os.Stat(fmt.Sprintf("/proc/%d", parent)); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Skip("this test was not started by root")
	}
	requireErrorIs(t, job.Assign(parent), jobobject.ErrAccessDenied)
	requireCounts(t, job, 0, 0, 0)
}

func TestOBJ07_who_is_in_no_job_has_no_current_one(t *testing.T) {
	testkit.NoLeaks(t)
	given(t, newJob(t), "sleep")
	_, err := jobobject.Current()
	requireErrorIs(t, err, jobobject.ErrNotInJob)
}

func TestOBJ07_the_current_job_is_the_immediate_one(t *testing.T) {
	alone(t, func(t *testing.T) {
		outer, inner := joined(t, nothing), joined(t, nothing)
		current, err := jobobject.Current()
		requireNoError(t, err)
		defer current.Close()
		requireNoError(t, inner.SetLimits(onDemand))
		requireLimits(t, current, onDemand) // so it is that one
		requireLimits(t, outer, nothing)
	})
}

func TestQRY02_a_program_that_was_started_in_a_job_knows_that_it_is_in_one(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	cmd := roleCommand(t, "current")
	out := testkit.Start(t, cmd, func() error {
		process, err := job.Start(cmd)
		if err == nil {
			reapWithTest(t, process)
		}
		return err
	})
	out.AwaitReady(t)
}

// currentRole is in a job of another process. It may be refused a handle to it,
// but not be told that it is in none.
func currentRole([]string) error {
	job, err := jobobject.Current()
	if err == nil {
		err = job.Close()
	}
	if err != nil && !errors.Is(err, jobobject.ErrNotSupported) {
		return err
	}
	fmt.Println("ready")
	return nil
}

func TestCRE03_names_are_refused_as_long_as_nobody_keeps_them(t *testing.T) {
	testkit.NoLeaks(t)
	_, err := jobobject.Create("Local\\conformance")
	requireErrorIs(t, err, jobobject.ErrNotSupported)
	_, err = jobobject.Open("Local\\conformance", jobobject.AllAccess)
	requireErrorIs(t, err, jobobject.ErrNotSupported)
	_, err = jobobject.Open("", jobobject.AllAccess)
	requireErrorIs(t, err, jobobject.ErrInvalidName) // OPN-01
}
