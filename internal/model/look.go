package model

import (
	"errors"
	"fmt"
	"slices"

	"jobobject/internal/kernel"
)

func (p *player) lookOnce() (different []string) {
	for _, want := range p.world.Views() {
		got, err := p.view(want)
		if err != nil {
			different = append(different, fmt.Sprintf("j%d: %v", want.Job, err))
			continue
		}
		different = append(different, got.differences(want)...)
	}
	for i, want := range p.world.Frozen() {
		if got, known := p.Host.Frozen(p.processes[i]); known && got != want && !p.world.processes[i].dead {
			different = append(different, fmt.Sprintf("p%d is frozen: %v, want %v", i, got, want))
		}
	}
	return different
}

// view is what the system shows of a job. The one that is wanted says which waits
// are worth waiting for.
func (p *player) view(want View) (View, error) {
	job := p.jobs[want.Job][want.Handle]
	view := View{Job: want.Job, Handle: want.Handle, Code: -1}
	var errs [6]error
	var pids []int
	pids, errs[0] = job.Processes()
	for _, pid := range pids {
		view.Members = append(view.Members, p.index(pid))
	}
	slices.Sort(view.Members)
	view.Limits, errs[1] = job.Limits()
	view.Total.Least, view.Active, errs[2] = job.Counts()
	code, terminated, err := job.TerminateCode()
	if errs[3] = err; terminated {
		view.Code = int(code)
	}
	view.Signaled, errs[4] = p.ends(job.WaitSignaled, want.Signaled)
	view.Empty, errs[5] = p.ends(job.WaitEmpty, want.Empty)
	for i := range p.processes {
		view.Contains = append(view.Contains, p.answer(job, i))
	}
	return view, errors.Join(errs[:]...)
}

// index is the number that a process has in the model, -1 for none.
func (p *player) index(pid int) int {
	for i := len(p.processes) - 1; i >= 0; i-- { // the last one that had it
		if p.processes[i] == pid {
			return i
		}
	}
	if pid == p.Host.Self() {
		return 0
	}
	return -1
}

func (p *player) answer(job Job, process int) Answer {
	pid := p.processes[process]
	in, err := job.Contains(pid)
	switch {
	case p.world.processes[process].reaped && p.Host.Reused(pid):
		return Unknown
	case errors.Is(err, kernel.ErrProcessExited):
		return Gone
	case err != nil:
		return Answer(err.Error())
	case in:
		return In
	}
	return Out
}

func (v View) differences(want View) (different []string) {
	compare := func(same bool, what string, got, want any) {
		if !same {
			different = append(different, fmt.Sprintf("j%d %s: %v, want %v", v.Job, what, got, want))
		}
	}
	compare(slices.Equal(v.Members, want.Members), "has processes", v.Members, want.Members)
	compare(v.Active == want.Active, "counts active", v.Active, want.Active)
	compare(want.Total.allows(v.Total.Least), "counts a total of at least", v.Total.Least, want.Total)
	compare(v.Limits == want.Limits, "has limits", v.Limits, want.Limits)
	compare(v.Code == want.Code, "has code", v.Code, want.Code)
	compare(v.Signaled == want.Signaled, "is signaled", v.Signaled, want.Signaled)
	compare(v.Empty == want.Empty, "is empty", v.Empty, want.Empty)
	for i, answer := range want.Contains {
		if got := v.Contains[i]; answer != Unknown && got != Unknown && got != answer {
			compare(false, fmt.Sprintf("says of p%d that it is", i), got, answer)
		}
	}
	return different
}
