package testkit

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leakPatience is how long a test's leftovers may take to go by themselves.
const leakPatience = 2 * time.Second

// NoLeaks fails the test if, two seconds after its end, there are more open
// descriptors, child processes, goroutines or job directories (jobobject-* in
// the cgroup2 file system) than now. Call it before anything else that
// registers a cleanup, and not in tests that run in parallel.
//
// Another test binary that runs at the same time may have job directories too.
// Those that appear after this test are not looked at, and those that go within
// the two seconds are forgiven; a long-lived one made by a neighbour during this
// test is mistaken for a leak. `go test -p 1` rules that out.
func NoLeaks(t testing.TB) {
	t.Helper()
	warmUp()
	goroutines := goleak.IgnoreCurrent()
	inKernel := goroutinesInKernel()
	before := inventory()
	t.Cleanup(func() {
		t.Helper()
		left := missingFrom(before, inventory())
		poll(leakPatience, func() bool {
			if len(left) > 0 {
				// What appears only now is not this test's.
				left = common(left, missingFrom(before, inventory()))
			}
			return len(left) == 0
		})
		for _, what := range slices.Sorted(maps.Keys(left)) {
			t.Errorf("left behind: %s", what)
		}

		var err error
		if !poll(leakPatience, func() bool { err = goleak.Find(goroutines); return err == nil }) {
			t.Errorf("goroutines left behind: %v", err)
		}
		var blocked map[string]string
		if !poll(leakPatience, func() bool {
			blocked = missingFrom(inKernel, goroutinesInKernel())
			return len(blocked) == 0
		}) {
			for _, stack := range blocked {
				t.Errorf("goroutine left behind in a system call:\n%s", stack)
			}
		}
	})
}

// warmUp makes the runtime open the descriptors that it opens once: those of
// its poller.
func warmUp() {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
}

// inventory names all that a test may leave behind outside the Go heap. The
// values are not used.
func inventory() map[string]string {
	found := map[string]string{}
	add := func(format string, args ...any) { found[fmt.Sprintf(format, args...)] = "" }
	for fd, target := range openFDs() {
		add("descriptor %d: %s", fd, target)
	}
	for pid, stat := range childrenOf(os.Getpid()) {
		add("child process %d (%s)%s", pid, stat.Comm, zombieNote(stat))
	}
	for _, dir := range jobDirectories() {
		add("cgroup %s", dir)
	}
	return found
}

func zombieNote(stat Stat) string {
	if stat.State == 'Z' && !Alive(stat.PID) {
		return ", exited but not waited for"
	}
	return ""
}

// openFDs are this process's descriptors without the one that lists them.
func openFDs() map[int]string {
	const dir = "/proc/self/fd"
	fds := map[int]string{}
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		target, err := os.Readlink(filepath.Join(dir, entry.Name()))
		if err == nil && !strings.HasPrefix(target, fmt.Sprintf("/proc/%d/", os.Getpid())) {
			fds[fd] = target
		}
	}
	return fds
}

// jobDirectories are those below the cgroup of this process, where its own are made.
// What neighbours have elsewhere is not this test's.
func jobDirectories() []string {
	v2, err := findHierarchy("")
	if err != nil {
		return nil
	}
	var dirs []string
	_ = filepath.WalkDir(v2.own, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || !entry.IsDir():
		case strings.HasPrefix(entry.Name(), groupPrefix) && path != v2.own:
			return filepath.SkipDir // some test's, which removes it with all that is in it
		case strings.HasPrefix(entry.Name(), "jobobject-"):
			dirs = append(dirs, path)
		}
		return nil // vanished or closed to us: not ours
	})
	return dirs
}

func missingFrom(before, now map[string]string) map[string]string {
	extra := map[string]string{}
	for key, value := range now {
		if _, known := before[key]; !known {
			extra[key] = value
		}
	}
	return extra
}

func common(a, b map[string]string) map[string]string {
	maps.DeleteFunc(a, func(key, _ string) bool { _, both := b[key]; return !both })
	return a
}
