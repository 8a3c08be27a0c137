package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
	"jobobject/internal/model"
)

func TestModel_the_engine_does_what_the_rules_say(t *testing.T) {
	model.Check(t, 10_000/model.Sparing, func(rt *rapid.T) {
		steps := model.Sequence(rt, 25)
		at := -1
		var err error
		synctest.Test(t, func(*testing.T) { // so that messages have come when they are looked for
			machine := fakegroup.New()
			e := engine.New(machine, machine.Guard(), machine.Tracer())
			err = model.Play(playable(machine, e), steps, func(step int) { at = step })
			if err == nil {
				err = leftBehind(machine, e)
			}
		})
		if err != nil {
			rt.Logf("%v\n%s", err, model.Listing(steps[:at+1]))
			rt.Fatal("the engine and the rules differ")
		}
	})
}

// leftBehind closes one more job, which removes what is left of others, and
// looks whether anything is there after that.
func leftBehind(machine *fakegroup.Machine, e *engine.Engine) error {
	if !machine.Self().Alive() {
		return nil
	}
	place, err := machine.PlaceOf(0)
	if err != nil || len(place.Jobs) > 0 {
		return err // the caller is in a job, which has to stay
	}
	job, _, err := e.CreateJob("", kernel.CreateOptions{})
	if err != nil {
		return err
	}
	p := machine.Outsider()
	err = job.Assign(p.Pid())
	p.Exit(0)
	err = errors.Join(err, job.Close())
	groups, watched, traced := machine.Groups(), machine.Guard().Watched(), machine.Tracer().Watched()
	if len(groups)+len(watched)+len(traced) > 0 {
		err = errors.Join(err, fmt.Errorf("left behind: groups %v, watched %v, traced %v", groups, watched, traced))
	}
	return err
}

func playable(machine *fakegroup.Machine, e *engine.Engine) model.System {
	over := func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // time stands still here: what has not happened will not
		return ctx, cancel
	}
	return model.System{
		Kernel: playedKernel{e},
		Host:   playedHost{machine},
		Glance: over,
		Stare:  over,
		Every:  4,
		Again:  func(model.Step, int) bool { return false },
		Said:   func(job model.Job) []kernel.Message { return job.(playedJob).said.take() },
	}
}

// record is a port that keeps what a job says.
type record struct {
	mu       sync.Mutex
	messages []kernel.Message
}

func (r *record) Deliver(m kernel.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, m)
}

func (r *record) take() []kernel.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	messages := r.messages
	r.messages = nil
	return messages
}

type playedKernel struct{ *engine.Engine }

func (k playedKernel) Create(limits model.Limits) (model.Job, error) {
	job, _, err := k.CreateJob("", kernel.CreateOptions{Limits: realLimits(limits)})
	if err != nil {
		return nil, err
	}
	said := &record{}
	return playedJob{job, said}, job.Associate(said, nil)
}

func (k playedKernel) Current() (model.Job, error) {
	job, err := k.CurrentJob()
	return playedJob{job, nil}, err
}

func (k playedKernel) StartOutside(suspended bool) (model.Process, error) {
	p, err := k.Engine.StartOutside(program(), kernel.StartOptions{Suspended: suspended})
	return playedProcess{p}, err
}

type playedJob struct {
	kernel.Job
	said *record
}

func (j playedJob) Start(p model.Program) (model.Process, error) {
	cmd := program()
	if p.Missing {
		cmd.Err = fs.ErrNotExist
	}
	options := kernel.StartOptions{Suspended: p.Suspended, Breakaway: p.Breakaway}
	for _, also := range p.Also {
		options.AlsoIn = append(options.AlsoIn, also.(playedJob).Job)
	}
	process, err := j.Job.Start(cmd, options)
	return playedProcess{process}, err
}

func (j playedJob) SetLimits(limits model.Limits) error {
	return j.Job.SetLimits(realLimits(limits))
}

func (j playedJob) Limits() (model.Limits, error) {
	limits, err := j.Job.Limits()
	return model.Limits{KillOnClose: limits.KillOnClose, BreakawayOK: limits.BreakawayOK, SilentBreakawayOK: limits.SilentBreakawayOK}, err
}

func (j playedJob) Counts() (total, active uint64, err error) {
	figures, err := j.Accounting()
	total, known := figures.TotalProcesses.LowerBound()
	active, exact := figures.ActiveProcesses.Get()
	if err == nil && (!known || !exact) {
		err = errors.New("counts are not known")
	}
	return total, active, err
}

func (j playedJob) Duplicate() (model.Job, error) {
	second, err := j.Job.Duplicate()
	return playedJob{second, j.said}, err
}

type playedProcess struct{ kernel.Process }

func (p playedProcess) Wait() (int, error) {
	status, err := p.Process.Wait()
	return status.ExitCode(), err
}

// playedHost has no processes that have not been made here, so their numbers are
// enough.
type playedHost struct{ machine *fakegroup.Machine }

func (h playedHost) numbered(pid int) *fakegroup.Process {
	if pid == 0 {
		return h.machine.Self()
	}
	for _, p := range h.machine.Processes() {
		if p.Pid() == pid {
			return p
		}
	}
	return nil
}

func (h playedHost) Self() int { return h.machine.Self().Pid() }

func (h playedHost) Fork(pid int) (int, error) { return h.numbered(pid).Fork().Pid(), nil }

func (h playedHost) Exit(pid, code int) error {
	h.numbered(pid).Exit(code)
	return nil
}

func (h playedHost) Kill(pid int) error {
	h.numbered(pid).Die(syscall.SIGKILL)
	return nil
}

func (h playedHost) Ended(int) error { return nil }

func (h playedHost) Reap(pid int) error {
	h.numbered(pid).Reap()
	return nil
}

func (h playedHost) Reused(int) bool { return false }

func (h playedHost) Settle() {
	h.machine.LookAround()()
	synctest.Wait()
}

func (h playedHost) Frozen(pid int) (frozen, known bool) {
	p := h.numbered(pid)
	return p != nil && p.Frozen(), p != nil
}

// realLimits are those that the model knows of.
func realLimits(l model.Limits) kernel.Limits {
	return kernel.Limits{KillOnClose: l.KillOnClose, BreakawayOK: l.BreakawayOK, SilentBreakawayOK: l.SilentBreakawayOK}
}
