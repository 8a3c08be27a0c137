package trace

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"jobobject/internal/testkit"
)

// Which groups a process is in, and who is told of it.

// subgroup makes a group below another. It is removed with that.
func subgroup(t testing.TB, dir string, names ...string) string {
	t.Helper()
	for _, name := range names {
		dir = filepath.Join(dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func move(t testing.TB, pid int, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(itoa(pid)), 0); err != nil {
		t.Fatal(err)
	}
}

func TestWhoIsMovedJoinsMovesAndLeaves(t *testing.T) {
	dir := testkit.TempGroup(t)
	inside, outside := subgroup(t, dir, "watched"), subgroup(t, dir, "elsewhere")
	below := subgroup(t, inside, "below")
	w := watchOf(t, tracerWith(t, EBPF), inside)

	cmd := fixtureIn(t, outside, "threads", "3")
	testkit.StartReady(t, cmd, nil)
	pid := cmd.Process.Pid
	move(t, pid, inside)
	move(t, pid, inside) // where it is
	move(t, pid, below)
	move(t, pid, outside)
	move(t, pid, below)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()

	events := w.end()
	if got := about(pid, events); got != "join moved leave join exit" {
		t.Fatalf("told %q in\n%s", got, text(events))
	}
	watched := w.Group()
	belowID, outsideID := idOf(t, below), idOf(t, outside)
	for i, want := range []Event{
		{Group: watched, Nearest: watched},
		{Group: belowID, From: watched, Nearest: watched},
		{Group: outsideID, From: belowID, Nearest: 0},
		{Group: belowID, Nearest: watched},
		{Group: belowID, Nearest: watched},
	} {
		if e := events[i]; e.Group != want.Group || e.From != want.From || e.Nearest != want.Nearest {
			t.Errorf("%s: group %d from %d nearest %d, want %+v", e.Kind, e.Group, e.From, e.Nearest, want)
		}
	}
	if totals := totalsOf(t, w.Watch); totals.Joins != 2 || totals.Leaves != 1 || totals.Exits != 1 || totals.Active != 0 || totals.PeakActive != 1 {
		t.Errorf("totals are %+v", totals)
	}
}

func idOf(t testing.TB, dir string) uint64 {
	t.Helper()
	g, err := findGroup(dir)
	if err != nil {
		t.Fatal(err)
	}
	return g.id
}

func TestWhoWasThereBeforeIsFollowedOut(t *testing.T) {
	dir := testkit.TempGroup(t)
	inside, outside := subgroup(t, dir, "watched"), subgroup(t, dir, "elsewhere")
	cmd := fixtureIn(t, inside, "sleep")
	testkit.StartReady(t, cmd, nil)
	w := watchOf(t, tracerWith(t, EBPF), inside)
	move(t, cmd.Process.Pid, outside)
	if events := w.end(); about(cmd.Process.Pid, events) != "present leave" {
		t.Errorf("told as\n%s", text(events))
	}
	if totals := totalsOf(t, w.Watch); totals.Present != 1 || totals.Leaves != 1 || totals.Active != 0 {
		t.Errorf("totals are %+v", totals)
	}
}

func TestAGroupIsToldOfAllBelowItAtAnyDepth(t *testing.T) {
	dir := testkit.TempGroup(t)
	deep := dir
	for range 70 {
		deep = subgroup(t, deep, "d")
	}
	tracer := tracerWith(t, EBPF)
	queue := NewQueue(1000)
	outer := watchWith(t, tracer, dir, queue)
	middle := watchWith(t, tracer, filepath.Join(dir, "d", "d"), queue)
	inner := watchWith(t, tracer, deep, queue)

	cmd := shellIn(t, deep, "exit")
	run(t, cmd)
	outer.flushed()
	byWatch := map[*Watch][]Event{}
	var order []*Watch
	for _, e := range outer.events {
		byWatch[e.Watch] = append(byWatch[e.Watch], e)
		order = append(order, e.Watch)
	}
	for name, w := range map[string]*Watch{"outer": outer.Watch, "middle": middle.Watch, "inner": inner.Watch} {
		if got := about(cmd.Process.Pid, byWatch[w]); len(byWatch[w]) != 3 && len(byWatch[w]) != 6 {
			t.Errorf("the %s group is told %q:\n%s", name, got, text(byWatch[w]))
		}
		if totals := totalsOf(t, w); totals.Births == 0 || totals.Births != totals.Exits || totals.Dead.User+totals.Dead.System == 0 {
			t.Errorf("the %s group counts %+v", name, totals)
		}
		for _, e := range byWatch[w] {
			if e.Nearest != inner.Group() {
				t.Errorf("the %s group is told that %d is the nearest", name, e.Nearest)
			}
		}
	}
	// The inner ones come first.
	for i := 0; i+2 < len(order); i += 3 {
		if order[i] != inner.Watch || order[i+1] != middle.Watch || order[i+2] != outer.Watch {
			t.Errorf("event %d is told from the outside inwards", i)
		}
	}
}

// A move between two groups is none into or out of what holds both.
func TestAMoveBetweenSiblingsIsCountedInThemAlone(t *testing.T) {
	dir := testkit.TempGroup(t)
	a, b := subgroup(t, dir, "a"), subgroup(t, dir, "b", "c")
	tracer := tracerWith(t, EBPF)
	both, from, to := watchOf(t, tracer, dir), watchOf(t, tracer, a), watchOf(t, tracer, filepath.Join(dir, "b"))
	cmd := fixtureIn(t, a, "sleep")
	testkit.StartReady(t, cmd, nil)
	move(t, cmd.Process.Pid, b)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, want := range []struct {
		watch  *watching
		story  string
		totals Totals
	}{
		{both, "birth exec moved exit", Totals{Births: 1, Exits: 1}},
		{from, "birth exec leave", Totals{Births: 1, Leaves: 1}},
		{to, "join exit", Totals{Joins: 1, Exits: 1}},
	} {
		if got := about(cmd.Process.Pid, want.watch.end()); got != want.story {
			t.Errorf("told %q, want %q", got, want.story)
		}
		got := totalsOf(t, want.watch.Watch)
		if got.Births != want.totals.Births || got.Joins != want.totals.Joins || got.Leaves != want.totals.Leaves ||
			got.Exits != want.totals.Exits || got.PeakActive != 1 || got.Active != 0 {
			t.Errorf("totals are %+v, want %+v", got, want.totals)
		}
	}
}

func TestAGroupIsWatchedOnceAtATime(t *testing.T) {
	for _, means := range []Means{EBPF, ProcConnector, Sampler} {
		t.Run(string(means), func(t *testing.T) {
			testkit.NoLeaks(t)
			dir := testkit.TempGroup(t)
			tracer := tracerWith(t, means)
			w := watchOf(t, tracer, dir)
			if _, err := tracer.Watch(dir, nil); !errors.Is(err, ErrWatched) {
				t.Errorf("a second watch gives %v", err)
			}
			w.end()
			watchOf(t, tracer, dir).end()
		})
	}
}

func TestOnlyACgroup2DirectoryIsWatched(t *testing.T) {
	tracer := tracerWith(t, Sampler)
	for _, dir := range []string{t.TempDir(), filepath.Join(testkit.OwnGroup(t), "nonexistent")} {
		if _, err := tracer.Watch(dir, nil); err == nil {
			t.Errorf("%s is watched", dir)
		}
	}
	tracer.Close()
	if _, err := tracer.Watch(testkit.TempGroup(t), nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed tracer gives %v", err)
	}
}
