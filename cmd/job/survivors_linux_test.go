package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// C48: job does not wait for ever for a process that does not die, nor keep quiet
// about it. What is frozen in a cgroup of the old freezer stands for it.
func TestAProcessThatCannotBeEndedIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		verb  []string
		which func(*running) int
	}{
		"the command": {[]string{"sleep"}, (*running).main},
		"a leftover":  {[]string{"fork-exit"}, func(r *running) int { return r.pids[0] }},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			freezer := newFreezer(t)
			r := startFixture(t, []string{"--wait", "all", "--grace", "100ms"}, c.verb...)
			stuck := c.which(r)
			freezer.write(t, "cgroup.procs", itoa(stuck))
			freezer.write(t, "freezer.state", "FROZEN")
			testkit.Within(t, patience, "freeze of the process", func() bool { return freezer.state() == "FROZEN" })

			r.signal(syscall.SIGTERM)

			begun := time.Now()
			if status := exitStatus(t, r.cmd.Wait()); status != exitTrouble {
				t.Errorf("status %d, want %d", status, exitTrouble)
			}
			if took := time.Since(begun); took > patience {
				t.Errorf("job gave up after %v", took)
			}
			if said := r.said(); !strings.Contains(said, "still alive: "+itoa(stuck)) || strings.Count(said, "\n") != 1 {
				t.Errorf("standard error is %q, want a line that names %d", said, stuck)
			}
			story := r.readReport()
			story.require(t, "interrupted", exitTrouble, "")
			if len(story.Leftover.Processes) != 1 || story.Leftover.Processes[0].PID != stuck {
				t.Errorf("left: %+v, want %d", story.Leftover, stuck)
			}

			// The guard has not given up, or the next job takes over from it.
			freezer.write(t, "freezer.state", "THAWED")
			testkit.RequireNone(t, r.nonce, patience)
			requireNoGuard(t, r.cmd.Process.Pid)
			runToEnd(t, "run", "true").requireStatus(t, 0)
		})
	}
}

type oldFreezer struct{ dir string }

func newFreezer(t *testing.T) oldFreezer {
	t.Helper()
	dir, err := os.MkdirTemp(freezerMount(t), "testkit-")
	if err != nil {
		t.Skipf("no freezer of cgroup v1 for this user: %v", err)
	}
	f := oldFreezer{dir}
	t.Cleanup(func() {
		f.write(t, "freezer.state", "THAWED")
		testkit.Within(t, patience, "removal of the freezer", func() bool { return os.Remove(dir) == nil })
	})
	return f
}

func freezerMount(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		place, kind, _ := strings.Cut(strings.TrimSpace(line), " - cgroup ")
		if slices.Contains(strings.Split(kind, ","), "freezer") {
			return strings.Fields(place)[4]
		}
	}
	t.Skip("no freezer of cgroup v1 to keep a process from dying")
	return ""
}

func (f oldFreezer) write(t *testing.T, file, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, file), []byte(value), 0); err != nil {
		t.Errorf("freezer: %v", err)
	}
}

func (f oldFreezer) state() string {
	content, _ := os.ReadFile(f.dir + "/freezer.state")
	return strings.TrimSpace(string(content))
}
