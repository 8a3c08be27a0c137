package engine

import (
	"errors"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// workingSet is that of the members at a place: the smallest one of the chain
// (LIM-05).
func (e *Engine) workingSet(place group.Place) (least, most uint64) {
	for _, j := range e.ancestors(place) {
		l := j.limits
		if l.MaxWorkingSet == 0 {
			continue
		}
		if most == 0 {
			least, most = l.MinWorkingSet, l.MaxWorkingSet
		}
		least, most = min(least, l.MinWorkingSet), min(most, l.MaxWorkingSet)
	}
	return least, most
}

func checkWorkingSet(l kernel.Limits) error {
	least, most := l.MinWorkingSet, l.MaxWorkingSet
	switch {
	case least == 0 && most == 0:
	case least == 0:
		return invalid("MinWorkingSet", least, "MaxWorkingSet is set, and both or none have to be (LIM-02)")
	case most == 0:
		return invalid("MaxWorkingSet", most, "MinWorkingSet is set, and both or none have to be (LIM-02)")
	case least < pageSize:
		return invalid("MinWorkingSet", least, "want at least one page, 4096 bytes")
	case least > most:
		return invalid("MinWorkingSet", least, "want no more than MaxWorkingSet")
	case l.JobMemory != 0:
		return &kernel.NotSupportedError{
			Feature: "MaxWorkingSet beside JobMemory",
			Cause:   errors.New("JobMemory bounds what is swapped out as well, so that it keeps members from being paged out"),
			Remedy:  "set one of them",
		}
	}
	return nil
}
