package main

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var (
	passedSignals   = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2}
	stoppingSignals = []os.Signal{syscall.SIGTSTP, syscall.SIGCONT}
	childSignals    = []os.Signal{syscall.SIGCHLD}
	// wakers make a stopped process take the signals it has been sent.
	wakers = []os.Signal{syscall.SIGCONT}
)

func (a *attendant) stopOrGoOn(sig os.Signal) {
	if sig == syscall.SIGTSTP {
		a.follower.StopAsked()
	} else {
		a.follower.Continued()
	}
}

// childChanged is for the end of an orphan and for a stop of the main process.
// The end of that is seen by whoever waits for it.
func (a *attendant) childChanged() {
	a.reaper.Reap()
	if stopped(a.child) {
		a.follower.MainStopped()
	}
}

// stopped tells once of each stop.
func stopped(pid int) bool {
	var status unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &status, unix.WSTOPPED|unix.WNOHANG, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && status.Signo == int32(unix.SIGCHLD)
		}
	}
}
