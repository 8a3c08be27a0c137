package cgroup

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/testkit"
)

func TestEachMemberThatIsKilledForWantOfMemoryIsToldOf(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{Memory: 32 << 20})
	told := make(chan struct{}, 100)
	stop, err := g.WatchBlows(func() { told <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for killed := uint64(1); killed <= 3; killed++ {
		cmd := testkit.FixtureCommand(t, "alloc", "64")
		testkit.Start(t, cmd, func() error { return startIn(t, g, cmd) })
		var b group.Blows
		for b.MemoryKills < killed || b.MemoryReached < killed {
			requireTold(t, told)
			if b, err = g.Blows(); err != nil {
				t.Fatal(err)
			}
		}
		if b.MemoryKills != killed {
			t.Fatalf("blows are %+v, want %d kills", b, killed)
		}
	}
}

func requireTold(t *testing.T, told <-chan struct{}) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(soon):
		t.Fatal("it is not told")
	}
}

// What removes it may be another process.
func TestTheWatchOfAV1GroupEndsWithTheGroup(t *testing.T) {
	testkit.NoLeaks(t)
	g := held(t, group.Limits{Memory: 32 << 20})
	if g.shadow("memory") == nil {
		t.Skip("cgroup v2 has the controller")
	}
	if _, err := g.WatchBlows(func() { t.Error("a blow is told") }); err != nil {
		t.Fatal(err)
	}
}

func TestWhereTheKernelHasNoNoticesOfAV1GroupNothingIsToldAndNothingFails(t *testing.T) {
	for name, make := range map[string]func(control string) error{
		"missing": func(string) error { return nil },
		"refused": func(control string) error { return os.Symlink("/proc/self/oom_score_adj", control) }, // with EINVAL
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			dir := t.TempDir()
			writeWhole(t, dir, "memory.oom_control", "oom_kill 1\n")
			if err := make(dir + "/cgroup.event_control"); err != nil {
				t.Fatal(err)
			}
			stop, err := watchBlowsV1(dir, func() { t.Error("a blow is told") })
			if err != nil {
				t.Fatal(err)
			}
			stop()
		})
	}
}

func TestNobodyLooksAtAV1GroupBeforeTheKernelHasToldAndThenUntilItsKillsAreCounted(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	writeWhole(t, dir, "memory.failcnt", "1\n")
	writeWhole(t, dir, "memory.oom_control", "oom_kill 0\n")
	writeWhole(t, dir, "cgroup.event_control", "")
	told := make(chan struct{}, 100)
	more := 0
	stop, err := watchBlowsV1(dir, func() {
		if more++; more <= 2 { // after this look, and without another notice
			writeWhole(t, dir, "memory.oom_control", fmt.Sprintf("oom_kill %d\n", more+1))
		}
		told <- struct{}{}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()

	time.AfterFunc(20*time.Millisecond, func() { writeWhole(t, dir, "memory.oom_control", "oom_kill 1\n") })
	select {
	case <-told:
		t.Fatal("somebody looks all the time")
	case <-time.After(300 * time.Millisecond):
	}
	noticeTo(t, dir)
	for range 3 {
		requireTold(t, told)
	}
}

// writeWhole is never read in the middle of it.
func writeWhole(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(dir+"/new", []byte(content), 0o600); err != nil {
		t.Error(err)
	}
	if err := os.Rename(dir+"/new", filepath.Join(dir, name)); err != nil {
		t.Error(err)
	}
}

// noticeTo does what the kernel does.
func noticeTo(t *testing.T, dir string) {
	t.Helper()
	content, err := os.ReadFile(dir + "/cgroup.event_control")
	if err != nil {
		t.Fatal(err)
	}
	var notices, control int
	if _, err := fmt.Sscan(string(content), &notices, &control); err != nil {
		t.Fatalf("%q: %v", content, err)
	}
	if _, err := unix.Write(notices, binary.NativeEndian.AppendUint64(nil, 1)); err != nil {
		t.Fatal(err)
	}
}
