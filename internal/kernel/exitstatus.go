package kernel

import (
	"fmt"
	"os"
)

// ExitStatus is how a process ended.
type ExitStatus struct {
	code   int
	signal os.Signal
}

// Exited is the status of a process that ended by itself.
func Exited(code int) ExitStatus { return ExitStatus{code: code} }

// Killed is the status of a process that a signal ended. The code is what
// ExitCode reports.
func Killed(signal os.Signal, code int) ExitStatus { return ExitStatus{code: code, signal: signal} }

// ExitCode is the code given to Terminate where that ended the process, else the
// process's own, or 128+n where signal n ended it. Where an int has 32 bits, codes of
// 1<<31 and more are negative; uint32 makes them what they were.
func (s ExitStatus) ExitCode() int { return s.code }

// Signal is the signal that ended the process. A process that Terminate ended
// was ended by SIGKILL.
func (s ExitStatus) Signal() (signal os.Signal, signaled bool) { return s.signal, s.signal != nil }

// String is for people.
func (s ExitStatus) String() string {
	if s.signal != nil {
		return fmt.Sprintf("exit code %d (%v)", uint32(s.code), s.signal)
	}
	return fmt.Sprintf("exit code %d", uint32(s.code))
}
