package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/member"
)

// pace is how long a round of killing waits for the tree to become empty before
// it looks at what is left. It is no delay: an empty tree ends the wait.
const pace = 20 * time.Millisecond

// stubborn bounds all rounds together, in terms of the patience for one death:
// members that can be born as fast as they die must not keep it going for ever.
const stubborn = 20

// end kills everything in the tree and waits until it is gone.
//
// cgroup.kill alone does not do: it leaves a process alive whose leader is dead
// while other threads live on (facts P6), and kernels before 5.14 do not have it.
// So what has not gone by itself is killed by pidfd, round after round, until
// none is left or none has died for as long as patience says.
func (t tree) end(patience time.Duration, starting func() bool) error {
	events, err := openEvents(t.dir)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer events.close()
	if now, err := events.now(); err != nil || !now.populated && !starting() {
		return err
	}
	t.killOthers()

	began := time.Now()
	progress, fewest := began, -1
	killAtOnce := true
	for {
		if killAtOnce {
			if err := t.kill(); err != nil {
				return err
			}
		}
		empty, err := events.emptyWithin(pace)
		if err != nil {
			return err
		}
		if empty && !starting() {
			return nil
		}
		if fewest < 0 {
			t.letIOGo()
		}
		left, err := t.members()
		if err != nil && !errors.Is(err, fs.ErrPermission) { // killing needs no list
			return err
		}
		now := time.Now()
		// Dying takes its time where there are many. Nothing more is needed as
		// long as they do die.
		killAtOnce = len(left) >= fewest && fewest >= 0 || starting()
		if fewest < 0 || len(left) < fewest {
			progress, fewest = now, len(left)
		}
		if killAtOnce {
			// What cannot be signalled is among the survivors at the end.
			_ = t.signal(left, syscall.SIGKILL)
		}
		if killAtOnce && member.AnyRunnable(left) {
			progress = now // it dies as soon as a busy machine lets it run
		}
		if now.Sub(progress) > patience || now.Sub(began) > stubborn*patience {
			if last, err := events.now(); err == nil && !last.populated && !starting() {
				return nil
			}
			return &kernel.SurvivorsError{Survivors: t.survivors(left)}
		}
	}
}

// killOthers is for a caller that is a member: once it is dead nobody chases what
// cgroup.kill leaves alive, so the others go first. Where they are born faster
// than they are killed, cgroup.kill takes them all, and the caller.
func (t tree) killOthers() {
	const rounds = 10
	if own, err := pathOf(0); err != nil || !t.holds(own) {
		return
	}
	self := os.Getpid()
	for range rounds {
		pids, _ := t.members() // as far as they can be listed
		others := slices.DeleteFunc(pids, func(pid int) bool { return pid == self })
		if len(others) == 0 {
			return
		}
		_ = t.signal(others, syscall.SIGKILL)
	}
}

// kill kills all members in one step where the kernel can.
func (t tree) kill() error {
	err := writeFile(t.dir+"/cgroup.kill", "1")
	switch {
	case err == nil:
		return nil
	case gone(err) || errors.Is(err, fs.ErrPermission):
		// No such file before Linux 5.14: the rounds of signals do it, more slowly.
		pids, err := t.members()
		if err != nil {
			return err
		}
		_ = t.signal(pids, syscall.SIGKILL)
		return nil
	default:
		return err
	}
}

func (e *events) emptyWithin(d time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	err := e.await(ctx, func(c condition) bool { return !c.populated })
	if errors.Is(err, context.DeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
