package procevents

import "testing"

func TestGapsInTheNumbersOfAProcessorAreLosses(t *testing.T) {
	l := &Listener{next: map[uint32]uint32{}}
	for _, m := range []Message{
		{cpu: 0, sequence: 100}, {cpu: 1, sequence: 7}, // where each begins is no loss
		{cpu: 0, sequence: 101}, {cpu: 1, sequence: 10}, {cpu: 0, sequence: 102},
	} {
		l.noteGap(&m)
	}
	if l.Lost() != 2 {
		t.Errorf("lost %d, not 2", l.Lost())
	}
	l.noteGap(&Message{cpu: 0, sequence: 50}) // the kernel has begun anew
	if l.Lost() != 2 {
		t.Errorf("numbers that go back are %d losses", l.Lost()-2)
	}
}
