package engine

import (
	"context"

	"jobobject/internal/kernel"
)

// Associate lets the job send its messages to a port. A second one is refused also
// while the first waits for the watch to begin (D8).
func (h *handle) Associate(receiver kernel.Receiver, key any) error {
	port := &association{receiver, key}
	return h.listen(
		func(t *teller) error { return t.associate(port) },
		func(t *teller) { t.dissociate(port) })
}

// Dissociate ends that. Where there is no port it does nothing (ACP-05).
func (h *handle) Dissociate() error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	j.engine.mu.Unlock()
	j.teller.dissociate(nil)
	j.rest()
	return nil
}

// Events begins a stream.
func (h *handle) Events() (kernel.Events, error) {
	s := newStream(h.job)
	err := h.listen(
		func(t *teller) error { t.join(s); return nil },
		func(t *teller) { t.leave(s) })
	if err != nil {
		return nil, err
	}
	return s, nil
}

// listen adds a listener and makes sure that there is something to hear, or takes
// it away again. When it returns, the members that the job had have been told of.
func (h *handle) listen(begin func(*teller) error, end func(*teller)) error {
	j, err := h.lock()
	if err != nil {
		return err
	}
	if j.engine.tracer == nil {
		err = errNoTracer
	} else {
		err = begin(j.teller)
	}
	j.engine.mu.Unlock()
	if err != nil {
		return err
	}
	if err := j.attend(); err != nil {
		end(j.teller)
		j.rest()
		return err
	}
	t := j.teller
	t.flush(context.Background(), t.patience, func() []*teller { return []*teller{t} })
	return nil
}
