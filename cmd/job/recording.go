package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"

	"jobobject"
	"jobobject/internal/eventlog"
	"jobobject/internal/lineage"
	"jobobject/internal/report"
)

// recording is what is made of the events of the job: they are written down while
// it runs, or put together for the end. Nil is none, and begins no stream.
type recording struct {
	log     *eventlog.Writer // nil where none is wanted, as profile
	tree    bool
	profile *report.Sink

	mu    sync.Mutex
	story *lineage.Story // nil where nobody asks for it at the end
	main  *jobobject.ProcessID
	cause lineage.Cause

	until    until
	stop     context.CancelFunc
	over     chan struct{} // closed with the end of the stream; nil while there is none
	mainGone chan struct{}
	err      error // that the stream ended with
}

// until says how long to go on listening when the job is done with.
type until int

const (
	now           until = iota
	theMainIsGone       // others go on, and nobody listens to them any more
	allIsTold           // the job is closed, which ends the stream
)

// patienceWithTold is for the end of a process that has been waited for: what has
// not been told of it by then is not going to be.
const patienceWithTold = 2 * time.Second

// eventful is what tells events, a job.
type eventful interface {
	Events(context.Context) iter.Seq2[jobobject.Event, error]
}

// openRecording finds out before anything is started whether all that is wanted
// can be written.
func openRecording(o *runOptions) (r *recording, err error) {
	if o.events == nil && o.profile == nil && !o.tree {
		return nil, nil
	}
	r = &recording{tree: o.tree, mainGone: make(chan struct{})}
	if o.profile != nil {
		if r.profile, err = report.Open(*o.profile); err != nil {
			return nil, fmt.Errorf("cannot write the profile: %w; name a file in a directory that you can write to", err)
		}
	}
	if o.events != nil { // last, for it empties the file
		file, err := report.OpenStream(*o.events)
		if err != nil {
			return nil, fmt.Errorf("cannot write the events file: %w; name a file in a directory that you can write to", err)
		}
		r.log = eventlog.NewWriter(file)
	}
	if r.tree || r.profile != nil {
		r.story = &lineage.Story{}
	}
	return r, nil
}

// begin begins to listen, before the first member can be missed. It returns when
// the stream has begun: what is to be recorded is not run without it.
func (r *recording) begin(job eventful) error {
	if r == nil {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop, r.over = stop, make(chan struct{})
	events, begun := job.Events(ctx), make(chan error, 1)
	go r.listen(events, begun)
	return <-begun
}

// listen reports the first event, or the error there is instead.
func (r *recording) listen(events iter.Seq2[jobobject.Event, error], begun chan<- error) {
	defer close(r.over)
	defer r.stop()
	first := true
	for e, err := range events {
		if first {
			begun <- err
			first = false
		}
		if err != nil {
			r.err = err
			return
		}
		r.take(e)
	}
	if first {
		begun <- nil
	}
}

func (r *recording) take(e jobobject.Event) {
	if r.log != nil {
		r.log.Write(e)
	}
	if r.story != nil {
		r.mu.Lock()
		r.story.Add(e)
		r.mu.Unlock()
	}
	switch {
	case r.main == nil && e.Kind.Comes():
		r.main = &e.Process // nobody can be there before it
	case r.main != nil && e.Kind.Goes() && *r.main == e.Process && !e.Returned:
		select {
		case <-r.mainGone:
		default:
			close(r.mainGone)
		}
	}
}

// asked notes that the members are being told to end.
func (r *recording) asked(sig os.Signal) {
	if r == nil || r.story == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.story.Asked(sig)
}

// conclude says what the end of the members meant, and until when to listen.
func (r *recording) conclude(cause lineage.Cause, until until) {
	if r != nil {
		r.cause, r.until = cause, until
	}
}

// finish returns when nothing more will be recorded. An end of the stream that was
// asked for is no error.
func (r *recording) finish() error {
	if r.over == nil {
		return nil
	}
	switch r.until {
	case now:
		r.stop()
		<-r.over
		return nil
	case theMainIsGone:
		late := time.NewTimer(patienceWithTold)
		defer late.Stop()
		select {
		case <-r.mainGone:
		case <-late.C:
		case <-r.over:
			return r.err
		}
		r.stop()
		<-r.over
		return nil
	}
	<-r.over
	return r.err
}
