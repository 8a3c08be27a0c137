package fakegroup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// fake is a group: a directory that is in the tree once it is made.
type fake struct {
	machine *Machine
	dir     *dir
}

var _ group.Group = (*fake)(nil)

func (g *fake) Name() string { return g.dir.path }

func (g *fake) Place() group.Place { return g.dir.place() }

// enter is how every call begins. The caller unlocks.
func (g *fake) enter(op string) error {
	if err := g.machine.call(op, g.dir.path); err != nil {
		return err
	}
	g.machine.mu.Lock()
	return nil
}

// enterExisting is for calls that need the group to be there. Others find it
// empty when it has been removed.
func (g *fake) enterExisting(op string) error {
	if err := g.enter(op); err != nil {
		return err
	}
	if g.dir.removed() {
		g.machine.mu.Unlock()
		return fmt.Errorf("%s: group %s is not there", op, g.dir.path)
	}
	return nil
}

func (g *fake) Make(state group.State, frozen bool) error {
	if err := g.enter("make"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	if g.dir.parent.removed() || g.dir.parent.children[g.dir.name] != nil {
		return fmt.Errorf("make group %s: its parent is gone, or it exists", g.dir.path)
	}
	g.dir.parent.children[g.dir.name] = g.dir
	g.dir.state, g.dir.frozen, g.dir.owned = state, frozen, true
	return nil
}

func (g *fake) SetState(state group.State) error {
	if err := g.enterExisting("set state"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	g.dir.state = state
	return nil
}

func (g *fake) Start(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if err := g.enterExisting("start"); err != nil {
		return nil, err
	}
	g.machine.mu.Unlock()
	return g.machine.start(g.dir, cmd, suspended)
}

func (g *fake) Attach(target group.Target) error {
	if err := g.enterExisting("attach"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	return g.machine.move(target, g.dir)
}

func (g *fake) Members() ([]int, error) {
	if err := g.enter("members"); err != nil {
		return nil, err
	}
	defer g.machine.mu.Unlock()
	return g.members(), nil
}

func (g *fake) Count() (int, error) {
	if err := g.enter("count"); err != nil {
		return 0, err
	}
	defer g.machine.mu.Unlock()
	return len(g.members()), nil
}

func (g *fake) members() []int {
	var pids []int
	for _, p := range g.machine.live(g.dir) {
		pids = append(pids, p.pid)
	}
	return pids
}

func (g *fake) Signal(sig os.Signal) error {
	if err := g.enter("signal"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	if _, ok := sig.(syscall.Signal); !ok {
		return fmt.Errorf("signal %v: %w", sig, errors.ErrUnsupported)
	}
	for _, p := range g.machine.live(g.dir) {
		p.take(sig)
	}
	return nil
}

// Renew works on a group without members only, as on the real machine, where it
// makes the directory anew that the members are in.
func (g *fake) Renew() error {
	if err := g.enterExisting("renew"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	for _, p := range g.machine.live(g.dir) {
		if p.at == g.dir {
			return fmt.Errorf("renew %s: pid %d: %w", g.dir.path, p.pid, group.ErrPopulated)
		}
	}
	g.dir.killed = false
	return nil
}

func (g *fake) Usage() (group.Usage, error) {
	if err := g.enter("usage"); err != nil {
		return group.Usage{}, err
	}
	defer g.machine.mu.Unlock()
	usage := g.machine.usage
	if counted, known := usage.UserTime.Get(); known {
		usage.UserTime = kernel.Exactly(counted + g.dir.userTime(g.machine.live(g.dir)))
	}
	return usage, nil
}

func (g *fake) Remove() error {
	if err := g.enter("remove"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	if g.dir.removed() {
		return nil
	}
	if live := g.machine.live(g.dir); len(live) > 0 {
		return fmt.Errorf("remove %s: pid %d: %w", g.dir.path, live[0].pid, group.ErrPopulated)
	}
	for _, below := range g.dir.all() {
		if below != g.dir && below.owned {
			return fmt.Errorf("remove %s: %s: %w", g.dir.path, below.path, group.ErrPopulated)
		}
	}
	delete(g.dir.parent.children, g.dir.name)
	g.dir.owned = false
	return nil
}

func (g *fake) Release() {
	g.machine.mu.Lock()
	defer g.machine.mu.Unlock()
	g.dir.owned = false
}
