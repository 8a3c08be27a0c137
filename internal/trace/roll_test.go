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
		}
	}

	for pid := 1; pid <= 4; pid++ {
		w.born(process(pid))
	}
	w.born(process(5))   // no room any more
	w.born(process(6))   // nor for this one,
	w.exited(process(6)) // of which nobody hears
	w.exited(process(1)) // this one has been told of
	take("birth", "birth", "birth", "birth")
	take("lost", "gone", "present")
	w.exited(process(5))
	take("exit")
	if totals := w.counted(); totals.Births != 6 || totals.Exits != 3 || totals.Active != 3 || totals.LostInQueue != 4 || totals.PeakActive != 6 {
		t.Errorf("totals are %+v", totals)
	}
}
