package onlooker

import (
	"context"
	"io"
	"sync"
	"time"

	"jobobject/internal/kernel"
)

// bound is how many events wait for a reader.
const bound = 1 << 15

// stream is a queue between the tracer, which must not be held up, and a reader.
type stream struct {
	cancel context.CancelFunc
	over   chan struct{} // closed when nobody tells anything any more

	mu      sync.Mutex
	seq     uint64
	queue   []kernel.Event
	lost    uint64 // behind the queue
	members map[kernel.ProcessID]struct{}
	ended   bool
	err     error
	ready   chan struct{} // has an item when there may be something to read
}

func newStream() *stream {
	return &stream{
		over: make(chan struct{}), ready: make(chan struct{}, 1),
		members: map[kernel.ProcessID]struct{}{},
	}
}

// begin says by what means it is told.
func (s *stream) begin(means, misses string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(kernel.Event{Kind: kernel.EventBegin, Time: time.Now(), Means: means, Misses: misses})
	s.wake()
}

// tell takes what the tracer says.
func (s *stream) tell(e kernel.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(e)
	switch {
	case e.Kind.Comes():
		s.members[e.Process] = struct{}{}
	case e.Kind.Goes():
		delete(s.members, e.Process)
		if len(s.members) == 0 {
			s.put(kernel.Event{Kind: kernel.EventEmpty, Time: e.Time})
		}
	}
	s.wake()
}

func (s *stream) put(e kernel.Event) {
	if len(s.queue) >= bound {
		s.lost++
		return
	}
	if s.lost > 0 {
		s.queue = append(s.queue, kernel.Event{Kind: kernel.EventLost, Time: e.Time, Lost: s.lost})
		s.lost = 0
	}
	s.queue = append(s.queue, e)
}

func (s *stream) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost > 0 {
		s.queue = append(s.queue, kernel.Event{Kind: kernel.EventLost, Time: time.Now(), Lost: s.lost})
	}
	s.ended, s.err = true, err
	s.wake()
}

// Next waits for the next event.
func (s *stream) Next(ctx context.Context) (kernel.Event, error) {
	for {
		e, some, err := s.take()
		if some || err != nil {
			return e, err
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			return kernel.Event{}, ctx.Err()
		}
	}
}

func (s *stream) take() (e kernel.Event, some bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.queue) > 0:
		e = s.queue[0]
		s.queue[0] = kernel.Event{}
		s.queue = s.queue[1:]
	case s.ended:
		s.wake() // for other readers
		if s.err != nil {
			return e, false, s.err
		}
		return e, false, io.EOF
	default:
		return e, false, nil
	}
	if len(s.queue) > 0 || s.ended {
		s.wake()
	}
	s.seq++
	e.Seq = s.seq
	return e, true, nil
}

// Close ends it. Closing it again does nothing.
func (s *stream) Close() error {
	s.cancel()
	<-s.over
	return nil
}
