package model

import (
	"context"
	"errors"
)

// do does a step on the system. err is of the host, which has no rules.
func (p *player) do(s Step) (result error, code int, err error) {
	switch s.Op {
	case Fork, Exit, Kill, Wait, Resume:
		return p.doProcess(s)
	case Create:
		job, result := p.Kernel.Create(s.Limits)
		if result == nil {
			p.jobs = append(p.jobs, []Job{job})
		}
		return result, 0, nil
	case StartOutside:
		process, result := p.Kernel.StartOutside(s.Suspended)
		return p.came(process, result), 0, nil
	case Current:
		job, result := p.Kernel.Current()
		if result == nil {
			result = job.Close()
		}
		return result, 0, nil
	}
	result, err = p.doJob(s)
	return result, 0, err
}

// came notes a process that was started.
func (p *player) came(process Process, err error) error {
	if err == nil {
		p.started[len(p.processes)] = process
		p.processes = append(p.processes, process.Pid())
	}
	return err
}

func (p *player) doProcess(s Step) (result error, code int, err error) {
	pid, started := p.processes[s.Process], p.started[s.Process]
	switch s.Op {
	case Fork:
		var child int
		if child, err = p.Host.Fork(pid); err == nil {
			p.processes = append(p.processes, child)
		}
	case Exit:
		err = p.Host.Exit(pid, s.Code)
	case Resume:
		result = started.Resume()
	case Kill:
		if started == nil {
			err = p.Host.Kill(pid)
		} else if result = started.Kill(); result == nil {
			err = p.Host.Ended(pid)
		}
	case Wait:
		if started != nil {
			code, result = started.Wait()
		} else {
			code, err = p.world.processes[s.Process].code, p.Host.Reap(pid)
		}
	}
	return result, code, err
}

func (p *player) doJob(s Step) (result, err error) {
	job := p.jobs[s.Job][s.Handle]
	switch s.Op {
	case Duplicate:
		second, result := job.Duplicate()
		if result == nil {
			p.jobs[s.Job] = append(p.jobs[s.Job], second)
		}
		return result, nil
	case Close:
		return job.Close(), nil
	case Start:
		program := Program{Missing: s.Missing, Suspended: s.Suspended, Breakaway: s.Breakaway}
		for _, also := range s.Also {
			program.Also = append(program.Also, p.jobs[also][0])
		}
		process, result := job.Start(program)
		return p.came(process, result), nil
	case Assign:
		return job.Assign(p.processes[s.Process]), nil
	case Terminate:
		return job.Terminate(uint32(s.Code)), nil
	case SetLimits:
		return job.SetLimits(s.Limits), nil
	case Freeze:
		return job.Freeze(), nil
	case Thaw:
		return job.Thaw(), nil
	}
	panic("model: no operation " + string(s.Op))
}

// ends tells whether a wait comes to its end.
func (p *player) ends(wait func(context.Context) error, wanted bool) (bool, error) {
	look := p.Glance
	if wanted {
		look = p.Stare
	}
	ctx, cancel := look()
	defer cancel()
	err := wait(ctx)
	if over := ctx.Err(); over != nil && errors.Is(err, over) {
		return false, nil
	}
	return err == nil, err
}
