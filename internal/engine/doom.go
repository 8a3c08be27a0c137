package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"jobobject/internal/kernel"
)

// doom is what a termination means for the news: those that it kills have no
// messages of their own (D1), and all is told when it is over.
type doom struct{ job *job }

// doom begins it. What has happened before is told before. A close that finds nobody
// is no termination to anybody.
func (j *job) doom(code uint32, closing bool) doom {
	n := j.engine.news
	d := doom{j}
	d.flush()
	e := now(kernel.EventTerminate)
	e.Code = code
	n.announce(e, func() []*teller {
		n.condemned[j.id]++
		return slices.DeleteFunc(n.concerned(j.teller), func(t *teller) bool { return closing && len(t.live) == 0 })
	})
	return d
}

// done ends it. Whoever is not known to be gone is still condemned: those who
// survive, and should the tracer be late, those who are dead. No exit of theirs is
// told later either.
func (d doom) done(err error) {
	n, id := d.job.engine.news, d.job.id
	d.flush()
	if err == nil {
		n.settle(id)
	}
	var survivors *kernel.SurvivorsError
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil || errors.As(err, &survivors) {
		for _, t := range n.within(id) {
			for process := range maps.Keys(t.live) {
				t.doomed[process] = true
			}
		}
	}
	if n.condemned[id]--; n.condemned[id] == 0 {
		delete(n.condemned, id)
	}
}

func (d doom) flush() {
	n := d.job.engine.news
	n.flush(context.Background(), d.job.patience, func() []*teller { return n.within(d.job.id) })
}
