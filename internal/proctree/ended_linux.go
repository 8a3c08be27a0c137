package proctree

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
	"jobobject/internal/supervisor"
)

// command is the child that a tree began with. It keeps how that ended, for those who
// ask later than somebody has waited for it.
type command struct {
	*supervisor.Child
	tree *tree
}

// ending is how it was.
type ending struct {
	once   sync.Once
	known  chan struct{} // closed when it is
	status uint32        // as wait(2) tells it
}

func (e *ending) set(status uint32) {
	e.once.Do(func() { e.status = status; close(e.known) })
}

// Wait waits for the end of the command.
func (c *command) Wait() (kernel.ExitStatus, error) {
	status, err := c.Child.Wait()
	if err == nil {
		c.tree.ending.set(waitStatus(status))
	}
	return status, err
}

func waitStatus(s kernel.ExitStatus) uint32 {
	if signal, signaled := s.Signal(); signaled {
		number, _ := signal.(syscall.Signal)
		return uint32(number)
	}
	return uint32(s.ExitCode()&0xff) << 8
}

// mostRecent bounds the trees that are remembered for how their commands ended.
const mostRecent = 64

// HowEnded knows it of the commands that were started in groups: the child of this
// process that stands in for one ends as it does, a moment later.
func (gs *Groups) HowEnded(pid int) (status uint32, known bool) {
	t := gs.begunWith(pid)
	if t == nil {
		return 0, false
	}
	select {
	case <-t.ending.known:
		return t.ending.status, true
	default:
	}
	if status, known := t.endOfStandIn(pace); known {
		return status, true
	}
	timer := time.NewTimer(pace) // somebody is about to tell who has waited for it
	defer timer.Stop()
	select {
	case <-t.ending.known:
		return t.ending.status, true
	case <-timer.C:
		return 0, false
	}
}

func (gs *Groups) begunWith(pid int) *tree {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for t := range gs.trees {
		if t.main.Pid == pid {
			return t
		}
	}
	for _, t := range slices.Backward(gs.recent) {
		if t.main.Pid == pid {
			return t
		}
	}
	return nil
}

// endOfStandIn looks at it without waiting for it in the place of whoever does.
func (t *tree) endOfStandIn(patience time.Duration) (status uint32, known bool) {
	fd, err := pidfd.Open(t.standIn)
	if err != nil {
		return 0, false
	}
	defer fd.Close()
	if !fd.IsChild() {
		return 0, false // its number is somebody else's
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if fd.Wait(ctx) != nil {
		return 0, false
	}
	return fd.HowEnded() // unless somebody has waited for it by now
}
