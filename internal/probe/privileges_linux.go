package probe

import (
	"slices"

	"golang.org/x/sys/unix"
)

// relevantPrivileges are the ones that decide about some capability here.
var relevantPrivileges = []struct {
	name string
	bit  int
}{
	{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN},
	{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN},
	{"CAP_SYS_RESOURCE", unix.CAP_SYS_RESOURCE},
	{"CAP_BPF", unix.CAP_BPF},
	{"CAP_PERFMON", unix.CAP_PERFMON},
	{"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE},
	{"CAP_SYS_NICE", unix.CAP_SYS_NICE},
	{"CAP_KILL", unix.CAP_KILL},
}

func ownPrivileges() Privileges {
	own := Privileges{Held: []string{}, Missing: []string{}}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	// Version 3 answers in two words of 32 bits; on an error none is held.
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		sets = [2]unix.CapUserData{}
	}
	for _, p := range relevantPrivileges {
		if sets[p.bit/32].Effective&(1<<(p.bit%32)) != 0 {
			own.Held = append(own.Held, p.name)
		} else {
			own.Missing = append(own.Missing, p.name)
		}
	}
	return own
}

func (p Privileges) holds(name string) bool { return slices.Contains(p.Held, name) }
