//go:build linux

package conformance

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC13_an_orphan_that_holds_standard_output(t *testing.T) {
	t.Run("does not hold up Wait", func(t *testing.T) {
		testkit.NoLeaks(t)
		waitDespiteOrphan(t, func(process *jobobject.Process, _ *exec.Cmd) error {
			status, err := process.Wait()
			if status.ExitCode() != 3 {
				t.Errorf("got %v", status)
			}
			return err
		})
	})
	t.Run("does not hold up the Wait of the command", func(t *testing.T) {
		testkit.NoLeaks(t)
		waitDespiteOrphan(t, func(_ *jobobject.Process, cmd *exec.Cmd) error {
			err := cmd.Wait()
			var exit *exec.ExitError
			if code := cmd.ProcessState.ExitCode(); code != 3 {
				t.Errorf("got %d", code)
			}
			if errors.As(err, &exit) {
				return nil
			}
			return err
		})
	})
	t.Run("lets go of it in a termination", func(t *testing.T) {
		testkit.NoLeaks(t)
		job := newJob(t)
		r, w, err := os.Pipe()
		requireNoError(t, err)
		defer r.Close()
		cmd, orphan := command(t, "hold-stdout", "1m", "3")
		cmd.Stdout = w
		process, err := job.Start(cmd)
		w.Close()
		requireNoError(t, err)
		requireExitCode(t, process, 3)

		requireNoError(t, job.Terminate(1))

		requireNoError(t, r.SetReadDeadline(time.Now().Add(atOnce)))
		text, err := io.ReadAll(r)
		requireNoError(t, err)
		if string(text) != "hello\n" {
			t.Errorf("it printed %q", text)
		}
		orphan.requireGone(t, atOnce)
		requireExitCode(t, process, 3)
	})
}

func waitDespiteOrphan(t *testing.T, wait func(*jobobject.Process, *exec.Cmd) error) {
	t.Helper()
	job := newJob(t)
	cmd, orphan := command(t, "hold-stdout", "1m", "3")
	var output bytes.Buffer
	cmd.Stdout = &output
	process, err := job.Start(cmd)
	requireNoError(t, err)

	timed(t, "wait", jobobject.DefaultWaitDelay+soon, func() error {
		if err := wait(process, cmd); !errors.Is(err, exec.ErrWaitDelay) {
			return err
		}
		return nil
	})

	if output.String() != "hello\n" {
		t.Errorf("it printed %q", output.String())
	}
	if len(processes(t, job)) != 1 {
		t.Error("the orphan is not listed")
	}
	requireNoError(t, job.Terminate(1))
	orphan.requireGone(t, atOnce)
}
