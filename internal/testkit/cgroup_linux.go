package testkit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hierarchy is one cgroup file system and where this process is in it.
type hierarchy struct {
	mount string // where its root is, as far as this process sees
	own   string // the directory of this process's group
}

// findHierarchy finds the cgroup2 one with controller "", else the v1 one that
// has the controller.
func findHierarchy(controller string) (hierarchy, error) {
	own, err := ownGroupPath(controller)
	if err != nil {
		return hierarchy{}, err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return hierarchy{}, err
	}
	for line := range strings.Lines(string(mounts)) {
		front, back, _ := strings.Cut(strings.TrimSpace(line), " - ")
		place, kind := strings.Fields(front), strings.Fields(back)
		if len(place) < 5 || len(kind) < 3 {
			continue
		}
		right := kind[0] == "cgroup2"
		if controller != "" {
			right = kind[0] == "cgroup" && listed(kind[2], controller)
		}
		if below, err := filepath.Rel(place[3], own); right && err == nil && filepath.IsLocal(below) {
			return hierarchy{mount: place[4], own: filepath.Join(place[4], below)}, nil
		}
	}
	if controller == "" {
		return hierarchy{}, errors.New("no cgroup2 mount shows the group of this process")
	}
	return hierarchy{}, fmt.Errorf("no cgroup v1 mount with %s shows the group of this process", controller)
}

func ownGroupPath(controller string) (string, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (controller == "" && parts[0] == "0" || controller != "" && listed(parts[1], controller)) {
			return parts[2], nil
		}
	}
	return "", fmt.Errorf("/proc/self/cgroup has no line for %q", controller)
}

func listed(list, item string) bool { return strings.Contains(","+list+",", ","+item+",") }

// OwnGroup is the cgroup2 directory of the test process. It skips the test
// where there is none.
func OwnGroup(t testing.TB) string {
	t.Helper()
	v2, err := findHierarchy("")
	if err != nil {
		t.Skipf("no cgroup2 here: %v", err)
	}
	return v2.own
}

const groupPrefix = "testkit-"

// TempGroup makes a cgroup2 directory below the test's own and removes it, with
// all that is in it, when the test ends. It skips the test where that is not
// allowed.
func TempGroup(t testing.TB) string {
	t.Helper()
	dir, err := TryTempGroup(t)
	if err != nil {
		t.Skipf("no cgroup2 directory for the test: %v", err)
	}
	return dir
}

// TryTempGroup is TempGroup for a test that has another way where there is none.
func TryTempGroup(t testing.TB) (dir string, err error) {
	t.Helper()
	v2, err := findHierarchy("")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(v2.own, groupPrefix+strings.ToLower(rand.Text()[:10]))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		if err := emptyAndRemove(dir, 5*time.Second); err != nil {
			t.Errorf("remove the test's cgroup: %v", err)
		}
	})
	return dir, nil
}

// InGroup makes cmd start in that cgroup2 directory.
func InGroup(t testing.TB, cmd *exec.Cmd, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatalf("open cgroup: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.UseCgroupFD = true
	cmd.SysProcAttr.CgroupFD = int(f.Fd())
}

// groupMembers lists the processes of a cgroup and of all below it.
func groupMembers(dir string) []int {
	var pids []int
	for _, group := range groupsBelow(dir) {
		content, _ := os.ReadFile(filepath.Join(group, "cgroup.procs")) // gone: no member
		for field := range strings.FieldsSeq(string(content)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// groupsBelow lists dir and the directories in it, parents first.
func groupsBelow(dir string) []string {
	var dirs []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			if err == nil || len(dirs) == 0 || dirs[len(dirs)-1] != path { // an unreadable one comes twice
				dirs = append(dirs, path)
			}
			if err != nil {
				return filepath.SkipDir
			}
		}
		return nil // something vanished: it is not there
	})
	return dirs
}

// emptyAndRemove kills the members of a cgroup one by one, which also works for
// those that cgroup.kill leaves alive, and removes the directories.
func emptyAndRemove(dir string, patience time.Duration) error {
	list := func() []int { return groupMembers(dir) }
	left, err := killAll(patience, list, func(pid int) bool {
		for _, member := range groupMembers(dir) {
			if member == pid {
				return true
			}
		}
		return false
	})
	if len(left) > 0 {
		return errors.Join(fmt.Errorf("%s still has %s", dir, describe(left)), err)
	}
	var last error
	poll(patience, func() bool { // a directory stays busy for a moment after the last death
		last = nil
		groups := groupsBelow(dir)
		for i := len(groups) - 1; i >= 0; i-- {
			if err := os.Remove(groups[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
				last = err
			}
		}
		return last == nil
	})
	return last
}
