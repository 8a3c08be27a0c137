package bench

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"jobobject/internal/testkit"
)

func enter(t *testing.T) *Ground {
	t.Helper()
	ground, err := Enter()
	if err != nil {
		t.Fatal(err)
	}
	if ground.NoGroup != nil {
		t.Skip("no cgroup for the test:", ground.NoGroup)
	}
	return ground
}

func requireRemoved(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
}

func TestLeavingTheGroundTakesAllThatIsOnIt(t *testing.T) {
	testkit.NoLeaks(t)
	ground := enter(t)
	before := testkit.OwnGroup(t)
	left := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, left, nil)
	if _, err := ground.MakeGroup("empty"); err != nil {
		t.Error(err)
	}

	if err := ground.Leave(); err != nil {
		t.Fatal(err)
	}

	if before != ground.group.dir || testkit.OwnGroup(t) != ground.group.home {
		t.Errorf("was in %s, is in %s; want %s and %s", before, testkit.OwnGroup(t), ground.group.dir, ground.group.home)
	}
	if testkit.Alive(left.Process.Pid) {
		t.Error("a process that was started on the ground outlived it")
	}
	requireRemoved(t, ground.group.dir)
	if ground.fence != nil {
		requireRemoved(t, ground.fence.dir)
	}
}

func TestSweepTakesWhatAKilledRunLeft(t *testing.T) {
	home := testkit.TempGroup(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(home, enclosurePrefix+strconv.Itoa(dead.Process.Pid))
	inUse := filepath.Join(home, enclosurePrefix+strconv.Itoa(os.Getpid()))
	for _, dir := range []string{stale, inUse} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	left := testkit.FixtureCommand(t, "sleep")
	testkit.InGroup(t, left, stale)
	testkit.StartReady(t, left, nil)

	sweep(home)

	requireRemoved(t, stale)
	if testkit.Alive(left.Process.Pid) {
		t.Error("what the killed run left is still alive")
	}
	if _, err := os.Stat(inUse); err != nil {
		t.Errorf("the group of a run that goes on: %v", err)
	}
}

func TestRunTakesTheFiguresThatWereAskedFor(t *testing.T) {
	testkit.NoLeaks(t)
	group := testkit.TempGroup(t) // says whether one can be made
	_ = group
	report, err := Run(t.Context(), Options{
		Rounds:   2,
		Only:     regexp.MustCompile(`^(launch/library: create|kill/10$)`),
		Job:      "/nonexistent/job",
		Fixture:  testkit.Fixture(t),
		Progress: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}

	if len(report.Skipped) > 0 {
		t.Errorf("skipped: %v", report.Skipped)
	}
	if len(report.Launch) != 2 || report.Launch[0].Name != plainExec || report.Launch[1].Name != cycle {
		t.Fatalf("launch = %v, want plain exec and the cycle", report.Launch)
	}
	if l := report.Launch[1]; l.Rounds != 2 || l.Median <= 0 || l.Ratio <= 0 {
		t.Errorf("cycle = %+v", l)
	}
	if len(report.Kill) != 1 || report.Kill[0].Processes != 10 || report.Kill[0].Ratio <= 0 ||
		report.Kill[0].Raw.Rounds != fewestRounds {
		t.Errorf("kill = %+v", report.Kill)
	}
	if report.Memory != nil {
		t.Error("memory was not asked for")
	}
}

func TestRunThatIsInterruptedLeavesNothing(t *testing.T) {
	testkit.NoLeaks(t)
	ground := enter(t) // of the test, so that what is left in it can be seen
	defer func() {
		if err := ground.Leave(); err != nil {
			t.Error(err)
		}
	}()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	progress := writerFunc(func(p []byte) (int, error) { cancel(interrupted); return len(p), nil })

	_, err := Run(ctx, Options{
		Rounds: 100, Only: regexp.MustCompile("^kill/100$"), Fixture: testkit.Fixture(t), Progress: progress,
	})

	if !errors.Is(err, interrupted) {
		t.Errorf("error = %v, want %v", err, interrupted)
	}
	if left := groupsBelow(ground.group.dir); len(left) != 1 {
		t.Errorf("groups left: %v", left[1:])
	}
	if left := members(ground.group.dir); len(left) != 1 || left[0] != syscall.Getpid() {
		t.Errorf("processes left: %v", left)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestFootprintOfThisProcess(t *testing.T) {
	f, err := footprintOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if f.PSS <= 0 || f.PSS > f.RSS || f.RSS > 1e9 {
		t.Errorf("footprint = %+v", f)
	}
	if _, err := footprintOf(1 << 30); err == nil {
		t.Error("the footprint of nobody is no error")
	}
}
