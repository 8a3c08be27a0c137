package fakegroup

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"syscall"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// Process is one of the machine's. Tests have it do things; the engine sees it as
// a group.Child or a group.Target.
type Process struct {
	machine *Machine
	pid     int
	parent  *Process
	age     int
	done    chan struct{} // closed when it has ended

	// The machine's lock guards these.
	at        *dir
	suspended bool
	embryo    bool // forked, and has not executed its program
	stubborn  bool // dies and stops only when it is told to
	killed    bool // and has not died of it
	ran       bool // has executed an instruction of its program
	invisible bool // has no number here
	told      bool // its end was told
	unlisted  bool // it is in no list of members any more
	signals   []os.Signal
	status    kernel.ExitStatus
	spin
	metered
	attributes group.Attributes
	resident   uint64
}

var _ group.Child = (*Process)(nil)

func byAge(processes []*Process) []*Process {
	slices.SortFunc(processes, func(a, b *Process) int { return cmp.Compare(a.age, b.age) })
	return processes
}

// Pid is its number.
func (p *Process) Pid() int { return p.pid }

// Fork makes a child, which is where its parent is.
func (p *Process) Fork() *Process {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	child := p.machine.born(p.at, p)
	child.attributes = p.attributes
	child.settle()
	return child
}

// Leave takes it to a place that is no group, as a privileged process can do
// itself.
func (p *Process) Leave(path string) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.relocate(p.machine.root.make(path))
	p.settle()
	p.machine.change()
}

// Exit makes it end by itself. It is a zombie then.
func (p *Process) Exit(code int) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.end(kernel.Exited(code))
}

// BeginExit makes it end by itself, but slowly: the tracer tells that it has
// ended, and it is still listed, until Unlist, and there, until Exit.
func (p *Process) BeginExit(code int) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.tellEnd(kernel.Exited(code))
}

// Unlist takes it out of all lists of members before it is gone.
func (p *Process) Unlist() {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.unlisted = true
	p.machine.change()
}

// Exec makes it run another program.
func (p *Process) Exec(path string) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.tell(kernel.Event{Kind: kernel.EventExec, Program: &kernel.Program{Path: path}})
}

// Hide makes it one that has no number here, as those of another pid namespace
// may.
func (p *Process) Hide() {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.invisible = true
}

// Identity is what the tracer calls it.
func (p *Process) Identity() kernel.ProcessID {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return p.identity()
}

// Die makes it end of a signal that came from outside of all jobs.
func (p *Process) Die(signal syscall.Signal) {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.end(kernel.Killed(signal, 128+int(signal)))
}

// Reap waits for a zombie on behalf of its parent: the number is free then.
func (p *Process) Reap() {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if !p.exited() {
		panic("fakegroup: nobody can be waited for who lives")
	}
	delete(p.machine.procs, p.pid)
}

// Resist makes it survive kills, and not stop for a freezer, until it is told to
// yield: as one in an uninterruptible sleep does.
func (p *Process) Resist() {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.stubborn = true
}

// Yield ends the resistance; who was killed meanwhile dies now.
func (p *Process) Yield() {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.stubborn = false
	if p.killed {
		p.end(sigkill)
	}
	p.machine.change()
}

// Alive tells whether it has not ended.
func (p *Process) Alive() bool {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return !p.exited()
}

// Exited tells whether it has ended, waited for or not.
func (p *Process) Exited() bool { return !p.Alive() }

// Frozen tells whether a freezer keeps it from running.
func (p *Process) Frozen() bool {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return !p.exited() && p.at.stopped()
}

// Ran tells whether it has executed an instruction of its program.
func (p *Process) Ran() bool {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	p.settle()
	return p.ran
}

// Signals are those that it got and lived on with.
func (p *Process) Signals() []os.Signal {
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	return slices.Clone(p.signals)
}

// Close lets go of a target.
func (p *Process) Close() {}

// Wait waits for the end of a child and reaps it.
func (p *Process) Wait() (kernel.ExitStatus, error) {
	<-p.done
	if err := p.machine.call("wait", fmt.Sprint(p.pid)); err != nil {
		return kernel.ExitStatus{}, err
	}
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if p.machine.procs[p.pid] == p {
		delete(p.machine.procs, p.pid)
	}
	return p.status, nil
}

// Resume lets a suspended child run.
func (p *Process) Resume() error {
	if err := p.machine.call("resume", fmt.Sprint(p.pid)); err != nil {
		return err
	}
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if p.exited() {
		return fmt.Errorf("pid %d: %w", p.pid, kernel.ErrProcessExited)
	}
	p.suspended = false
	p.settle()
	return nil
}

// Signal sends it one.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.machine.call("signal child", fmt.Sprint(p.pid, " ", sig)); err != nil {
		return err
	}
	p.machine.mu.Lock()
	defer p.machine.mu.Unlock()
	if p.exited() {
		return fmt.Errorf("pid %d: %w", p.pid, kernel.ErrProcessExited)
	}
	p.take(sig)
	return nil
}

// What follows is called with the machine's lock held.

func (p *Process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *Process) end(status kernel.ExitStatus) {
	if p.exited() {
		return
	}
	p.tellEnd(status)
	p.status = status
	p.stopSpinning()
	p.at.spent += p.used
	close(p.done)
	p.machine.change()
}

func (p *Process) take(sig os.Signal) {
	if sig != syscall.SIGKILL {
		p.signals = append(p.signals, sig)
		return
	}
	p.killed = true
	if !p.stubborn {
		p.end(sigkill)
	}
}

// settle notes that it runs, where nothing keeps it from that.
func (p *Process) settle() {
	if !p.exited() && !p.suspended && !p.embryo && !p.at.stopped() {
		p.ran = true
	}
}
