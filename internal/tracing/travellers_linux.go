package tracing

import (
	"sync"

	"jobobject/internal/trace"
)

// travellers are processes that have left and may come back.
type travellers struct {
	mu     sync.Mutex
	away   map[trace.Process]struct{}
	seen   moves
	unsure bool
}

// moves are how many there were, and how many joined for a second time.
type moves struct{ joins, leaves, returns uint64 }

// mostAway bounds what is kept: nobody tells when one of them ends.
const mostAway = 1 << 12

func (t *travellers) note(e *trace.Event) {
	switch e.Kind {
	case trace.Join, trace.Leave, trace.Lost:
	default:
		return // which is nearly all
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Kind {
	case trace.Lost:
		t.unsure = true
	case trace.Join:
		t.seen.joins++
		if _, was := t.away[e.Process]; was {
			delete(t.away, e.Process)
			t.seen.returns++
		}
	case trace.Leave:
		t.seen.leaves++
		if len(t.away) == mostAway {
			t.unsure = true
			return
		}
		if t.away == nil {
			t.away = map[trace.Process]struct{}{}
		}
		t.away[e.Process] = struct{}{}
	}
}

// counts are not known for sure where some were not told.
func (t *travellers) counts() (seen moves, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen, !t.unsure
}
