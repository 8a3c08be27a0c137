package trace

import "slices"

// roll is what the receiver of a watch's events knows about its members. It
// belongs to the goroutine that holds the watch's lock.
type roll struct {
	members map[Process]member
	// gone are processes that the receiver still believes to be there.
	gone []Event
	// untold is the number of members that it has not heard of.
	untold int
	// lost is the number of events missing since it was last told.
	lost uint64
	// peak is the most members there were at once.
	peak int
}

type member struct {
	// untold is what would have told of it, nil once something has.
	untold *Event
	census uint32 // the last one in which it was seen
	// presumed is set if it was counted as one that was there before.
	presumed bool
}

// behind tells whether the receiver is wrong about something.
func (r *roll) behind() bool { return r.lost > 0 || len(r.gone) > 0 || r.untold > 0 }

func (r *roll) has(p Process) bool {
	_, known := r.members[p]
	return known
}

func (r *roll) add(p Process, m member) {
	if r.members == nil {
		r.members = map[Process]member{}
	}
	r.members[p] = m
	r.peak = max(r.peak, len(r.members))
}

// correctPresumed tells whether the process was presumed to have been there
// before, which it no longer is.
func (r *roll) correctPresumed(p Process) bool {
	m := r.members[p]
	was := m.presumed
	if was {
		m.presumed = false
		r.members[p] = m
	}
	return was
}

// miss takes note that the receiver does not get the event. The process has
// been added or removed already.
func (r *roll) miss(e Event, wasTold bool) {
	r.lost++
	switch {
	case e.Kind.comes():
		m := r.members[e.Process]
		m.untold = &e
		r.members[e.Process] = m
		r.untold++
	case e.Kind.goes() && wasTold:
		r.gone = append(r.gone, e)
	}
}

// remove tells whether the receiver has heard of the process.
func (r *roll) remove(p Process) (wasTold bool) {
	m, known := r.members[p]
	if !known {
		return false
	}
	delete(r.members, p)
	if m.untold != nil {
		r.untold--
		return false
	}
	return true
}

// corrections are the events after which the receiver is right again. Each of them
// but the first stands for one that was missed, which is not lost then.
func (r *roll) corrections() (events []Event, madeGood uint64) {
	madeGood = uint64(len(r.gone) + r.untold)
	if lost := r.lost - madeGood; lost > 0 {
		events = append(events, Event{Kind: Lost, Lost: lost})
	}
	for _, e := range r.gone {
		e.Kind, e.Exit = Gone, nil
		events = append(events, e)
	}
	for _, p := range r.unheard() {
		m := r.members[p]
		e := *m.untold
		e.Kind = Present
		events = append(events, e)
		m.untold = nil
		r.members[p] = m
	}
	r.lost, r.gone, r.untold = 0, nil, 0
	return events, madeGood
}

// see notes that the process was seen in a census, and tells whether it was
// known.
func (r *roll) see(p Process, census uint32) bool {
	m, known := r.members[p]
	if known {
		m.census = census
		r.members[p] = m
	}
	return known
}

// unseen are those that were not in the census, the oldest first.
func (r *roll) unseen(census uint32) []Process {
	var processes []Process
	for p, m := range r.members {
		if m.census != census {
			processes = append(processes, p)
		}
	}
	slices.SortFunc(processes, Process.compare)
	return processes
}

// unheard are those that the receiver has not heard of, the oldest first.
func (r *roll) unheard() []Process {
	if r.untold == 0 {
		return nil
	}
	var processes []Process
	for p, m := range r.members {
		if m.untold != nil {
			processes = append(processes, p)
		}
	}
	slices.SortFunc(processes, Process.compare)
	return processes
}
