package engine

import (
	"context"
	"slices"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// mostHeld is how much may wait for the end of a pause. A job in which so much
// happens while its last process cannot end is told as empty no more.
const mostHeld = 1 << 13

// mostDeparted is how many of those who have gone last are looked after when the
// job gets empty. Who went before them has had its time.
const mostDeparted = 256

// pause is a teller that waits for something before it goes on.
type pause struct {
	over   chan struct{}
	cancel context.CancelFunc
	// awaited are processes that are still there, by number. One that turns out to
	// have come meanwhile need not be waited for.
	awaited map[int]context.CancelFunc // nil while the watch begins
	lossy   bool                       // more than mostHeld has happened
}

// note looks at what happens during a pause.
func (p *pause) note(t *teller, e kernel.Event) {
	if e.Kind.Comes() {
		if stop := p.awaited[e.Process.Pid]; stop != nil {
			stop()
		}
	}
	if p.awaited != nil && len(t.held) > mostHeld {
		p.lossy = true
		p.cancel()
	}
}

// begin makes the teller pause. The lock is held. then is called without it, to
// find out what there is to wait for, and to wait; what it returns is called with
// the lock, and the teller goes on after that.
func (t *teller) begin(then func(ctx context.Context, p *pause) (told func())) {
	ctx, cancel := context.WithCancel(t.ctx)
	p := &pause{over: make(chan struct{}), cancel: cancel, awaited: map[int]context.CancelFunc{}}
	t.pause = p
	watched := t.ctx
	go func() {
		defer cancel()
		told := then(ctx, p)
		t.mu.Lock()
		defer t.mu.Unlock()
		defer close(p.over)
		if t.ctx == watched && t.pause == p {
			t.pause = nil
			told() // which may be followed by another pause
			t.resume()
		}
	}()
}

// pauseUntilEmpty tells that the job is empty when its last process is gone:
// the tracer tells of an exit a moment before that, and nothing is to be reported
// gone that is not (C21). What child jobs and outer jobs have to say of that process
// comes before, and that a child job is empty (MSG-16).
func (t *teller) pauseUntilEmpty(last kernel.Event) {
	port, streams := t.port, append([]*stream{}, t.streams...)
	members, departed := t.members, t.departed
	t.departed = nil
	t.begin(func(ctx context.Context, p *pause) func() {
		gone := t.awaitGone(ctx, p, members, departed)
		for inner := t.innerPause(); inner != nil; inner = t.innerPause() {
			select {
			case <-inner.over:
			case <-ctx.Done():
			}
			if ctx.Err() != nil {
				break
			}
		}
		return func() {
			// To those who were there when it began: whoever came since has not
			// seen anybody go.
			empty, message := kernel.Event{Kind: kernel.EventEmpty, Time: last.Time}, kernel.Message{ID: kernel.ActiveProcessZero}
			switch {
			case p.lossy, !gone && ctx.Err() == nil: // the system did not tell when it was
				empty.Kind, empty.Lost = kernel.EventLost, 1
				message = kernel.Message{ID: kernel.MessageLost, Lost: 1}
				t.departed = append(departed, t.departed...)
			case !gone:
				return
			case last.Kind == kernel.EventGone && t.holdsComing(wasPresent):
				return // they were there before that one went, as far as anybody knows
			}
			for _, s := range streams {
				s.put(empty)
			}
			if t.port == port {
				t.post(message)
			}
		}
	})
}

// awaitGone waits until those are gone of whom it was told that they went: who is
// still listed, and who is not but has yet to close its files. It tells whether
// they are; they may not be when ctx ends.
func (t *teller) awaitGone(ctx context.Context, p *pause, members group.Group, departed []int) bool {
	there := t.hold(members, departed)
	defer func() {
		for _, target := range there {
			target.Close()
		}
	}()
	// Whoever was held before this and has come is known after it.
	t.flush(ctx, t.patience, func() []*teller { return t.around(members.Place()) })
	for _, target := range there {
		waiting, stop := context.WithCancel(ctx)
		if t.await(p, target.Pid(), stop) {
			_ = target.Wait(waiting)
		}
		stop()
	}
	for _, target := range there {
		if !target.Exited() && !t.cameMeanwhile(target.Pid()) {
			return false
		}
	}
	return true
}

// hold holds on to the processes that are listed, and to those that have just
// departed, where they still are and nobody has their number who is not of the job.
func (t *teller) hold(members group.Group, departed []int) []group.Target {
	listed, _ := members.Members() // one that cannot be asked has nobody
	pids := append(listed, departed...)
	slices.Sort(pids)
	var targets []group.Target
	for _, pid := range slices.Compact(pids) {
		if pid <= 0 { // it has no number here
			continue
		}
		target, err := t.engine.groups.Find(pid)
		if err != nil {
			continue
		}
		place, err := t.engine.groups.PlaceOf(pid)
		if err == nil && place.In(t.id) {
			targets = append(targets, target)
		} else {
			target.Close()
		}
	}
	return targets
}

// await tells whether one of them has to be waited for: not one that has come
// meanwhile. stop is called if that turns out later.
func (t *teller) await(p *pause, pid int, stop context.CancelFunc) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.holdsComing(func(e kernel.Event) bool { return e.Process.Pid == pid }) {
		return false
	}
	p.awaited[pid] = stop
	return true
}

func (t *teller) cameMeanwhile(pid int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.holdsComing(func(e kernel.Event) bool { return e.Process.Pid == pid })
}

// holdsComing is called with the lock held.
func (t *teller) holdsComing(who func(kernel.Event) bool) bool {
	for _, o := range t.held {
		if o.event.Kind.Comes() && who(o.event) {
			return true
		}
	}
	return false
}

func wasPresent(e kernel.Event) bool { return e.Kind == kernel.EventPresent }

// innerPause is one of a job below this one, nil if there is none.
func (t *teller) innerPause() *pause {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.members == nil {
		return nil
	}
	for _, inner := range t.within(t.id) {
		if inner != t && inner.pause != nil {
			return inner.pause
		}
	}
	return nil
}

// left decides whether the leaving of a process can be told: at once where a rule
// let it go, else when it is known whether it could be put back (D9). For the port
// one that was put back has been a member all the time.
func (t *teller) left(o occurrence) {
	process := o.event.Process
	if to, released := t.releasedTo(t, process.Pid); released {
		o.event.To = to.Ref
		t.goes(o)
		return
	}
	t.begin(func(ctx context.Context, _ *pause) func() {
		to := t.engine.lookAfter(t.id, o.event)
		t.flush(ctx, t.patience, func() []*teller { return []*teller{t} })
		return func() {
			if to != "" {
				o.event.To = to
			}
			o.event.Returned = t.holdsComing(func(e kernel.Event) bool { return e.Process == process })
			if o.event.Returned {
				t.pass(o.event)
			} else {
				t.goes(o)
			}
		}
	})
}
