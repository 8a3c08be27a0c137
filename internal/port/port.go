package port

import (
	"context"
	"fmt"
	"sync"

	"jobobject/internal/kernel"
)

// DefaultBound is how many bytes the messages of a port may take.
const DefaultBound = 4 << 20

// messageSize is what one message takes, its place in the queue included. Keys are
// the jobs' and not counted.
const messageSize = 64

// Port is a queue of messages. Its zero value is not ready; use New.
type Port struct {
	mu      sync.Mutex
	most    int // messages
	queue   []kernel.Message
	lost    uint64 // before the first one in the queue
	waiters []chan struct{}
	closed  bool
}

// New makes a port whose messages take at most that many bytes.
func New(bound int) *Port { return &Port{most: max(bound/messageSize, 1)} }

// Deliver puts a message of a job into the queue, whatever has to give way.
func (p *Port) Deliver(m kernel.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return // MSG-07
	}
	if len(p.queue) >= p.most {
		p.giveWay()
	}
	p.append(m)
}

// Post puts a message of a user into the queue. It is kernel.ErrQuotaExceeded
// where it is full: what users post is not the port's to lose.
func (p *Port) Post(m kernel.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return kernel.ErrClosed
	case len(p.queue) >= p.most:
		return fmt.Errorf("%w: %d messages are unread", kernel.ErrQuotaExceeded, len(p.queue))
	}
	m.Durable = true
	p.append(m)
	return nil
}

func (p *Port) append(m kernel.Message) {
	p.queue = append(p.queue, m)
	if len(p.waiters) > 0 {
		close(p.waiters[0])
		p.waiters = p.waiters[1:]
	}
}

// giveWay makes room by a quarter, so that it need not be done for each message.
func (p *Port) giveWay() {
	room := max(p.most/4, 1)
	kept := p.queue[:0]
	for _, m := range p.queue {
		if room > 0 && !m.Durable {
			room--
			p.lost++
			continue
		}
		kept = append(kept, m)
	}
	clear(p.queue[len(kept):])
	p.queue = kept
}

// Get takes the next message out. A message with the id Lost tells of a gap.
func (p *Port) Get(ctx context.Context) (kernel.Message, error) {
	for {
		m, wait, err := p.take()
		if wait == nil {
			return m, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			p.leave(wait)
			return kernel.Message{}, ctx.Err()
		}
	}
}

// take returns a channel to wait on where there is nothing to take.
func (p *Port) take() (m kernel.Message, wait chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return m, nil, kernel.ErrClosed
	case p.lost > 0:
		m = kernel.Message{ID: kernel.MessageLost, Lost: p.lost}
		p.lost = 0
		return m, nil, nil
	case len(p.queue) > 0:
		m = p.queue[0]
		p.queue[0] = kernel.Message{}
		p.queue = p.queue[1:]
		return m, nil, nil
	}
	wait = make(chan struct{})
	p.waiters = append(p.waiters, wait)
	return m, wait, nil
}

// leave is for a reader that waits no longer. One that was woken meanwhile hands
// that on.
func (p *Port) leave(wait chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.waiters {
		if w == wait {
			p.waiters = append(p.waiters[:i:i], p.waiters[i+1:]...)
			return
		}
	}
	if len(p.queue) > 0 && len(p.waiters) > 0 {
		close(p.waiters[0])
		p.waiters = p.waiters[1:]
	}
}

// Close wakes all readers. Messages that nobody has taken are gone.
func (p *Port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return kernel.ErrClosed
	}
	p.closed, p.queue, p.lost = true, nil, 0
	for _, w := range p.waiters {
		close(w)
	}
	p.waiters = nil
	return nil
}
