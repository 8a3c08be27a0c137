package trace

import (
	"context"
	"errors"
	"os"
	"sync"
)

// ErrWatched is of a group that is watched already by the same means. Who has
// several uses for its events shares them out.
var ErrWatched = errors.New("group is watched already")

// group is a cgroup2 directory.
type group struct {
	dir string
	id  uint64
	// above are the groups that hold it, the nearest first, as far as the
	// mount shows them.
	above []uint64
}

// Watch is what happens in one group and below it.
type Watch struct {
	label  any
	group  group
	queue  *Queue
	source source
	// release gives up the use of the source.
	release func() error

	mu          sync.Mutex
	seq         uint64
	roll        roll
	counts      Totals // as far as events tell
	lostInQueue uint64
	census      uint32
	beginning   bool // until the first census is over
	over        bool
	final       *Totals // when it is over, as missed
	missed      string
}

// Label is what the watch was begun with.
func (w *Watch) Label() any { return w.label }

// Group is the number of the group: the inode of its directory.
func (w *Watch) Group() uint64 { return w.group.id }

// Totals are the counts of this moment. After Close they are those of the end.
func (w *Watch) Totals() (Totals, error) {
	w.mu.Lock()
	final := w.final
	w.mu.Unlock()
	if final != nil {
		return *final, nil
	}
	return w.source.totals(w)
}

// Used is what the members have used until this moment, dead or alive. It costs
// some 100 ns for each process of the machine. After Close it is os.ErrClosed.
func (w *Watch) Used() (Used, error) {
	w.mu.Lock()
	over := w.over
	w.mu.Unlock()
	if over {
		return Used{}, os.ErrClosed
	}
	return w.source.used(w)
}

// Flush returns when all that had happened when it was called is in the queue.
func (w *Watch) Flush(ctx context.Context) error { return w.source.flush(ctx) }

// Misses says in words what the events and the totals may not have; "" if
// nothing.
func (w *Watch) Misses() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.final != nil {
		return w.missed
	}
	return w.source.misses()
}

// Close ends the watch. What had happened by then is in the queue, behind it
// an Ended event. Closing it again does nothing.
func (w *Watch) Close() error {
	w.mu.Lock()
	over := w.over
	w.over = true
	w.mu.Unlock()
	if over {
		return nil
	}
	final, err := w.source.unwatch(w)
	w.mu.Lock()
	w.correct()
	final.LostInQueue = w.lostInQueue
	w.final, w.missed = &final, w.source.misses()
	w.push(Event{Kind: Ended}, true)
	w.mu.Unlock()
	return errors.Join(err, w.release())
}

// settle makes good for what could not be told when it happened.
func (w *Watch) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.final == nil {
		w.correct()
	}
}

func (w *Watch) correct() {
	events, madeGood := w.roll.corrections()
	w.lostInQueue -= madeGood
	for _, e := range events {
		w.push(e, true)
	}
}

// tell passes an event on, or takes note that it could not. The roll is up to
// date when it is called; wasTold is whether the receiver has heard of a process
// that goes.
func (w *Watch) tell(e Event, wasTold bool) {
	unheardOf := e.Kind.goes() && !wasTold
	if w.roll.behind() && w.queue.roomy() && !unheardOf {
		w.correct()
	}
	if !w.roll.behind() && w.push(e, false) {
		return
	}
	w.lostInQueue++
	w.roll.miss(e, wasTold)
	w.queue.owe(w)
}

func (w *Watch) push(e Event, urgent bool) bool {
	e.Watch, e.Seq = w, w.seq+1
	if !w.queue.put(e, urgent) {
		return false
	}
	w.seq++
	return true
}
