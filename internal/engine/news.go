package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// news is what the watched jobs of an engine have to tell. It has a lock of its
// own, which is taken after the engine's and never while one waits: the tracer
// tells its news while the engine may be waiting for it.
type news struct {
	mu      sync.Mutex
	tellers map[*teller]struct{} // of jobs that are watched
	// condemned are jobs whose members are being killed.
	condemned map[string]int
	// released are processes that were let go by a rule, and to where (NST-21).
	released map[int]group.Place
}

func newNews() *news {
	return &news{
		tellers:   map[*teller]struct{}{},
		condemned: map[string]int{},
		released:  map[int]group.Place{},
	}
}

// The next four are called with the lock of the news held.

// within are the tellers of the watched jobs in the subtree of a job, itself
// included, innermost first.
func (n *news) within(id string) []*teller {
	return n.some(func(t *teller) bool { return t.inside().In(id) })
}

// around are those of the watched jobs that a place is in.
func (n *news) around(place group.Place) []*teller {
	return n.some(func(t *teller) bool { return place.In(t.id) })
}

func (n *news) some(which func(*teller) bool) []*teller {
	var found []*teller
	for t := range n.tellers {
		if which(t) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b *teller) int {
		return cmp.Or(cmp.Compare(len(b.inside().Jobs), len(a.inside().Jobs)), cmp.Compare(a.id, b.id))
	})
	return found
}

// concerned are the teller of a job and those of the watched ones below it.
func (n *news) concerned(t *teller) []*teller {
	if t.members == nil {
		return []*teller{t}
	}
	return n.within(t.id)
}

// announce tells several jobs of what was done to them.
func (n *news) announce(e kernel.Event, whom func() []*teller) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range whom() {
		t.happen(occurrence{event: e})
	}
}

// flush returns when all that has happened in some jobs has been told, or cannot
// be: a tracer that fails, or is not done after the patience, has told what it
// could.
func (n *news) flush(ctx context.Context, patience time.Duration, which func() []*teller) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n.mu.Lock()
	var watches []group.Watch
	for _, t := range which() {
		if t.watch != nil {
			watches = append(watches, t.watch)
		}
	}
	n.mu.Unlock()
	for _, w := range watches {
		_ = w.Flush(ctx)
	}
}

// settle waits until the jobs in the subtree of one have told everything that they
// have heard.
func (n *news) settle(id string) {
	for {
		over := n.pausing(id)
		if over == nil {
			return
		}
		<-over
	}
}

// pausing is closed when one of these jobs goes on; nil if none pauses.
func (n *news) pausing(id string) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.within(id) {
		if t.pause != nil {
			return t.pause.over
		}
	}
	return nil
}

// release notes that a process is let go by a rule, so that its leaving is no
// escape. Where nobody will hear of that, there is nothing to note.
func (n *news) release(pid int, from, to group.Place) (unrelease func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.around(from) {
		if !to.In(t.id) {
			n.released[pid] = to
		}
	}
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.released, pid)
	}
}

// releasedTo tells whether a process has left a job by a rule. The note is gone
// when the last job has heard of it. The lock is held.
func (n *news) releasedTo(t *teller, pid int) (to group.Place, released bool) {
	to, released = n.released[pid]
	if !released || to.In(t.id) {
		return to, false
	}
	for _, outer := range n.around(t.inside()) {
		if outer != t && !to.In(outer.id) {
			return to, true // that one has yet to hear of it
		}
	}
	delete(n.released, pid)
	return to, true
}
