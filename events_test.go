package jobobject

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"jobobject/internal/kernel"
)

// streaming is a job of which only the events are there.
type streaming struct {
	kernel.Job
	events chan Event
	closed chan struct{}
}

func (s *streaming) Events() (kernel.Events, error) { return s, nil }

func (s *streaming) Next(ctx context.Context) (Event, error) {
	select {
	case <-s.closed:
		return Event{}, kernel.ErrClosed
	case e, more := <-s.events:
		if !more {
			return e, io.EOF
		}
		return e, nil
	case <-ctx.Done():
		return Event{}, ctx.Err()
	}
}

func (s *streaming) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

func (s *streaming) isClosed() bool {
	synctest.Wait()
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

func givenStream(t *testing.T, test func(t *testing.T, job *Job, s *streaming)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &streaming{events: make(chan Event, 9), closed: make(chan struct{})}
		test(t, &Job{h: s}, s)
	})
}

func TestEventsEndWithTheJobAndWithoutAnError(t *testing.T) {
	givenStream(t, func(t *testing.T, job *Job, s *streaming) {
		s.events <- Event{Kind: EventBegin}
		s.events <- Event{Kind: EventEmpty}
		close(s.events)
		var kinds []EventKind
		for e, err := range job.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, e.Kind)
		}
		if len(kinds) != 2 || !s.isClosed() {
			t.Errorf("got %v, closed: %v", kinds, s.isClosed())
		}
	})
}

func TestEventsEndWithTheErrorOfTheirContext(t *testing.T) {
	givenStream(t, func(t *testing.T, job *Job, s *streaming) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.events <- Event{Kind: EventBegin}
		var last error
		for _, err := range job.Events(ctx) {
			last = err
			cancel()
			synctest.Wait() // the stream has been closed by that
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("the last error is %v", last)
		}
	})
}

func TestEventsThatNobodyReadsEndWithTheirContext(t *testing.T) {
	givenStream(t, func(t *testing.T, job *Job, s *streaming) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_ = job.Events(ctx)
		if s.isClosed() {
			t.Error("the stream does not wait for its loop")
		}
		cancel()
		if !s.isClosed() {
			t.Error("the stream is left")
		}
	})
}

func TestEventsAreToldOnce(t *testing.T) {
	givenStream(t, func(t *testing.T, job *Job, s *streaming) {
		s.events <- Event{Kind: EventBegin}
		events := job.Events(t.Context())
		for range events {
			break
		}
		if !s.isClosed() {
			t.Error("leaving the loop does not end the stream")
		}
		loops := 0
		for _, err := range events {
			if loops++; err == nil {
				t.Error("a second loop is told something")
			}
		}
		if loops != 1 {
			t.Errorf("a second loop goes round %d times", loops)
		}
	})
}

func TestEventsOfAHandleThatIsNoneAreAnError(t *testing.T) {
	for _, job := range []*Job{nil, {}} {
		for _, err := range job.Events(t.Context()) {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("got %v", err)
			}
		}
		for what, err := range map[string]error{"associate": job.Associate(NewPort(), nil), "dissociate": job.Dissociate()} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

func TestAPortThatIsNoneIsClosed(t *testing.T) {
	closed := NewPort()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, port := range map[string]*Port{"nil": nil, "zero": {}, "closed": closed} {
		_, err := port.Get(t.Context())
		for what, err := range map[string]error{"get": err, "post": port.Post(Message{}), "close": port.Close()} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s of a %s port: %v", what, name, err)
			}
		}
	}
}
