package trace

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

// What the means can do that stand in for eBPF.

func eachFallback(t *testing.T, test func(t *testing.T, tracer *Tracer)) {
	for _, means := range []Means{ProcConnector, Sampler} {
		t.Run(string(means), func(t *testing.T) {
			testkit.NoLeaks(t)
			test(t, tracerWith(t, means))
		})
	}
}

func TestEveryMeansTellsOfProcessesThatStay(t *testing.T) {
	eachFallback(t, func(t *testing.T, tracer *Tracer) {
		dir := testkit.TempGroup(t)
		w := watchOf(t, tracer, dir)
		cmd := fixtureIn(t, subgroup(t, dir, "below"), "tree", "3", "2")
		pids := testkit.StartReady(t, cmd, nil)
		pids = append(pids, cmd.Process.Pid)
		for _, pid := range pids {
			if !strings.HasPrefix(about(pid, w.events), "birth") {
				w.until("a birth", func(e Event) bool { return e.Kind == Birth && e.Process.PID == pid })
			}
		}
		if totals := totalsOf(t, w.Watch); totals.Active != uint64(len(pids)) {
			t.Errorf("%d active of %d", totals.Active, len(pids))
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		for _, pid := range pids {
			if !strings.HasSuffix(about(pid, w.events), "exit") {
				w.until("an exit", func(e Event) bool { return e.Kind == Exit && e.Process.PID == pid })
			}
		}
		_ = cmd.Wait()
		for _, e := range w.end() {
			if e.Kind == Exit && e.Process.PID == cmd.Process.Pid && len(of(Lost, w.events)) == 0 &&
				(!e.Exit.StatusKnown || e.Exit.Status.Signal() != syscall.SIGKILL) {
				t.Errorf("killed, and told as %s", text([]Event{e}))
			}
		}
		if joins := of(Join, w.events); len(joins) > 0 {
			t.Errorf("born in the group, and told as\n%s", text(joins))
		}
		totals := totalsOf(t, w.Watch)
		if totals.Births != uint64(len(pids)) || totals.Exits != totals.Births || totals.Active != 0 || totals.PeakActive != totals.Births {
			t.Errorf("totals are %+v", totals)
		}
	})
}

func TestEveryMeansTellsWhoIsPresentAndWhoMoves(t *testing.T) {
	eachFallback(t, func(t *testing.T, tracer *Tracer) {
		dir := testkit.TempGroup(t)
		inside, outside := subgroup(t, dir, "watched"), subgroup(t, dir, "elsewhere")
		first, second := fixtureIn(t, inside, "dead-leader"), fixtureIn(t, outside, "sleep")
		testkit.StartReady(t, first, nil)
		testkit.StartReady(t, second, nil)
		stat, err := readStat(second.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Within(t, patience, "a process older than two samples", func() bool { return now() > stat.start+3*samplePeriod })
		w := watchOf(t, tracer, inside)
		events := w.flushed()
		if about(first.Process.Pid, events) != "present" || len(events) != 1+len(of(Lost, events)) {
			t.Errorf("told as\n%s", text(events))
		}
		move(t, second.Process.Pid, inside)
		w.untilTold(second.Process.Pid, "join")
		move(t, second.Process.Pid, outside)
		w.untilTold(second.Process.Pid, "join leave")
		_ = first.Process.Kill()
		w.untilTold(first.Process.Pid, "present exit")
		_ = first.Wait()
		w.end()
		if totals := totalsOf(t, w.Watch); totals.Present != 1 || totals.Joins != 1 || totals.Leaves != 1 || totals.Exits != 1 || totals.Active != 0 {
			t.Errorf("totals are %+v", totals)
		}
	})
}

func TestNestedGroupsAreToldByEveryMeans(t *testing.T) {
	eachFallback(t, func(t *testing.T, tracer *Tracer) {
		outer := testkit.TempGroup(t)
		inner := subgroup(t, outer, "inner")
		a, b := watchOf(t, tracer, outer), watchOf(t, tracer, inner)
		cmd := fixtureIn(t, inner, "sleep")
		testkit.StartReady(t, cmd, nil)
		isBirth := func(e Event) bool { return e.Kind == Birth && e.Process.PID == cmd.Process.Pid }
		for _, e := range []Event{a.until("birth", isBirth), b.until("birth", isBirth)} {
			if e.Nearest != b.Group() || e.Group != b.Group() {
				t.Errorf("in group %d, nearest %d, not in %d", e.Group, e.Nearest, b.Group())
			}
		}
		_ = cmd.Process.Kill()
		isExit := func(e Event) bool { return e.Kind == Exit && e.Process.PID == cmd.Process.Pid }
		a.until("exit", isExit)
		b.until("exit", isExit)
		_ = cmd.Wait()
		b.end()
		a.end()
	})
}

// The proc connector hears of everything, though it may learn too late where
// that was.
func TestTheProcConnectorHearsOfShortProcesses(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, ProcConnector), dir)
	const n = 2000
	cmd := shellIn(t, dir, forkLoop+"; /bin/true; exit 3", itoa(n))
	_ = cmd.Run()
	w.until("exit of the shell", func(e Event) bool { return e.Kind == Exit && e.Process.PID == cmd.Process.Pid })
	events := w.end()
	births, exits := len(of(Birth, events)), len(of(Exit, events))
	if len(of(Lost, events)) > 0 {
		t.Logf("%d births and %d exits of %d processes; the others are told to be lost", births, exits, n+2)
		return
	}
	if births != n+2 || exits != n+2 {
		t.Errorf("%d births and %d exits of %d processes, and nothing lost", births, exits, n+2)
	}
	if exit := of(Exit, events)[exits-1]; exit.Exit.Status.Code() != 3 {
		t.Errorf("exited with %+v", exit.Exit)
	}
	// Of one that has ended before it could be looked up nothing is known.
	if execs := of(Exec, events); len(execs) != 2 || execs[0].Exec.Path == "" {
		t.Errorf("execs are\n%s", text(execs))
	}
}

