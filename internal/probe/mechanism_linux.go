package probe

import (
	"errors"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/mechanism"
)

// choiceOf is the choice, or why there is none.
func choiceOf(chosen mechanism.Chosen, err error) mechanism.Choice {
	if err == nil {
		return chosen.Choice
	}
	choice := mechanism.Choice{Forced: chosen.Forced, Why: oneLine(err)}
	var unsupported *kernel.NotSupportedError
	if errors.As(err, &unsupported) {
		choice.Remedy = unsupported.Remedy
		if unsupported.Cause != nil {
			choice.Why = oneLine(unsupported.Cause)
		}
	}
	return choice
}

// underMechanism says what a finding about cgroups means where supervised trees do
// what cgroups would. What the kernel gives each process stays as it was found.
func underMechanism(chosen mechanism.Chosen, name string, found finding) finding {
	if chosen.Name != mechanism.Proctree {
		return found
	}
	switch name {
	case StartInside:
		return yes("below a supervisor of its own")
	case GroupEvents:
		return yes("a supervisor ends with the last process below it")
	case FreezeGroup:
		return partial("SIGSTOP, until nobody new is found", errors.New("members and their parents can tell, and SIGCONT undoes it"), "")
	case KillGroup:
		return yes("SIGKILL by pidfd, round after round until nobody is left below the supervisors")
	case GroupXattr:
		return no(errors.New("a tree carries no state: nobody takes it over from its supervisors"), "")
	case GroupLock:
		return no(errors.New("a tree needs none: it ends with its supervisors"), "")
	case CPUAccounting:
		return partial("of the dead what their parents are told by wait4, of the living what /proc says",
			errors.New("what a process has used is missing until it is waited for, where its parent ignores its children"), "")
	case MemoryController:
		return heldByTree(chosen, group.Limits{Memory: 1 << 40}, "watched: the members are looked at and the largest one is ended")
	case MemoryGroupKill:
		return heldByTree(chosen, group.Limits{Memory: 1 << 40, MemoryKillsAll: true}, "watched: all members are ended together")
	case PidsController:
		return no(errors.New("nothing fences off a tree: members that are too many are ended when they are seen"), "")
	case CPUController:
		return heldByTree(chosen, group.Limits{CPURate: 0.5}, "watched")
	case CPUSetController:
		return heldByTree(chosen, group.Limits{Processors: 1}, "sched_setaffinity of each thread, inherited, and set again by watching")
	case IOController:
		return heldByTree(chosen, group.Limits{IO: kernel.IORate{ReadBytes: 1 << 30}}, "watched")
	case EBPFTracing, ProcConnector:
		return no(errors.New("it tells who is in which cgroup, and a tree has none: its members are looked at"), chosen.Remedy)
	}
	return found
}

var errSampled = errors.New("a tree is looked at now and then: what happens between two looks is not seen")

// heldByTree asks the one who would have to hold it.
func heldByTree(chosen mechanism.Chosen, limits group.Limits, how string) finding {
	err := chosen.Groups.CanHold(limits)
	if err == nil {
		return partial(how, errSampled, chosen.Remedy)
	}
	c := choiceOf(mechanism.Chosen{}, err)
	if chosen.Remedy != "" { // of one who knows the host
		c.Remedy = chosen.Remedy
	}
	return finding{state: No, why: c.Why, remedy: c.Remedy}
}
