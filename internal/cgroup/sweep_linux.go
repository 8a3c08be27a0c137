package cgroup

import "time"

// sweepPatience is how long a sweep tries to end one orphaned group.
const sweepPatience = time.Second

// sweep removes the groups right below dir whose owners are dead: killed
// together with what should have cleaned up after them. Those that were to die
// with their owner are killed; the others are left alone as long as they have
// members. It is a service to the host and not to the caller, so it has no error
// to report: what it cannot do, the next sweep may.
func sweep(dir string) {
	below, err := subdirs(dir)
	if err != nil {
		return
	}
	for _, group := range below {
		if isGroup(group) {
			sweepGroup(group)
		}
	}
}

func sweepGroup(dir string) {
	unlock, free := claim(dir)
	if !free {
		return
	}
	defer unlock()
	state, err := readState(dir)
	if err != nil {
		return
	}
	if state.KillOnClose {
		_ = Destroy(dir, sweepPatience)
		return
	}
	sweep(dir)
	_ = tree{dir}.remove()
}

// Destroy kills all members of the group with that directory and removes it: what
// closing its last handle would do. No such group is fine.
func Destroy(dir string, patience time.Duration) error {
	t := tree{dir}
	if err := t.end(patience, func() bool { return false }); err != nil {
		return err
	}
	return t.remove()
}
