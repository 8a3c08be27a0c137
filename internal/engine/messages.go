package engine

import (
	"os"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// statuses are what a process ends with on Windows where here the kernel sends it
// a signal for the same mistake. Signals go by their numbers on Linux, which the
// exit code of a process that one has ended is 128 above.
var statuses = map[int]uint32{
	2:  0xC000013A, // SIGINT:    STATUS_CONTROL_C_EXIT
	4:  0xC000001D, // SIGILL:    STATUS_ILLEGAL_INSTRUCTION
	5:  0x80000003, // SIGTRAP:   STATUS_BREAKPOINT
	7:  0xC0000006, // SIGBUS:    STATUS_IN_PAGE_ERROR
	8:  0xC0000094, // SIGFPE:    STATUS_INTEGER_DIVIDE_BY_ZERO
	11: 0xC0000005, // SIGSEGV:   STATUS_ACCESS_VIOLATION
	16: 0xC00000FD, // SIGSTKFLT: STATUS_STACK_OVERFLOW
	31: 0xC0000096, // SIGSYS:    STATUS_PRIVILEGED_INSTRUCTION
}

// abnormal are the exit codes that make the exit an abnormal one (MSG-03). Those
// of a failed assertion and of a corrupted heap or stack are not among them
// (MSG-05), and so SIGABRT is not.
var abnormal = map[uint32]bool{
	0x80000001: true, // GUARD_PAGE_VIOLATION
	0x80000002: true, // DATATYPE_MISALIGNMENT
	0x80000003: true, // BREAKPOINT
	0x80000004: true, // SINGLE_STEP
	0xC0000005: true, // ACCESS_VIOLATION
	0xC0000006: true, // IN_PAGE_ERROR
	0xC000001D: true, // ILLEGAL_INSTRUCTION
	0xC0000025: true, // NONCONTINUABLE_EXCEPTION
	0xC0000026: true, // INVALID_DISPOSITION
	0xC000008C: true, // ARRAY_BOUNDS_EXCEEDED
	0xC000008D: true, // FLOAT_DENORMAL_OPERAND
	0xC000008E: true, // FLOAT_DIVIDE_BY_ZERO
	0xC000008F: true, // FLOAT_INEXACT_RESULT
	0xC0000090: true, // FLOAT_INVALID_OPERATION
	0xC0000091: true, // FLOAT_OVERFLOW
	0xC0000092: true, // FLOAT_STACK_CHECK
	0xC0000093: true, // FLOAT_UNDERFLOW
	0xC0000094: true, // INTEGER_DIVIDE_BY_ZERO
	0xC0000095: true, // INTEGER_OVERFLOW
	0xC0000096: true, // PRIVILEGED_INSTRUCTION
	0xC00000FD: true, // STACK_OVERFLOW
	0xC000013A: true, // CONTROL_C_EXIT
	0xC00002B4: true, // FLOAT_MULTIPLE_FAULTS
	0xC00002B5: true, // FLOAT_MULTIPLE_TRAPS
	0xC00002C9: true, // REG_NAT_CONSUMPTION
}

// exitMessage is what a port is told of a process that has gone: one of the two,
// never both (MSG-02), by its exit code alone (MSG-04). Where that is not known it
// is an ordinary exit.
func exitMessage(e kernel.Event) kernel.MessageID {
	if e.Ending == nil {
		return kernel.ExitProcess
	}
	status, known := e.Ending.Status.Get()
	code := uint32(status.ExitCode())
	if _, signaled := status.Signal(); signaled {
		code = statuses[status.ExitCode()-128]
	}
	if known && abnormal[code] {
		return kernel.AbnormalExitProcess
	}
	return kernel.ExitProcess
}

// mayBeKilled tells whether a termination may have ended a process.
func mayBeKilled(status kernel.Figure[kernel.ExitStatus]) bool {
	how, known := status.Get()
	signal, signaled := how.Signal()
	return !known || signaled && signal == os.Kill
}

// halfMade tells of a process that was to join several jobs and could not join
// all: those that it has joined are told that it came and went (ATT-10, MSG-20). It
// has no number, as it never existed.
func (e *Engine) halfMade(from, to group.Place) {
	e.news.mu.Lock()
	defer e.news.mu.Unlock()
	var joined []*teller
	for _, j := range e.newlyJoined(from, to) { // innermost first (MSG-16)
		j.halfMade++
		if j.teller.members != nil {
			joined = append(joined, j.teller)
		}
	}
	for _, id := range []kernel.MessageID{kernel.NewProcess, kernel.ExitProcess, kernel.ActiveProcessZero} {
		for _, t := range joined {
			t.happen(occurrence{message: &kernel.Message{ID: id}})
		}
	}
}
