package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// insideFence tells whether somebody has made a fence around this process: where cgroups
// can only be read, as scripts/in-container makes the place, it cannot do that itself.
func insideFence() bool {
	group, err := findHierarchy("pids")
	if err != nil {
		group, err = findHierarchy("")
	}
	if err != nil || !strings.HasPrefix(filepath.Base(group.own), fencePrefix) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(group.own, "pids.max"))
	if err != nil {
		return false
	}
	limit, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && limit <= fenceLimit // "max" is none
}

// canLimit tells why no limit would hold this process.
func canLimit() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return fmt.Errorf("read the capabilities: %w", err)
	}
	const exempt = 1<<unix.CAP_SYS_RESOURCE | 1<<unix.CAP_SYS_ADMIN
	if sets[0].Effective&exempt != 0 {
		return errors.New("no limit on processes binds who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN")
	}
	return nil
}

// limiting is the test that has the limit.
var limiting testing.TB

// limitFor lets the user have 2000 tasks more than there are, while the test runs. What
// others of the same user start counts, so one test of all has a limit at a time.
func limitFor(t testing.TB) {
	t.Helper()
	if limiting == t {
		return
	}
	alone := awaitTurn(t)
	t.Cleanup(func() { unix.Close(alone) })
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &before); err != nil {
		t.Fatalf("fence: %v", err)
	}
	present, err := tasksOf(uint32(os.Getuid()))
	if err != nil {
		t.Fatalf("fence: count the tasks of this user: %v", err)
	}
	limit := unix.Rlimit{Cur: min(before.Cur, uint64(present)+fenceLimit), Max: before.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &limit); err != nil {
		t.Fatalf("fence: limit the processes of this user to %d: %v", limit.Cur, err)
	}
	limiting = t
	os.Setenv("FIXTURE_FENCED", "1")
	t.Cleanup(func() {
		limiting = nil
		os.Unsetenv("FIXTURE_FENCED")
		if err := unix.Setrlimit(unix.RLIMIT_NPROC, &before); err != nil {
			t.Errorf("take the fence away: %v", err)
		}
	})
}

// awaitTurn has a name that one socket at a time can have, and that goes with it.
func awaitTurn(t testing.TB) (socket int) {
	t.Helper()
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("fence: %v", err)
	}
	name := &unix.SockaddrUnix{Name: fmt.Sprintf("@%s%d", fencePrefix, os.Getuid())}
	Within(t, 3*time.Minute, "end of another test of this user that needs a fence", func() bool {
		err := unix.Bind(socket, name)
		if err != nil && !errors.Is(err, unix.EADDRINUSE) {
			t.Fatalf("fence: bind %s: %v", name.Name, err)
		}
		return err == nil
	})
	return socket
}

// tasksOf counts the threads of a user that this process can see.
func tasksOf(uid uint32) (count int, err error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		info, statErr := os.Stat(dir)
		if statErr != nil || info.Sys().(*syscall.Stat_t).Uid != uid {
			continue // somebody else's, or gone
		}
		if tasks, err := os.ReadDir(filepath.Join(dir, "task")); err == nil {
			count += len(tasks)
		}
	}
	return count, err
}
