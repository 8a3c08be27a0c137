package terminal

// Follower makes this process stop with its main process, so that the shell above
// sees one job: neither running on when the command has been suspended, nor
// stopped while it is still tidying up the screen.
//
// It is told of signals to this process and of stops of the main process. Its
// methods are called by one goroutine.
type Follower struct {
	sys system
	// asked is set when this process has been asked to stop by the terminal: then
	// so has the main process, and takes its time or does not care.
	asked bool
}

// system is what the rules need to know, and what they do.
type system interface {
	ownGroup() int
	// mainGroup is the process group of the main process, 0 when that is gone.
	mainGroup() int
	mainStopped() bool
	// foreground is the process group that has the terminal, noGroup where there
	// is no terminal.
	foreground() int
	// underShell tells whether the parent is one that does job control: in this
	// session, and with this process in a group apart from its own.
	underShell() bool

	setForeground(group int)
	stop() // this process; returns when it goes on
	resume(group int)
}

// noGroup is the number of no process group.
const noGroup = -1

// StopAsked is for SIGTSTP to this process.
func (f *Follower) StopAsked() {
	if f.sys.mainGroup() != f.sys.ownGroup() || f.sys.mainStopped() {
		f.stop() // nobody to wait for
		return
	}
	f.asked = true
}

// MainStopped is for a main process that has just stopped. It matters when the
// shell would have seen it if the main process were its own child.
func (f *Follower) MainStopped() {
	own, group := f.sys.ownGroup(), f.sys.mainGroup()
	if group == 0 {
		return
	}
	suspended := f.sys.foreground() == group && f.sys.underShell()
	if group == own {
		if f.asked || suspended {
			f.stop()
		}
		return
	}
	if suspended {
		f.sys.setForeground(own)
		f.stop()
	}
}

// Continued is for SIGCONT to this process, which the shell sends to its group
// and so not to a main process that has another one.
func (f *Follower) Continued() {
	f.asked = false
	own, group := f.sys.ownGroup(), f.sys.mainGroup()
	if group == 0 || !f.sys.mainStopped() {
		return
	}
	if group != own && f.sys.foreground() == own {
		f.sys.setForeground(group)
	}
	f.sys.resume(group)
}

func (f *Follower) stop() {
	f.asked = false
	f.sys.stop()
}