// The sampler says how a process ended that its parent has not waited for, and
// what it had used.
func TestTheSamplerReadsZombies(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, Sampler), dir)
	cmd := fixtureIn(t, dir, "handler", "TERM", "9", "0s")
	testkit.StartReady(t, cmd, nil)
	w.until("birth", func(e Event) bool { return e.Kind == Birth })
	_ = cmd.Process.Signal(syscall.SIGTERM)
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	if !exit.Exit.StatusKnown || exit.Exit.Status.Code() != 9 || !exit.Exit.UsageKnown || exit.Exit.Usage.MinorFaults == 0 {
		t.Errorf("exited with %+v", exit.Exit)
	}
	_ = cmd.Wait()
	w.end()
}

func TestTheMeansSayWhatTheyMiss(t *testing.T) {
	for _, means := range []Means{EBPF, ProcConnector, Sampler} {
		t.Run(string(means), func(t *testing.T) {
			tracer := tracerWith(t, means)
			if tracer.Means() != means {
				t.Errorf("it is %q", tracer.Means())
			}
			misses := tracer.Misses()
			if means == EBPF && misses != "" || means != EBPF && !strings.Contains(misses, "it misses ") {
				t.Errorf("it says %q", misses)
			}
		})
	}
}

func TestTheBestMeansIsTakenAndTheOthersExplained(t *testing.T) {
	tracer, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tracer.Close()
	for _, means := range []Means{EBPF, ProcConnector, Sampler} {
		if means == tracer.Means() {
			return
		}
		_, err := OpenOnly(means)
		var why *kernel.NotSupportedError
		if !errors.As(err, &why) || why.Remedy == "" {
			t.Errorf("%s is passed over, and refuses with %v", means, err)
		}
		if tracer.Passed() == nil || !strings.Contains(tracer.Passed().Error(), string(means)) {
			t.Errorf("%s is passed over for %v", means, tracer.Passed())
		}
	}
}
