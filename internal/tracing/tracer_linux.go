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
	current *session // nil while there is no watch
}

// New makes one. It does nothing yet.
func New() *Tracer { return &Tracer{open: trace.Open} }

// Watch begins to watch the cgroup2 directory of that name, as group.Tracer says.
func (t *Tracer) Watch(name string, tell func(kernel.Event)) (group.Watch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.current
	if s == nil {
		var err error
		if s, err = openSession(t.open); err != nil {
			return nil, fmt.Errorf("watch %s: %w", name, err)
		}
		t.current = s
	}
	w := &watch{tracer: t, session: s, tell: tell, told: make(chan struct{}), latest: time.Now().Round(0)}
	traced, err := s.tracer.WatchAs(w, name, s.queue)
	if err != nil {
		return nil, errors.Join(err, t.endIfUnused())
	}
	w.traced = traced
	s.watches++
	return w, nil
}

// end is called once for each watch, when all of it has been told.
func (t *Tracer) end() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current.watches--
	return t.endIfUnused()
}

func (t *Tracer) endIfUnused() error {
	s := t.current
	if s.watches > 0 {
		return nil
	}
	t.current = nil
	return s.close()
}
