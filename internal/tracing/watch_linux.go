package tracing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"jobobject/internal/kernel"
	"jobobject/internal/trace"
)

// watch is a group.Watch.
type watch struct {
	tracer  *Tracer
	session *session
	traced  *trace.Watch
	tell    func(kernel.Event)
	told    chan struct{} // closed when nothing more is told

	closing sync.Once
	failure error // of Close

	travellers travellers
	latest     time.Time // of what was told; belongs to the goroutine of the session
}

// hear runs in the goroutine of the session, perhaps before Watch has returned.
func (w *watch) hear(e *trace.Event) {
	if e.Kind == trace.Ended {
		close(w.told)
		return
	}
	w.travellers.note(e)
	told := w.session.translate(e)
	if e.Time == 0 { // a loss, and who is gone after it: some time between the last event and the next
		told.Time = w.latest
	}
	w.latest = told.Time
	w.tell(told)
}

// Flush waits for what has happened until now to be told.
func (w *watch) Flush(ctx context.Context) error {
	if err := w.traced.Flush(ctx); err != nil {
		return fmt.Errorf("flush what was traced: %w", err)
	}
	// What there was no room for is told once there is, behind the rest.
	for range 2 {
		if err := w.session.await(ctx); err != nil {
			return fmt.Errorf("flush what was traced: %w", err)
		}
	}
	return nil
}

// Close ends it. Who calls it again gets what the first call has returned.
func (w *watch) Close() error {
	w.closing.Do(func() {
		err := w.traced.Close()
		<-w.told
		w.failure = errors.Join(err, w.tracer.end())
	})
	return w.failure
}
