package trace

import (
	"testing"

	"jobobject/internal/testkit"
	"jobobject/internal/trace/bpf"

	"github.com/cilium/ebpf"
)

// Watches that begin and end while things happen.

func TestMembersArePresentBeforeAllElse(t *testing.T) {
	dir := testkit.TempGroup(t)
	cmd := fixtureIn(t, subgroup(t, dir, "below"), "tree", "3", "2")
	pids := testkit.StartReady(t, cmd, nil)
	leader := fixtureIn(t, dir, "dead-leader")
	testkit.StartReady(t, leader, nil)
	ended := shellIn(t, dir, "exit")
	if err := ended.Start(); err != nil { // a zombie is no member
		t.Fatal(err)
	}
	defer func() { _ = ended.Wait() }()
	testkit.Within(t, patience, "end of the shell", func() bool { return !testkit.Alive(ended.Process.Pid) })

	w := watchOf(t, tracerWith(t, EBPF), dir)
	events := w.flushed()
	if len(events) != len(pids)+2 || len(of(Present, events)) != len(events) {
		t.Fatalf("%d members are told as\n%s", len(pids)+2, text(events))
	}
	for _, pid := range append(pids, cmd.Process.Pid, leader.Process.Pid) {
		if about(pid, events) != "present" {
			t.Errorf("nobody was told of %d", pid)
		}
	}
	if e := events[0]; e.Command == "" || e.Parent == 0 || e.Group == 0 || e.Process.Start == 0 {
		t.Errorf("little is told: %+v", e)
	}
	if totals := totalsOf(t, w.Watch); totals.Present != uint64(len(pids)+2) || totals.Active != totals.Present || totals.PeakActive != totals.Present {
		t.Errorf("totals are %+v", totals)
	}
	w.end()
}

// Whoever is born, exits or execs at the moment when a watch begins or ends is
// told of once or not at all, and counted as told.
func TestWatchesBeginAndEndInTheMiddleOfThings(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	tracer := tracerWith(t, EBPF)
	outer, inner := dir, subgroup(t, dir, "inner")
	for range 2 {
		cmd := shellIn(t, inner, `while :; do ( : ); /bin/true; done`)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	}

	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	for round := range rounds {
		first, second := inner, outer
		if round%2 == 1 {
			first, second = outer, inner
		}
		a := watchOf(t, tracer, first)
		b := watchOf(t, tracer, second)
		for range round % 5 {
			b.until("exit", func(e Event) bool { return e.Kind == Exit })
		}
		checkCounts(t, a)
		checkCounts(t, b)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// checkCounts ends the watch and compares what it has told with what it counts.
func checkCounts(t *testing.T, w *watching) {
	t.Helper()
	events := w.end()
	totals := totalsOf(t, w.Watch)
	present, births, exits := len(of(Present, events)), len(of(Birth, events)), len(of(Exit, events))
	// Who was present at a birth that is told a moment later was born all the
	// same.
	if uint64(present+births) != totals.Seen() || uint64(births) > totals.Births || uint64(exits) != totals.Exits ||
		totals.Active != totals.Present+totals.Births-totals.Exits {
		t.Errorf("told of %d present, %d births, %d exits; counted %+v in\n%s", present, births, exits, totals, text(events))
	}
	if totals.PeakActive < totals.Active || totals.PeakActive > 12 {
		t.Errorf("at most %d active", totals.PeakActive)
	}
}

func TestManyGroupsAreWatchedAtOnce(t *testing.T) {
	dir := testkit.TempGroup(t)
	tracer := tracerWith(t, EBPF)
	queue := NewQueue(1 << 16)
	const groups = 200
	counts := map[*Watch]int{}
	var all []*watching
	for i := range groups {
		group := subgroup(t, dir, itoa(i))
		w := watchWith(t, tracer, group, queue)
		all = append(all, w)
		run(t, shellIn(t, group, "exit"))
	}
	all[0].flushed()
	for _, e := range all[0].events {
		if e.Kind == Exit {
			counts[e.Watch]++
		}
	}
	for i, w := range all {
		if counts[w.Watch] != 1 || totalsOf(t, w.Watch).Exits != 1 {
			t.Errorf("group %d has %d exits told and %d counted", i, counts[w.Watch], totalsOf(t, w.Watch).Exits)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheLastUserUnloadsThePrograms(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	before := ourPrograms(t)
	first, second := tracerWith(t, EBPF), tracerWith(t, EBPF)
	if first.source != second.source {
		t.Error("two tracers load the programs twice")
	}
	loaded := ourPrograms(t)
	if len(loaded) != len(before)+7 && len(loaded) != len(before)+8 {
		t.Errorf("%d programs are loaded, %d were before", len(loaded), len(before))
	}
	w := watchOf(t, first, dir)
	first.Close()
	second.Close()
	run(t, shellIn(t, dir, "exit")) // the watch is a user too
	if exits := of(Exit, w.end()); len(exits) != 1 {
		t.Errorf("%d exits", len(exits))
	}
	testkit.Within(t, patience, "end of the programs", func() bool {
		for id := range ourPrograms(t) {
			if loaded[id] && !before[id] {
				return false
			}
		}
		return true
	})
}

// ourPrograms are the loaded ones with the names of ours, of all processes.
func ourPrograms(t *testing.T) map[ebpf.ProgramID]bool {
	t.Helper()
	names := map[string]bool{}
	for _, name := range bpf.Names() {
		names[name] = true
	}
	found := map[ebpf.ProgramID]bool{}
	for id := ebpf.ProgramID(0); ; {
		next, err := ebpf.ProgramGetNextID(id)
		if err != nil {
			return found
		}
		id = next
		program, err := ebpf.NewProgramFromID(id)
		if err != nil {
			continue // unloaded meanwhile
		}
		if info, err := program.Info(); err == nil && names[info.Name] {
			found[id] = true
		}
		program.Close()
	}
}
