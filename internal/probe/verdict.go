package probe

import "fmt"

// CanRun says whether a command can be run as one unit here, and on what: a
// cgroup where one can be made and entered, else a supervised process tree.
func (r Report) CanRun() (bool, string) {
	group, start := r.find(MakeGroup), r.find(StartInside)
	if r.Host.Cgroups.Layout == "" { // a system that was not looked at
		return false, group.Why
	}
	if group.State == Yes && (start.State == Yes || start.State == Partial) {
		return true, fmt.Sprintf("in a cgroup below %s", r.Host.Cgroups.OwnDirectory)
	}

	noCgroup := "no cgroup can be made: " + group.Why
	if group.State == Yes {
		noCgroup = "nothing can be started inside a cgroup: " + start.Why
	}
	for _, name := range []string{Pidfd, Subreaper} {
		if c := r.find(name); c.State != Yes {
			return false, fmt.Sprintf("%s; and a process tree cannot be supervised without %s: %s", noCgroup, name, c.Why)
		}
	}
	return true, "as a supervised process tree only; " + noCgroup
}

// find is Find for a capability the report may lack, where not having been
// tried counts as unknown.
func (r Report) find(name string) Capability {
	if c, ok := r.Find(name); ok {
		return c
	}
	return Capability{Name: name, State: Unknown, Why: "not tried"}
}
