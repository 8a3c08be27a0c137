package tracing

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
	"jobobject/internal/trace"
)

var _ group.Tracer = (*Tracer)(nil)

func TestAProcessIsToldInTheWordsOfTheKernel(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	began := time.Now()

	cmd := fixtureIn(t, dir, "exit", "7")
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Fatalf("the fixture: %v", cmd.ProcessState)
	}
	pid, events := cmd.ProcessState.Pid(), w.flushed()

	if got := story(pid, events); got != "birth exec exit" || len(events) != 3 {
		t.Fatalf("told %q in %+v", got, events)
	}
	birth, exit := events[0], events[2]
	if birth.Parent != os.Getpid() || birth.Process.Start == 0 || birth.Process != exit.Process {
		t.Errorf("born as %+v", birth)
	}
	if program := events[1].Program; program.Path != cmd.Path || strings.Join(program.Args, " ") != cmd.Path+" exit 7" || program.Cut {
		t.Errorf("runs %+v", program)
	}
	// The two clocks are not read at the same moment.
	const tolerance = 50 * time.Millisecond
	for i, e := range events {
		if e.Time.Before(began.Add(-tolerance)) || e.Time.After(time.Now().Add(tolerance)) || i > 0 && e.Time.Before(events[i-1].Time) {
			t.Errorf("event %d at %v, the test began at %v", i, e.Time, began)
		}
	}
	if status := exactly(t, "status", exit.Ending.Status); status != kernel.Exited(7) {
		t.Errorf("ended as %v", status)
	}
	// Before Linux 6.16 the memory is gone by then, and the peak may be the parent's.
	if peak, known := exit.Ending.PeakMemory.Get(); known && peak < 100<<10 {
		t.Errorf("has had %d bytes", peak)
	}
	if faults := exactly(t, "faults", exit.Ending.PageFaults); faults == 0 {
		t.Error("has had no page faults")
	}
}

func TestWhoIsKilledHasTheCodeOfTheSignal(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	cmd := shellIn(t, dir, "kill -TERM $$")
	_ = cmd.Run()
	status := exactly(t, "status", only(t, kernel.EventExit, cmd.ProcessState.Pid(), w.flushed()).Ending.Status)
	if signal, killed := status.Signal(); !killed || signal != syscall.SIGTERM || status.ExitCode() != 143 {
		t.Errorf("ended as %v", status)
	}
}

func TestFlushWaitsUntilAllHasBeenTold(t *testing.T) {
	dir := testkit.TempGroup(t)
	slow, fast := subgroup(t, dir, "slow"), subgroup(t, dir, "fast")
	tracer := tracerWith(t, trace.EBPF)
	gate := make(chan struct{})
	held, err := tracer.Watch(slow, func(kernel.Event) { <-gate })
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	w := listen(t, tracer, fast)

	run(t, shellIn(t, slow, "exit")) // now the one goroutine waits, whoever is to be told
	run(t, shellIn(t, fast, "exit"))
	flushed := make(chan []kernel.Event)
	go func() { flushed <- w.flushed() }()
	if events := w.told(); len(events) > 0 {
		t.Errorf("told although somebody before is still being told: %+v", events)
	}
	close(gate)
	if events := <-flushed; count(kernel.EventExit, events) != 1 {
		t.Errorf("flushed: %+v", events)
	}
}

func TestAllHasBeenToldWhenCloseReturns(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	w := listen(t, tracerWith(t, trace.EBPF), dir)
	run(t, fixtureIn(t, dir, "burst", "500", "2"))
	w.close()
	events := w.told()
	if births, exits := count(kernel.EventBirth, events), count(kernel.EventExit, events); births != 1003 || exits != 1003 {
		t.Errorf("%d births and %d exits of 1003", births, exits)
	}
	run(t, fixtureIn(t, dir, "exit", "0"))
	if late := len(w.told()) - len(events); late > 0 {
		t.Errorf("%d events after the end", late)
	}
	if _, err := w.Usage(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("usage after the end: %v", err)
	}
}

