package trace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// place is a group, with its directory to see what it is in.
type place struct {
	dir string
	id  uint64
}

func (p place) in(w *Watch) bool {
	return p.dir == w.group.dir || strings.HasPrefix(p.dir, w.group.dir+"/")
}

// innerFirst are the watches whose groups hold that one, beginning with the
// nearest.
func innerFirst[V any](watches map[*Watch]V, p place) []*Watch {
	var list []*Watch
	for w := range watches {
		if p.in(w) {
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b *Watch) int { return len(b.group.dir) - len(a.group.dir) })
	return list
}

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
			members[pid] = place{dir, group.Ino}
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
