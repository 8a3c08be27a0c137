package conformance

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject"
	"jobobject/internal/model"
)

// puppetScript is a process that forks and exits when it is told to. Its children
// can only be killed.
const puppetScript = `
while read -r what code; do
	case $what in
	fork) sleep 1000 </dev/null >/dev/null 2>&1 & echo $! ;;
	exit) exit "$code" ;;
	esac
done`

// puppets are the processes of a player. All end with it, or soon after.
type puppets struct {
	all map[int]*puppet // by number, the last that had it
}

var _ model.Host = (*puppets)(nil)

type puppet struct {
	pidfd  int
	orders *os.File
	says   *bufio.Reader
	cmd    *exec.Cmd
}

// command makes a puppet that is still to be started.
func (h *puppets) command() (cmd *exec.Cmd, p *puppet, err error) {
	ordersOut, orders, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	says, saysIn, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.Command("/bin/sh", "-c", puppetScript)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = ordersOut, saysIn, os.Stderr
	return cmd, &puppet{orders: orders, says: bufio.NewReader(says), cmd: cmd}, nil
}

// begin starts a puppet in one way or another.
func (h *puppets) begin(start func(*exec.Cmd) (pid int, err error)) (int, error) {
	cmd, p, err := h.command()
	if err != nil {
		return 0, err
	}
	pid, err := start(cmd)
	err = errors.Join(err, cmd.Stdin.(*os.File).Close(), cmd.Stdout.(*os.File).Close())
	if err != nil {
		return 0, errors.Join(err, p.orders.Close())
	}
	return pid, h.add(pid, p)
}

func (h *puppets) add(pid int, p *puppet) (err error) {
	if h.all == nil {
		h.all = map[int]*puppet{}
	}
	h.all[pid] = p
	p.pidfd, err = unix.PidfdOpen(pid, 0)
	return err
}

// start is for those that a job starts.
func (h *puppets) start(start func(*exec.Cmd) (*jobobject.Process, error)) (model.Process, error) {
	var process *jobobject.Process
	_, err := h.begin(func(cmd *exec.Cmd) (pid int, err error) {
		process, err = start(cmd)
		return process.Pid(), err
	})
	return publicProcess{process}, err
}

// Self is this process.
func (h *puppets) Self() int { return os.Getpid() }

// Fork has a process make a child.
func (h *puppets) Fork(pid int) (int, error) {
	if pid == 0 {
		return h.begin(func(cmd *exec.Cmd) (int, error) {
			if err := cmd.Start(); err != nil {
				return 0, err
			}
			return cmd.Process.Pid, nil
		})
	}
	parent := h.all[pid]
	if _, err := parent.orders.WriteString("fork\n"); err != nil {
		return 0, err
	}
	line, err := parent.says.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("pid %d did not fork: %w", pid, err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, err
	}
	return child, h.add(child, &puppet{})
}

// Exit has a process end by itself.
func (h *puppets) Exit(pid, code int) error {
	if _, err := fmt.Fprintf(h.all[pid].orders, "exit %d\n", code); err != nil {
		return err
	}
	return h.Ended(pid)
}

// Kill ends a process by a signal that comes from no job.
func (h *puppets) Kill(pid int) error {
	if err := unix.PidfdSendSignal(h.all[pid].pidfd, unix.SIGKILL, nil, 0); err != nil {
		return os.NewSyscallError("pidfd_send_signal", err)
	}
	return h.Ended(pid)
}

// Ended waits until a process cannot run any more.
func (h *puppets) Ended(pid int) error {
	fds := []unix.PollFd{{Fd: int32(h.all[pid].pidfd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, int(soon.Milliseconds()))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return os.NewSyscallError("poll", err)
		case n == 0:
			return fmt.Errorf("pid %d has not ended within %v", pid, soon)
		}
		return nil
	}
}

// Reap waits for a child that no job has started.
func (h *puppets) Reap(pid int) error {
	var ended *exec.ExitError
	if err := h.all[pid].cmd.Wait(); !errors.As(err, &ended) {
		return err
	}
	return nil
}

// Reused tells that somebody has a number again.
func (h *puppets) Reused(pid int) bool { return unix.Kill(pid, 0) == nil }

// Settle does nothing: what happens here does so at its own time.
func (h *puppets) Settle() {}

// Frozen cannot be told from outside of the system.
func (h *puppets) Frozen(int) (frozen, known bool) { return false, false }
