package fakegroup

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"jobobject/internal/kernel"
)

// pace is how long a round of killing waits for something to happen.
const pace = 20 * time.Millisecond

// await waits for the next change, or until the channel is closed. The lock is
// held before and after, not meanwhile.
func (m *Machine) await(also <-chan struct{}) {
	changed := m.changed
	m.mu.Unlock()
	defer m.mu.Lock()
	select {
	case <-changed:
	case <-also:
	}
}

// awaitFor waits for the next change for no longer than d.
func (m *Machine) awaitFor(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	changed := m.changed
	m.mu.Unlock()
	defer m.mu.Lock()
	select {
	case <-changed:
	case <-timer.C:
	}
}

func (g *fake) End(patience time.Duration, starting func() bool) error {
	if err := g.enter("end"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	progress, fewest := time.Now(), -1
	for {
		g.kill()
		g.machine.mu.Unlock()
		more := starting() // who is not on the way any more is inside by now
		g.machine.mu.Lock()
		left := g.machine.live(g.dir)
		if len(left) == 0 && !more {
			return nil
		}
		if fewest < 0 || len(left) < fewest {
			progress, fewest = time.Now(), len(left)
		}
		if time.Since(progress) > patience {
			return &kernel.SurvivorsError{Survivors: survivors(left)}
		}
		g.machine.awaitFor(pace)
	}
}

func (g *fake) kill() {
	for _, below := range g.dir.all() {
		below.killed = true
	}
	for _, p := range g.machine.live(g.dir) {
		p.take(syscall.SIGKILL)
	}
}

func survivors(left []*Process) []kernel.Survivor {
	var found []kernel.Survivor
	for _, p := range left {
		found = append(found, kernel.Survivor{Pid: p.pid, Command: "[fake]"})
	}
	return found
}

func (g *fake) WaitEmpty(ctx context.Context) error {
	if err := g.enter("wait empty"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	for len(g.machine.live(g.dir)) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		g.machine.await(ctx.Done())
	}
	return nil
}

func (g *fake) Freeze(patience time.Duration) error {
	if err := g.enterExisting("freeze"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	g.settleAll()
	g.dir.frozen = true
	g.machine.change()
	deadline := time.Now().Add(patience)
	for g.moving() {
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("not all members of %s have stopped within %v", g.dir.path, patience)
		}
		g.machine.awaitFor(left)
	}
	return nil
}

func (g *fake) moving() bool {
	for _, p := range g.machine.live(g.dir) {
		if p.stubborn {
			return true
		}
	}
	return false
}

func (g *fake) Thaw() error {
	if err := g.enterExisting("thaw"); err != nil {
		return err
	}
	defer g.machine.mu.Unlock()
	g.dir.frozen = false
	g.settleAll()
	g.machine.change()
	return nil
}

// settleAll notes for all members whether they have run: before and after what
// changes whether they can.
func (g *fake) settleAll() {
	for _, p := range g.machine.live(g.dir) {
		p.settle()
	}
}
