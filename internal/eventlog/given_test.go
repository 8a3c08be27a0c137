package eventlog

import (
	"syscall"
	"time"

	"jobobject"
	"jobobject/internal/kernel"
)

var noon = time.Date(2024, 2, 29, 12, 0, 0, 0, time.FixedZone("", 3600))

// given is a stream with one event of each kind.
func given() []jobobject.Event {
	id := jobobject.ProcessID{Pid: 4711, Start: 95*time.Hour + 1}
	events := []jobobject.Event{
		{Kind: jobobject.EventBegin, Means: "sampler", Misses: "it misses what is over within 10 ms"},
		{Kind: jobobject.EventPresent, Process: jobobject.ProcessID{Pid: 12, Start: time.Second}, Parent: 1, Command: "init\x1b[2J"},
		{Kind: jobobject.EventBirth, Process: id, Parent: 12, Command: "sh"},
		{Kind: jobobject.EventJoin, Process: jobobject.ProcessID{Pid: 13}, Parent: 1, Command: "join"},
		{
			Kind: jobobject.EventExec, Process: id, Parent: 12, Command: "cc",
			Program: &jobobject.Program{Path: "/usr/bin/cc", Args: []string{"cc", "-c", "<a&b>"}, Cut: true},
		},
		{Kind: jobobject.EventMoved, Process: id, Parent: 12, Command: "cc"},
		{Kind: jobobject.EventFreeze},
		{Kind: jobobject.EventThaw},
		{Kind: jobobject.EventLeave, Process: jobobject.ProcessID{Pid: 13}, Parent: 1, Command: "join", To: "/other", Returned: true},
		{Kind: jobobject.EventTerminate, Code: 137},
		{Kind: jobobject.EventExit, Process: id, Parent: 12, Command: "cc", Ending: &jobobject.Ending{
			Status: kernel.Exactly(kernel.Killed(syscall.SIGSEGV, 139)), CoreDumped: true,
			UserTime:   kernel.Exactly(1234567 * time.Microsecond),
			KernelTime: kernel.AtLeast(time.Second),
			PeakMemory: kernel.Exactly[uint64](64 << 20),
			ReadBytes:  kernel.Exactly[uint64](0),
		}},
		{Kind: jobobject.EventLost, Lost: 12},
		{Kind: jobobject.EventGone, Process: jobobject.ProcessID{Pid: 12, Start: time.Second}, Parent: 1, Command: "init"},
		{Kind: jobobject.EventEmpty},
		{Kind: jobobject.EventLimit, Strike: &jobobject.Strike{Limit: jobobject.ActiveProcessesStrike, Terminated: 2, Refused: 1}},
		{Kind: jobobject.EventNotification, Notice: &jobobject.Notice{Limit: jobobject.JobMemoryNotice, Pid: 12, Value: 3 << 20, Bound: 2 << 20}},
		{Kind: jobobject.EventNotification, Notice: &jobobject.Notice{Limit: jobobject.JobUserTimeNotice, Value: 1500000000, Bound: 1000000000}},
		{Kind: jobobject.EventNotification, Notice: &jobobject.Notice{Limit: jobobject.CPURateNotice, Value: 45, Bound: 40}},
	}
	for i := range events {
		events[i].Seq = uint64(i + 1)
		events[i].Time = noon.Add(time.Duration(i) * time.Millisecond)
	}
	return events
}
