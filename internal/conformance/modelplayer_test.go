//go:build linux

package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"jobobject"
	"jobobject/internal/model"
)

func init() { roles["model"] = modelRole }

// modelRole plays the steps that it reads, and says which one it begins, and in
// the end whether all was the same. The last step may be its end.
func modelRole([]string) error {
	var steps []model.Step
	if err := json.NewDecoder(os.Stdin).Decode(&steps); err != nil {
		return err
	}
	// Before the first process that it starts, package os makes one to find out
	// what the system can. That one would be in the job of the caller.
	if err := exec.Command("/bin/true").Run(); err != nil {
		return err
	}
	host := &puppets{}
	err := model.Play(model.System{
		Kernel: publicKernel{host},
		Host:   host,
		Glance: func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Millisecond)
		},
		Stare: func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), soon)
		},
		Every: 1,
		Again: again,
	}, steps, func(step int) { fmt.Println("step", step) })
	if err == nil {
		fmt.Println("same")
	}
	return err
}

// again is for children that silent breakaway lets go: they are taken out when
// they are seen, and there is nothing to wait on for that.
func again(step model.Step, try int) bool {
	const pause = 5 * time.Millisecond
	if step.Op != model.Fork || try > int(soon/pause) {
		return false
	}
	time.Sleep(pause)
	return true
}

// publicKernel is the package that users import.
type publicKernel struct{ host *puppets }

func (k publicKernel) Create(limits model.Limits) (model.Job, error) {
	job, err := jobobject.Create("", jobobject.WithLimits(publicLimits(limits)))
	return publicJob{job, k.host}, err
}

func (k publicKernel) Current() (model.Job, error) {
	job, err := jobobject.Current()
	return publicJob{job, k.host}, err
}

func (k publicKernel) StartOutside(suspended bool) (model.Process, error) {
	return k.host.start(func(cmd *exec.Cmd) (*jobobject.Process, error) {
		return jobobject.StartBreakaway(cmd, publicOptions(model.Program{Suspended: suspended})...)
	})
}

func publicLimits(l model.Limits) jobobject.Limits {
	return jobobject.Limits{KillOnClose: l.KillOnClose, BreakawayOK: l.BreakawayOK, SilentBreakawayOK: l.SilentBreakawayOK}
}

func publicOptions(p model.Program) (options []jobobject.StartOption) {
	if p.Suspended {
		options = append(options, jobobject.Suspended())
	}
	if p.Breakaway {
		options = append(options, jobobject.Breakaway())
	}
	var also []*jobobject.Job
	for _, job := range p.Also {
		also = append(also, job.(publicJob).Job)
	}
	return append(options, jobobject.AlsoIn(also...))
}

// publicJob has the methods of a job as the model wants them.
type publicJob struct {
	*jobobject.Job
	host *puppets
}

func (j publicJob) Start(p model.Program) (model.Process, error) {
	return j.host.start(func(cmd *exec.Cmd) (*jobobject.Process, error) {
		if p.Missing {
			cmd = exec.Command("/no/such/program")
		}
		return j.Job.Start(cmd, publicOptions(p)...)
	})
}

func (j publicJob) SetLimits(limits model.Limits) error {
	return j.Job.SetLimits(publicLimits(limits))
}

func (j publicJob) Limits() (model.Limits, error) {
	l, err := j.Job.Limits()
	return model.Limits{KillOnClose: l.KillOnClose, BreakawayOK: l.BreakawayOK, SilentBreakawayOK: l.SilentBreakawayOK}, err
}

func (j publicJob) Counts() (total, active uint64, err error) {
	figures, err := j.Accounting()
	total, known := figures.TotalProcesses.LowerBound()
	active, exact := figures.ActiveProcesses.Get()
	if err == nil && (!known || !exact) {
		err = errors.New("counts are not known")
	}
	return total, active, err
}

func (j publicJob) Duplicate() (model.Job, error) {
	second, err := j.Job.Duplicate()
	return publicJob{second, j.host}, err
}

// publicProcess reports exit codes only.
type publicProcess struct{ *jobobject.Process }

func (p publicProcess) Wait() (int, error) {
	status, err := p.Process.Wait()
	return status.ExitCode(), err
}
