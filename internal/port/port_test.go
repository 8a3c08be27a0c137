package port

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"jobobject/internal/kernel"
)

func message(pid int) kernel.Message { return kernel.Message{ID: kernel.NewProcess, Pid: pid} }

func mustGet(t *testing.T, p *Port) kernel.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m, err := p.Get(ctx)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return m
}

func TestMessagesComeInTheOrderInWhichTheyWereDelivered(t *testing.T) {
	p := New(DefaultBound)
	for pid := range 1000 {
		p.Deliver(message(pid))
	}
	for pid := range 1000 {
		if m := mustGet(t, p); m.Pid != pid {
			t.Fatalf("message %d is about %d", pid, m.Pid)
		}
	}
}

func TestAGapIsToldOnceAndInItsPlace(t *testing.T) {
	p := New(8 * messageSize)
	durable := kernel.Message{ID: kernel.NotificationLimit, Durable: true}
	p.Deliver(message(0))
	p.Deliver(durable)
	const more = 20
	for pid := 1; pid <= more; pid++ {
		p.Deliver(message(pid))
	}
	lost := mustGet(t, p)
	if lost.ID != kernel.MessageLost || lost.Lost == 0 {
		t.Fatalf("first comes %+v, not the gap", lost)
	}
	if m := mustGet(t, p); m.ID != kernel.NotificationLimit {
		t.Fatalf("a message that must not be lost gave way to %+v", m)
	}
	got := 0
	for next := int(lost.Lost); next <= more; next++ {
		if m := mustGet(t, p); m.Pid != next {
			t.Fatalf("got %+v, want pid %d: the count of the gap is wrong", m, next)
		}
		got++
	}
	if uint64(got)+lost.Lost != more+1 {
		t.Errorf("%d read and %d lost of %d", got, lost.Lost, more+1)
	}
}

func TestWhatAUserPostsIsRefusedAndNotLost(t *testing.T) {
	p := New(2 * messageSize)
	for range 2 {
		if err := p.Post(message(1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Post(message(1)); !errors.Is(err, kernel.ErrQuotaExceeded) {
		t.Errorf("post to a full port: %v", err)
	}
}

func TestEachMessageGoesToOneOfManyReaders(t *testing.T) {
	p := New(DefaultBound)
	const readers, messages = 8, 10_000
	var mu sync.Mutex
	seen := map[int]int{}
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for {
				m, err := p.Get(t.Context())
				if err != nil || m.Pid < 0 {
					return
				}
				mu.Lock()
				seen[m.Pid]++
				mu.Unlock()
			}
		})
	}
	for pid := range messages {
		p.Deliver(message(pid))
	}
	for range readers {
		p.Deliver(message(-1))
	}
	wg.Wait()
	if len(seen) != messages {
		t.Errorf("%d of %d messages were read", len(seen), messages)
	}
	for pid, times := range seen {
		if times != 1 {
			t.Errorf("message %d was read %d times", pid, times)
		}
	}
}

func TestAReaderThatGivesUpTakesNobodysMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(DefaultBound)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		given, got := make(chan error, 1), make(chan kernel.Message, 1)
		go func() { _, err := p.Get(impatient); given <- err }()
		synctest.Wait()
		go func() { m, _ := p.Get(t.Context()); got <- m }()
		if err := <-given; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the impatient one got %v", err)
		}
		p.Deliver(message(7))
		if m := <-got; m.Pid != 7 {
			t.Errorf("the other one got %+v", m)
		}
	})
}

func TestClosingWakesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(DefaultBound)
		results := make(chan error)
		for range 4 {
			go func() { _, err := p.Get(t.Context()); results <- err }()
		}
		synctest.Wait()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if err := <-results; !errors.Is(err, kernel.ErrClosed) {
				t.Errorf("a reader got %v", err)
			}
		}
		p.Deliver(message(1)) // nobody's mistake (MSG-07)
		if err := p.Post(message(1)); !errors.Is(err, kernel.ErrClosed) {
			t.Errorf("post: %v", err)
		}
		if err := p.Close(); !errors.Is(err, kernel.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
	})
}
