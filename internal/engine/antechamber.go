package engine

import (
	"errors"
	"os"
	"os/exec"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// start makes the process.
func (n *entry) start(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if n.attributes == (group.Attributes{}) {
		return n.born(cmd, suspended)
	}
	child, err := n.born(cmd, true)
	if err != nil {
		return nil, err
	}
	return child, n.impose(child, suspended)
}

func (n *entry) born(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	if !n.frozen {
		return n.into.Start(cmd, suspended)
	}
	switch err := n.job.engine.groups.CanMove(); {
	case err == nil:
		return n.startFrozen(cmd, suspended)
	case errors.Is(err, kernel.ErrNotSupported):
		return n.into.Start(cmd, suspended) // which is born stopped
	default:
		return nil, err
	}
}

// startFrozen is for a job that is frozen (FRZ-02). A process cannot be born
// there: it would stop before it has executed its program, and whoever forks
// waits for that. So it is born suspended in an antechamber, a group that dies
// with this process, and moved in before it has run one instruction.
func (n *entry) startFrozen(cmd *exec.Cmd, suspended bool) (group.Child, error) {
	e := n.job.engine
	antechamber, err := e.openAntechamber()
	if err != nil {
		return nil, err
	}
	child, err := antechamber.Start(cmd, true)
	if err == nil {
		err = e.moveIn(child, n.into, suspended)
		if errors.Is(err, kernel.ErrProcessExited) {
			err = nil // killed on its way, as a termination does; Wait will tell
		} else if err != nil {
			err = errors.Join(err, discard(child))
		}
	}
	removeErr := antechamber.Remove()
	if removeErr == nil {
		e.guard.Forget(antechamber.Name())
	}
	if err != nil {
		return nil, errors.Join(err, removeErr)
	}
	// An antechamber that stays is empty, and the guard's to remove in the end. It
	// is no reason to give the process up.
	return child, nil
}

func (e *Engine) openAntechamber() (group.Group, error) {
	top, err := e.groups.Top()
	if err != nil {
		return nil, err
	}
	antechamber, err := e.groups.Plan(newID(), top)
	if err != nil {
		return nil, err
	}
	if err := e.guard.Watch(antechamber.Name()); err != nil {
		return nil, err
	}
	if err := antechamber.Make(group.State{KillOnClose: true}, false); err != nil {
		e.guard.Forget(antechamber.Name())
		return nil, err
	}
	return antechamber, nil
}

// moveIn moves a suspended child to where it belongs.
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

// discard ends a child wherever it is by now, and reaps it.
func discard(child group.Child) error {
	if err := child.Signal(os.Kill); err != nil && !errors.Is(err, kernel.ErrProcessExited) {
		return err
	}
	_, err := child.Wait()
	return err
}
