package proctree

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
	"jobobject/internal/proctable"
)

// pace is how long a round waits before it looks again where nothing tells when to.
const pace = 20 * time.Millisecond

// End kills all members, and waits until their supervisors, who know for certain that
// they have nobody left, are gone as well.
func (g *Group) End(patience time.Duration, starting func() bool) error {
	progress := time.Now()
	for {
		trees := g.trees()
		if len(trees) == 0 && !starting() {
			return g.brokenOut()
		}
		if len(trees) == 0 {
			if time.Since(progress) > patience {
				return &kernel.SurvivorsError{}
			}
			g.awaitChange(pace)
			continue
		}
		var roots []proctable.Identity
		for _, t := range trees {
			roots = append(roots, t.roots...)
		}
		if err := proctable.End(patience, roots...); err != nil {
			return err
		}
		if err := g.awaitOver(trees, patience); err != nil {
			return err
		}
		progress = time.Now()
	}
}

// awaitOver waits for supervisors without children to go. Members that run as the same
// user may have stopped them.
func (g *Group) awaitOver(trees []*tree, patience time.Duration) error {
	for _, t := range trees {
		for since := time.Now(); !t.awaitOver(pace); {
			if time.Since(since) > patience {
				return &kernel.SurvivorsError{Survivors: t.survivors()}
			}
			for _, root := range t.roots {
				_ = signalOne(root, unix.SIGCONT) // who cannot be reached is gone, or named in the end
			}
			// One that is born after all is seen now.
			if err := proctable.End(patience, t.roots...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tree) awaitOver(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.over:
		return true
	case <-timer.C:
		return false
	}
}

// survivors are the supervisor and its warden.
func (t *tree) survivors() (survivors []kernel.Survivor) {
	for _, root := range t.roots {
		if p, found := proctable.Look(root.Pid); found && p.Identity == root {
			survivors = append(survivors, kernel.Survivor{Pid: p.Pid, Command: proctable.Command(p), State: "state " + string(p.State)})
		}
	}
	return survivors
}

func (g *Group) awaitChange(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	g.groups.await(ctx)
}

// brokenOut tells once of trees that lost their supervisors: members may live where
// nobody knows of them.
func (g *Group) brokenOut() error {
	g.groups.mu.Lock()
	defer g.groups.mu.Unlock()
	err := errors.Join(g.broken...)
	g.broken = nil
	return err
}

// WaitEmpty waits until the last supervisor has gone.
func (g *Group) WaitEmpty(ctx context.Context) error {
	g.groups.mu.Lock()
	for g.hasTrees() {
		if !g.groups.await(ctx) {
			g.groups.mu.Unlock()
			return ctx.Err()
		}
	}
	g.groups.mu.Unlock()
	return g.brokenOut()
}
