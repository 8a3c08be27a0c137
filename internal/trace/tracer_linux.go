package trace

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// Tracer is a reference to a means of tracing. All tracers of this process that
// have the same means share it.
type Tracer struct {
	source source
	find   func(dir string) (group, error)
	passed error

	mu     sync.Mutex
	closed bool
	missed string
}

// Open finds the best means that this host allows. It takes a tenth of a second
// the first time.
func Open() (*Tracer, error) { return OpenOnly(Auto) }

// OpenOnly is Open for one means; kernel.NotSupportedError where it is refused.
func OpenOnly(means Means) (*Tracer, error) {
	if means != Auto {
		s, err := acquireMeans(means)
		if err != nil {
			return nil, err
		}
		return &Tracer{source: s, find: findGroup}, nil
	}
	var refusals []error
	for _, means := range []Means{EBPF, ProcConnector, Sampler} {
		s, err := acquireMeans(means)
		if err == nil {
			return &Tracer{source: s, find: findGroup, passed: errors.Join(refusals...)}, nil
		}
		refusals = append(refusals, err)
	}
	return nil, errors.Join(refusals...)
}

// Means is how it sees what happens.
func (t *Tracer) Means() Means { return t.source.means() }

// Misses says in words what it cannot see; "" if nothing.
func (t *Tracer) Misses() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.missed = t.source.misses()
	}
	return t.missed
}

// Passed is why better means were passed over; nil if there is none.
func (t *Tracer) Passed() error { return t.passed }

// Watch begins to watch the group with that cgroup2 directory, and all below it.
// Members that it has become Present, in order with all that happens from now
// on. The events go to the queue; nil makes one.
func (t *Tracer) Watch(dir string, queue *Queue) (*Watch, error) {
	return t.WatchAs(nil, dir, queue)
}

// WatchAs is Watch with a label, by which whoever reads the queue knows whose
// event it is even before WatchAs returns.
func (t *Tracer) WatchAs(label any, dir string, queue *Queue) (*Watch, error) {
	g, err := t.find(dir)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, fmt.Errorf("watch %s: %w", dir, os.ErrClosed)
	}
	if queue == nil {
		queue = NewQueue(DefaultQueue)
	}
	w := &Watch{label: label, group: g, queue: queue, source: t.source, beginning: true}
	w.release = func() error { return release(w.source) }
	share(t.source)
	if err := t.source.watch(w); err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, errors.Join(err, w.release()))
	}
	return w, nil
}

// Close gives the reference up. Watches go on; the last user of the means ends
// it.
func (t *Tracer) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	return release(t.source)
}
