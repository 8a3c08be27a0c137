package lineage

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/kernel"
)

var noon = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// script is a stream of events that a test makes up. A number that is used again
// is another process, as it is on a real machine.
type script struct {
	story Story
	seq   uint64
	now   time.Duration
	ids   map[int]jobobject.ProcessID
}

func newScript() *script {
	s := &script{ids: map[int]jobobject.ProcessID{}}
	s.event(jobobject.Event{Kind: jobobject.EventBegin, Means: "eBPF"})
	return s
}

// after lets time pass.
func (s *script) after(d time.Duration) *script {
	s.now += d
	return s
}

func (s *script) event(e jobobject.Event) {
	s.seq++
	e.Seq, e.Time = s.seq, noon.Add(s.now)
	s.story.Add(e)
}

func (s *script) comes(kind jobobject.EventKind, pid, parent int, command string) {
	s.ids[pid] = jobobject.ProcessID{Pid: pid, Start: time.Hour + s.now}
	s.event(jobobject.Event{Kind: kind, Process: s.ids[pid], Parent: parent, Command: command})
}

func (s *script) birth(pid, parent int, command string) {
	s.comes(jobobject.EventBirth, pid, parent, command)
}

func (s *script) exec(pid int, args ...string) {
	command := args[0][strings.LastIndex(args[0], "/")+1:]
	s.event(jobobject.Event{
		Kind: jobobject.EventExec, Process: s.ids[pid], Command: command,
		Program: &jobobject.Program{Path: args[0], Args: args},
	})
}

// starts is a birth and an exec.
func (s *script) starts(pid, parent int, args ...string) {
	s.birth(pid, parent, "parent")
	s.exec(pid, args...)
}

// exits ends a process that has used as many seconds as its user time says.
func (s *script) exits(pid int, status kernel.ExitStatus, cpu time.Duration, memory uint64) {
	s.event(jobobject.Event{Kind: jobobject.EventExit, Process: s.ids[pid], Ending: &jobobject.Ending{
		Status: kernel.Exactly(status), UserTime: kernel.Exactly(cpu), KernelTime: kernel.Exactly[time.Duration](0),
		PeakMemory: kernel.Exactly(memory),
	}})
}

func (s *script) happens(kind jobobject.EventKind) { s.event(jobobject.Event{Kind: kind}) }

func (s *script) tree(t *testing.T, width int) string {
	t.Helper()
	var out strings.Builder
	err := s.story.WriteTree(&out, width, Cause{Asked: "ended by timeout", Killed: "killed as a leftover"})
	if err != nil {
		t.Fatal(err)
	}
	return "\n" + out.String()
}

func code(n int) kernel.ExitStatus { return kernel.Exited(n) }

func signaled(sig os.Signal) kernel.ExitStatus {
	return kernel.Killed(sig, 128+int(sig.(syscall.Signal)))
}

const (
	ms  = time.Millisecond
	mib = 1 << 20
)
