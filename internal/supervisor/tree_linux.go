package supervisor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/pidfd"
	"jobobject/internal/proctable"
)

// Tree is what is below one supervisor.
type Tree struct {
	root                 proctable.Identity
	super, ward, process *pidfd.FD
	done                 chan struct{}

	talk    sync.Mutex // one question at a time
	control int

	mu     sync.Mutex
	ledger *book  // nil when it is over
	used   Ledger // then
	broken error
}

// Root is the number of the supervisor: the members are its descendants.
func (t *Tree) Root() int { return t.root.Pid }

// Identity is the supervisor, whoever has its number later.
func (t *Tree) Identity() proctable.Identity { return t.root }

// Done is closed when nothing is left of the tree, or it is Broken.
func (t *Tree) Done() <-chan struct{} { return t.done }

// Broken tells, when the tree is done, whether somebody may have got away; it is
// kernel.ErrBroken then.
func (t *Tree) Broken() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.broken
}

// Used is what those have used that the supervisor has waited for. It is known also when
// the tree is done.
func (t *Tree) Used() Ledger {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ledger != nil {
		return t.ledger.read()
	}
	return t.used
}

// SetKillOnClose says whether the tree is to die with this process.
func (t *Tree) SetKillOnClose(die bool) error {
	m := message{kind: killOnClose, numbers: []int{0}}
	if die {
		m.numbers[0] = 1
	}
	if err := t.say(m); err != nil && !isGone(err) { // nothing is left that could outlive this process
		return fmt.Errorf("tell supervisor %d of kill on close: %w", t.root.Pid, err)
	}
	return nil
}

func isGone(err error) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, kernel.ErrProcessExited)
}

func (t *Tree) say(m message) error {
	t.talk.Lock()
	defer t.talk.Unlock()
	return t.sayLocked(m)
}

func (t *Tree) sayLocked(m message) error {
	if t.control == closed {
		return fmt.Errorf("supervisor %d: %w", t.root.Pid, kernel.ErrProcessExited)
	}
	return send(t.control, m)
}

// ask says something and waits for the answer.
func (t *Tree) ask(m message) (message, error) {
	t.talk.Lock()
	defer t.talk.Unlock()
	if err := t.sayLocked(m); err != nil {
		return message{}, err
	}
	return receive(t.control, 0)
}

// watch waits for the end of the tree.
func (t *Tree) watch() {
	_ = t.super.Wait(context.Background())
	_ = t.ward.Signal(unix.SIGCONT) // it has to end the tree, and may have been stopped
	_ = t.ward.Wait(context.Background())
	_ = t.ward.Reap() // ECHILD: somebody else waits for all children

	t.talk.Lock()
	closeOnce(&t.control)
	t.talk.Unlock()

	t.mu.Lock()
	t.used = t.ledger.read()
	if !t.ledger.treeClosed() {
		t.broken = fmt.Errorf("%w: supervisor %d and its ward %d have both been killed; processes below them may be running on", kernel.ErrBroken, t.root.Pid, t.ward.Pid())
	}
	t.ledger.close()
	t.ledger = nil
	t.mu.Unlock()

	t.super.Close()
	t.ward.Close()
	close(t.done)
	_ = t.process.Wait(context.Background()) // dead, unless the tree is broken
	t.process.Close()
}
