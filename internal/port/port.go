package port

import (
	"context"

	"jobobject/internal/kernel"
	"jobobject/internal/queue"
)

// DefaultBound is how many bytes the messages of a port may take.
const DefaultBound = 4 << 20

// messageSize is what one message takes, its place in the queue included. Keys are
// the jobs' and not counted.
const messageSize = 64

// Port is a queue of messages. Its zero value is not ready; use New.
type Port struct {
	queue *queue.Queue[kernel.Message]
}

var _ kernel.Receiver = (*Port)(nil)

// New makes a port whose messages take at most that many bytes.
func New(bound int) *Port {
	return &Port{queue.New(queue.Rules[kernel.Message]{
		Bound: max(bound, messageSize),
		Size:  func(kernel.Message) int { return messageSize },
		Stays: func(m kernel.Message) bool { return m.Durable },
		Lost:  func(m kernel.Message) uint64 { return max(m.Lost, 1) },
		Gap: func(lost uint64) kernel.Message {
			return kernel.Message{ID: kernel.MessageLost, Lost: lost}
		},
	})}
}

// Deliver puts a message of a job into the queue, whatever has to give way. A
// closed port takes none, which is nobody's mistake (MSG-07).
func (p *Port) Deliver(m kernel.Message) { p.queue.Put(m) }

// Post puts a message of a user into the queue. It is kernel.ErrQuotaExceeded
// where it is full: what users post is not the port's to lose.
func (p *Port) Post(m kernel.Message) error {
	m.Durable = true
	return p.queue.Offer(m)
}

// Get takes the next message out. A message with the id Lost tells of a gap.
func (p *Port) Get(ctx context.Context) (kernel.Message, error) { return p.queue.Get(ctx) }

// Close wakes all readers. Messages that nobody has taken are gone.
func (p *Port) Close() error { return p.queue.Close() }
