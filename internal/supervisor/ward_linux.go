package supervisor

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/proctable"
)

// killPatience is how long one attempt to end a tree goes on while no member dies.
const killPatience = 2 * time.Second

// programOf is this program, also when its file has another one's place by now.
const programOf = "/proc/self/exe"

// helperEnv is the environment of the three. They have little to do, and nobody to tell. A
// signal that the runtime sends to itself would be mistaken for one to pass on.
func helperEnv() []string {
	env := []string{"GOMAXPROCS=3", "GOGC=off", "GOTRACEBACK=0", "GODEBUG=asyncpreemptoff=1"}
	if path, set := os.LookupEnv("LD_LIBRARY_PATH"); set {
		env = append(env, "LD_LIBRARY_PATH="+path) // a program that needs it would not start
	}
	return env
}

// runWard is all that a ward does.
func runWard(jobs, caller string) {
	err := adopt()
	var ledger *book
	if err == nil {
		ledger, err = openBook(ledgerFD)
	}
	pid := 0
	if err == nil {
		pid, err = syscall.ForkExec(programOf, []string{SuperName, wordIn, jobs, wordOf, caller}, &syscall.ProcAttr{
			Env:   helperEnv(),
			Files: []uintptr{0, 1, 2, callerFD, ledgerFD, controlFD, proxyFD, orderFD, terminalFD},
			// Should it be stopped when this process dies, it goes on and sees that.
			Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGCONT},
		})
	}
	if err != nil {
		_ = send(controlFD, failure("fork/exec", SuperName, err))
		return
	}
	for _, fd := range []int{callerFD, ledgerFD, controlFD, proxyFD, orderFD, terminalFD} {
		_ = unix.Close(fd)
	}
	_ = unix.Chdir("/") // pins no mount
	if waitForSupervisor(pid, ledger) {
		return
	}
	go endBelow()
	ledger.reapAll(func(int, unix.WaitStatus) {})
	ledger.closeTree()
}

// waitForSupervisor tells whether it has left in good order.
func waitForSupervisor(pid int, ledger *book) bool {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return ledger.treeClosed()
		case status.Stopped():
			_ = unix.Kill(pid, unix.SIGCONT) // a child that has not been waited for: the number is its own
		default:
			return status.Exited() && ledger.treeClosed()
		}
	}
}

// endBelow ends all descendants of this process, and does not give up. Somebody else
// waits for them, and exits.
func endBelow() {
	const pause = 50 * time.Millisecond // for those that cannot be killed now
	for {
		self, _ := proctable.Look(os.Getpid())
		_ = proctable.End(killPatience, self.Identity)
		_, _ = unix.Poll(nil, int(pause/time.Millisecond))
	}
}
