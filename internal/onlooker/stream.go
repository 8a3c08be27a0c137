package onlooker

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/queue"
)

// bound is how many events wait for a reader.
const bound = 1 << 15

// stream is a queue between the tracer, which must not be held up, and a reader.
// What finds no room in it is lost, and told to be as soon as there is some.
type stream struct {
	cancel context.CancelFunc
	over   chan struct{} // closed when nobody tells anything any more
	queue  *queue.Queue[kernel.Event]

	mu      sync.Mutex
	lost    uint64 // behind what is in the queue
	members map[kernel.ProcessID]struct{}
	err     error // that it ends with
}

func newStream() *stream {
	return &stream{
		over: make(chan struct{}), members: map[kernel.ProcessID]struct{}{},
		queue: queue.New(queue.Rules[kernel.Event]{
			Bound:  bound, // they are counted, not weighed
			Size:   func(kernel.Event) int { return 1 },
			Stays:  func(kernel.Event) bool { return true },
			Number: func(e *kernel.Event, n uint64) { e.Seq = n },
		}),
	}
}

// begin says by what means it is told.
func (s *stream) begin(means, misses string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(kernel.Event{Kind: kernel.EventBegin, Time: time.Now(), Means: means, Misses: misses})
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
}

func (s *stream) put(e kernel.Event) {
	if s.lost > 0 && s.queue.Offer(s.gap(e.Time)) == nil {
		s.lost = 0
	}
	if s.lost > 0 || s.queue.Offer(e) != nil {
		s.lost++
	}
}

func (s *stream) gap(at time.Time) kernel.Event {
	return kernel.Event{Kind: kernel.EventLost, Time: at, Lost: s.lost}
}

func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost > 0 {
		s.queue.Put(s.gap(time.Now())) // whether there is room or not
	}
	s.err = err
	s.queue.End()
}

// Next waits for the next event.
func (s *stream) Next(ctx context.Context) (kernel.Event, error) {
	e, err := s.queue.Get(ctx)
	if errors.Is(err, io.EOF) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err != nil {
			err = s.err
		}
	}
	return e, err
}

// Close ends it. Closing it again does nothing.
func (s *stream) Close() error {
	s.cancel()
	<-s.over
	return nil
}
