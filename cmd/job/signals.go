package main

import (
	"os"
	"os/signal"
	"syscall"

	"jobobject"
	"jobobject/internal/reaper"
	"jobobject/internal/terminal"
)

// signals are those to this process, and what becomes of them.
type signals struct {
	// requests are the wishes that the job may end.
	requests chan os.Signal

	ending     chan os.Signal
	passed     chan os.Signal // on to the command
	stopping   chan os.Signal // and going on
	children   chan os.Signal
	over, done chan struct{}
}

// listen begins with the signals that would end this process or are lost if nobody
// listens. What was ignored when it started stays so, here and in the command.
func listen() *signals {
	s := &signals{
		requests: make(chan os.Signal, 8),
		ending:   make(chan os.Signal, 8),
		passed:   make(chan os.Signal, 8),
		stopping: make(chan os.Signal, 8),
		children: make(chan os.Signal, 1),
		over:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	for _, sig := range endingSignals() {
		if !ignored(sig) {
			signal.Notify(s.ending, sig)
		}
	}
	notify(s.passed, passedSignals)
	return s
}

// notify is signal.Notify for a list that may be empty, which would mean all.
func notify(c chan<- os.Signal, list []os.Signal) {
	if len(list) > 0 {
		signal.Notify(c, list...)
	}
}

func endingSignals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT}
}

// letGo lets signals end this process again.
func letGo() { signal.Reset(endingSignals()...) }

// ignored tells whether this process was started with the signal ignored. The Go
// runtime keeps that of HUP (nohup) and INT alone. INT and QUIT come together:
// a shell without job control gives them to what it starts in the background.
func ignored(sig os.Signal) bool {
	if sig != syscall.SIGQUIT {
		return signal.Ignored(sig)
	}
	if signal.Ignored(syscall.SIGINT) {
		signal.Ignore(sig)
		return true
	}
	return false
}

// attend takes care of the signals until stop. The remaining ones do no harm while
// the command is on its way: they stop this process with it, or say nothing that
// cannot be seen later. The child of this process that stops with main is main, or
// stands in for it.
func (s *signals) attend(main *jobobject.Process, child int, reaper *reaper.Reaper) {
	a := &attendant{signals: s, main: main, child: child, reaper: reaper, follower: terminal.Follow(main.Pid())}
	go func() {
		defer close(s.done)
		notify(s.children, childSignals)
		notify(s.stopping, stoppingSignals)
		a.childChanged() // whatever there was before anybody listened
		for a.next() {
		}
	}()
}

// stop ends that when nobody is left to pass signals on to. Those that would end
// this process still do not, for there is something to finish.
func (s *signals) stop() {
	close(s.over)
	<-s.done
}

type attendant struct {
	*signals
	main     *jobobject.Process
	child    int
	reaper   *reaper.Reaper
	follower *terminal.Follower
}

func (a *attendant) next() bool {
	select {
	case sig := <-a.ending:
		a.request(sig)
	case sig := <-a.passed:
		_ = a.main.Signal(sig) // ended meanwhile: nobody to pass it on to
	case sig := <-a.stopping:
		a.stopOrGoOn(sig)
	case <-a.children:
		a.childChanged()
	case <-a.over:
		return false
	}
	return true
}

// request leaves what is typed at the terminal to the command, which has been
// sent it as well.
func (a *attendant) request(sig os.Signal) {
	if typed(sig) {
		return
	}
	select {
	case a.requests <- sig:
	default: // so many have asked already
	}
}

// typed tells a signal that comes from the terminal, which has sent it to the
// whole process group.
func typed(sig os.Signal) bool {
	return (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && terminal.Foreground()
}
