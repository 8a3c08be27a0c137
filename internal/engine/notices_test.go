package engine_test

import (
	"math"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
	"jobobject/internal/port"
)

type notified = kernel.NotificationLimits

const (
	limitMessage = "NOTIFICATION_LIMIT"
	mega         = 1 << 20
	// noticed is how long it takes at most to notice something in a job that was
	// calm.
	noticed = 450 * time.Millisecond
)

// notify sets notification limits.
func (w *world) notify(job kernel.Job, limits notified) {
	w.Helper()
	w.must(job.SetNotificationLimits(limits))
}

// notifies shows which limits are in effect.
func (w *world) notifies(job kernel.Job, want notified) {
	w.Helper()
	got, err := job.NotificationLimits()
	w.must(err)
	w.same(want, got)
}

// violations queries them, and so rearms.
func (w *world) violations(job kernel.Job) kernel.Violations {
	w.Helper()
	found, err := job.Violations()
	w.must(err)
	return found
}

// violated shows which limits have been exceeded, in a query.
func (w *world) violated(job kernel.Job, want ...kernel.LimitName) {
	w.Helper()
	w.same(want, w.violations(job).Exceeded())
}

// heard is a job with a member and a port.
func (w *world) heard(limits ...kernel.Limits) (kernel.Job, *fakegroup.Process, *mailbox) {
	w.Helper()
	job := w.job(limits...)
	p := w.member(job)
	port := w.listen(job)
	port.gets(said("NEW", p))
	return job, p, port
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

func TestNLM03_the_largest_part_is_named_and_nobody_is_ended(t *testing.T) {
	given(t, func(w *world) {
		job, small, port := w.heard()
		large := w.member(job)
		w.notify(job, notified{JobMemory: 10 * mega})
		small.Allocate(4 * mega)
		large.Allocate(6 * mega)
		w.pass(noticed) // the limit is not exceeded yet
		port.gets(said("NEW", large))
		small.Allocate(5 * mega)
		w.pass(noticed)
		port.gets(said(limitMessage, large))
		w.alive(small, large)
		w.struck(job)
	})
}

func TestNLM03_of_memory_that_was_given_back_nobody_is_named(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		p.Allocate(2 * mega)
		w.notify(job, notified{JobLowMemory: mega})
		p.Allocate(mega / 2)
		w.pass(noticed)
		port.gets("job " + limitMessage)
	})
}

func TestNLM04_the_message_stays_when_others_give_way(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		full := &mailbox{port.New(8 * 64), w}
		w.must(job.Associate(full, "job"))
		w.notify(job, notified{JobMemory: mega})
		p.Allocate(2 * mega)
		w.pass(noticed)
		for range 20 {
			w.member(job).Exit(0)
		}
		w.same(1, count(full.unread(), said(limitMessage, p)))
	})
}

func TestNLM05_there_is_one_message_until_the_violations_are_queried(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobMemory: mega})
		for range 3 {
			p.Allocate(2 * mega)
			w.pass(noticed)
			p.Allocate(0)
			w.pass(noticed)
		}
		port.gets(said(limitMessage, p))
		w.machine.Journal()
		w.pass(time.Minute)
		w.same([]string(nil), w.machine.Journal()) // there is nothing left to find out
		w.violated(job, kernel.JobMemoryNotice)
		w.pass(time.Minute)
		port.gets()
		p.Allocate(2 * mega)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
	})
}

func TestNLM05_a_second_limit_that_is_exceeded_meanwhile_has_no_message_and_is_reported(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		events := w.watch(job)
		events.next()
		w.notify(job, notified{JobMemory: mega, JobUserTime: time.Second})
		p.Allocate(2 * mega)
		w.pass(noticed)
		p.Spin(1)
		w.pass(2 * time.Second)
		p.Spin(0)
		port.gets(said(limitMessage, p))
		var told []kernel.LimitName
		for _, e := range events.next() {
			w.same(kernel.EventNotification, e.Kind)
			told = append(told, e.Notice.Limit)
		}
		w.same([]kernel.LimitName{kernel.JobMemoryNotice, kernel.JobUserTimeNotice}, told)
		w.violated(job, kernel.JobUserTimeNotice, kernel.JobMemoryNotice)
	})
}

func TestNLM05_what_is_still_exceeded_is_told_again_when_there_is_more_of_it(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobUserTime: time.Second})
		p.Spin(1)
		w.pass(2 * time.Second)
		p.Spin(0)
		port.gets(said(limitMessage, p))
		w.violated(job, kernel.JobUserTimeNotice)
		w.pass(time.Minute)
		port.gets()
		w.violated(job, kernel.JobUserTimeNotice)
		p.Spin(1)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
	})
}

func TestNLM05_new_limits_begin_anew(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobMemory: mega})
		p.Allocate(3 * mega)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
		w.notify(job, notified{JobMemory: 2 * mega})
		w.pass(noticed)
		port.gets(said(limitMessage, p))
		w.notify(job, notified{JobMemory: 4 * mega})
		w.violated(job)
	})
}

func TestNLM06_low_memory_is_told_when_it_falls_below_and_not_before(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobLowMemory: 2 * mega})
		p.Allocate(mega)
		w.pass(noticed)
		p.Allocate(2 * mega)
		w.pass(noticed)
		port.gets() // it has never been as high
		p.Allocate(mega)
		w.pass(noticed)
		port.gets("job " + limitMessage)
		found := w.violations(job)
		w.same(kernel.Exactly[uint64](mega), found.JobLowMemory)
		p.Allocate(0)
		w.pass(noticed)
		port.gets() // it has not been high since
		w.violated(job)
		p.Allocate(4 * mega)
		w.pass(noticed)
		p.Exit(0)
		w.pass(noticed)
		port.gets(said("EXIT", p), zero, "job "+limitMessage)
	})
}

