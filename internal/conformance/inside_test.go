//go:build linux

package conformance

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// insideRole is a program that is a member of its own job. Once it has read a
// line it ends the job as the argument says, which must end it too.
func insideRole(args []string) error {
	job, err := jobobject.Create("")
	if err != nil {
		return err
	}
	if args[0] != "terminate" && args[0] != "late" {
		if err := job.SetLimits(jobobject.Limits{KillOnClose: true}); err != nil {
			return err
		}
	}
	if err := joinOwn(job); err != nil {
		return err
	}
	if args[0] == "late" {
		if err := job.SetLimits(jobobject.Limits{KillOnClose: true}); err != nil {
			return err
		}
	}
	for _, verb := range []string{"daemonize", "ignore-all"} {
		if _, err := enlist(job, verb); err != nil {
			return err
		}
	}
	child := exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), "sleep") // knows of no job
	if err := child.Start(); err != nil {
		return err
	}
	if inside, err := job.Contains(child.Process.Pid); err != nil || !inside {
		return fmt.Errorf("a child is in the job: %v, %w", inside, err)
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	if args[0] == "close" {
		return fmt.Errorf("alive after close: %w", job.Close())
	}
	return fmt.Errorf("alive after terminate: %w", job.Terminate(9))
}

func joinOwn(job *jobobject.Job) error {
	for range 2 { // again changes nothing
		if err := job.Assign(0); err != nil {
			return err
		}
	}
	pids, err := job.Processes()
	if err != nil || !slices.Equal(pids, []int{os.Getpid()}) {
		return fmt.Errorf("the job lists %v, %w", pids, err)
	}
	if inside, err := job.Contains(0); err != nil || !inside {
		return fmt.Errorf("the caller is in the job: %v, %w", inside, err)
	}
	figures, err := job.Accounting()
	if err != nil {
		return err
	}
	total, _ := figures.TotalProcesses.LowerBound()
	if active, _ := figures.ActiveProcesses.Get(); active != 1 || total != 1 {
		return fmt.Errorf("total %d, active %d, want 1 and 1", total, active)
	}
	return nil
}

func TestC46_a_caller_in_its_own_job_ends_with_everybody_else(t *testing.T) {
	for _, how := range []string{"terminate", "terminate with kill on close", "close"} {
		t.Run("by "+how, func(t *testing.T) {
			testkit.NoLeaks(t)
			place := newPlace(t)
			o := place.owner(t, "inside", how)
			o.dies(t)
			if how == "terminate" { // and nobody is left to clean up but the next program
				testkit.RequireNone(t, place.nonce, soon)
				place.run(t, "first-job")
			}
			place.requireClean(t)
		})
	}
}

func TestC46_an_owner_in_its_own_job_is_killed(t *testing.T) {
	for _, how := range []string{"close", "late"} {
		t.Run("limit set: "+how, func(t *testing.T) {
			testkit.NoLeaks(t)
			place := newPlace(t)
			o := place.owner(t, "inside", how)
			o.kill(t)
			place.requireClean(t)
		})
	}
}

// dies lets it go on, and shows that a kill is what ended it.
func (o *owner) dies(t testing.TB) {
	t.Helper()
	_, err := o.stdin.Write([]byte("\n"))
	requireNoError(t, err)
	err = o.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it ended with %v, it was to be killed", err)
	}
}