func TestTheMeansIsOpenedForTheFirstWatchAndGivenUpAfterTheLast(t *testing.T) {
	testkit.NoLeaks(t)
	opened := 0
	tracer := &Tracer{open: func() (*trace.Tracer, error) {
		opened++
		return trace.OpenOnly(trace.Sampler)
	}}
	outer := testkit.TempGroup(t)
	inner := subgroup(t, outer, "inner")
	for round := 1; round <= 2; round++ {
		a, b := listen(t, tracer, outer), listen(t, tracer, inner)
		if opened != round {
			t.Errorf("opened %d times in round %d", opened, round)
		}
		a.close()
		if tracer.current == nil {
			t.Error("given up although there is a watch")
		}
		b.close()
		b.close() // which does nothing
		if tracer.current != nil {
			t.Error("not given up")
		}
	}
}

func TestAWatchThatIsRefusedLeavesNothing(t *testing.T) {
	testkit.NoLeaks(t)
	tracer := tracerWith(t, trace.EBPF)
	if _, err := tracer.Watch("/nonexistent", func(kernel.Event) {}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("refused with %v", err)
	}
	if tracer.current != nil {
		t.Error("a means is held for nobody")
	}
	dir := testkit.TempGroup(t)
	w := listen(t, tracer, dir)
	if _, err := tracer.Watch(dir, func(kernel.Event) {}); !errors.Is(err, trace.ErrWatched) {
		t.Errorf("watched twice: %v", err)
	}
	run(t, shellIn(t, dir, "exit"))
	if n := count(kernel.EventExit, w.flushed()); n != 1 {
		t.Errorf("the first watch tells of %d exits", n)
	}
}

func TestWhatHappensInSeveralGroupsIsToldOfTheInnerOneFirst(t *testing.T) {
	outer := testkit.TempGroup(t)
	inner := subgroup(t, outer, "inner")
	tracer := tracerWith(t, trace.EBPF)
	var order []string // belongs to the one goroutine
	watch := func(dir, name string) group.Watch {
		w, err := tracer.Watch(dir, func(e kernel.Event) { order = append(order, name+" "+e.Kind.String()) })
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	a, b := watch(outer, "outer"), watch(inner, "inner")
	run(t, shellIn(t, inner, "exit"))
	for _, w := range []group.Watch{b, a} {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	const want = "inner birth, outer birth, inner exec, outer exec, inner exit, outer exit"
	if got := strings.Join(order, ", "); got != want {
		t.Errorf("told %s; want %s", got, want)
	}
}

func TestWhoLeavesIsToldWithThePlaceItWentTo(t *testing.T) {
	dir := testkit.TempGroup(t)
	inside, outside := subgroup(t, dir, "inside"), subgroup(t, dir, "outside")
	w := listen(t, tracerWith(t, trace.EBPF), inside)
	cmd := fixtureIn(t, inside, "sleep")
	testkit.StartReady(t, cmd, nil)
	move(t, cmd.Process.Pid, outside)
	events := w.flushed()
	if got := story(cmd.Process.Pid, events); got != "birth exec leave" {
		t.Fatalf("told %q", got)
	}
	if to := only(t, kernel.EventLeave, cmd.Process.Pid, events).To; to != outside {
		t.Errorf("it went to %q, told was %q", outside, to)
	}
}

func TestPresentMembersAreToldFirst(t *testing.T) {
	dir := testkit.TempGroup(t)
	cmd := fixtureIn(t, dir, "tree", "3", "2")
	pids := append(testkit.StartReady(t, cmd, nil), cmd.Process.Pid)
	events := listen(t, tracerWith(t, trace.EBPF), dir).flushed()
	for _, pid := range pids {
		if story(pid, events) != "present" {
			t.Errorf("%d is told as %q", pid, story(pid, events))
		}
	}
	if len(events) != len(pids) {
		t.Errorf("%d events of %d members", len(events), len(pids))
	}
}
