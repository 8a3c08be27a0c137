package trace

import (
	"cmp"
	"time"
)

// clockTick is the unit of times in /proc, the same on every machine.
const clockTick = time.Second / 100

// What the means of tracing report to a watch. They may report a process again,
// or its end before its beginning; here it is made sure that the receiver hears
// of each one once, from its coming to its going.

func (w *Watch) born(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Births++
	if w.roll.has(e.Process) { // a census was quicker
		if w.roll.correctPresumed(e.Process) {
			w.counts.Present--
		}
		return
	}
	w.roll.add(e.Process, member{census: w.census})
	e.Kind = Birth
	w.tell(e, false)
}

// found is about a process that a census has found.
func (w *Watch) found(e Event, census uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if census == w.census {
		w.ensure(e)
	}
}

func (w *Watch) ensure(e Event) {
	if w.roll.see(e.Process, w.census) {
		return
	}
	// Later on its birth has been lost. If nothing was, it was about to end
	// when the watch began, and too far gone for the census.
	before := w.beginning || w.counts.LostInKernel == 0
	w.roll.add(e.Process, member{census: w.census, presumed: before})
	if before {
		w.counts.Present++
	}
	e.Kind, e.From, e.Exec, e.Exit = Present, 0, nil, nil
	w.tell(e, false)
}

// executed is about a process that is there. While the watch begins or ends that
// may be from before or after; then it is not sure that the process is a member.
func (w *Watch) executed(e Event, sure bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !sure && !w.roll.has(e.Process) {
		return
	}
	w.ensure(e)
	e.Kind = Exec
	w.tell(e, false)
}

func (w *Watch) exited(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ensure(e)
	w.counts.Exits++
	if e.Exit.UsageKnown {
		w.counts.Dead.add(e.Exit.Usage)
	}
	e.Kind = Exit
	w.tell(e, w.roll.remove(e.Process))
}

// moved is about a process that was or is in the group, or both.
func (w *Watch) moved(e Event, was, is, sure bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.roll.has(e.Process)
	switch {
	case is && was:
		if sure {
			w.ensure(e)
		}
		if known {
			e.Kind = Moved
			w.tell(e, false)
		}
	case is:
		w.counts.Joins++
		if known { // a census was quicker
			if w.roll.correctPresumed(e.Process) {
				w.counts.Present--
			}
			return
		}
		w.roll.add(e.Process, member{census: w.census})
		e.Kind = Join
		w.tell(e, false)
	case was:
		w.ensure(e)
		w.counts.Leaves++
		e.Kind = Leave
		w.tell(e, w.roll.remove(e.Process))
	}
}

// lose is about events that the means of tracing itself has lost.
func (w *Watch) lose(n uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.LostInKernel += n
	w.roll.lost += n
	if w.queue.roomy() {
		w.correct()
	} else {
		w.queue.owe(w)
	}
}

// beginCensus begins to look who is there. What comes meanwhile counts as seen.
func (w *Watch) beginCensus() (number uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.census++
	return w.census
}

// endCensus ends it: who has not been seen is gone.
func (w *Watch) endCensus() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beginning = false
	for _, p := range w.roll.unseen(w.census) {
		w.tell(Event{Kind: Gone, Process: p}, w.roll.remove(p))
	}
}

// compare orders processes by birth.
func (p Process) compare(q Process) int {
	return cmp.Or(cmp.Compare(p.Start, q.Start), cmp.Compare(p.PID, q.PID))
}

// seen is about a process that is there, from means that have to look who is:
// it was there when the watch began, or has been born since they last looked, or
// has come from elsewhere.
func (w *Watch) seen(e Event, lastLook time.Duration) {
	w.mu.Lock()
	known, beginning := w.roll.has(e.Process), w.beginning
	if beginning {
		w.ensure(e)
	}
	w.mu.Unlock()
	switch {
	case known || beginning:
	case e.Process.Start >= lastLook.Truncate(clockTick):
		e.Time = e.Process.Start
		w.born(e)
	default:
		w.moved(e, false, true, true)
	}
}

func (w *Watch) isBeginning() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.beginning
}

// begun is for means that have no census.
func (w *Watch) begun() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.beginning = false
}

// counted are the totals where nobody has better ones.
func (w *Watch) counted() Totals {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.counts
	t.Active = uint64(len(w.roll.members))
	t.PeakActive = uint64(w.roll.peak)
	t.LostInQueue = w.lostInQueue
	return t
}
