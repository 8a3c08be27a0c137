package model

import (
	"cmp"
	"fmt"
	"slices"

	"jobobject/internal/kernel"
)

// News is a message of a job (section 7). Process is the number of the process in
// the model that it is about; -1 for none, or one that never existed.
type News struct {
	ID      kernel.MessageID
	Process int
}

func (n News) String() string { return fmt.Sprintf("%v p%d", n.ID, n.Process) }

// says is a message to the port that every job has as long as it has a handle
// (ACP-11).
func (j *job) says(id kernel.MessageID, process int) {
	if j.open() {
		j.news = append(j.news, News{id, process})
	}
}

// came and went are told by each job of a chain up to where the process was or
// stays (MSG-14, MSG-17).
func came(c, j *job, process int) {
	for _, each := range j.below(c) {
		each.says(kernel.NewProcess, process)
	}
}

func went(j, c *job, process int) {
	for _, each := range j.below(c) {
		each.says(kernel.ExitProcess, process)
	}
}

// below are the jobs of a chain that are not in that of c, innermost first.
func (j *job) below(c *job) []*job {
	return slices.DeleteFunc(j.chain(), func(each *job) bool { return c.in(each) })
}

// emptied is told by those that have no member any more (MSG-10).
func (w *World) emptied(jobs []*job) {
	for _, each := range jobs {
		if len(w.members(each)) == 0 {
			each.says(kernel.ActiveProcessZero, -1)
		}
	}
}

// halfMade is about a process that fails in the middle of a list (MSG-20).
func (w *World) halfMade(c, j *job) {
	came(c, j, -1)
	went(j, c, -1)
	w.emptied(j.below(c))
}

// killed are members that a termination of j ends: only jobs around it are told
// one by one (D1).
func (w *World) killed(j *job, members []int) {
	if len(members) == 0 {
		return
	}
	for _, i := range members {
		for _, outer := range j.parent.chain() {
			outer.says(kernel.ExitProcess, i)
		}
	}
	var had []*job
	for _, each := range w.jobs {
		if slices.ContainsFunc(members, func(i int) bool { return w.processes[i].job.in(each) }) {
			had = append(had, each)
		}
	}
	w.emptied(had)
}

// News are the messages of each job since this was last asked.
func (w *World) News() [][]News {
	var all [][]News
	for _, j := range w.jobs {
		all = append(all, inOrder(j.news))
		j.news = nil
	}
	return all
}

// inOrder makes one order of those that members which end together may be told in.
func inOrder(news []News) []News {
	for begin := 0; begin < len(news); {
		end := begin + 1
		for end < len(news) && news[end].ID == news[begin].ID {
			end++
		}
		slices.SortFunc(news[begin:end], func(a, b News) int { return cmp.Compare(a.Process, b.Process) })
		begin = end
	}
	return news
}

// hear compares what the jobs have said.
func (p *player) hear() (different []string) {
	want := p.world.News()
	if p.Said == nil {
		return nil
	}
	for i := range want {
		var got []News
		for _, m := range p.Said(p.jobs[i][0]) {
			process := -1
			if m.Pid != 0 {
				process = p.index(m.Pid)
			}
			got = append(got, News{m.ID, process})
		}
		if got = inOrder(got); !slices.Equal(got, want[i]) {
			different = append(different, fmt.Sprintf("j%d says %v, want %v", i, got, want[i]))
		}
	}
	return different
}
