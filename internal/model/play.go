package model

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"jobobject/internal/kernel"
)

// Difference is where a system and the model part.
type Difference struct {
	Step int
	What []string
}

func (d *Difference) Error() string {
	return fmt.Sprintf("step %d:\n\t%s", d.Step, strings.Join(d.What, "\n\t"))
}

// player plays steps on a system and in a world.
type player struct {
	System
	world     *World
	jobs      [][]Job // by job and handle
	processes []int   // their numbers
	started   map[int]Process
}

// Play plays the steps and returns the first difference. It calls begin before
// each of them, and ends with the one that ends the caller.
func Play(system System, steps []Step, begin func(step int)) error {
	p := &player{System: system, world: NewWorld(), processes: []int{0}, started: map[int]Process{}}
	defer p.leave()
	for i, step := range steps {
		if !p.world.Allowed(step) {
			return fmt.Errorf("step %d, %v, is not allowed", i, step)
		}
		begin(i)
		what := p.step(step)
		if p.world.SelfDied() {
			return nil
		}
		p.Host.Settle()
		what = append(what, p.hear()...)
		if last := i == len(steps)-1; len(what) == 0 && (last || i%p.Every == 0) {
			what = p.look(step)
		}
		if len(what) > 0 {
			return &Difference{i, what}
		}
	}
	return nil
}

// step compares how a step ends.
func (p *player) step(step Step) []string {
	want, wantCode := p.world.Do(step)
	got, gotCode, err := p.do(step)
	if outcome(got) != want || err != nil {
		return []string{fmt.Sprintf("%v: got %v, want %s (%v)", step, got, want, err)}
	}
	if gotCode != wantCode {
		return []string{fmt.Sprintf("%v: exit code %d, want %d", step, gotCode, wantCode)}
	}
	return nil
}

// look compares everything that can be seen, again where it may only take time.
func (p *player) look(step Step) []string {
	for try := 0; ; try++ {
		what := p.lookOnce()
		if len(what) == 0 || !p.Again(step, try) {
			return what
		}
		p.Host.Settle()
	}
}

// leave ends what a sequence has left.
func (p *player) leave() {
	if p.world.SelfDied() {
		return
	}
	for i, pid := range p.processes {
		if i > 0 && !p.world.processes[i].dead {
			_ = p.Host.Kill(pid)
			_ = p.Host.Ended(pid)
		}
	}
	for i, process := range p.started {
		if !p.world.processes[i].reaped {
			_, _ = process.Wait()
		}
	}
	for _, handles := range p.jobs {
		for _, job := range handles {
			_ = job.SetLimits(Limits{}) // the caller may be a member
			_ = job.Close()
		}
	}
}

// outcome finds the documented error.
func outcome(err error) Outcome {
	for sentinel, outcome := range map[error]Outcome{
		kernel.ErrAccessDenied:  AccessDenied,
		kernel.ErrClosed:        Closed,
		kernel.ErrProcessExited: Exited,
		kernel.ErrNotInJob:      NotInJob,
		kernel.ErrNotSupported:  NotSupported,
		fs.ErrNotExist:          NotFound,
	} {
		if errors.Is(err, sentinel) {
			return outcome
		}
	}
	if err == nil {
		return OK
	}
	return Outcome("an error that is not documented: " + err.Error())
}

// EndsCaller tells whether the caller does not live to see the end of the steps.
func EndsCaller(steps []Step) bool {
	world := NewWorld()
	for _, step := range steps {
		world.Do(step)
	}
	return world.SelfDied()
}
