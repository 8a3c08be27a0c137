package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fenceLimit is how many tasks all tests of a binary may have together.
const fenceLimit = 2000

// fenced tells whether there is a fence around this process; fenceDir is the cgroup that
// this process has made for it, if that is what it is.
var (
	fenced   atomic.Bool
	fenceDir atomic.Pointer[string]
)

// Main runs the tests of a package behind a fence where the host allows one,
// and without it elsewhere; tests that need it call RequireFence.
func Main(m *testing.M) (exitCode int) {
	leave, err := Fence()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testkit: no fence: %v\n", err)
		return m.Run()
	}
	exitCode = m.Run()
	if err := leave(); err != nil {
		fmt.Fprintf(os.Stderr, "testkit: leave the fence: %v\n", err)
		exitCode = max(exitCode, 1)
	}
	return exitCode
}

// RequireFence skips the test unless a limit on processes holds what it starts. One on
// those of the user is there for this test alone.
func RequireFence(t testing.TB) {
	t.Helper()
	if !fenced.Load() {
		t.Skip("this test starts a fork bomb or the like, and there is no fence around it")
	}
	if os.Geteuid() != 0 {
		limitFor(t)
	}
}

// Fence puts a limit on the processes that this one can make, with all its descendants,
// and tells the fixture so (FIXTURE_FENCED). It is that of a cgroup for root, who is
// bound by no other. For other users there is one on all of theirs, which would be in
// the way of tests that start nothing hostile while others do: RequireFence sets it. The
// returned function takes the fence away.
func Fence() (leave func() error, err error) {
	if fenced.Load() {
		return nil, errors.New("this process already is behind a fence")
	}
	if os.Geteuid() != 0 {
		if err := canLimit(); err != nil {
			return nil, err
		}
		fenced.Store(true)
		return func() error { fenced.Store(false); return nil }, nil
	}
	takeAway := func() error { return nil } // whoever made it does
	if !insideFence() {
		if takeAway, err = groupFence(); err != nil {
			return nil, err
		}
	}
	fenced.Store(true)
	os.Setenv("FIXTURE_FENCED", "1")
	return func() error {
		fenced.Store(false)
		os.Unsetenv("FIXTURE_FENCED")
		return takeAway()
	}, nil
}

// groupFence moves this process into a cgroup of its own that is limited to 2000
// tasks. Where a v1 hierarchy has the pids controller only that one is touched, so the
// place in cgroup2 stays what it was. The returned function moves the process back,
// kills what the tests left in the fence, and removes it.
func groupFence() (leave func() error, err error) {
	home, parent, err := fencePlace()
	if err != nil {
		return nil, err
	}
	sweepFences(parent)
	dir := filepath.Join(parent, fmt.Sprintf("%s%d", fencePrefix, os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the fence: %w", err)
	}
	err = writeFile(filepath.Join(dir, "pids.max"), strconv.Itoa(fenceLimit))
	if err == nil {
		err = moveSelf(dir)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the fence: %w", err), os.Remove(dir))
	}
	fenceDir.Store(&dir)
	return func() error { return leaveFence(dir, home) }, nil
}

func leaveFence(dir, home string) error {
	fenceDir.Store(nil)
	if err := moveSelf(home); err != nil {
		return fmt.Errorf("move back to %s: %w", home, err)
	}
	var complaint error
	// The zombies of a dead tree are members until init has reaped them.
	members := func() []int { return slices.DeleteFunc(groupMembers(dir), func(pid int) bool { return !Alive(pid) }) }
	if left := members(); len(left) > 0 {
		complaint = fmt.Errorf("the tests left processes behind: %s", describe(left))
	}
	return errors.Join(complaint, emptyAndRemove(dir, 5*time.Second))
}

const fencePrefix = "testfence-"

// fencePlace finds the group this process is in and the one below which a limit
// on processes can be made.
func fencePlace() (home, parent string, err error) {
	if v1, err := findHierarchy("pids"); err == nil {
		return v1.own, v1.own, nil
	}
	v2, err := findHierarchy("")
	if err != nil {
		return "", "", fmt.Errorf("no pids controller: %w", err)
	}
	// A group with processes in it must not hand the controller down, unless it
	// is the root: the kernel would let it, as this controller is a threaded one,
	// but no child group could take processes then. Go up until one does, or can.
	for dir := v2.own; ; dir = filepath.Dir(dir) {
		control := filepath.Join(dir, "cgroup.subtree_control")
		if enabled, err := os.ReadFile(control); err == nil &&
			slices.Contains(strings.Fields(string(enabled)), "pids") {
			return v2.own, dir, nil
		}
		if (dir == v2.mount || len(groupMembers(dir)) == 0) && writeFile(control, "+pids") == nil {
			return v2.own, dir, nil
		}
		if dir == v2.mount || dir == filepath.Dir(dir) {
			return "", "", errors.New("no group above this one hands the pids controller down")
		}
	}
}

// sweepFences removes fences whose test binary was killed, with what is in them.
func sweepFences(parent string) {
	fences, _ := filepath.Glob(filepath.Join(parent, fencePrefix+"*"))
	for _, dir := range fences {
		owner, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), fencePrefix))
		info, statErr := os.Stat(dir)
		if err != nil || statErr != nil || slices.Contains(groupMembers(dir), owner) {
			continue
		}
		// A young one may be about to be entered, or left.
		if time.Since(info.ModTime()) > time.Minute {
			_ = emptyAndRemove(dir, time.Second) // the next one tries again
		}
	}
}

func moveSelf(dir string) error {
	return writeFile(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(os.Getpid()))
}

// writeFile writes to a file of the kernel; it never creates one.
func writeFile(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
