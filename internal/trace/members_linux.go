package trace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// listMembers are the processes in the group and below it now, and where. What
// vanishes while it looks has no members.
func listMembers(dir string) (map[int]place, error) {
	members := map[int]place{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return unlessVanished(err, path == dir)
		}
		if !entry.IsDir() {
			return nil
		}
		return unlessVanished(addMembers(members, path), path == dir)
	})
	return members, err
}

func addMembers(members map[int]place, dir string) error {
	var group unix.Stat_t
	if err := unix.Stat(dir, &group); err != nil {
		return &os.PathError{Op: "stat", Path: dir, Err: err}
	}
	list, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return err
	}
	for text := range strings.FieldsSeq(string(list)) {
		if pid, err := strconv.Atoi(text); err == nil && pid > 0 {
			members[pid] = place{dir: dir, id: group.Ino}
		}
	}
	return nil
}

// unlessVanished forgives what happens when a group below the one that is asked
// for is removed or may not be read.
func unlessVanished(err error, top bool) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV):
		return nil
	case errors.Is(err, unix.EOPNOTSUPP): // threaded: its processes are those of a group above
		return nil
	case !top && errors.Is(err, fs.ErrPermission):
		return fs.SkipDir
	}
	return err
}
