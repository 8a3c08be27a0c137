package trace

import (
	"context"
	"errors"
	"os"
	"sync"
)

// mailbox is how others have the one goroutine of a means do something: all
// state of the means belongs to that goroutine.
type mailbox struct {
	wake  func() error  // makes the goroutine look at its mail
	ended chan struct{} // when it does not any more

	mu       sync.Mutex
	requests []func()
	stopping bool
	failure  error
}

func newMailbox(wake func() error) *mailbox {
	return &mailbox{wake: wake, ended: make(chan struct{})}
}

// do waits until the goroutine has done something.
func (m *mailbox) do(ctx context.Context, something func()) error {
	done := make(chan struct{})
	m.mu.Lock()
	m.requests = append(m.requests, func() { something(); close(done) })
	m.mu.Unlock()
	if err := m.wake(); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-m.ended:
		m.mu.Lock()
		defer m.mu.Unlock()
		return errors.Join(m.failure, os.ErrClosed)
	}
}

// flush waits until the goroutine has looked.
func (m *mailbox) flush(ctx context.Context) error { return m.do(ctx, func() {}) }

// take is for the goroutine: what it has to do now, and whether that is all.
func (m *mailbox) take() (requests []func(), stopping bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	requests, m.requests = m.requests, nil
	return requests, m.stopping
}

// mail tells whether there is something to take.
func (m *mailbox) mail() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.requests) > 0 || m.stopping
}

// fail is for the goroutine that cannot go on.
func (m *mailbox) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

// stop waits for the end of the goroutine, and says why it had ended if it was
// not for this.
func (m *mailbox) stop() error {
	m.mu.Lock()
	m.stopping = true
	m.mu.Unlock()
	err := m.wake()
	<-m.ended
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(err, m.failure)
}
