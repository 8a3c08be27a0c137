package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/port"
)

// mailbox is a port, and what the jobs on it are called in a test: their keys.
type mailbox struct {
	*port.Port
	world *world
}

func (w *world) mailbox() *mailbox { return &mailbox{port.New(port.DefaultBound), w} }

// listen associates a new port with a job, which has the key "job" there.
func (w *world) listen(job kernel.Job) *mailbox {
	w.Helper()
	m := w.mailbox()
	w.must(job.Associate(m, "job"))
	return m
}

// unread takes out what has come, when everybody has come as far as they can.
func (m *mailbox) unread() []string {
	m.world.settled()
	over, cancel := context.WithCancel(m.world.Context())
	cancel()
	lines := []string{}
	for {
		message, err := m.Get(over)
		if err != nil {
			return lines
		}
		lines = append(lines, line(message))
	}
}

// gets shows that exactly these have come since the last look.
func (m *mailbox) gets(want ...string) {
	m.world.Helper()
	m.world.same(append([]string{}, want...), m.unread())
}

// line is a message in short: of which job, what, and about whom.
func line(m kernel.Message) string {
	short := strings.NewReplacer("ACTIVE_PROCESS_", "", "_PROCESS", "").Replace(m.ID.String())
	switch {
	case m.Lost > 0:
		return fmt.Sprintf("%v %s %d", m.Key, short, m.Lost)
	case m.Pid > 0:
		return fmt.Sprintf("%v %s %d", m.Key, short, m.Pid)
	}
	return fmt.Sprintf("%v %s", m.Key, short)
}

// said is the line of a message of the job that has the key "job".
func said(what string, p *fakegroup.Process) string { return saidBy("job", what, p) }

func saidBy(key, what string, p *fakegroup.Process) string {
	return fmt.Sprintf("%s %s %d", key, what, p.Pid())
}

const zero = "job ZERO"

// watcher is an event stream.
type watcher struct {
	kernel.Events
	world *world
	seq   uint64
	ended error
}

func (w *world) watch(job kernel.Job) *watcher {
	w.Helper()
	events, err := job.Events()
	w.must(err)
	return &watcher{Events: events, world: w}
}

// next takes out what has come, and shows that it is numbered without a gap.
func (s *watcher) next() []kernel.Event {
	s.world.Helper()
	s.world.settled()
	over, cancel := context.WithCancel(s.world.Context())
	cancel()
	var found []kernel.Event
	for {
		e, err := s.Next(over)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				s.ended = err
			}
			return found
		}
		if s.seq++; e.Seq != s.seq {
			s.world.Fatalf("event %d is numbered %d", s.seq, e.Seq)
		}
		if e.Time.IsZero() {
			s.world.Fatalf("%v has no time", e.Kind)
		}
		found = append(found, e)
	}
}

// gets shows that exactly these have come since the last look.
func (s *watcher) gets(want ...string) {
	s.world.Helper()
	got := []string{}
	for _, e := range s.next() {
		text := e.Kind.String()
		if e.Process.Pid > 0 {
			text = fmt.Sprint(text, " ", e.Process.Pid)
		}
		got = append(got, text)
	}
	s.world.same(append([]string{}, want...), got)
}

// ends shows that the stream is over.
func (s *watcher) ends() {
	s.world.Helper()
	s.gets()
	s.world.mustBe(s.ended, io.EOF)
}

func event(kind kernel.EventKind, p *fakegroup.Process) string { return fmt.Sprint(kind, " ", p.Pid()) }

// traced shows how many groups the tracer watches.
func (w *world) traced(want int) {
	w.Helper()
	if watched := w.machine.Tracer().Watched(); len(watched) != want {
		w.Fatalf("the tracer watches %q, want %d", watched, want)
	}
}

// over is a context that has ended.
func (w *world) over() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	return ctx, cancel
}

// slowTracer takes its time to begin, and may hang.
type slowTracer struct {
	*fakegroup.Tracer
	begin chan struct{}
	hang  bool
}

// slow gives the world an engine whose tracer does not begin before the test says
// so.
func slow(w *world) *slowTracer {
	tracer := &slowTracer{Tracer: w.machine.Tracer(), begin: make(chan struct{})}
	w.engine = engine.New(w.machine, w.guard, tracer)
	return tracer
}

func (t *slowTracer) Watch(name string, tell func(kernel.Event)) (group.Watch, error) {
	<-t.begin
	watch, err := t.Tracer.Watch(name, tell)
	return &slowWatch{watch, t}, err
}

type slowWatch struct {
	group.Watch
	tracer *slowTracer
}

func (w *slowWatch) Flush(ctx context.Context) error {
	if w.tracer.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return w.Watch.Flush(ctx)
}
