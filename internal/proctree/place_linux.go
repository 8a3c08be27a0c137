package proctree

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/member"
	"jobobject/internal/proctable"
	"jobobject/internal/supervisor"
)

// placeIn is inside of these groups.
func placeIn(jobs []string) group.Place {
	return group.Place{Jobs: jobs, Ref: "/" + strings.Join(jobs, "/")}
}

func below(place group.Place, id string) group.Place {
	return placeIn(append(append([]string{}, place.Jobs...), id))
}

// PlaceOf tells where a process is, a zombie too: in the groups of the nearest
// supervisor above it.
func (gs *Groups) PlaceOf(pid int) (group.Place, error) {
	if pid == 0 {
		pid = os.Getpid()
	}
	const most = 20 // a parent that dies between two looks leaves a way that leads nowhere
	for range most {
		switch jobs, way := gs.jobsOf(pid); way {
		case wayUp:
			return placeIn(jobs), nil
		case wayNone:
			return group.Place{}, fmt.Errorf("pid %d: %w", pid, kernel.ErrProcessExited)
		}
	}
	return group.Place{}, fmt.Errorf("find the supervisor of pid %d: its parents die faster than they can be followed", pid)
}

type way int

const (
	wayUp   way = iota // to a supervisor, or to the top
	wayNone            // there is no such process
	wayTorn            // somebody has died on the way
)

func (gs *Groups) jobsOf(pid int) ([]string, way) {
	p, found := proctable.Look(pid)
	if !found || pid < 0 {
		return nil, wayNone
	}
	if t := gs.standingIn(p); t != nil {
		return t.jobs, wayUp
	}
	for p.Parent != 0 {
		up, found := proctable.Look(p.Parent)
		if !found || up.Start > p.Start {
			return nil, wayTorn // it has fallen to somebody else meanwhile
		}
		if t := gs.rootedIn(up.Identity); t != nil {
			return t.jobs, wayUp
		}
		if jobs, is := supervises(up); is {
			return jobs, wayUp
		}
		p = up
	}
	return nil, wayUp
}

// rootedIn is the tree of this process that has this supervisor or warden.
func (gs *Groups) rootedIn(root proctable.Identity) *tree {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for t := range gs.trees {
		if t.isRoot(root) {
			return t
		}
	}
	return nil
}

// standingIn is the tree whose main process this one stands in for, as a child of
// this process. Whoever asks for that means the one that it stands for.
func (gs *Groups) standingIn(p proctable.Process) *tree {
	if p.Parent != os.Getpid() || p.Comm != supervisor.ProxyName {
		return nil
	}
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for t := range gs.trees {
		if t.standIn == p.Pid {
			return t
		}
	}
	return nil
}

// isStaff tells whether it is one of those that stand between a caller and the members
// of its groups, of whichever process. The name alone
// anybody may give himself, so the command line has to have it as well.
func isStaff(p proctable.Process) bool {
	switch p.Comm {
	case supervisor.ProxyName, supervisor.WardName, supervisor.SuperName:
		return bytes.HasPrefix(commandLine(p), []byte(p.Comm))
	}
	return false
}

func commandLine(p proctable.Process) []byte {
	line, err := member.ReadMadeUp(fmt.Sprintf("/proc/%d/cmdline", p.Pid))
	if now, found := proctable.Look(p.Pid); err != nil || !found || now.Identity != p.Identity {
		return nil
	}
	return line
}

// supervises tells whether a process is a supervisor, and of which groups, as its
// command line says: jobobject-super in ID/ID of PID.
func supervises(p proctable.Process) (jobs []string, is bool) {
	if p.Comm != supervisor.SuperName {
		return nil, false
	}
	words := strings.FieldsFunc(string(commandLine(p)), func(r rune) bool { return r == 0 || r == ' ' })
	if len(words) < 3 || words[0] != supervisor.SuperName || words[1] != "in" {
		return nil, false
	}
	return strings.Split(words[2], "/"), true
}

// where is PlaceOf for the lookout. A process belongs where it is from its birth on.
func (gs *Groups) where(pid int) (jobs []string, settled bool, err error) {
	place, err := gs.PlaceOf(pid)
	return place.Jobs, true, err
}

// Top is outside of all groups that this process is in.
func (gs *Groups) Top() (group.Place, error) { return placeIn(nil), nil }

// Outside leaves the innermost groups of a place.
func (gs *Groups) Outside(place group.Place, leave int) (group.Place, error) {
	if leave <= 0 {
		return place, nil
	}
	return placeIn(place.Jobs[:len(place.Jobs)-leave]), nil
}

// States are known of the groups of this process. Those that others have made let
// nobody go, and what priority they want shows in that of this process, which is in
// them.
func (gs *Groups) States(place group.Place) ([]group.State, error) {
	states := make([]group.State, len(place.Jobs))
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for i, id := range place.Jobs {
		if g := gs.made[id]; g != nil {
			states[i] = g.state
		} else {
			states[i].Priority = member.OwnClass()
		}
	}
	return states, nil
}
