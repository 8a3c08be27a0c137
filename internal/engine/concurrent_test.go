package engine_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
	"jobobject/internal/port"
)

func TestC15_sixteen_terminate_while_everything_else_goes_on(t *testing.T) {
	for range rounds(100) {
		given(t, func(w *world) {
			job := w.job(killOnClose)
			var members []*started
			for range 20 {
				members = append(members, w.start(job))
			}
			var terminating, all sync.WaitGroup
			begin := make(chan struct{})
			try := func(call func() error) {
				<-begin
				if err := call(); err != nil {
					w.Error(err)
				}
			}
			for code := range uint32(16) {
				terminating.Go(func() { try(func() error { return job.Terminate(code + 1) }) })
			}
			do := func(call func() error) { all.Go(func() { try(call) }) }
			for range 4 {
				second, err := job.Duplicate()
				w.must(err)
				do(second.Close)
				do(func() error { return job.WaitSignaled(w.Context()) })
				do(func() error { return job.WaitEmpty(w.Context()) })
				do(func() error { _, err := job.Processes(); return err })
				do(func() error { _, err := job.Accounting(); return err })
				do(func() error {
					_, err := job.Start(program(), kernel.StartOptions{})
					return orOneOf(err, kernel.ErrAccessDenied)
				})
				do(func() error { return orOneOf(job.Assign(w.outsider().Pid()), kernel.ErrAccessDenied) })
			}
			close(begin)
			terminating.Wait()
			w.settled()
			w.must(job.Terminate(99)) // who came after the last of the sixteen
			all.Wait()

			code, _, err := job.TerminateCode()
			w.must(err)
			w.same(uint32(99), code)
			first, err := members[0].Wait()
			w.must(err)
			if first.ExitCode() < 1 || first.ExitCode() > 16 {
				w.Fatalf("a member ended with %v", first)
			}
			for _, p := range members {
				w.ended(p, first.ExitCode()) // one code wins
			}
			w.has(job)
			w.close(job)
			w.nothing()
		})
	}
}

func orOneOf(err error, fine ...error) error {
	for _, each := range fine {
		if errors.Is(err, each) {
			return nil
		}
	}
	return err
}

func rounds(usual int) int {
	if testing.Short() {
		return max(1, usual/10)
	}
	return usual
}

func TestC15_closing_while_others_use_the_handle(t *testing.T) {
	for name, limits := range map[string]kernel.Limits{"kill on close": killOnClose, "leave": {}} {
		t.Run(name, func(t *testing.T) {
			for range rounds(100) {
				given(t, func(w *world) {
					job := w.job(limits)
					w.start(job)
					begin := make(chan struct{})
					var all sync.WaitGroup
					for name, operation := range operations {
						if name == "Close" || name == "Duplicate" || name == "Assign" {
							continue // Assign would have the caller die with the job
						}
						all.Go(func() {
							<-begin
							err := operation(job)
							if orOneOf(err, kernel.ErrClosed, kernel.ErrAccessDenied) != nil {
								w.Errorf("%s: %v", name, err)
							}
						})
					}
					closed := make(chan error, 2)
					for range 2 {
						all.Go(func() {
							<-begin
							closed <- job.Close()
						})
					}
					close(begin)
					all.Wait()
					first, second := <-closed, <-closed
					if (first == nil) == (second == nil) {
						w.Errorf("two closes: %v and %v", first, second)
					}
					w.killEverybody()
					w.closeAnother()
					w.nothing()
				})
			}
		})
	}
}

// killEverybody ends all processes but the caller by a way around all jobs.
func (w *world) killEverybody() {
	for _, p := range w.machine.Processes() {
		if p != w.machine.Self() {
			p.Die(9)
		}
	}
}

func TestC15_anything_at_the_same_time_as_anything(t *testing.T) {
	for range rounds(50) {
		given(t, func(w *world) {
			var jobs []kernel.Job
			for i := range 5 {
				jobs = append(jobs, w.job(kernel.Limits{KillOnClose: i%2 == 0, SilentBreakawayOK: i == 4}))
			}
			var outsiders []*fakegroup.Process
			for range 5 {
				outsiders = append(outsiders, w.outsider())
			}
			ctx, stopWaiting := context.WithCancel(w.Context())
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 30 {
						w.anything(ctx, jobs, outsiders)
						w.anyListening(jobs[rand.IntN(len(jobs))])
					}
				})
			}
			w.settled() // whoever has not come to the end waits for something
			stopWaiting()
			all.Wait()
			for _, job := range jobs {
				w.must(job.Thaw())
				w.must(job.Terminate(1))
				w.has(job)
			}
			for _, job := range jobs {
				w.close(job)
			}
			w.nothing()
			w.traced(0)
		})
	}
}

