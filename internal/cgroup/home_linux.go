package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"jobobject/internal/member"
)

// hostLeaf is where this process goes when the cgroup that it is in has to hand
// controllers down: cgroup2 lets that only those do that have no processes in them.
const hostLeaf = "jobhost"

// alone tells whether all processes right in a directory are this one and what it
// has started. Then it is theirs to divide, as a delegated one is.
func alone(dir string) bool {
	for _, word := range words(dir, "cgroup.procs") {
		pid, err := strconv.Atoi(word)
		if err != nil || !ownDescendant(pid) {
			return false
		}
	}
	return true
}

func ownDescendant(pid int) bool {
	const parent = 4 - 3 // field of /proc/PID/stat, counted after the name
	for self := os.Getpid(); pid != self; {
		_, rest, found := member.Stat(pid)
		if !found || len(rest) <= parent {
			return false
		}
		above, err := strconv.Atoi(rest[parent])
		if err != nil || above <= 1 {
			return false
		}
		pid = above
	}
	return true
}

// makeWay moves what is right in a directory to a leaf of it. Nobody leaves it by
// that. Meanwhile others may come, such as a guard.
func makeWay(dir string) error {
	const rounds = 10
	leaf := dir + "/" + hostLeaf
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for range rounds {
		pids := words(dir, "cgroup.procs")
		if len(pids) == 0 {
			return nil
		}
		if !alone(dir) {
			return unix.EBUSY
		}
		for _, pid := range pids {
			if err := writeFile(leaf+"/cgroup.procs", pid); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return unix.EBUSY
}
