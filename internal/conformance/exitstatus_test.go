//go:build linux

package conformance

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC14_every_exit_code_is_passed_through(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	step := 1
	if testing.Short() {
		step = 15 // and 255
	}
	for code := 0; code < 256; code += step {
		m := start(t, job, nil, "exit", strconv.Itoa(code))
		requireStatus(t, m.Process, code, nil)
	}
}

func TestC14_death_by_a_signal_is_told_with_the_signal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGABRT, syscall.SIGSEGV} {
		t.Run(sig.String(), func(t *testing.T) {
			testkit.NoLeaks(t)
			m := start(t, newJob(t), nil, "kill-self", strconv.Itoa(int(sig)))
			requireStatus(t, m.Process, 128+int(sig), sig)
		})
	}
}

func TestC14_a_status_is_the_same_however_often_it_is_asked_for(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := start(t, job, nil, "exit", "5")
	requireStatus(t, m.Process, 5, nil)
	requireStatus(t, m.Process, 5, nil)
	requireNoError(t, job.Terminate(7))
	requireStatus(t, m.Process, 5, nil)
	requireNoError(t, job.Close())
	requireStatus(t, m.Process, 5, nil)
}

func TestC14_all_who_wait_for_a_process_get_its_status(t *testing.T) {
	testkit.NoLeaks(t)
	m := given(t, newJob(t), "sleep")
	failures := make(chan error)
	for range 8 {
		go func() {
			status, err := m.Wait()
			if err == nil && status.ExitCode() != 128+int(syscall.SIGINT) {
				err = fmt.Errorf("got %v", status)
			}
			failures <- err
		}()
	}
	requireNoError(t, m.Signal(os.Interrupt))
	for range 8 {
		requireNoError(t, <-failures)
	}
	requireErrorIs(t, m.Signal(os.Interrupt), jobobject.ErrProcessExited)
	requireErrorIs(t, m.Kill(), jobobject.ErrProcessExited)
}

// D4: the code of Terminate, and the signal that the system has seen.
func TestTRM03_a_terminated_process_reports_the_code_of_terminate(t *testing.T) {
	for _, code := range []uint32{0, 1, 123, 259, 1<<31 - 1} {
		t.Run(strconv.Itoa(int(code)), func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			m := given(t, job, "sleep")
			requireNoError(t, job.Terminate(code))
			requireStatus(t, m.Process, int(code), syscall.SIGKILL)
			requireTerminateCode(t, job, code)
		})
	}
}

func TestTRM03_a_process_that_ended_before_keeps_its_own_code(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	gone, killed, live := given(t, job, "sleep"), given(t, job, "sleep"), given(t, job, "sleep")
	requireNoError(t, gone.Signal(syscall.SIGTERM))
	requireNoError(t, killed.Kill())
	awaitDeath(t, gone.Pid())
	awaitDeath(t, killed.Pid())

	requireNoError(t, job.Terminate(123))

	requireStatus(t, gone.Process, 128+int(syscall.SIGTERM), syscall.SIGTERM)
	requireStatus(t, live.Process, 123, syscall.SIGKILL)
	// Nobody can tell this one's death from the other's but by its time.
	requireStatus(t, killed.Process, 128+int(syscall.SIGKILL), syscall.SIGKILL)
}

func requireStatus(t testing.TB, process *jobobject.Process, code int, sig os.Signal) {
	t.Helper()
	status := ending(t, process)
	got, signaled := status.Signal()
	if status.ExitCode() != code || got != sig || signaled != (sig != nil) {
		t.Fatalf("got %v (code %d, signal %v), want code %d, signal %v", status, status.ExitCode(), got, code, sig)
	}
}
