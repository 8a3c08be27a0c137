package tracing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/trace"
)

// session is a means at work, from the first watch to the last, and the goroutine
// that tells what it sees.
type session struct {
	tracer *trace.Tracer
	queue  *trace.Queue
	exact  bool      // whether it sees all there is to see
	booted time.Time // when the clock of the events was 0, by the one on the wall
	users  int       // belongs to who holds the lock of the Tracer

	stop  context.CancelFunc
	ended chan struct{}

	mu      sync.Mutex
	read    uint64 // events that have been told
	waiting []waiting
}

// waiting is somebody who waits until so many events have been told.
type waiting struct {
	until uint64
	done  chan struct{}
}

func openSession(open func() (*trace.Tracer, error)) (*session, error) {
	booted, err := timeOfBoot()
	if err != nil {
		return nil, err
	}
	tracer, err := open()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &session{
		tracer: tracer, queue: trace.NewQueue(trace.DefaultQueue),
		exact: tracer.Means() == trace.EBPF, booted: booted,
		stop: stop, ended: make(chan struct{}),
	}
	go s.work(ctx)
	return s, nil
}

// timeOfBoot is asked for once in a session: what sets the clock on the wall
// later must not make events seem to have changed places.
func timeOfBoot() (time.Time, error) {
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil {
		return time.Time{}, fmt.Errorf("read the time since boot: %w", err)
	}
	return time.Now().Add(-time.Duration(since.Nano())).Round(0), nil
}

// close ends the goroutine and the means. There are no watches any more.
func (s *session) close() error {
	s.stop()
	<-s.ended
	return s.tracer.Close()
}

// work is the goroutine.
func (s *session) work(ctx context.Context) {
	defer close(s.ended)
	events := make([]trace.Event, 256)
	for {
		n, err := s.queue.Read(ctx, events)
		if err != nil {
			return
		}
		for i := range events[:n] {
			w := events[i].Watch.Label().(*watch)
			w.hear(&events[i])
		}
		clear(events[:n]) // or they would hold what they tell of
		s.advance(n)
	}
}

// advance lets those go on who have waited for what has just been told.
func (s *session) advance(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read += uint64(n)
	left := s.waiting[:0]
	for _, w := range s.waiting {
		if w.until <= s.read {
			close(w.done)
		} else {
			left = append(left, w)
		}
	}
	clear(s.waiting[len(left):])
	s.waiting = left
}

// await waits until all events that are in the queue now have been told.
func (s *session) await(ctx context.Context) error {
	until := s.queue.Arrived()
	s.mu.Lock()
	if until <= s.read {
		s.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	s.waiting = append(s.waiting, waiting{until, done})
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
