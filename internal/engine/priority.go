package engine

import (
	"fmt"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// classes are the priority classes from the lowest; their numbers are not in this
// order (LIM-39).
func classes() []kernel.PriorityClass {
	return []kernel.PriorityClass{
		kernel.IdlePriority, kernel.BelowNormalPriority, kernel.NormalPriority,
		kernel.AboveNormalPriority, kernel.HighPriority, kernel.RealtimePriority,
	}
}

// lower is the lower one of two (LIM-42); 0 is no limit.
func lower(a, b kernel.PriorityClass) kernel.PriorityClass {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return classes()[min(slices.Index(classes(), a), slices.Index(classes(), b))]
}

// lowestAt takes in the jobs of a place that other processes have made.
func (e *Engine) lowestAt(place group.Place, class kernel.PriorityClass) (kernel.PriorityClass, error) {
	if len(e.ancestors(place)) == len(place.Jobs) {
		return class, nil
	}
	states, err := e.groups.States(place)
	if err != nil {
		return class, fmt.Errorf("read the priority class of the jobs around: %w", err)
	}
	for i, state := range states {
		_, own := e.jobs[place.Jobs[i]] // its limits may be newer than its state
		if !own && (state.Priority == 0 || slices.Contains(classes(), state.Priority)) {
			class = lower(class, state.Priority)
		}
	}
	return class, nil
}

// canImpose tells whether what the limits want of each member could be given to a
// process that is started, if the job comes to be where this process is.
func (e *Engine) canImpose(l kernel.Limits) error {
	if l.MaxWorkingSet != 0 {
		if err := e.groups.CanTrim(); err != nil {
			return err
		}
	}
	a := group.Attributes{Priority: l.PriorityClass, NoCrashDump: l.DieOnUnhandledException}
	if a == (group.Attributes{}) {
		return nil
	}
	if a.Priority != 0 {
		here, err := e.groups.PlaceOf(0)
		if err == nil {
			a.Priority, err = e.lowestAt(here, a.Priority)
		}
		if err != nil {
			return err
		}
	}
	return e.groups.CanImpose(a)
}

// changedSince leaves out what has been tried before: that it cannot be given any
// more must not keep other limits from being changed.
func changedSince(before, l kernel.Limits) kernel.Limits {
	if l.PriorityClass == before.PriorityClass {
		l.PriorityClass = 0
	}
	if l.MaxWorkingSet == before.MaxWorkingSet {
		l.MaxWorkingSet = 0
	}
	l.DieOnUnhandledException = l.DieOnUnhandledException && !before.DieOnUnhandledException
	return l
}

func checkPriority(l kernel.Limits) error {
	class, set := l.SchedulingClass.Get()
	switch {
	case l.PriorityClass != 0 && !slices.Contains(classes(), l.PriorityClass):
		return invalid("PriorityClass", fmt.Sprintf("%#x", uint32(l.PriorityClass)),
			"want one of the priority classes, as NormalPriority, or 0 for no limit (LIM-40)")
	case set && class > mostClass:
		return invalid("SchedulingClass", class, "want 0 to 9 (LIM-44)")
	case l.SubsetAffinity && l.Affinity == 0:
		return invalid("SubsetAffinity", l.SubsetAffinity, "it is about the processors of Affinity, so that has to be set (LIM-33)")
	}
	return nil
}

// The scheduling classes (LIM-44).
const (
	mostClass  = 9
	usualClass = 5
)

// shareOf is what a scheduling class means to a group, given the lowest one of the
// jobs around it: the lowest one of the chain is effective (LIM-47), and what those
// around take away already is not taken away twice. 0 is that it changes nothing.
func shareOf(own, around kernel.SchedulingClass) float64 {
	class, set := own.Get()
	if !set {
		return 0
	}
	outer, limited := around.Get()
	if !limited {
		outer = usualClass
	} else {
		class = min(class, outer)
	}
	if class == outer {
		return 0
	}
	return float64(class+1) / float64(outer+1) // quanta of 6 x (class + 1) units (LIM-46)
}

// classAround is the lowest scheduling class of the jobs around this one.
func (j *job) classAround() (lowest kernel.SchedulingClass) {
	if j.group == nil {
		return lowest
	}
	for _, around := range j.engine.ancestors(j.group.Place()) {
		class, set := around.limits.SchedulingClass.Get()
		if before, limited := lowest.Get(); around != j && set && (!limited || class < before) {
			lowest = around.limits.SchedulingClass
		}
	}
	return lowest
}

// priorityAround is the lowest priority class of the jobs around this one.
func (j *job) priorityAround() (lowest kernel.PriorityClass) {
	if j.group == nil {
		return 0
	}
	for _, around := range j.engine.ancestors(j.group.Place()) {
		if around != j {
			lowest = lower(lowest, around.limits.PriorityClass)
		}
	}
	return lowest
}
