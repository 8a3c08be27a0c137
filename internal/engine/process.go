package engine

import (
	"os"
	"runtime"
	"weak"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// process is one that was started in a job. The engine keeps no more than a weak
// pointer to it: it is known as long as somebody holds it (OBJ-09).
type process struct {
	engine *Engine
	child  group.Child
	place  group.Place // guarded by the engine's lock, like code
	code   *uint32     // of the termination that ended it
}

// track is called with the engine's lock held.
func (e *Engine) track(child group.Child, place group.Place) *process {
	p := &process{engine: e, child: child, place: place}
	pid, pointer := child.Pid(), weak.Make(p)
	e.processes[pid] = pointer
	runtime.AddCleanup(p, func(pid int) { e.forget(pid, pointer) }, pid)
	return p
}

func (e *Engine) forget(pid int, pointer weak.Pointer[process]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.processes[pid] == pointer {
		delete(e.processes, pid)
	}
}

// tracked is the process that had this number last, nil where nobody holds it.
func (e *Engine) tracked(pid int) *process { return e.processes[pid].Value() }

// moved notes that a process has been assigned to another job.
func (e *Engine) moved(pid int, to group.Place) {
	if p := e.tracked(pid); p != nil && !p.child.Exited() {
		p.place = to
	}
}

// Pid is its number.
func (p *process) Pid() int { return p.child.Pid() }

// Wait returns the code of the termination for a process that it ended.
func (p *process) Wait() (kernel.ExitStatus, error) {
	status, err := p.child.Wait()
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	// Whoever ended by itself while it was being killed has its own status.
	if signal, signaled := status.Signal(); signaled && signal == os.Kill && p.code != nil {
		status = kernel.Killed(signal, int(*p.code))
	}
	return status, err
}

// Resume lets a suspended process run.
func (p *process) Resume() error { return p.child.Resume() }

// Signal sends a signal to it alone.
func (p *process) Signal(sig os.Signal) error { return p.child.Signal(sig) }

// Kill ends it alone.
func (p *process) Kill() error { return p.child.Signal(os.Kill) }