func TestNLM07_what_was_used_before_the_limit_was_set_does_not_count(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		p.Spin(1)
		w.pass(5 * time.Second)
		w.notify(job, notified{JobUserTime: time.Second})
		w.pass(990 * time.Millisecond)
		port.gets()
		w.pass(20 * time.Millisecond)
		port.gets(said(limitMessage, p))
		w.notify(job, notified{JobUserTime: time.Second}) // replaced: again from now on
		w.pass(990 * time.Millisecond)
		port.gets()
		w.pass(20 * time.Millisecond)
		port.gets(said(limitMessage, p))
	})
}

func TestNLM08_enforced_limits_and_notifications_of_the_same_are_independent(t *testing.T) {
	given(t, func(w *world) {
		limits := kernel.Limits{JobUserTime: 3 * time.Second, JobMemory: 8 * mega}
		job, p, port := w.heard(limits)
		w.notify(job, notified{JobUserTime: time.Second})
		w.limited(job, limits)
		w.must(job.SetLimits(kernel.Limits{JobUserTime: 3 * time.Second})) // which begins a period of its own
		w.notifies(job, notified{JobUserTime: time.Second})
		p.Spin(1)
		w.pass(time.Second + overshoot)
		port.gets(said(limitMessage, p))
		w.alive(p)
		w.pass(2 * time.Second)
		w.dead(p)
	})
}

func TestNLM10_limits_that_make_no_sense_change_nothing(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(kernel.Limits{CPURate: 5000})
		before := notified{JobMemory: mega, CPURateTolerance: kernel.LowTolerance, CPURateInterval: kernel.LongInterval}
		w.notify(job, before)
		for _, limits := range []notified{
			{JobUserTime: -1},
			{JobMemory: math.MaxInt64 + 1},
			{JobLowMemory: math.MaxUint64},
			{ReadBytes: math.MaxUint64},
			{JobMemory: 2 * mega, WriteBytes: math.MaxUint64},
			{CPURateTolerance: 4},
			{CPURateInterval: 4},
		} {
			w.mustBe(job.SetNotificationLimits(limits), kernel.ErrInvalidLimit)
			w.notifies(job, before)
		}
	})
}

func TestNLM11_violations_can_be_queried_without_a_port(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.violated(job) // there are no limits
		w.notify(job, notified{JobUserTime: time.Second, JobMemory: mega})
		w.violated(job) // nor members
		p := w.member(job)
		p.Spin(1)
		p.Allocate(mega)
		w.pass(2 * time.Second)
		w.violated(job, kernel.JobUserTimeNotice)
	})
}

func TestNLM11_what_a_query_finds_first_is_told_too(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobMemory: mega})
		w.settled()
		p.Allocate(2 * mega) // nobody has had the time to look
		w.violated(job, kernel.JobMemoryNotice)
		port.gets(said(limitMessage, p))
		w.pass(time.Minute)
		port.gets()
	})
}

func TestVIO03_a_query_tells_the_limits_in_effect_and_those_exceeded(t *testing.T) {
	given(t, func(w *world) {
		limits := notified{JobUserTime: time.Hour, JobMemory: mega}
		job, p, _ := w.heard()
		w.notify(job, limits)
		p.Allocate(2 * mega)
		w.pass(noticed)
		found := w.violations(job)
		w.same(limits, found.Limits)
		w.same([]kernel.LimitName{kernel.JobMemoryNotice}, found.Exceeded())
		if _, known := found.JobUserTime.LowerBound(); known {
			t.Error("the figure of a limit that was not exceeded is known")
		}
	})
}

func TestVIO04_the_values_are_those_of_when_it_was_noticed(t *testing.T) {
	given(t, func(w *world) {
		job, p, _ := w.heard()
		events := w.watch(job)
		events.next()
		w.notify(job, notified{JobMemory: mega})
		p.Allocate(3 * mega)
		w.pass(noticed)
		p.Allocate(2 * mega)
		w.pass(noticed)
		told := events.next()
		w.same(1, len(told))
		w.same(&kernel.Notice{Limit: kernel.JobMemoryNotice, Pid: p.Pid(), Value: 3 * mega, Bound: mega}, told[0].Notice)
		w.same(kernel.Exactly[uint64](3*mega), w.violations(job).JobMemory)
		w.same(kernel.Exactly[uint64](2*mega), w.violations(job).JobMemory) // those of now, where nothing was noticed since
	})
}

func TestVIO04_what_has_fallen_again_before_the_query_is_reported_once(t *testing.T) {
	given(t, func(w *world) {
		job, p, _ := w.heard()
		w.notify(job, notified{JobMemory: mega})
		p.Allocate(3 * mega)
		w.pass(noticed)
		p.Allocate(0)
		w.violated(job, kernel.JobMemoryNotice)
		w.violated(job)
	})
}

func TestNLM05_what_has_fallen_since_the_query_is_told_when_it_is_exceeded_again_however_little(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobMemory: mega})
		p.Allocate(4 * mega)
		w.violated(job, kernel.JobMemoryNotice)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
		p.Allocate(3 * mega) // less, but never below
		w.pass(noticed)
		port.gets()
		p.Allocate(mega)
		w.pass(noticed)
		p.Allocate(2 * mega)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
	})
}
