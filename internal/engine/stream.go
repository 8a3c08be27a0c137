package engine

import (
	"context"

	"jobobject/internal/kernel"
	"jobobject/internal/queue"
)

// A stream keeps up to so many bytes of events that nobody has read.
const (
	streamBound = 4 << 20
	eventSize   = 256
)

// stream is the events of a job for one reader.
type stream struct {
	job   *job
	queue *queue.Queue[kernel.Event]
	begun bool // guarded by the lock of the news
}

var _ kernel.Events = (*stream)(nil)

func newStream(j *job) *stream {
	return &stream{job: j, queue: queue.New(queue.Rules[kernel.Event]{
		Bound: streamBound,
		Size:  sizeOf,
		Stays: func(e kernel.Event) bool { return e.Kind == kernel.EventBegin },
		Lost:  func(e kernel.Event) uint64 { return max(e.Lost, 1) },
		Gap: func(lost uint64) kernel.Event {
			e := now(kernel.EventLost)
			e.Lost = lost
			return e
		},
		Number: func(e *kernel.Event, n uint64) { e.Seq = n },
	})}
}

// sizeOf is about what an event takes.
func sizeOf(e kernel.Event) int {
	size := eventSize + len(e.Command) + len(e.To)
	if e.Program != nil {
		size += len(e.Program.Path)
		for _, arg := range e.Program.Args {
			size += len(arg) + 16
		}
	}
	return size
}

// begin says first of all by what means the stream is told. It does so once, also
// where a second watch follows the first.
func (s *stream) begin(means, misses string) {
	if s.begun {
		return
	}
	s.begun = true
	e := now(kernel.EventBegin)
	e.Means, e.Misses = means, misses
	s.put(e)
}

func (s *stream) put(e kernel.Event) {
	if s.begun {
		s.queue.Put(e)
	}
}

// Next waits for the next event.
func (s *stream) Next(ctx context.Context) (kernel.Event, error) { return s.queue.Get(ctx) }

// Close ends the stream. The job goes on, unwatched if this was the last.
func (s *stream) Close() error {
	s.job.teller.leave(s)
	_ = s.queue.Close() // again is no mistake
	s.job.rest()
	return nil
}
