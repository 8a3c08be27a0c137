package jobobject

import "jobobject/internal/mechanism"

// What keeps the processes of jobs together. MechanismAuto leaves the choice to this
// package.
const (
	// MechanismCgroup: the kernel keeps them in cgroups.
	MechanismCgroup = mechanism.Cgroup
	// MechanismProctree: a supervisor stands above them, for hosts on which this
	// process may not make cgroups. Some limits cannot be held by it, and some only
	// by watching; Capabilities tells.
	MechanismProctree = mechanism.Proctree
	MechanismAuto     = mechanism.Auto
)

// UseMechanism forces what keeps the jobs of this process together, for tests and
// support. It has to be called before anything else of this package is, and goes
// before the environment variable JOBOBJECT_MECHANISM, which does the same from
// outside. A name that there is not is an error, and so is another mechanism than the
// one that jobs of this process have by then.
//
// A mechanism that this host does not have is an error at Create, ErrNotSupported.
func UseMechanism(name string) error { return mechanism.Use(name) }

// Mechanism tells which one keeps the jobs of this process together. Unless one is
// forced it is MechanismCgroup where this process may make cgroups, and else
// MechanismProctree. The choice is made once: by the first call that needs it, of
// which this is one. The error is the one that Create gives.
func Mechanism() (string, error) {
	chosen, err := mechanism.Own()
	return chosen.Name, err
}
