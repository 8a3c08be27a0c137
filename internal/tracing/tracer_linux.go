package tracing

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/trace"
)

// Tracer watches groups by the best means that this host allows.
type Tracer struct {
	open func() (*trace.Tracer, error)

	// mu is held while a watch begins or ends.
	mu      sync.Mutex
	current *session // nil while nobody uses it
}

// New makes one. It does nothing yet.
func New() *Tracer { return &Tracer{open: trace.Open} }

// Open makes it ready, and keeps it so until what it returns is closed.
func (t *Tracer) Open() (group.Means, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.use()
	if err != nil {
		return nil, err
	}
	return &means{tracer: t, session: s}, nil
}

// use is called with the lock held, and ended by disuse.
func (t *Tracer) use() (*session, error) {
	if t.current == nil {
		s, err := openSession(t.open)
		if err != nil {
			return nil, err
		}
		t.current = s
	}
	t.current.users++
	return t.current, nil
}

func (t *Tracer) disuse() error {
	s := t.current
	if s.users--; s.users > 0 {
		return nil
	}
	t.current = nil
	return s.close()
}

// means is one use of the tracer.
type means struct {
	tracer  *Tracer
	session *session
	closing sync.Once
}

// Name is that of the means.
func (m *means) Name() string { return string(m.session.tracer.Means()) }

// Misses says in words what they do not see.
func (m *means) Misses() string { return m.session.tracer.Misses() }

// CountsBytes tells whether Usage knows what was read and written.
func (m *means) CountsBytes() bool { return m.session.exact }

// Close ends the use. Doing it again does nothing.
func (m *means) Close() {
	m.closing.Do(func() { _ = m.tracer.end() })
}

// Watch begins to watch the cgroup2 directory of that name, as group.Tracer says.
func (t *Tracer) Watch(name string, tell func(kernel.Event)) (group.Watch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.use()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", name, err)
	}
	w := &watch{tracer: t, session: s, tell: tell, told: make(chan struct{}), latest: time.Now().Round(0)}
	traced, err := s.tracer.WatchAs(w, name, s.queue)
	if err != nil {
		return nil, errors.Join(err, t.disuse())
	}
	w.traced = traced
	return w, nil
}

// end is called once for each watch, when all of it has been told.
func (t *Tracer) end() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.disuse()
}
