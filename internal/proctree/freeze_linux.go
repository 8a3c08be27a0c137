package proctree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/member"
	"jobobject/internal/proctable"
)

// Freeze stops the members one by one, until a look finds nobody who could run. Whoever
// may signal them can let them go on, and their parents may see that they have stopped.
func (g *Group) Freeze(patience time.Duration) error {
	gs := g.groups
	gs.mu.Lock()
	g.frozen = true
	var before []*start
	for s := range gs.starting {
		if s.isIn(g.id) && !s.stopped {
			before = append(before, s)
		}
	}
	gs.mu.Unlock()
	for _, s := range before {
		<-s.over
	}
	progress, fewest := time.Now(), -1
	for {
		running, err := g.stopAll()
		if err != nil {
			return err
		}
		if len(running) == 0 {
			return nil
		}
		if fewest < 0 || len(running) < fewest {
			progress, fewest = time.Now(), len(running)
		}
		if time.Since(progress) > patience {
			return fmt.Errorf("not all members have stopped within %v: pid %d (%s): %w",
				patience, running[0].Pid, running[0].Comm, os.ErrDeadlineExceeded)
		}
		g.awaitChange(pace / 10)
	}
}

// stopAll stops those who have not been, and returns those who may still run.
func (g *Group) stopAll() (running []proctable.Process, err error) {
	members, err := g.lookAtMembers()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, p := range members {
		if isStopped(p) {
			g.groups.noteStopped(p.Identity, false)
			continue
		}
		running = append(running, p)
		g.groups.noteStopped(p.Identity, !hasStopPending(p.Pid)) // else somebody has just done so
		if err := ignoreExited(signalOne(p.Identity, unix.SIGSTOP)); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("stop members of %s: %w", g.Name(), errors.Join(errs...))
	}
	return running, nil
}

// noteStopped remembers who has stopped a process first.
func (gs *Groups) noteStopped(id proctable.Identity, ours bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if _, noted := gs.stopped[id]; !noted {
		gs.stopped[id] = ours
	}
}

// isStopped tells whether no thread of a process will execute another instruction: it
// has stopped, or is about to as soon as what it waits for lets it, as one does that
// waits for the child of its vfork.
func isStopped(p proctable.Process) bool {
	if p.Threads <= 1 {
		return stands(p.State) || p.State == 'D' && hasStopPending(p.Pid)
	}
	states, found := threadStates(p.Pid)
	if !found {
		return true // it has ended
	}
	for _, state := range states {
		if !stands(state) && state != 'Z' && state != 'X' && !(state == 'D' && hasStopPending(p.Pid)) {
			return false
		}
	}
	return true
}

func stands(state byte) bool { return state == 'T' || state == 't' }

func threadStates(pid int) (states []byte, found bool) {
	files, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	for _, file := range files {
		line, err := member.ReadMadeUp(file)
		if _, rest, found := strings.Cut(string(line), ") "); err == nil && found {
			states = append(states, rest[0])
		}
	}
	return states, err == nil && len(states) > 0
}

// hasStopPending tells whether a process has a SIGSTOP that it has not taken yet.
func hasStopPending(pid int) bool {
	status, err := member.ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/status")
	_, rest, found := strings.Cut(string(status), "\nShdPnd:")
	mask, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	pending, parseErr := strconv.ParseUint(mask, 16, 64)
	return err == nil && found && parseErr == nil && pending>>(uint(unix.SIGSTOP)-1)&1 != 0
}

// Thaw lets them go on, but for those who are in a group that is frozen still, or were
// stopped by somebody else before.
func (g *Group) Thaw() error {
	gs := g.groups
	gs.mu.Lock()
	g.frozen = false
	anyFrozen := false
	for _, other := range gs.made {
		anyFrozen = anyFrozen || other.frozen
	}
	gs.mu.Unlock()
	s, err := gs.look()
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range s.members(g) {
		if gs.mayGoOn(s.treeOf(p.Pid), p.Identity) {
			if err := ignoreExited(signalOne(p.Identity, unix.SIGCONT)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("let members of %s go on: %w", g.Name(), errors.Join(errs...))
	}
	if !anyFrozen {
		gs.forgetStopped()
	}
	return nil
}

// mayGoOn tells whether it was stopped for the sake of groups that are not frozen any
// more.
func (gs *Groups) mayGoOn(t *tree, id proctable.Identity) bool {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.any(t.jobs, isFrozen) {
		return false
	}
	ours := gs.stopped[id]
	delete(gs.stopped, id)
	return ours
}

// forgetStopped is for when no group is frozen.
func (gs *Groups) forgetStopped() {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for _, g := range gs.made {
		if g.frozen {
			return
		}
	}
	clear(gs.stopped)
}
