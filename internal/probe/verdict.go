package probe

import (
	"fmt"

	"jobobject/internal/mechanism"
)

// CanRun says whether a command can be run as one unit here, and on what: what was
// chosen has to pass the trial too.
func (r Report) CanRun() (bool, string) {
	if r.Host.Cgroups.Layout == "" { // a system that was not looked at
		return false, r.find(MakeGroup).Why
	}
	if r.Mechanism.Name == "" {
		return false, r.Mechanism.Why
	}
	needed := []string{MakeGroup, StartInside}
	if r.Mechanism.Name == mechanism.Proctree {
		needed = []string{Pidfd, Subreaper}
	}
	for _, name := range needed {
		if c := r.find(name); c.State != Yes && c.State != Partial {
			return false, fmt.Sprintf("%s lacks %q: %s", r.Mechanism.Name, name, c.Why)
		}
	}
	if r.Mechanism.Name == mechanism.Proctree {
		return true, "as a supervised process tree; " + r.Mechanism.Why
	}
	return true, fmt.Sprintf("in a cgroup below %s", r.Host.Cgroups.OwnDirectory)
}

// find is Find for a capability the report may lack, where not having been
// tried counts as unknown.
func (r Report) find(name string) Capability {
	if c, ok := r.Find(name); ok {
		return c
	}
	return Capability{Name: name, State: Unknown, Why: "not tried"}
}