// anything does one thing and complains of errors that are nobody's to expect.
func (w *world) anything(ctx context.Context, jobs []kernel.Job, outsiders []*fakegroup.Process) {
	one := func() kernel.Job { return jobs[rand.IntN(len(jobs))] }
	job := one()
	var err error
	switch rand.IntN(15) {
	case 0, 1:
		_, err = job.Start(program(), kernel.StartOptions{Suspended: rand.IntN(2) == 0})
	case 2:
		_, err = job.Start(program(), alsoIn(one(), one()))
	case 3:
		_, err = job.Start(missing(), alsoIn(one()))
		err = orOneOf(err, missing().Err)
	case 4, 5:
		err = job.Assign(outsiders[rand.IntN(len(outsiders))].Pid())
	case 6:
		err = job.Terminate(rand.Uint32())
	case 7:
		err = job.Freeze()
	case 8:
		err = job.Thaw()
	case 9:
		err = job.UpdateLimits(func(l *kernel.Limits) { l.SilentBreakawayOK = !l.SilentBreakawayOK })
		w.machine.LookAround()()
	case 10:
		err = waits[[]string{"empty", "signaled"}[rand.IntN(2)]](job, ctx)
		err = orOneOf(err, context.Canceled)
	case 11:
		var second kernel.Job
		if second, err = job.Duplicate(); err == nil {
			_, err = second.Accounting()
			err = errors.Join(err, second.Close())
		}
	case 12:
		outsiders[rand.IntN(len(outsiders))].Exit(0)
	case 13:
		err = job.SetNotificationLimits(kernel.NotificationLimits{JobMemory: rand.Uint64N(2), JobUserTime: time.Nanosecond})
	case 14:
		_, err = job.Violations()
	}
	if orOneOf(err, kernel.ErrAccessDenied, kernel.ErrProcessExited) != nil {
		w.Error(err)
	}
}

// anyListening begins or ends to listen to a job.
func (w *world) anyListening(job kernel.Job) {
	var err error
	switch rand.IntN(4) {
	case 0:
		err = orOneOf(job.Associate(port.New(port.DefaultBound), nil), kernel.ErrAlreadyAssociated)
	case 1:
		err = job.Dissociate()
	case 2:
		var events kernel.Events
		if events, err = job.Events(); err == nil && rand.IntN(2) == 0 {
			err = events.Close()
		}
	}
	if err != nil {
		w.Error(err)
	}
}

// ledger is a port that keeps account of the members of a job, and complains of
// messages that make no sense.
type ledger struct {
	*world
	mu      sync.Mutex
	present map[int]bool
	empty   bool // and everybody knows
	news    int
}

func (l *ledger) Deliver(m kernel.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.news++
	switch m.ID {
	case kernel.NewProcess:
		if l.present[m.Pid] {
			l.Errorf("job %v: %d has come twice", m.Key, m.Pid)
		}
		l.present[m.Pid], l.empty = true, false
	case kernel.ExitProcess, kernel.AbnormalExitProcess:
		if !l.present[m.Pid] {
			l.Errorf("job %v: %d has gone and never come", m.Key, m.Pid)
		}
		delete(l.present, m.Pid)
	case kernel.ActiveProcessZero:
		if l.empty {
			l.Errorf("job %v is empty again", m.Key)
		}
		clear(l.present) // a termination ends them without a word (D1)
		l.empty = true
	default:
		l.Errorf("job %v: message %v", m.Key, m.ID)
	}
}

func TestC21_messages_balance_whatever_happens_at_the_same_time(t *testing.T) {
	for range rounds(50) {
		given(t, func(w *world) {
			var jobs []kernel.Job
			var ledgers []*ledger
			for i := range 5 {
				job := w.job(kernel.Limits{SilentBreakawayOK: i == 4})
				l := &ledger{world: w, present: map[int]bool{}, empty: true}
				w.must(job.Associate(l, i))
				jobs, ledgers = append(jobs, job), append(ledgers, l)
			}
			var outsiders []*fakegroup.Process
			for range 10 {
				outsiders = append(outsiders, w.outsider())
			}
			ctx, stopWaiting := context.WithCancel(w.Context())
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 30 {
						w.anything(ctx, jobs, outsiders)
					}
				})
			}
			w.settled()
			stopWaiting()
			all.Wait()
			for _, job := range jobs {
				w.must(job.Thaw())
				w.must(job.Terminate(1))
			}
			for i, l := range ledgers {
				w.has(jobs[i])
				w.settled()
				if len(l.present) > 0 || !l.empty {
					w.Errorf("job %d: %v are there after the end, empty: %v", i, l.present, l.empty)
				}
				if total := w.total(jobs[i]); total > 0 && l.news == 0 {
					w.Errorf("job %d had %d members and said nothing", i, total)
				}
				w.close(jobs[i])
			}
			w.nothing()
		})
	}
}
