package queue

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"jobobject/internal/kernel"
)

// item takes one byte. A negative one is a gap, of as many as it says.
type item int

const lasting item = 1000 // and above: never gives way

func newQueue(bound int) *Queue[item] {
	return New(Rules[item]{
		Bound: bound,
		Size:  func(item) int { return 1 },
		Stays: func(i item) bool { return i >= lasting },
		Lost:  func(i item) uint64 { return uint64(max(-i, 1)) },
		Gap:   func(lost uint64) item { return -item(lost) },
	})
}

// unread takes out what is there.
func unread(t *testing.T, q *Queue[item]) (items []item, end error) {
	t.Helper()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		i, err := q.Get(over)
		if err != nil {
			return items, err
		}
		items = append(items, i)
	}
}

func TestAGapStandsWhereTheFirstOneWasThatGaveWay(t *testing.T) {
	q := newQueue(8)
	q.Put(lasting)
	for i := range item(10) {
		q.Put(i)
	}
	items, _ := unread(t, q)
	if items[0] != lasting || items[1] >= 0 {
		t.Fatalf("got %v, want what lasts and then a gap", items)
	}
	if next := items[2]; next != -items[1] || !slices.Equal(items[2:], sequence(next, 10)) {
		t.Errorf("got %v: the count of the gap is wrong", items)
	}
}

func sequence(from, to item) (items []item) {
	for i := from; i < to; i++ {
		items = append(items, i)
	}
	return items
}

func TestAGapThatGivesWayItselfCountsForWhatItStoodFor(t *testing.T) {
	for _, bound := range []int{1, 2, 8, 100} {
		q := newQueue(bound)
		const n = 900
		for i := range item(n) {
			q.Put(i)
			if len(q.items) > bound+1 {
				t.Fatalf("%d items in a queue of %d", len(q.items), bound)
			}
		}
		items, _ := unread(t, q)
		if first := items[0]; first >= 0 || !slices.Equal(items[1:], sequence(-first, n)) {
			t.Errorf("bound %d: %d lost and %v", bound, -first, items[1:])
		}
	}
}

func TestWhatLastsIsNeverLostAndNoGapIsToldWhereThereIsNone(t *testing.T) {
	q := newQueue(4)
	for i := range item(20) {
		q.Put(lasting + i)
	}
	if items, _ := unread(t, q); !slices.Equal(items, sequence(lasting, lasting+20)) {
		t.Errorf("got %v", items)
	}
}

func TestAfterTheEndWhatIsThereCanBeReadAndNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(4)
		q.Put(1)
		q.End()
		q.Put(2)
		if err := q.Offer(3); !errors.Is(err, kernel.ErrClosed) {
			t.Errorf("offer: %v", err)
		}
		items, _ := unread(t, q)
		_, err := q.Get(t.Context())
		if !slices.Equal(items, []item{1}) || !errors.Is(err, io.EOF) {
			t.Errorf("got %v and then %v", items, err)
		}
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if _, err := q.Get(t.Context()); !errors.Is(err, kernel.ErrClosed) {
			t.Errorf("get after close: %v", err)
		}
	})
}

func TestTheEndWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(4)
		ended := make(chan error)
		for range 3 {
			go func() { _, err := q.Get(t.Context()); ended <- err }()
		}
		synctest.Wait()
		q.End()
		for range 3 {
			if err := <-ended; !errors.Is(err, io.EOF) {
				t.Errorf("a reader got %v", err)
			}
		}
	})
}

func TestItemsAreNumberedAsTheyAreTaken(t *testing.T) {
	q := newQueue(4)
	q.rules.Number = func(i *item, n uint64) { *i = item(n) }
	for range 20 {
		q.Put(7)
	}
	items, _ := unread(t, q)
	if !slices.Equal(items, sequence(1, item(len(items))+1)) {
		t.Errorf("got %v", items)
	}
}
