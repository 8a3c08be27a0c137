package engine

import (
	"crypto/rand"
	"errors"
	"os/exec"
	"strings"

	"jobobject/internal/group"
)

// start makes the process.
func (n *entry) start(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if n.frozen {
		return n.startFrozen(cmd, suspended)
	}
	return n.into.Start(cmd, suspended)
}

// startFrozen is for a job that is frozen (FRZ-02). A process cannot be born
// there: it would stop before it has executed its program, and whoever forks
// waits for that. So it is born suspended in an antechamber, a group that dies
// with this process, and moved in before it has run one instruction.
func (n *entry) startFrozen(cmd *exec.Cmd, suspended bool) (child group.Child, err error) {
	e := n.job.engine
	top, err := e.groups.Top()
	if err != nil {
		return nil, err
	}
	antechamber, err := e.groups.Plan(strings.ToLower(rand.Text()[:10]), top)
	if err != nil {
		return nil, err
	}
	if err := e.guard.Watch(antechamber.Name()); err != nil {
		return nil, err
	}
	defer e.guard.Forget(antechamber.Name())
	if err := antechamber.Make(group.State{KillOnClose: true}, false); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, antechamber.Remove()) }()

	child, err = antechamber.Start(cmd, true)
	if err != nil {
		return nil, err
	}
	if err := e.moveIn(child, n.into, suspended); err != nil {
		killErr := antechamber.End(n.job.patience, func() bool { return false })
		_, waitErr := child.Wait()
		return nil, errors.Join(err, killErr, waitErr)
	}
	return child, nil
}

func (e *Engine) moveIn(child group.Child, into group.Group, suspended bool) error {
	target, err := e.groups.Find(child.Pid())
	if err != nil {
		return err
	}
	defer target.Close()
	if err := into.Attach(target); err != nil || suspended {
		return err
	}
	return child.Resume()
}
