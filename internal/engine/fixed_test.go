package engine_test

import (
	"errors"
	"testing"

	"jobobject/internal/kernel"
)

// Where processes stay where they were born, what would let one go, or take one in,
// is refused.
func (w *world) fixed() { w.machine.MoveNothing() }

func TestLIM59_breakaway_that_cannot_be_is_refused_when_it_is_set(t *testing.T) {
	for flag, limits := range map[string]kernel.Limits{"BreakawayOK": breakawayOK, "SilentBreakawayOK": silentBreakaway} {
		given(t, func(w *world) {
			w.fixed()
			unused, used := w.job(), w.job(killOnClose)
			w.start(used)
			limits.KillOnClose = true
			for _, job := range []kernel.Job{unused, used} {
				var unsupported *kernel.NotSupportedError
				if err := job.SetLimits(limits); !errors.As(err, &unsupported) || unsupported.Feature != flag || unsupported.Remedy == "" {
					t.Errorf("%s is refused with %v", flag, err)
				}
			}
			w.mustNot(kernel.ErrNotSupported, func() error {
				_, _, err := w.engine.CreateJob("", kernel.CreateOptions{Limits: limits})
				return err
			})
			w.limited(unused, kernel.Limits{})
			w.limited(used, killOnClose)
		})
	}
}

func TestASG02_an_assignment_that_cannot_be_is_refused_before_anything_is_done(t *testing.T) {
	given(t, func(w *world) {
		w.fixed()
		unused, full := w.job(), w.job(kernel.Limits{ActiveProcesses: 1})
		p := w.start(full)
		outsider := w.outsider()
		for _, job := range []kernel.Job{unused, full} {
			w.mustNot(kernel.ErrNotSupported, func() error { return job.Assign(outsider.Pid()) })
		}
		w.alive(outsider) // ASG-13 is for those that could have joined
		w.must(full.Assign(p.Pid()))
		accounting, err := full.Accounting()
		w.must(err)
		w.same(kernel.Exactly[uint64](0), accounting.TerminatedProcesses)
	})
}

func TestFRZ02_where_processes_cannot_be_moved_they_are_born_frozen(t *testing.T) {
	given(t, func(w *world) {
		w.fixed()
		job := w.job()
		w.must(job.Freeze())
		p, q := w.start(job), w.start(job, suspended)
		w.frozen(true, p.body, q.body)
		w.machine.Journal()
		w.must(job.Thaw())
		w.frozen(false, p.body, q.body)
	})
}
