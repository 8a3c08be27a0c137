package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroupfs"
)

const enclosurePrefix = "bench-"

// enclosure is a group of this process's own in one hierarchy.
type enclosure struct{ home, dir string }

// enclose makes one and moves this process into it.
func enclose(h cgroupfs.Hierarchy) (*enclosure, error) {
	if h.OwnDir == "" {
		return nil, errors.New("no mount shows the cgroup of this process")
	}
	sweep(h.OwnDir)
	e := &enclosure{home: h.OwnDir, dir: filepath.Join(h.OwnDir, enclosurePrefix+strconv.Itoa(os.Getpid()))}
	if err := os.Mkdir(e.dir, 0o755); err != nil {
		return nil, err
	}
	if err := moveSelf(e.dir); err != nil {
		return nil, errors.Join(err, os.Remove(e.dir))
	}
	return e, nil
}

func moveSelf(dir string) error { return write(dir, "cgroup.procs", strconv.Itoa(os.Getpid())) }

// sweep removes what a run left behind that was killed.
func sweep(home string) {
	left, _ := filepath.Glob(filepath.Join(home, enclosurePrefix+"*"))
	for _, dir := range left {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), enclosurePrefix))
		if err == nil && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			_ = empty(context.Background(), dir) // the next run tries again
		}
	}
}

func (e *enclosure) dissolve(ctx context.Context) error {
	if err := moveSelf(e.home); err != nil {
		return fmt.Errorf("move back to %s: %w", e.home, err)
	}
	return empty(ctx, e.dir)
}

// empty kills whoever is in a group or below it, and removes it.
func empty(ctx context.Context, dir string) error {
	return await(ctx, patience, "removal of "+dir, func() bool {
		// Not in v1; and it spares a process whose first thread is dead.
		_ = write(dir, "cgroup.kill", "1")
		dirs := groupsBelow(dir)
		for _, d := range dirs {
			for _, pid := range members(d) {
				_ = unix.Kill(pid, unix.SIGKILL) // it may be gone by now
			}
		}
		for i := len(dirs) - 1; i >= 0; i-- {
			_ = os.Remove(dirs[i]) // busy until the last death has been seen
		}
		_, err := os.Stat(dir)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// groupsBelow lists dir and the groups in it, parents first.
func groupsBelow(dir string) (dirs []string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil // what has vanished is not there
	})
	return dirs
}

func members(dir string) (pids []int) {
	content, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs")) // gone: nobody
	for field := range strings.FieldsSeq(string(content)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

func readNumber(dir, file string) (int, error) {
	content, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(content)))
}

// write sets a file of the kernel; it never creates one.
func write(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
