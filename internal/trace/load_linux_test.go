package trace

import (
	"context"
	"testing"
	"time"

	"jobobject/internal/testkit"
	"jobobject/internal/trace/bpf"
)

// What happens when much happens.

func TestManyShortProcessesAreAllToldOf(t *testing.T) {
	testkit.NoLeaks(t)
	processes := 100_000
	if testing.Short() {
		processes = 5_000
	}
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	const loops = 2
	for range loops {
		cmd := shellIn(t, dir, forkLoop, itoa(processes/loops))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	}
	want := uint64(processes + loops)
	testkit.Within(t, 10*time.Minute, "end of all processes", func() bool {
		w.flushed()
		return totalsOf(t, w.Watch).Exits == want
	})
	events := w.end()
	totals := totalsOf(t, w.Watch)
	births, exits := len(of(Birth, events)), len(of(Exit, events))
	if uint64(births) != want || uint64(exits) != want || totals.Births != want || totals.Exits != want {
		t.Errorf("%d processes: %d births and %d exits told, %d and %d counted", want, births, exits, totals.Births, totals.Exits)
	}
	if totals.LostInKernel+totals.LostInQueue != 0 {
		t.Errorf("lost %d and %d", totals.LostInKernel, totals.LostInQueue)
	}
	if totals.Active != 0 || totals.PeakActive < 2 || totals.PeakActive > 10 {
		t.Errorf("%d active, at most %d", totals.Active, totals.PeakActive)
	}
	checkParents(t, events)
}

// checkParents checks that who forks has been told of before.
func checkParents(t *testing.T, events []Event) {
	t.Helper()
	present := map[int]bool{}
	for i, e := range events {
		switch {
		case e.Kind == Birth && i > 0 && e.Parent != testPID && !present[e.Parent]:
			t.Fatalf("born of somebody who was not told of:\n%s", text([]Event{e}))
		case e.Kind.goes():
			delete(present, e.Process.PID)
		}
		if e.Kind.comes() {
			present[e.Process.PID] = true
		}
	}
}

// smallTracer has a ring that overflows at once when nobody reads it.
func smallTracer(t *testing.T) (*Tracer, *kernelSource) {
	t.Helper()
	tracerWith(t, EBPF) // or skip
	s, err := loadKernelSource(bpf.Options{RingBytes: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return &Tracer{source: s}, s.(*kernelSource)
}

// holdUp keeps the reader from reading until it is released.
func (s *kernelSource) holdUp(t *testing.T) (release func()) {
	held, released := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.do(context.Background(), func() { close(held); <-released })
	}()
	<-held
	return func() {
		close(released)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestALossIsToldAndMadeGoodAndTheTotalsAreRight(t *testing.T) {
	testkit.NoLeaks(t)
	tracer, source := smallTracer(t)
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracer, dir)

	before := fixtureIn(t, dir, "sleep") // told of, its end will be lost
	testkit.StartReady(t, before, nil)
	w.flushed()
	release := source.holdUp(t)
	run(t, shellIn(t, dir, forkLoop, "1000"))
	during := fixtureIn(t, dir, "tree", "2", "3") // its beginning will be lost
	children := testkit.StartReady(t, during, nil)
	_ = before.Process.Kill()
	_ = before.Wait()
	release()

	w.until("a loss", func(e Event) bool { return e.Kind == Lost })
	for _, pid := range append(children, during.Process.Pid) {
		w.untilTold(pid, "present")
	}
	w.untilTold(before.Process.Pid, "birth exec gone")
	totals := totalsOf(t, w.Watch)
	if want := uint64(1000 + 1 + 1 + 4); totals.Births != want || totals.Exits != 1002 || totals.Active != 4 {
		t.Errorf("%d births, %d exits, %d active; want %d, 1002, 4", totals.Births, totals.Exits, totals.Active, want)
	}

	_ = during.Process.Kill()
	_ = during.Wait()
	checkLoss(t, w)
}

func (w *watching) untilTold(pid int, story string) {
	w.t.Helper()
	if about(pid, w.events) != story {
		w.until("story "+story, func(Event) bool { return about(pid, w.events) == story })
	}
}

// checkLoss ends the watch and checks that what was told and what was lost is
// what was counted.
func checkLoss(t *testing.T, w *watching) {
	t.Helper()
	testkit.Within(t, patience, "end of the killed", func() bool { return totalsOf(t, w.Watch).Active <= 3 })
	events := w.end()
	var lost uint64
	for _, e := range of(Lost, events) {
		lost += e.Lost
	}
	totals := totalsOf(t, w.Watch)
	if lost == 0 || lost != totals.LostInKernel+totals.LostInQueue {
		t.Errorf("told of %d lost events, counted %d and %d", lost, totals.LostInKernel, totals.LostInQueue)
	}
	told := len(of(Birth, events)) + len(of(Exit, events)) + len(of(Exec, events))
	if counted := int(totals.Births + totals.Exits); told+int(lost) < counted {
		t.Errorf("told of %d events and of %d lost ones, but there were %d births and exits", told, lost, counted)
	}
}

func TestAReceiverThatSleepsHoldsUpNobodyAndIsToldWhatItMissed(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	const room = 100
	w := watchWith(t, tracerWith(t, EBPF), dir, NewQueue(room))

	before := fixtureIn(t, dir, "sleep")
	testkit.StartReady(t, before, nil)
	w.flushed()
	run(t, shellIn(t, dir, forkLoop, "1000"))
	during := fixtureIn(t, dir, "tree", "2", "3")
	testkit.StartReady(t, during, nil)
	_ = before.Process.Kill()
	_ = before.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.queue.Len(); n > room {
		t.Errorf("%d events wait where there is room for %d", n, room)
	}

	w.until("a loss", func(e Event) bool { return e.Kind == Lost })
	w.untilTold(before.Process.Pid, "birth exec gone")
	w.untilTold(during.Process.Pid, "present")
	if totals := totalsOf(t, w.Watch); totals.Births != 1006 || totals.LostInKernel != 0 || totals.LostInQueue == 0 {
		t.Errorf("totals are %+v", totals)
	}
	_ = during.Process.Kill()
	_ = during.Wait()
	checkLoss(t, w)
}
