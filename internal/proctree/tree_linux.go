package proctree

import (
	"errors"
	"os/exec"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/pidfd"
	"jobobject/internal/proctable"
	"jobobject/internal/supervisor"
)

// tree is a command that was started, and what has come of it.
type tree struct {
	*supervisor.Tree
	groups  *Groups
	jobs    []string
	main    proctable.Identity   // the command itself
	standIn int                  // the child of this process that has its end
	roots   []proctable.Identity // those it is below: the supervisor and its warden
	over    chan struct{}        // closed when its ledger is in those of its groups
	ending  ending

	telling sync.Mutex
	dies    bool // with this process, as the supervisor knows
}

// start is a command on its way.
type start struct {
	jobs    []string
	stopped bool // and does not run before a thaw
	over    chan struct{}
}

func (s *start) isIn(id string) bool { return slices.Contains(s.jobs, id) }

func (t *tree) isIn(id string) bool { return slices.Contains(t.jobs, id) }

func (t *tree) isRoot(id proctable.Identity) bool { return slices.Contains(t.roots, id) }

var errNotMade = errors.New("the group is not there")

// Start starts a command below a supervisor of its own. Until it is known what the
// groups want of it when this process dies, it dies too.
func (g *Group) Start(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	gs := g.groups
	gs.mu.Lock()
	if !g.made {
		gs.mu.Unlock()
		return nil, errNotMade
	}
	s := &start{jobs: g.place.Jobs, stopped: gs.any(g.place.Jobs, isFrozen), over: make(chan struct{})}
	gs.starting[s] = true
	confined := gs.processors(s.jobs) != 0
	gs.mu.Unlock()

	c, err := supervisor.Start(cmd, supervisor.Spec{
		Jobs: s.jobs, KillOnClose: true, Suspended: suspended || confined, Stopped: s.stopped,
	})
	var t *tree
	if err == nil {
		t = gs.newTree(c, cmd, s)
	}
	gs.mu.Lock()
	delete(gs.starting, s)
	close(s.over)
	thawed := t != nil && s.stopped && !gs.any(s.jobs, isFrozen)
	gs.change()
	gs.mu.Unlock()
	if err != nil {
		return nil, err
	}
	err = t.agree()
	if err == nil && confined {
		err = g.confineNew(c, suspended)
	}
	if err == nil && thawed {
		err = ignoreExited(signalOne(t.main, unix.SIGCONT))
	}
	if err != nil {
		_ = c.Signal(unix.SIGKILL)
		_, _ = c.Wait()
		return nil, err
	}
	return &command{c, t}, nil
}

// newTree takes a command that runs into the list.
func (gs *Groups) newTree(c *supervisor.Child, cmd *exec.Cmd, s *start) *tree {
	t := &tree{Tree: c.Tree(), groups: gs, jobs: s.jobs, standIn: cmd.Process.Pid, over: make(chan struct{}), dies: true}
	t.ending.known = make(chan struct{})
	t.main.Pid = c.Pid()
	if main, found := proctable.Look(c.Pid()); found {
		t.main = main.Identity
	}
	root := t.Identity()
	t.roots = append(t.roots, root)
	if super, found := proctable.Look(root.Pid); found && super.Identity == root {
		if warden, found := proctable.Look(super.Parent); found && warden.Comm == supervisor.WardName {
			t.roots = append(t.roots, warden.Identity)
		}
	}
	gs.mu.Lock()
	gs.trees[t] = true
	if s.stopped {
		gs.stopped[t.main] = true
	}
	gs.mu.Unlock()
	go t.await()
	return t
}

// await waits for the end of the last process of the tree.
func (t *tree) await() {
	<-t.Done()
	used, broken := t.Used(), t.Broken()
	gs := t.groups
	defer gs.rest()
	gs.mu.Lock()
	defer gs.mu.Unlock()
	delete(gs.trees, t)
	if gs.recent = append(gs.recent, t); len(gs.recent) > mostRecent {
		gs.recent = append(gs.recent[:0], gs.recent[1:]...)
	}
	for _, g := range gs.around(t.jobs) {
		g.past = plus(g.past, used)
		if broken != nil {
			g.broken = append(g.broken, broken)
		}
	}
	close(t.over)
	gs.change()
}

// agree tells the supervisor whether the tree dies with this process: it does if one
// of its groups does.
func (t *tree) agree() error {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.groups.mu.Lock()
	dies := t.groups.any(t.jobs, func(g *Group) bool { return g.state.KillOnClose })
	t.groups.mu.Unlock()
	if dies == t.dies {
		return nil
	}
	if err := t.SetKillOnClose(dies); err != nil {
		if t.isOver() {
			return nil
		}
		return err
	}
	t.dies = dies
	return nil
}

func (t *tree) isOver() bool {
	select {
	case <-t.Done():
		return true
	default:
		return false
	}
}

// treesOf are those in a group.
func (g *Group) trees() (trees []*tree) {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	for t := range g.groups.trees {
		if t.isIn(g.id) {
			trees = append(trees, t)
		}
	}
	return trees
}

// signalOne sends a signal to a process and to no other that has its number by now;
// kernel.ErrProcessExited where it has ended.
func signalOne(id proctable.Identity, sig unix.Signal) error {
	fd, err := pidfd.Open(id.Pid)
	if err != nil {
		return err
	}
	defer fd.Close()
	if now, found := proctable.Look(id.Pid); !found || now.Identity != id {
		return exited(id)
	}
	return fd.Signal(sig)
}
