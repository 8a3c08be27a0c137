package trace

import (
	"context"
	"runtime"
	"testing"
	"time"

	"jobobject/internal/testkit"
	"jobobject/internal/trace/bpf"
)

// What happens when much happens.

// crowd is how many processes there are where many are wanted.
func crowd() int {
	if testing.Short() {
		return 10_000
	}
	return 100_000
}

// startCrowd starts that many processes that exit at once, from two loops that
// make one after the other; want is how many there are in all. It waits for the
// last, and does what is to be done meanwhile.
func startCrowd(t *testing.T, dir string, w *watching, meanwhile func()) (want uint64) {
	t.Helper()
	testkit.RequireFence(t)
	cmd := fixtureIn(t, dir, "burst", itoa(crowd()/2), "2")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	want = uint64(crowd()) + 3
	testkit.Within(t, 5*time.Minute, "end of all processes", func() bool {
		meanwhile()
		return totalsOf(t, w.Watch).Exits == want
	})
	return want
}

func TestManyShortProcessesAreAllToldOf(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	began := time.Now()
	want := startCrowd(t, dir, w, func() { w.flushed() })
	t.Logf("%.0f births and deaths in a second", 2*float64(want)/time.Since(began).Seconds())
	events := w.end()
	totals := totalsOf(t, w.Watch)
	if totals.Births != want || totals.Exits != want {
		t.Errorf("%d processes: %d births and %d exits counted", want, totals.Births, totals.Exits)
	}
	if totals.Active != 0 || totals.PeakActive < 4 || totals.PeakActive > 5 {
		t.Errorf("%d active, at most %d, want 0 and 5 (4 on one processor)", totals.Active, totals.PeakActive)
	}
	if lost := totals.LostInKernel + totals.LostInQueue; lost > 0 {
		t.Logf("this machine is too slow: %d events lost", lost)
		checkAccounts(t, w)
		return
	}
	births, exits := len(of(Birth, events)), len(of(Exit, events))
	if uint64(births) != want || uint64(exits) != want {
		t.Errorf("%d processes: %d births and %d exits told, and nothing lost", want, births, exits)
	}
	checkParents(t, events)
}

// A reader that sleeps all the time costs the memory of a queue and no more.
func TestManyProcessesAndNobodyWhoReadsTakeNoMemory(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	w := watchWith(t, tracerWith(t, EBPF), dir, NewQueue(DefaultQueue))
	before := heap()
	want := startCrowd(t, dir, w, func() {})
	if growth := int64(heap()) - int64(before); growth > 24<<20 {
		t.Errorf("the heap has grown by %d MB", growth>>20)
	}
	if n := w.queue.Len(); n > DefaultQueue {
		t.Errorf("%d events wait where there is room for %d", n, DefaultQueue)
	}
	w.end()
	if totals := totalsOf(t, w.Watch); totals.Births != want || totals.Exits != want || !testing.Short() && totals.LostInQueue == 0 {
		t.Errorf("%d processes are counted as %+v", want, totals)
	}
	checkAccounts(t, w)
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
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
	return &Tracer{source: s, find: findGroup}, s.(*kernelSource)
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
	w.end()
	if len(of(Lost, w.events)) == 0 {
		t.Error("told of no loss")
	}
	checkAccounts(t, w)
}

// checkAccounts checks, after the end, that what was told and what was told to be
// lost is what was counted.
func checkAccounts(t *testing.T, w *watching) {
	t.Helper()
	var lost uint64
	for _, e := range of(Lost, w.events) {
		lost += e.Lost
	}
	totals := totalsOf(t, w.Watch)
	if lost != totals.LostInKernel+totals.LostInQueue {
		t.Errorf("told of %d lost events, counted %d and %d", lost, totals.LostInKernel, totals.LostInQueue)
	}
	told := len(of(Birth, w.events)) + len(of(Exit, w.events)) + len(of(Exec, w.events))
	told += len(of(Present, w.events)) - int(totals.Present) + len(of(Gone, w.events))
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
