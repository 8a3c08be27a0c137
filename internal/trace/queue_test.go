package trace

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func event(pid int) Event { return Event{Kind: Birth, Process: Process{PID: pid}} }

func TestAQueueKeepsItsOrderAndItsBound(t *testing.T) {
	q := NewQueue(100)
	next, taken := 1, 1
	buffer := make([]Event, 37)
	for round := range 20 {
		for range 30 + 7*round%60 {
			if !q.put(event(next), false) {
				break
			}
			next++
		}
		if q.Len() > 100 {
			t.Fatalf("%d events where there is room for 100", q.Len())
		}
		for _, e := range buffer[:q.take(buffer)] {
			if e.Process.PID != taken {
				t.Fatalf("took %d, expected %d", e.Process.PID, taken)
			}
			taken++
		}
	}
}

func TestAFullQueueTakesOnlyWhatIsUrgent(t *testing.T) {
	q := NewQueue(1)
	if !q.put(event(1), false) || q.put(event(2), false) || !q.put(event(3), true) || q.Len() != 2 {
		t.Errorf("it has %d events", q.Len())
	}
}

func TestReadingWaitsForAnEventOrTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() {
			time.Sleep(time.Second)
			q.put(event(1), false)
		}()
		began := time.Now()
		n, err := q.Read(ctx, make([]Event, 5))
		if n != 1 || err != nil || time.Since(began) != time.Second {
			t.Errorf("read %d, %v after %v", n, err, time.Since(began))
		}
		if _, err := q.Read(ctx, make([]Event, 5)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an empty queue gives %v", err)
		}
	})
}

func TestSeveralReadersShareAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(10)
		ctx, cancel := context.WithCancel(t.Context())
		read := make(chan int, 4)
		for range 4 {
			go func() {
				for {
					var one [1]Event
					if _, err := q.Read(ctx, one[:]); err != nil {
						return
					}
					read <- one[0].Process.PID
					<-ctx.Done() // a slow one
				}
			}()
		}
		for pid := range 4 {
			q.put(event(pid), false)
		}
		seen := map[int]bool{}
		for range 4 {
			seen[<-read] = true
		}
		if len(seen) != 4 {
			t.Errorf("four readers have read %v", seen)
		}
		cancel()
	})
}

func TestLeavingTheLoopLosesNothing(t *testing.T) {
	q := NewQueue(10)
	for pid := 1; pid <= 3; pid++ {
		q.put(event(pid), false)
	}
	for pid := 1; pid <= 3; pid++ {
		for e := range q.All(t.Context()) {
			if e.Process.PID != pid {
				t.Fatalf("got %d, expected %d", e.Process.PID, pid)
			}
			break
		}
	}
}
