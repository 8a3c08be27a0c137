package conformance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC20_a_process_that_got_the_number_of_a_member_is_left_alone(t *testing.T) {
	testkit.NoLeaks(t)
	requirePIDNamespaces(t) // where it can give a process a number of its choice
	for _, dead := range []string{"started", "assigned"} {
		for _, stranger := range []string{"in no job", "in another job"} {
			t.Run("member was "+dead+", stranger is "+stranger, func(t *testing.T) {
				testkit.NoLeaks(t)
				place := newPlace(t)
				cmd := roleCommand(t, "reuse", dead, stranger)
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
				place.start(t, cmd).AwaitReady(t)
				requireNoError(t, cmd.Wait())
				place.requireClean(t)
			})
		}
	}
}

// reuseRole runs as the first process of a pid namespace, where it decides which
// number comes next.
func reuseRole(args []string) error {
	if err := ownProc(); err != nil {
		return err
	}
	job, err := jobobject.Create("")
	if err != nil {
		return err
	}
	old, err := deadMember(job, args[0] == "assigned")
	if err != nil {
		return err
	}
	stranger, err := strangerWith(old.pid)
	if err != nil {
		return err
	}
	if args[1] == "in another job" {
		other, err := jobobject.Create("")
		if err != nil {
			return err
		}
		defer other.Close()
		if err := other.Assign(old.pid); err != nil {
			return err
		}
		if inside, err := other.Contains(old.pid); err != nil || !inside {
			return fmt.Errorf("the other job contains the stranger: %v, %w", inside, err)
		}
	}
	if err := provoke(job, old); err != nil {
		return err
	}
	if err := stranger.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("signal the stranger: %w", err)
	}
	_ = stranger.Wait() // the code says more
	if code := stranger.ProcessState.ExitCode(); code != 42 {
		return fmt.Errorf("the stranger ended with %v", stranger.ProcessState)
	}
	fmt.Println("ready")
	return job.Close()
}

func ownProc() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	return nil
}

// deadProcess has been waited for.
type deadProcess struct {
	pid     int
	process *jobobject.Process // nil where it was assigned
}

func deadMember(job *jobobject.Job, assign bool) (deadProcess, error) {
	cmd := exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), "exit", "7")
	if !assign {
		process, err := job.Start(cmd)
		if err != nil {
			return deadProcess{}, err
		}
		status, err := process.Wait()
		if err != nil || status.ExitCode() != 7 {
			return deadProcess{}, fmt.Errorf("the member ended with %v, %w", status, err)
		}
		return deadProcess{process.Pid(), process}, nil
	}
	cmd.Args[1], cmd.Args = "sleep", cmd.Args[:2]
	if err := cmd.Start(); err != nil {
		return deadProcess{}, err
	}
	err := errors.Join(job.Assign(cmd.Process.Pid), cmd.Process.Kill())
	_ = cmd.Wait() // killed
	return deadProcess{cmd.Process.Pid, nil}, err
}

// strangerWith starts processes until one gets the number. Threads of this
// process take numbers too.
func strangerWith(pid int) (*exec.Cmd, error) {
	for range 1000 {
		previous := []byte(strconv.Itoa(pid - 1))
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", previous, 0); err != nil {
			return nil, err
		}
		cmd := exec.Command(os.Getenv("JOBOBJECT_FIXTURE"), "handler", "TERM", "42")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		ready := make([]byte, len("ready\n"))
		if _, err := stdout.Read(ready); err != nil {
			return nil, fmt.Errorf("await the stranger: %w", err)
		}
		if cmd.Process.Pid == pid {
			return cmd, nil
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}
	return nil, fmt.Errorf("no process got number %d", pid)
}

// provoke does everything that could reach a wrong process.
func provoke(job *jobobject.Job, old deadProcess) error {
	if old.process != nil {
		for _, call := range []func() error{
			old.process.Kill,
			func() error { return old.process.Signal(syscall.SIGKILL) },
			old.process.Resume,
		} {
			if err := call(); !errors.Is(err, jobobject.ErrProcessExited) {
				return fmt.Errorf("the dead member's handle gave %w", err)
			}
		}
		if status, err := old.process.Wait(); err != nil || status.ExitCode() != 7 {
			return fmt.Errorf("the dead member ended with %v, %w", status, err)
		}
	}
	if inside, err := job.Contains(old.pid); err != nil || inside {
		return fmt.Errorf("the job contains the stranger: %v, %w", inside, err)
	}
	if pids, err := job.Processes(); err != nil || len(pids) != 0 {
		return fmt.Errorf("the job lists %v, %w", pids, err)
	}
	return errors.Join(job.Signal(syscall.SIGKILL), job.Terminate(1))
}
