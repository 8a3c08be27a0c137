package jobobject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"jobobject/internal/kernel"
)

// Event is one thing that has happened in a job: richer than a Message, and told
// of every member, however it ended.
type Event = kernel.Event

// EventKind says what an event tells; its String is the word in JSON.
type EventKind = kernel.EventKind

// ProcessID is one process and never another that got its number later.
type ProcessID = kernel.ProcessID

// Program is what was executed.
type Program = kernel.Program

// Ending is how a process ended, and what it had used.
type Ending = kernel.Ending

// The kinds of events.
const (
	EventBirth     = kernel.EventBirth
	EventPresent   = kernel.EventPresent
	EventJoin      = kernel.EventJoin
	EventExit      = kernel.EventExit
	EventLeave     = kernel.EventLeave
	EventGone      = kernel.EventGone
	EventExec      = kernel.EventExec
	EventMoved     = kernel.EventMoved
	EventFreeze    = kernel.EventFreeze
	EventThaw      = kernel.EventThaw
	EventTerminate = kernel.EventTerminate
	EventEmpty     = kernel.EventEmpty
	EventLimit     = kernel.EventLimit
	EventLost      = kernel.EventLost
	EventBegin     = kernel.EventBegin

	EventNotification = kernel.EventNotification
)

// Events tells what happens in the job and its child jobs from this call on:
// first, in an EventBegin, by what means and what those miss here, then of the
// members that it has. The loop over it ends when ctx ends, whose error comes last,
// or without one after the last handle to the job was closed and all has been told.
// Leaving the loop ends the stream. There is one loop: events are told once.
//
// The stream is there from the call on, and has to be read, or ended by ctx.
// Unread events take up to 4 MiB; beyond that the oldest give way to one EventLost
// that says how many they were. Where the kernel can be traced nothing else is
// missed, or an EventLost says so.
func (j *Job) Events(ctx context.Context) iter.Seq2[Event, error] {
	events, err := j.events()
	if err != nil {
		return func(yield func(Event, error) bool) { yield(Event{}, fmt.Errorf("events of job: %w", err)) }
	}
	stop := context.AfterFunc(ctx, func() { _ = events.Close() })
	var read atomic.Bool
	return func(yield func(Event, error) bool) {
		if read.Swap(true) {
			yield(Event{}, errors.New("events of job: they have been read by another loop"))
			return
		}
		defer events.Close()
		defer stop()
		for {
			event, err := events.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if ctx.Err() != nil { // which may have closed the stream before
					err = ctx.Err()
				}
				yield(Event{}, fmt.Errorf("events of job: %w", err))
				return
			}
			if !yield(event, nil) {
				return
			}
		}
	}
}

func (j *Job) events() (kernel.Events, error) {
	h, err := j.handle()
	if err != nil {
		return nil, err
	}
	return h.Events()
}
