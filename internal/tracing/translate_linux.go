package tracing

import (
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/trace"
)

var kinds = [...]kernel.EventKind{
	trace.Birth: kernel.EventBirth, trace.Present: kernel.EventPresent, trace.Join: kernel.EventJoin,
	trace.Exit: kernel.EventExit, trace.Leave: kernel.EventLeave, trace.Gone: kernel.EventGone,
	trace.Exec: kernel.EventExec, trace.Moved: kernel.EventMoved, trace.Lost: kernel.EventLost,
}

func (s *session) translate(e *trace.Event) kernel.Event {
	told := kernel.Event{
		Kind:    kinds[e.Kind],
		Time:    s.booted.Add(e.Time),
		Process: kernel.ProcessID{Pid: e.Process.PID, Start: e.Process.Start},
		Parent:  e.Parent,
		Command: e.Command,
		Lost:    e.Lost,
	}
	if e.Exec != nil {
		told.Program = &kernel.Program{Path: e.Exec.Path, Args: e.Exec.Args, Cut: e.Exec.Cut}
	}
	if e.Exit != nil {
		told.Ending = s.ending(e.Exit)
	}
	if e.Kind == trace.Leave && e.Group != 0 {
		told.To = e.Watch.DirOf(e.Group)
	}
	return told
}

func (s *session) ending(e *trace.Ending) *kernel.Ending {
	ending := &kernel.Ending{}
	if e.StatusKnown {
		ending.Status = kernel.Exactly(exitStatus(e.Status))
		ending.CoreDumped = e.Status.CoreDumped()
	}
	if !e.UsageKnown {
		return ending
	}
	used := &e.Usage
	ending.PageFaults = counted(used.MinorFaults+used.MajorFaults, used)
	if !s.exact { // what a zombie shows: times in hundredths of a second, and no more
		ending.UserTime, ending.KernelTime = kernel.AtLeast(used.User), kernel.AtLeast(used.System)
		return ending
	}
	ending.UserTime, ending.KernelTime = counted(used.User, used), counted(used.System, used)
	ending.ReadOperations, ending.WriteOperations = counted(used.IO.ReadCalls, used), counted(used.IO.WriteCalls, used)
	ending.ReadBytes, ending.WriteBytes = counted(used.IO.ReadBytes, used), counted(used.IO.WriteBytes, used)
	// The kernel counts roughly, for each processor: of a short life there may be
	// nothing.
	if !used.PeakMemoryAtMost && used.PeakMemory > 0 {
		ending.PeakMemory = kernel.Exactly(used.PeakMemory)
	}
	if used.PeakSpace > 0 {
		ending.PeakSpace = kernel.Exactly(used.PeakSpace)
	}
	return ending
}

// exitStatus has the code that a shell would show of a process that was killed.
func exitStatus(s trace.Status) kernel.ExitStatus {
	if signal := s.Signal(); signal != 0 {
		return kernel.Killed(signal, 128+int(signal))
	}
	return kernel.Exited(s.Code())
}

// counted is a sum over the threads of processes, or some of them.
func counted[T uint64 | time.Duration](n T, used *trace.Usage) kernel.Figure[T] {
	if used.AtLeast {
		return kernel.AtLeast(n)
	}
	return kernel.Exactly(n)
}
