// Package queue is what stands between those who tell and those who read: items
// are put in, and any number of goroutines takes them out in order.
//
// It promises that putting never waits for a reader and that memory is bounded.
// Where the bound is reached, the oldest items that may be lost give way, and the
// next reader is told how many there were, in their place: a gap is never silent
// (D7). It must not know what the items mean.
package queue

import (
	"context"
	"fmt"
	"io"
	"sync"

	"jobobject/internal/kernel"
)

// Rules are what a queue has to know of its items.
type Rules[T any] struct {
	Bound int                        // how much they may take, bytes
	Size  func(item T) int           // of one, its place in the queue included
	Stays func(item T) bool          // tells that it never gives way
	Lost  func(item T) uint64        // how many are lost when it gives way: more than one where it is a gap itself
	Gap   func(lost uint64) (item T) // tells of a gap
	// Number is called with the item that is taken out as the nth; it may be nil.
	Number func(item *T, n uint64)
}

// Queue is a queue of items. Its zero value is not ready; use New.
type Queue[T any] struct {
	rules Rules[T]

	mu      sync.Mutex
	items   []T
	used    int // bytes
	taken   uint64
	waiters []chan struct{}
	end     error // what Get returns when nothing is left; nil while more may come
}

// New makes a queue.
func New[T any](rules Rules[T]) *Queue[T] { return &Queue[T]{rules: rules} }

// Put puts an item in, whatever has to give way. After the end it does nothing.
func (q *Queue[T]) Put(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end != nil {
		return
	}
	if q.used+q.rules.Size(item) > q.rules.Bound {
		q.giveWay(q.rules.Size(item))
	}
	q.append(item)
}

// Offer puts an item in if there is room; kernel.ErrQuotaExceeded if not, and
// kernel.ErrClosed after the end.
func (q *Queue[T]) Offer(item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.end != nil:
		return kernel.ErrClosed
	case q.used+q.rules.Size(item) > q.rules.Bound:
		return fmt.Errorf("%w: %d messages are unread", kernel.ErrQuotaExceeded, len(q.items))
	}
	q.append(item)
	return nil
}

func (q *Queue[T]) append(item T) {
	q.items = append(q.items, item)
	q.used += q.rules.Size(item)
	q.wakeOne()
}

func (q *Queue[T]) wakeOne() {
	if len(q.waiters) > 0 {
		close(q.waiters[0])
		q.waiters = q.waiters[1:]
	}
}

// giveWay makes room by a quarter, so that it need not be done for each item.
func (q *Queue[T]) giveWay(need int) {
	enough := q.rules.Bound - max(q.rules.Bound/4, need)
	kept := q.items[:0]
	gap, lost := 0, uint64(0)
	for _, item := range q.items {
		if q.used > enough && !q.rules.Stays(item) {
			q.used -= q.rules.Size(item)
			if lost == 0 { // in its place the gap is told
				gap = len(kept)
				kept = append(kept, item)
			}
			lost += q.rules.Lost(item)
			continue
		}
		kept = append(kept, item)
	}
	if lost > 0 {
		kept[gap] = q.rules.Gap(lost)
		q.used += q.rules.Size(kept[gap])
	}
	clear(q.items[len(kept):])
	q.items = kept
}

// Get takes the next item out, and waits for one until ctx ends.
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	for {
		item, wait, err := q.take()
		if wait == nil {
			return item, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			q.leave(wait)
			return item, ctx.Err()
		}
	}
}

// take returns a channel to wait on where there is nothing to take.
func (q *Queue[T]) take() (item T, wait chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.items) > 0:
		item = q.items[0]
		clear(q.items[:1])
		q.items = q.items[1:]
		q.used -= q.rules.Size(item)
		q.taken++
		if q.rules.Number != nil {
			q.rules.Number(&item, q.taken)
		}
		return item, nil, nil
	case q.end != nil:
		return item, nil, q.end
	}
	wait = make(chan struct{})
	q.waiters = append(q.waiters, wait)
	return item, wait, nil
}

// leave is for a reader that waits no longer. One that was woken meanwhile hands
// that on.
func (q *Queue[T]) leave(wait chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.waiters {
		if w == wait {
			q.waiters = append(q.waiters[:i:i], q.waiters[i+1:]...)
			return
		}
	}
	if len(q.items) > 0 {
		q.wakeOne()
	}
}

// End says that nothing more comes. What is there can still be taken; after that
// Get returns io.EOF.
func (q *Queue[T]) End() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == nil {
		q.finish(io.EOF)
	}
}

// Close ends it for the readers too: what nobody has taken is gone, and Get
// returns kernel.ErrClosed, as a second Close does.
func (q *Queue[T]) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == kernel.ErrClosed {
		return kernel.ErrClosed
	}
	q.items, q.used = nil, 0
	q.finish(kernel.ErrClosed)
	return nil
}

func (q *Queue[T]) finish(end error) {
	q.end = end
	for _, w := range q.waiters {
		close(w)
	}
	q.waiters = nil
}
