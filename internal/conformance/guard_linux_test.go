package conformance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

// guards are the children of the owner that the library started.
func (o *owner) guards() (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		stat, err := testkit.ReadStat(pid)
		if err != nil || stat.PPID != o.cmd.Process.Pid || !testkit.Alive(pid) {
			continue
		}
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if argv0, _, _ := bytes.Cut(command, []byte{0}); string(argv0) == "jobobject-guard" {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (o *owner) awaitGuard(t testing.TB, not ...int) (pid int) {
	t.Helper()
	testkit.Within(t, soon, "one guard of the owner, and a new one", func() bool {
		guards := o.guards()
		if len(guards) != 1 || slices.Contains(not, guards[0]) {
			return false
		}
		pid = guards[0]
		return true
	})
	return pid
}

func killByNumber(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

func TestC07_a_guard_that_is_killed_is_replaced(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	o := place.owner(t, "own")
	var killed []int
	for range 3 {
		guard := o.awaitGuard(t, killed...)
		requireNoError(t, killByNumber(guard))
		killed = append(killed, guard)
	}
	o.awaitGuard(t, killed...)

	o.kill(t)
	place.requireClean(t)
}

func TestC07_the_next_program_removes_what_a_double_death_left(t *testing.T) {
	testkit.NoLeaks(t)
	for name, args := range map[string][]string{"running": nil, "frozen": {"freeze"}} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			place := newPlace(t)
			o := place.owner(t, "own", args...)
			guard := o.awaitGuard(t)
			o.signal(t, syscall.SIGSTOP) // so that it cannot start another guard
			requireNoError(t, killByNumber(guard))
			awaitDeath(t, guard)
			o.kill(t)

			place.run(t, "first-job")
			place.requireClean(t)
		})
	}
}

func TestC07_the_next_program_spares_jobs_whose_owner_lives(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	o := place.owner(t, "own")
	place.run(t, "first-job")
	requireAlive(t, o.pids[0], o.pids[2], o.pids[3]) // 1 is the daemon's parent
	o.kill(t)
	place.requireClean(t)
}

func TestCRE12_the_next_program_spares_members_that_were_to_go_on(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	pids := place.run(t, "leave")
	daemon := pids[1]
	requireAlive(t, daemon)
	place.run(t, "first-job")
	requireAlive(t, daemon)

	requireNoError(t, killByNumber(daemon))
	awaitDeath(t, daemon)
	place.run(t, "first-job")
	place.requireClean(t)
}

func TestC07_a_guard_leaves_when_nothing_is_left_to_guard(t *testing.T) {
	testkit.NoLeaks(t)
	place := newPlace(t)
	o := place.owner(t, "own")
	guard := o.awaitGuard(t)
	o.tell(t, "return")
	testkit.Within(t, soon, "leaving of the guard", func() bool { return !testkit.Alive(guard) })
	place.requireClean(t)
}
