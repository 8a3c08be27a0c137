package jobobject

import (
	"context"
	"fmt"

	"jobobject/internal/kernel"
	"jobobject/internal/port"
)

// Message is what a job tells its port, with the numbers and the rules of
// Windows' completion ports (MSG-01 to MSG-26).
type Message = kernel.Message

// MessageID says what a message is about.
type MessageID = kernel.MessageID

// The messages (MSG-01). MessageLost is none of Windows': it stands where so many
// messages are missing, because nobody has read them in time or the system could
// not tell of them.
const (
	EndOfJobTime        = kernel.EndOfJobTime
	EndOfProcessTime    = kernel.EndOfProcessTime
	ActiveProcessLimit  = kernel.ActiveProcessLimit
	ActiveProcessZero   = kernel.ActiveProcessZero
	NewProcess          = kernel.NewProcess
	ExitProcess         = kernel.ExitProcess
	AbnormalExitProcess = kernel.AbnormalExitProcess
	ProcessMemoryLimit  = kernel.ProcessMemoryLimit
	JobMemoryLimit      = kernel.JobMemoryLimit
	NotificationLimit   = kernel.NotificationLimit
	MessageLost         = kernel.MessageLost
)

// Port is a completion port: jobs that are associated with it post their messages
// there, any number of goroutines takes them out, in order. No job ever waits for
// a reader. A port takes up to 4 MiB; beyond that the oldest messages that Windows
// would call best effort give way to one MessageLost that says how many they
// were.
type Port struct {
	p *port.Port
}

// NewPort makes a port. It holds nothing of the system, and needs no Close where
// nobody waits in Get.
func NewPort() *Port { return &Port{p: port.New(port.DefaultBound)} }

func (p *Port) do(what string, call func(*port.Port) error) error {
	err := ErrClosed
	if p != nil && p.p != nil {
		err = call(p.p)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Get takes the next message out, and waits for one until ctx ends.
func (p *Port) Get(ctx context.Context) (m Message, err error) {
	err = p.do("get message from port", func(p *port.Port) error {
		m, err = p.Get(ctx)
		return err
	})
	return m, err
}

// Post puts a message of the caller's own behind those that are there, as
// PostQueuedCompletionStatus does. Where the port is full it is ErrQuotaExceeded.
func (p *Port) Post(m Message) error {
	return p.do("post message to port", func(p *port.Port) error { return p.Post(m) })
}

// Close ends the port: Get returns ErrClosed, unread messages are gone, and jobs
// post to nobody (MSG-07). A second Close is ErrClosed.
func (p *Port) Close() error {
	return p.do("close port", func(p *port.Port) error { return p.Close() })
}

// Associate lets the job post its messages to the port, with that key in each
// (ACP-01, MSG-15). First comes a NewProcess for each active member, those of
// child jobs included (ACP-06); to miss nothing, associate before the first
// process is started (ACP-09). A job with a port refuses another one with
// ErrAlreadyAssociated (ACP-03, D8).
//
// NewProcess, ExitProcess, AbnormalExitProcess and ActiveProcessZero are exact and
// in order where the kernel can be traced; elsewhere the EventBegin of Events says
// what may be missed, and Capabilities why. ActiveProcessZero comes when the last
// member is really gone; messages of the same job that come before that wait for
// it. Members that Terminate or KillOnClose ends are not reported one by one;
// ActiveProcessZero is there when the call returns (D1). The port goes with the
// last handle to the job, after the messages of its end (ACP-11).
//
// JobMemoryLimit is told without the process that wanted more memory, on cgroup v2 at
// most once in 10 ms (LIM-52, LIM-57). On a hybrid host, whose memory controller is in
// a v1 hierarchy, it is told when a member was ended for it, and where the kernel
// refuses notices of that, when the job is closed. ProcessMemoryLimit is not told.
//
// An exit is abnormal by the exit code alone, if that is one of Windows' list
// (MSG-03, MSG-04). A signal that stands for a mistake counts as the code that the
// same mistake ends a process with there:
//
//	SIGSEGV    STATUS_ACCESS_VIOLATION        0xC0000005
//	SIGBUS     STATUS_IN_PAGE_ERROR           0xC0000006
//	SIGILL     STATUS_ILLEGAL_INSTRUCTION     0xC000001D
//	SIGFPE     STATUS_INTEGER_DIVIDE_BY_ZERO  0xC0000094
//	SIGSYS     STATUS_PRIVILEGED_INSTRUCTION  0xC0000096
//	SIGSTKFLT  STATUS_STACK_OVERFLOW          0xC00000FD
//	SIGTRAP    STATUS_BREAKPOINT              0x80000003
//	SIGINT     STATUS_CONTROL_C_EXIT          0xC000013A
//
// Every other signal is an ordinary exit: SIGKILL and SIGTERM, and SIGABRT too, as
// failed assertions are not in the list (MSG-05).
func (j *Job) Associate(port *Port, key any) error {
	return j.do("associate port with job", func(h kernel.Job) error {
		if port == nil || port.p == nil {
			return ErrClosed
		}
		return h.Associate(port.p, key)
	})
}

// Dissociate takes the port away from the job; another one may be associated
// then (ACP-04). Where there is none, it does nothing (ACP-05).
func (j *Job) Dissociate() error {
	return j.do("dissociate port from job", func(h kernel.Job) error { return h.Dissociate() })
}
