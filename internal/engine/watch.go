package engine

import (
	"context"
	"errors"
	"fmt"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// errNoTracer is of an engine that was made without a tracer.
var errNoTracer = &kernel.NotSupportedError{
	Feature: "messages and events of jobs",
	Cause:   errors.New("there is nothing here that sees what processes do"),
}

// A job is watched as long as somebody listens or wants exact accounting: by one
// watch, which all of them share. attention is held by who begins or ends it; form
// and unform, which nobody can wait for, begin and end it with the engine's lock.

// wantsWatch tells whether there is a reason to watch the job. The engine's lock
// is held.
func (j *job) wantsWatch() bool {
	j.teller.mu.Lock()
	defer j.teller.mu.Unlock()
	return j.traced || j.counting || j.teller.heard()
}

// watchFirst begins the watch of a job that has just been formed and has no member
// yet, so that nothing is missed. The engine's lock is held.
func (j *job) watchFirst() (err error) {
	if !j.wantsWatch() {
		return nil
	}
	j.watch, err = j.teller.attend(j.group)
	j.watchedFirst = err == nil
	return err
}

// attend makes sure that the job is watched, or will be as soon as it has a place.
func (j *job) attend() error {
	e := j.engine
	j.attention.Lock()
	defer j.attention.Unlock()
	if j.means == nil {
		means, err := e.tracer.Open()
		if err != nil {
			return fmt.Errorf("watch what happens in the job: %w", err)
		}
		j.means = means
	}
	j.teller.opened(j.means)
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.handles == 0 {
		return kernel.ErrClosed
	}
	if err := j.watchBlows(); err != nil {
		return err
	}
	for j.group != nil && j.watch == nil {
		members := j.group
		e.mu.Unlock()
		watch, err := j.teller.attend(members)
		e.mu.Lock()
		if j.group == members {
			j.watch = watch
			return err
		}
		// The place was taken away meanwhile, as nobody joined in the end.
		if err == nil {
			_ = watch.Close()
		}
		if j.group == nil {
			return nil
		}
	}
	return nil
}

// rest ends the watch of a job that nobody listens to.
func (j *job) rest() {
	e := j.engine
	j.attention.Lock()
	defer j.attention.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	j.unwatchBlows()
	if j.wantsWatch() {
		return
	}
	defer j.dropMeans()
	if j.watch == nil {
		return
	}
	watch := j.watch
	j.watch, j.watchedFirst = nil, false
	j.teller.stop()
	e.mu.Unlock()
	usage, _ := watch.Usage()
	_ = watch.Close()
	e.mu.Lock()
	j.learn(group.Usage{}, usage) // from now on there may be more than that
}

// dropMeans is called by who holds the attention.
func (j *job) dropMeans() {
	if j.means != nil {
		j.means.Close()
		j.means = nil
	}
}

// unwatch ends the watch of a job that loses its place again, which nobody has
// joined. The engine's lock is held.
func (j *job) unwatch() {
	j.teller.stop() // also where attend is about to begin
	if watch := j.watch; watch != nil {
		j.watch, j.watchedFirst = nil, false
		_ = watch.Close()
	}
}

// fallSilent ends everything that the job tells, when its last handle is closed: what
// has happened by then is told, and unread messages stay in the port (ACP-11).
func (j *job) fallSilent() error {
	j.attention.Lock()
	defer j.attention.Unlock()
	j.engine.mu.Lock()
	watch := j.watch
	j.watch = nil
	j.tellBlows()
	j.engine.mu.Unlock()
	var err error
	if watch != nil {
		err = watch.Close()
	}
	j.teller.finish()
	j.dropMeans()
	j.engine.mu.Lock()
	j.unwatchBlows()
	j.engine.mu.Unlock()
	return err
}

// attend begins the watch of a group. It must not be watched.
func (t *teller) attend(members group.Group) (group.Watch, error) {
	t.mu.Lock()
	t.stopLocked()
	t.ctx, t.cancel = context.WithCancel(context.Background())
	ctx := t.ctx
	t.members, t.live, t.doomed = members, map[kernel.ProcessID]*member{}, map[kernel.ProcessID]bool{}
	t.pause = &pause{over: make(chan struct{})} // until there is a watch to flush
	t.tellers[t] = struct{}{}
	t.mu.Unlock()

	watch, err := t.engine.tracer.Watch(members.Name(), func(e kernel.Event) { t.hear(ctx, e) })

	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.ctx == ctx {
			t.stopLocked()
		}
		return nil, fmt.Errorf("watch what happens in the job: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx != ctx {
		return watch, nil // it is not wanted any more
	}
	t.watch = watch
	close(t.pause.over)
	t.pause = nil
	t.resume()
	return watch, nil
}

// stop forgets the watch. What it still tells concerns nobody.
func (t *teller) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopLocked()
}

func (t *teller) stopLocked() {
	if t.members == nil {
		return
	}
	t.cancel()
	if t.pause != nil && t.watch == nil {
		close(t.pause.over)
	}
	delete(t.tellers, t)
	t.ctx, t.cancel, t.members, t.watch, t.pause, t.held = nil, nil, nil, nil, nil, nil
	t.live, t.doomed, t.departed = nil, nil, nil
}

// finish waits until everything has been told that can be told now, and ends.
func (t *teller) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		t.cancel()
	}
	for t.pause != nil {
		over := t.pause.over
		t.mu.Unlock()
		<-over
		t.mu.Lock()
	}
	t.stopLocked()
	t.port = nil
	for _, s := range t.streams {
		s.queue.End()
	}
	t.streams = nil
}
