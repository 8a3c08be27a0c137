package report

import (
	"fmt"

	"jobobject"
)

// Ended says in a few words how a process ended: "exit 3", "SIGSEGV (core
// dumped)", and "exit ?" where that is not known.
func Ended(e *jobobject.Ending) string {
	if e == nil {
		return "exit ?"
	}
	status, known := e.Status.Get()
	if !known {
		return "exit ?"
	}
	sig, signaled := status.Signal()
	if !signaled {
		return fmt.Sprintf("exit %d", status.ExitCode())
	}
	if e.CoreDumped {
		return SignalName(sig) + " (core dumped)"
	}
	return SignalName(sig)
}
