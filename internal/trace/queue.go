package trace

import (
	"context"
	"iter"
	"sync"
)

// DefaultQueue is how many events a queue holds unless it is told otherwise.
const DefaultQueue = 1 << 15

// Queue is where the events of watches arrive, in one order. Who puts them in
// never waits: what does not fit is lost, and told to be. Events that make good
// for a loss may exceed the bound, by one for each live process at most.
type Queue struct {
	mu      sync.Mutex
	events  []Event // a circle
	first   int
	count   int
	limit   int
	arrived uint64              // ever
	behind  map[*Watch]struct{} // those that have something to make good
	ready   chan struct{}       // has an item when there may be something to read
}

// NewQueue makes one that holds that many events.
func NewQueue(limit int) *Queue {
	return &Queue{limit: max(limit, 1), ready: make(chan struct{}, 1), behind: map[*Watch]struct{}{}}
}

// Read waits for events and returns how many it has put into buffer. Several
// goroutines may read; each event goes to one of them.
func (q *Queue) Read(ctx context.Context, buffer []Event) (int, error) {
	for {
		if n := q.take(buffer); n > 0 {
			q.settle()
			return n, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// All are the events until the context is done, whose error is the last. Leaving
// the loop loses nothing.
func (q *Queue) All(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var one [1]Event
		for {
			if _, err := q.Read(ctx, one[:]); err != nil {
				yield(Event{}, err)
				return
			}
			if !yield(one[0], nil) {
				return
			}
		}
	}
}

// Len is the number of events that wait to be read.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// Arrived is the number of events that have ever been put in. Who counts what it
// reads knows by that when it has read all there were.
func (q *Queue) Arrived() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.arrived
}

func (q *Queue) take(buffer []Event) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(buffer), q.count)
	for i := range n {
		buffer[i] = q.events[q.first]
		q.events[q.first] = Event{}
		q.first = (q.first + 1) % len(q.events)
	}
	q.count -= n
	if q.count > 0 {
		q.wake() // for another reader
	} else if len(q.events) > shrinkAbove {
		q.events, q.first = nil, 0
	}
	return n
}

// shrinkAbove is how much room an empty queue keeps.
const shrinkAbove = 1 << 12

// put takes the event, or refuses it if the queue is full and it is not urgent.
func (q *Queue) put(e Event, urgent bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count >= q.limit && !urgent {
		return false
	}
	if q.count == len(q.events) {
		q.grow()
	}
	q.events[(q.first+q.count)%len(q.events)] = e
	q.count++
	q.arrived++
	q.wake()
	return true
}

func (q *Queue) grow() {
	larger := make([]Event, max(64, 2*len(q.events)))
	n := copy(larger, q.events[q.first:])
	copy(larger[n:], q.events[:q.first])
	q.events, q.first = larger, 0
}

func (q *Queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// owe remembers that the watch has something to make good.
func (q *Queue) owe(w *Watch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.behind[w] = struct{}{}
}

// roomy tells whether there is so much room that making good is no struggle.
func (q *Queue) roomy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count <= q.limit/2
}

// settle lets the watches make good what they owe, if there is room by now.
func (q *Queue) settle() {
	q.mu.Lock()
	var debtors []*Watch
	if len(q.behind) > 0 && q.count <= q.limit/2 {
		for w := range q.behind {
			debtors = append(debtors, w)
		}
		clear(q.behind)
	}
	q.mu.Unlock()
	for _, w := range debtors {
		w.settle()
	}
}
