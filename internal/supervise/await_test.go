package supervise_test

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject/internal/supervise"
)

// tree is a job whose members end when the test says so.
type tree struct {
	start time.Time
	main  chan struct{}
	empty chan struct{}

	mu   sync.Mutex
	told []telling
	// onTold is what the members do about it.
	onTold func()
}

type telling struct {
	After time.Duration
	What  os.Signal
}

func newTree() *tree {
	return &tree{start: time.Now(), main: make(chan struct{}), empty: make(chan struct{})}
}

func (t *tree) Tell(sig os.Signal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = append(t.told, telling{time.Since(t.start), sig})
	if t.onTold != nil {
		t.onTold()
	}
}

func (t *tree) WaitEmpty(ctx context.Context) error {
	select {
	case <-t.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// after does something at that time, in a goroutine that ends with it.
func after(d time.Duration, what func()) { time.AfterFunc(d, what) }

func (t *tree) mainEnds() { close(t.main) }
func (t *tree) allEnd()   { close(t.empty) }
func (t *tree) everybodyEnds() {
	t.mainEnds()
	t.allEnd()
}

type ending struct {
	Verdict supervise.Verdict
	Took    time.Duration
	Told    []telling
}

func TestAwait(t *testing.T) {
	const sec = time.Second
	term, hup := os.Signal(syscall.SIGTERM), os.Signal(syscall.SIGHUP)
	usual := supervise.Rules{Grace: 5 * sec}
	limited := supervise.Rules{Grace: 5 * sec, Timeout: 10 * sec}

	for name, c := range map[string]struct {
		rules supervise.Rules
		given func(*tree, chan<- os.Signal)
		want  ending
	}{
		"the main process ends: over, whoever is left": {
			rules: usual,
			given: func(j *tree, _ chan<- os.Signal) { after(3*sec, j.mainEnds) },
			want:  ending{Verdict: supervise.Verdict{MainEnded: true}, Took: 3 * sec},
		},
		"all are waited for: over with the last one": {
			rules: supervise.Rules{Grace: 5 * sec, All: true},
			given: func(j *tree, _ chan<- os.Signal) { after(3*sec, j.mainEnds); after(8*sec, j.allEnd) },
			want:  ending{Verdict: supervise.Verdict{MainEnded: true}, Took: 8 * sec},
		},
		"the time is up: told to end, and they do": {
			rules: limited,
			given: func(j *tree, _ chan<- os.Signal) { j.onTold = j.everybodyEnds },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, MainEnded: true},
				Took:    10 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"the time is up and nobody cares: killed after the grace (C03, C39)": {
			rules: limited,
			given: func(*tree, chan<- os.Signal) {},
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, Kill: true},
				Took:    15 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"only the main process obeys: the others have the whole grace": {
			rules: limited,
			given: func(j *tree, _ chan<- os.Signal) { after(11*sec, j.mainEnds) },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, Kill: true, MainEnded: true},
				Took:    15 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"the others end within the grace: nothing is left to kill": {
			rules: limited,
			given: func(j *tree, _ chan<- os.Signal) { after(11*sec, j.mainEnds); after(12*sec, j.allEnd) },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, MainEnded: true},
				Took:    12 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"done in time: not touched": {
			rules: limited,
			given: func(j *tree, _ chan<- os.Signal) { after(10*sec-1, j.mainEnds) },
			want:  ending{Verdict: supervise.Verdict{MainEnded: true}, Took: 10*sec - 1},
		},
		"all are waited for: the time is up while only leftovers live": {
			rules: supervise.Rules{Grace: 5 * sec, Timeout: 10 * sec, All: true},
			given: func(j *tree, _ chan<- os.Signal) { after(sec, j.mainEnds); j.onTold = j.allEnd },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, MainEnded: true},
				Took:    10 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"a request: passed on as it came": {
			rules: limited,
			given: func(j *tree, ask chan<- os.Signal) {
				j.onTold = j.everybodyEnds
				after(2*sec, func() { ask <- hup })
			},
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.Interrupted, Told: true, MainEnded: true},
				Took:    2 * sec, Told: []telling{{2 * sec, hup}},
			},
		},
		"a request that nobody obeys: killed after the grace": {
			rules: usual,
			given: func(_ *tree, ask chan<- os.Signal) { after(2*sec, func() { ask <- term }) },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.Interrupted, Told: true, Kill: true},
				Took:    7 * sec, Told: []telling{{2 * sec, term}},
			},
		},
		"a second request: killed at once": {
			rules: usual,
			given: func(_ *tree, ask chan<- os.Signal) {
				after(2*sec, func() { ask <- term })
				after(3*sec, func() { ask <- hup })
			},
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.Interrupted, Told: true, Kill: true},
				Took:    3 * sec, Told: []telling{{2 * sec, term}},
			},
		},
		"the time is up during the grace of a request: it stays a request, with its grace": {
			rules: limited,
			given: func(_ *tree, ask chan<- os.Signal) { after(8*sec, func() { ask <- term }) },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.Interrupted, Told: true, Kill: true},
				Took:    13 * sec, Told: []telling{{8 * sec, term}},
			},
		},
		"a request during the grace of a time limit: killed at once, for being late": {
			rules: limited,
			given: func(_ *tree, ask chan<- os.Signal) { after(12*sec, func() { ask <- term }) },
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, Kill: true},
				Took:    12 * sec, Told: []telling{{10 * sec, term}},
			},
		},
		"no grace: told and killed": {
			rules: supervise.Rules{Timeout: 10 * sec},
			given: func(*tree, chan<- os.Signal) {},
			want: ending{
				Verdict: supervise.Verdict{Cause: supervise.TimedOut, Told: true, Kill: true},
				Took:    10 * sec, Told: []telling{{10 * sec, term}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j, ask := newTree(), make(chan os.Signal, 4)
				c.given(j, ask)

				verdict := supervise.Await(j, c.rules, j.main, ask)

				got := ending{verdict, time.Since(j.start), j.told}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}
