package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// rated is a job with a rate and a port, whose member has just begun.
func (w *world) rated(limits notified) (kernel.Job, *fakegroup.Process, *mailbox) {
	w.Helper()
	job, p, port := w.heard(kernel.Limits{CPURate: 5000})
	w.notify(job, limits)
	w.settled()
	return job, p, port
}

// throttle lets one interval go by in which members were stopped for that part.
func (w *world) throttle(interval time.Duration, percent int) {
	w.Helper()
	w.machine.Throttle(uint64(interval) * uint64(percent) / 100 / uint64(fakegroup.ThrottlePeriod))
	w.pass(interval)
}

// NLM-01, CPU-08
func TestNLM01_a_rate_may_be_exceeded_for_the_tolerated_part_of_the_interval(t *testing.T) {
	for tolerance, percent := range map[kernel.Tolerance]int{
		kernel.LowTolerance: 20, kernel.MediumTolerance: 40, kernel.HighTolerance: 60, 0: 60,
	} {
		given(t, func(w *world) {
			job, p, port := w.rated(notified{CPURateTolerance: tolerance, CPURateInterval: kernel.ShortInterval})
			p.Spin(1)
			w.throttle(10*time.Second, percent-1)
			port.gets()
			w.throttle(10*time.Second, percent)
			port.gets(said(limitMessage, p))
			w.alive(p)
			w.violated(job, kernel.CPURateNotice)
			w.violated(job)
		})
	}
}

func TestNLM02_the_interval_is_short_medium_or_long_and_short_by_default(t *testing.T) {
	for interval, length := range map[kernel.ToleranceInterval]time.Duration{
		0: 10 * time.Second, kernel.ShortInterval: 10 * time.Second,
		kernel.MediumInterval: time.Minute, kernel.LongInterval: 10 * time.Minute,
	} {
		given(t, func(w *world) {
			job, p, port := w.rated(notified{CPURateTolerance: kernel.LowTolerance, CPURateInterval: interval})
			w.notifies(job, notified{CPURateTolerance: kernel.LowTolerance, CPURateInterval: max(interval, kernel.ShortInterval)})
			p.Spin(1)
			w.machine.Throttle(1 << 20)
			w.pass(length - time.Millisecond)
			port.gets()
			w.pass(2 * time.Millisecond)
			port.gets(said(limitMessage, p))
		})
	}
}

func TestNLM05_of_a_rate_each_interval_stands_for_itself(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.rated(notified{CPURateTolerance: kernel.MediumTolerance})
		p.Spin(1)
		w.throttle(10*time.Second, 50)
		w.throttle(10*time.Second, 50)
		port.gets(said(limitMessage, p))
		w.violated(job, kernel.CPURateNotice)
		w.settled()
		w.throttle(10*time.Second, 50)
		w.throttle(10*time.Second, 50)
		port.gets(said(limitMessage, p))
	})
}

func TestNLM03_of_a_rate_who_used_most_in_the_interval_is_named(t *testing.T) {
	given(t, func(w *world) {
		job, early, port := w.heard(kernel.Limits{CPURate: 5000})
		early.Spin(1)
		w.pass(time.Hour)
		early.Spin(0)
		late := w.member(job)
		w.notify(job, notified{CPURateTolerance: kernel.LowTolerance})
		w.settled()
		late.Spin(1)
		w.throttle(10*time.Second, 90)
		port.gets(said("NEW", late), said(limitMessage, late))
	})
}

func TestNLM09_a_tolerance_needs_a_rate_on_the_job(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(kernel.Limits{CPURate: 5000}), w.job(kernel.Limits{CPUWeight: 3})
		w.member(outer, inner)
		for _, limits := range []notified{{CPURateTolerance: kernel.LowTolerance}, {CPURateInterval: kernel.ShortInterval}} {
			w.mustBe(inner.SetNotificationLimits(limits), kernel.ErrInvalidLimit)
			w.notifies(inner, notified{})
			w.must(outer.SetNotificationLimits(limits))
		}
	})
}

func TestNLM09_an_interval_in_which_the_rate_has_changed_tells_nothing(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.rated(notified{CPURateTolerance: kernel.LowTolerance})
		p.Spin(1)
		w.must(job.SetLimits(kernel.Limits{})) // it rests as long as there is no rate
		w.throttle(10*time.Second, 100)
		w.throttle(10*time.Second, 100)
		port.gets()
		w.machine.Throttle(1000)
		w.must(job.SetLimits(kernel.Limits{CPURate: 1000}))
		w.settled()
		w.pass(9 * time.Second)
		w.machine.Throttle(90)
		w.must(job.SetLimits(kernel.Limits{CPURate: 2000}))
		w.settled()
		w.pass(9 * time.Second)
		port.gets()
		w.machine.Throttle(90)
		w.pass(time.Second)
		port.gets(said(limitMessage, p))
	})
}

func TestVIO05_the_tolerance_that_was_exceeded_is_told_as_a_class(t *testing.T) {
	for percent, class := range map[int]kernel.Tolerance{
		20: kernel.LowTolerance, 39: kernel.LowTolerance, 40: kernel.MediumTolerance, 60: kernel.HighTolerance, 100: kernel.HighTolerance,
		120: kernel.HighTolerance, // periods that ended late
	} {
		given(t, func(w *world) {
			limits := notified{CPURateTolerance: kernel.LowTolerance, CPURateInterval: kernel.ShortInterval}
			job, p, _ := w.rated(limits)
			events := w.watch(job)
			events.next()
			p.Spin(1)
			w.throttle(10*time.Second, percent)
			told := events.next()
			w.same(1, len(told))
			w.same(&kernel.Notice{Limit: kernel.CPURateNotice, Pid: p.Pid(), Value: min(uint64(percent), 100), Bound: 20}, told[0].Notice)
			found := w.violations(job)
			w.same(kernel.Exactly(class), found.CPURateTolerance)
			w.same(limits, found.Limits)
		})
	}
}
