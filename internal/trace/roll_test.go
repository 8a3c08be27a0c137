package trace

import "testing"

// The receiver's side of a queue with room for two, step by step.
func TestWhatCouldNotBeToldIsMadeGood(t *testing.T) {
	q := NewQueue(4)
	w := &Watch{queue: q}
	process := func(pid int) Event { return Event{Process: Process{PID: pid}, Exit: &Ending{}} }
	take := func(want ...string) {
		t.Helper()
		buffer := make([]Event, 16)
		n, err := q.Read(t.Context(), buffer)
		var got []string
		for _, e := range buffer[:n] {
			got = append(got, e.Kind.String())
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("took %q, %v; want %q", got, err, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("took %q, want %q", got, want)
			}
			if e := buffer[i]; e.Kind == Lost && e.Lost != 2 { // of the four, two are made good
				t.Errorf("%d events are lost, want 2", e.Lost)
			}
		}
	}

	for pid := 1; pid <= 4; pid++ {
		w.born(process(pid))
	}
	w.born(process(5))   // no room any more
	w.born(process(6))   // nor for this one,
	w.exited(process(6)) // of which nobody hears: these two events are lost
	w.exited(process(1)) // this one has been told of
	take("birth", "birth", "birth", "birth")
	take("lost", "gone", "present")
	w.exited(process(5))
	take("exit")
	if totals := w.counted(); totals.Births != 6 || totals.Exits != 3 || totals.Active != 3 || totals.LostInQueue != 2 || totals.PeakActive != 6 {
		t.Errorf("totals are %+v", totals)
	}
}

// Of a process whose birth could not be told, the end is not told either.
func TestWhoHasNotComeDoesNotGo(t *testing.T) {
	q := NewQueue(4)
	w := &Watch{queue: q}
	process := func(pid int) Event { return Event{Process: Process{PID: pid}, Exit: &Ending{}} }
	for pid := 1; pid <= 5; pid++ {
		w.born(process(pid))
	}
	buffer := make([]Event, 16)
	if n := q.take(buffer); n != 4 {
		t.Fatalf("took %d", n)
	}
	w.exited(process(5)) // there is room by now
	q.settle()
	n := q.take(buffer)
	if n != 1 || buffer[0].Kind != Lost || buffer[0].Lost != 2 {
		t.Errorf("got %+v, want that both are lost", buffer[:n])
	}
}
