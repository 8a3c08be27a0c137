package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"jobobject/internal/pidfd"
)

// tracer keeps a child at its exec, where it has not executed an instruction of
// its program. The kernel takes calls about it only from the thread that forked
// it, so that thread waits for the end of the suspension.
type tracer struct {
	resumed chan struct{} // asks for it
	result  chan error    // answers
	over    chan struct{} // the child is traced no longer
}

func startTraced(cmd *exec.Cmd) (*tracer, error) {
	t := &tracer{resumed: make(chan struct{}), result: make(chan error, 1), over: make(chan struct{})}
	started := make(chan error)
	go t.run(cmd, started)
	return t, <-started
}

func (t *tracer) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(t.over)

	cmd.SysProcAttr.Ptrace = true
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	handle, err := pidfd.Open(cmd.Process.Pid) // nobody has waited for it yet: the number is its own
	if err == nil {
		defer handle.Close()
		err = AwaitExec(cmd.Process.Pid)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		started <- fmt.Errorf("start suspended: %w", err)
		return
	}
	started <- nil
	t.keep(handle)
}

// AwaitExec waits until the child, which the calling thread has started with
// SysProcAttr.Ptrace, has stopped in its exec. It leaves an exit to be waited for by
// others. Before EXITKILL is set, the death of this process
// kills the child as well: then nobody is there to take the signal of the stop,
// SIGTRAP, from it.
func AwaitExec(pid int) error {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return os.NewSyscallError("waitid", err)
		}
		break
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return os.NewSyscallError("ptrace(PTRACE_SETOPTIONS)", err)
	}
	return nil // ESRCH: killed meanwhile, which Wait will tell
}

// keep waits until the child is to run, or has been killed.
func (t *tracer) keep(handle *pidfd.FD) {
	ctx, cancel := context.WithCancel(context.Background())
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = handle.Wait(ctx)
	}()
	select {
	case <-t.resumed:
		err := unix.PtraceDetach(handle.Pid())
		if errors.Is(err, unix.ESRCH) {
			err = nil // killed meanwhile
		}
		t.result <- os.NewSyscallError("ptrace(PTRACE_DETACH)", err)
	case <-exited:
	}
	cancel()
	<-exited
}

// resume may be called any number of times.
func (t *tracer) resume() error {
	select {
	case t.resumed <- struct{}{}:
		return <-t.result
	case <-t.over:
		return nil
	}
}
