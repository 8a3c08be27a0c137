package member

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// eachThread visits all threads of a process. Those that are made meanwhile inherit
// what was done to the one that makes them, or are found by a further look.
func eachThread(pid int, visit func(tid int) error) error {
	// An open directory is that of this very process, whoever has its number later.
	dir, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	if errors.Is(err, os.ErrNotExist) {
		return unix.ESRCH
	}
	if err != nil {
		return err
	}
	defer dir.Close()
	done := map[int]bool{}
	for again := true; again; {
		again = false
		tids, err := threadsIn(dir)
		if err != nil {
			return err
		}
		for _, tid := range tids {
			if done[tid] {
				continue
			}
			done[tid], again = true, true
			if err := visit(tid); err != nil {
				return err
			}
		}
	}
	return nil
}

func threadsIn(dir *os.File) (tids []int, err error) {
	if _, err := dir.Seek(0, 0); err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) || err == nil && len(names) == 0 {
		return nil, unix.ESRCH
	}
	for _, name := range names {
		if tid, err := strconv.Atoi(name); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, err
}
