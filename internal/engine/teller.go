package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// teller tells what happens in one job, to its port and its event streams, in the
// order in which it happened. The lock of the news guards it.
//
// Some things can only be told when something else is known: that the job is empty
// when its last process is really gone, that a member has left when it is known
// whether it was put back. Until then the teller pauses, and what happens
// meanwhile is told after that.
type teller struct {
	*news
	engine   *Engine
	id       string
	patience time.Duration // with the tracer

	port    *association
	streams []*stream

	members group.Group // whose news it hears; nil while the job is not watched
	watch   group.Watch // nil also while that begins
	means   string      // "" while nobody has asked for them
	misses  string
	ctx     context.Context
	cancel  context.CancelFunc

	live   map[kernel.ProcessID]*member
	comers uint64
	doomed map[kernel.ProcessID]bool // survivors of a termination

	departed []int // the numbers of those who have gone last

	pause *pause
	held  []occurrence
}

// association is a port, and the key by which it knows the job (ACP-01).
type association struct {
	receiver kernel.Receiver
	key      any
}

// member is a process that was told of.
type member struct {
	came   kernel.Event
	number uint64 // the how manieth it was
}

// occurrence is what has happened, to be told now or later.
type occurrence struct {
	event  kernel.Event
	silent bool // no message is sent of it (D1)
	// message is sent as it is, where no process ever existed; there is no event.
	message *kernel.Message
}

// inside is where the members of the job are. The job is watched.
func (t *teller) inside() group.Place { return t.members.Place() }

// heard tells whether somebody listens.
func (t *teller) heard() bool { return t.port != nil || len(t.streams) > 0 }

// hear is what the tracer calls. What comes from a watch that is over concerns
// nobody.
func (t *teller) hear(of context.Context, e kernel.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == of {
		t.happen(occurrence{event: e, silent: t.isCondemned(e)})
	}
}

// What follows is called with the lock held.

// isCondemned tells whether a termination has ended the process: one that ended
// by itself meanwhile has its message.
func (t *teller) isCondemned(e kernel.Event) bool {
	switch e.Kind {
	case kernel.EventExit:
		if e.Ending != nil && !mayBeKilled(e.Ending.Status) {
			return false
		}
	case kernel.EventGone:
	default:
		return false
	}
	return t.doomed[e.Process] || slices.ContainsFunc(t.inside().Jobs, func(id string) bool { return t.condemned[id] > 0 })
}

// happen tells it, or puts it behind what has to be told before.
func (t *teller) happen(o occurrence) {
	if t.pause == nil {
		t.tell(o)
		return
	}
	t.held = append(t.held, o)
	t.pause.note(t, o.event)
}

// resume goes on after a pause, until the next one.
func (t *teller) resume() {
	for len(t.held) > 0 && t.pause == nil {
		o := t.held[0]
		t.held = t.held[1:]
		t.tell(o)
	}
}

func (t *teller) tell(o occurrence) {
	e := o.event
	switch {
	case o.message != nil:
		if o.message.ID != kernel.ActiveProcessZero || len(t.live) == 0 {
			t.post(*o.message)
		}
	case e.Kind == kernel.EventLeave:
		t.left(o)
	case e.Kind == kernel.EventLost:
		t.pass(e)
		t.post(kernel.Message{ID: kernel.MessageLost, Lost: e.Lost})
	case e.Kind.Comes():
		t.comes(e)
	case e.Kind.Goes():
		t.goes(o)
	default:
		t.pass(e)
	}
}

func (t *teller) comes(e kernel.Event) {
	t.pass(e)
	if t.live[e.Process] != nil { // it was away for a moment, see left
		return
	}
	t.comers++
	t.live[e.Process] = &member{e, t.comers}
	t.postAbout(e, kernel.NewProcess)
}

func (t *teller) goes(o occurrence) {
	e := o.event
	t.pass(e)
	if t.live[e.Process] == nil {
		return
	}
	delete(t.live, e.Process)
	delete(t.doomed, e.Process)
	if t.departed = append(t.departed, e.Process.Pid); len(t.departed) > mostDeparted {
		t.departed = append(t.departed[:0], t.departed[1:]...)
	}
	if !o.silent {
		t.postAbout(e, exitMessage(e))
	}
	if len(t.live) == 0 && t.heard() {
		t.pauseUntilEmpty(e)
	}
}

// pass gives an event to the streams.
func (t *teller) pass(e kernel.Event) {
	for _, s := range t.streams {
		s.put(e)
	}
}

// post sends a message to the port (MSG-15).
func (t *teller) post(m kernel.Message) {
	if t.port != nil {
		m.Key = t.port.key
		t.port.receiver.Deliver(m)
	}
}

// postAbout is for messages about a process. None is sent of one that has no
// number here (MSG-21).
func (t *teller) postAbout(e kernel.Event, id kernel.MessageID) {
	if e.Process.Pid != 0 {
		t.post(kernel.Message{ID: id, Pid: e.Process.Pid})
	}
}

// present are the members, in the order in which they came.
func (t *teller) present() []kernel.Event {
	members := slices.SortedFunc(maps.Values(t.live), func(a, b *member) int { return int(a.number) - int(b.number) })
	events := make([]kernel.Event, len(members))
	for i, m := range members {
		events[i] = m.came
		events[i].Kind = kernel.EventPresent
	}
	return events
}

// associate sets the port. The members that are known already are reported at
// once (ACP-06), the others as soon as the watch begins.
func (t *teller) associate(port *association) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.port != nil {
		return kernel.ErrAlreadyAssociated // ACP-03, D8
	}
	t.port = port
	for _, e := range t.present() {
		t.postAbout(e, kernel.NewProcess)
	}
	return nil
}

// dissociate takes a port away, or whichever there is.
func (t *teller) dissociate(port *association) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if port == nil || t.port == port {
		t.port = nil
	}
}

// opened takes note of the means, with which each stream begins.
func (t *teller) opened(means group.Means) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.means, t.misses = means.Name(), means.Misses()
	for _, s := range t.streams {
		s.begin(t.means, t.misses)
	}
}

// join adds a stream, which begins with the members that are known already.
func (t *teller) join(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = append(t.streams, s)
	if t.means == "" {
		return
	}
	s.begin(t.means, t.misses)
	for _, e := range t.present() {
		s.put(e)
	}
}

func (t *teller) leave(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = slices.DeleteFunc(t.streams, func(other *stream) bool { return other == s })
}

// now is an event about the job itself, of this moment.
func now(kind kernel.EventKind) kernel.Event { return kernel.Event{Kind: kind, Time: time.Now()} }
