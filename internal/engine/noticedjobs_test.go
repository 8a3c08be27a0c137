package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/engine"
	"jobobject/internal/fakegroup"
	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func TestC57_notification_limits_read_back_as_they_were_set(t *testing.T) {
	given(t, func(w *world) {
		w.machine.Tracer().CountBytes()
		job := w.job(kernel.Limits{CPURate: 100})
		w.notifies(job, notified{})
		all := notified{
			JobUserTime: 1, JobMemory: 2, JobLowMemory: 3, ReadBytes: 4, WriteBytes: 5,
			CPURateTolerance: kernel.LowTolerance, CPURateInterval: kernel.MediumInterval,
		}
		for _, limits := range []notified{
			{JobUserTime: 1}, {JobMemory: 2}, {JobLowMemory: 3}, {ReadBytes: 4}, {WriteBytes: 5},
			{CPURateTolerance: kernel.MediumTolerance, CPURateInterval: kernel.LongInterval},
			all, all, {},
		} {
			w.notify(job, limits)
			w.notifies(job, limits)
			w.same(limits, w.violations(job).Limits)
		}
		w.member(job)
		w.notify(job, all)
		w.notifies(job, all)
	})
}

// NST-40, MSG-14, MSG-15
func TestNST40_what_child_jobs_use_counts_for_those_around_them_and_messages_go_up(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.member(outer, inner)
		w.must(outer.Associate(w.mailbox(), nil))
		w.must(outer.Dissociate())
		port := w.mailbox()
		w.must(inner.Associate(port, "inner"))
		w.must(outer.Associate(port, "outer"))
		port.unread()

		w.notify(outer, notified{JobMemory: mega})
		p.Allocate(2 * mega)
		w.pass(noticed)
		port.gets(saidBy("outer", limitMessage, p)) // ACP-07
		w.violated(inner)

		w.notify(inner, notified{JobMemory: mega})
		w.pass(noticed)
		port.gets(saidBy("inner", limitMessage, p), saidBy("outer", limitMessage, p))
		w.violated(outer, kernel.JobMemoryNotice)
		w.violated(inner, kernel.JobMemoryNotice)
	})
}

func TestNST40_a_child_job_without_a_port_keeps_no_message_from_those_around_it(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		p := w.member(outer, inner)
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		port.unread()
		w.notify(inner, notified{JobUserTime: time.Second})
		p.Spin(1)
		w.pass(time.Second + noticed)
		port.gets(saidBy("outer", limitMessage, p))
	})
}

func TestSET08_notification_limits_are_for_members_that_come_later_too(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		w.notify(job, notified{JobUserTime: time.Second, JobLowMemory: mega})
		port := w.listen(job)
		for range 2 { // also when all have gone before
			p := w.start(job).body
			p.Allocate(2 * mega)
			w.pass(noticed)
			p.Exit(0)
			w.pass(noticed)
			w.violated(job, kernel.JobLowMemoryNotice)
			port.gets(said("NEW", p), said("EXIT", p), zero, "job "+limitMessage)
		}
		p := w.start(job).body
		p.Fork().Spin(1)
		w.pass(time.Second + noticed)
		w.violated(job, kernel.JobUserTimeNotice)
	})
}

func TestLIF02_closing_the_last_handle_ends_the_notifications(t *testing.T) {
	for name, limits := range map[string]kernel.Limits{"members go on": {}, "members are ended": killOnClose} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				w.machine.Tracer().CountBytes()
				job, p, port := w.heard(limits)
				w.notify(job, notified{JobUserTime: time.Hour, JobMemory: mega, WriteBytes: 1000})
				w.settled()
				w.close(job)
				w.traced(0)
				port.unread()
				w.machine.Journal()
				p.Allocate(2 * mega)
				w.pass(time.Hour)
				w.same([]string(nil), w.machine.Journal())
				port.gets()
			})
		})
	}
}

func TestFRZ06_a_frozen_job_is_looked_at_rarely_and_tells_all_the_same(t *testing.T) {
	given(t, func(w *world) {
		job, p, port := w.heard()
		w.notify(job, notified{JobMemory: mega, JobUserTime: 10 * time.Millisecond})
		w.must(job.Freeze())
		w.pass(noticed)
		w.machine.Journal()
		w.pass(time.Minute)
		if looks := len(w.machine.Journal()); looks > 3*3*60 {
			t.Errorf("a frozen job was asked %d questions in a minute", looks)
		}
		p.Allocate(2 * mega)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
		w.must(job.Thaw())
	})
}

func TestLIF01_a_job_without_notification_limits_or_members_is_not_looked_at(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.member(job)
		w.machine.Journal()
		w.pass(time.Minute)
		w.same([]string(nil), w.machine.Journal())

		w.notify(job, notified{JobMemory: mega, JobUserTime: time.Minute})
		w.pass(noticed)
		p.Exit(0)
		w.pass(noticed)
		w.machine.Journal()
		w.pass(time.Minute)
		w.same([]string(nil), w.machine.Journal())

		q := w.member(job)
		w.notify(job, notified{})
		w.settled()
		w.machine.Journal()
		q.Allocate(2 * mega)
		w.pass(time.Minute)
		w.same([]string(nil), w.machine.Journal())
	})
}

func TestNLM11_what_was_noted_while_nobody_listened_is_still_there_to_query(t *testing.T) {
	for name, away := range map[string]func(*world, kernel.Job, *mailbox){
		"closed":      func(w *world, _ kernel.Job, port *mailbox) { w.must(port.Close()) },
		"dissociated": func(w *world, job kernel.Job, _ *mailbox) { w.must(job.Dissociate()) },
	} {
		t.Run(name, func(t *testing.T) {
			given(t, func(w *world) {
				job, p, port := w.heard()
				w.notify(job, notified{JobMemory: mega})
				away(w, job, port)
				p.Allocate(2 * mega)
				w.pass(noticed)
				w.must(job.Dissociate())
				second := w.listen(job)
				second.gets(said("NEW", p)) // the latch holds
				w.violated(job, kernel.JobMemoryNotice)
				p.Allocate(3 * mega)
				w.pass(noticed)
				second.gets(said(limitMessage, p))
			})
		})
	}
}

func TestACC11_bytes_are_counted_by_the_tracer_for_that_purpose(t *testing.T) {
	given(t, func(w *world) {
		w.machine.Tracer().CountBytes()
		job := w.job()
		w.notify(job, notified{WriteBytes: 1000, ReadBytes: 5000})
		w.traced(0)
		p := w.start(job).body
		w.traced(1)
		child := p.Fork()
		child.Transfer(0, 600)
		child.Exit(0)
		p.Transfer(100, 400)
		w.pass(noticed)
		w.violated(job) // not more than that
		p.Transfer(0, 1)
		w.pass(noticed)
		found := w.violations(job)
		w.same([]kernel.LimitName{kernel.WriteBytesNotice}, found.Exceeded())
		w.same(kernel.Exactly[uint64](1001), found.WriteBytes)
		port := w.listen(job)
		port.unread()
		p.Transfer(5000, 0)
		w.pass(noticed)
		port.gets(said(limitMessage, p))
		w.must(job.Dissociate())
		w.traced(1)
		w.notify(job, notified{JobUserTime: time.Hour})
		w.traced(0) // nobody wants it any more
	})
}

func TestC56_bytes_that_nobody_counts_are_refused_and_nothing_is_stored(t *testing.T) {
	given(t, func(w *world) {
		before := notified{JobUserTime: time.Second}
		job := w.job()
		w.notify(job, before)
		refused := func() {
			t.Helper()
			w.mustBe(job.SetNotificationLimits(notified{JobMemory: 1, ReadBytes: 1}), kernel.ErrNotSupported)
			w.notifies(job, before)
			w.traced(0)
			w.same(0, w.machine.Tracer().Opened())
		}
		refused()
		w.member(job)
		refused()

		// The group may count them itself.
		w.machine.SetUsage(group.Usage{
			UserTime:  kernel.Exactly[time.Duration](0),
			ReadBytes: kernel.Exactly[uint64](7), WriteBytes: kernel.Exactly[uint64](0),
		})
		w.notify(job, notified{ReadBytes: 5})
		w.violated(job, kernel.ReadBytesNotice)
		w.traced(0)
	})
}

func TestC56_without_a_tracer_all_but_bytes_can_be_notified_of(t *testing.T) {
	given(t, func(w *world) {
		w.engine = engine.New(w.machine, w.guard, nil)
		job := w.job()
		p := w.member(job)
		w.mustBe(job.SetNotificationLimits(notified{WriteBytes: 1}), kernel.ErrNotSupported)
		w.notify(job, notified{JobMemory: mega, JobUserTime: time.Second})
		p.Allocate(2 * mega)
		p.Spin(1)
		w.pass(2 * time.Second)
		w.violated(job, kernel.JobUserTimeNotice, kernel.JobMemoryNotice)
	})
}

func TestSET06_a_set_that_fails_changes_nothing(t *testing.T) {
	for _, call := range []string{"usage", "memories", "open tracer", "trace"} {
		t.Run(call, func(t *testing.T) {
			given(t, func(w *world) {
				w.machine.Tracer().CountBytes()
				job := w.job()
				p := w.member(job)
				before := notified{JobMemory: mega}
				w.notify(job, before)
				w.pass(noticed)
				w.machine.Fail(call)
				w.mustBe(job.SetNotificationLimits(notified{JobUserTime: 1, JobLowMemory: 1, WriteBytes: 1}), fakegroup.ErrFault)
				w.notifies(job, before)
				w.traced(0)
				p.Allocate(2 * mega)
				w.pass(noticed)
				w.violated(job, kernel.JobMemoryNotice)
			})
		})
	}
}

func TestNLM03_a_look_that_fails_is_made_up_for_by_the_next(t *testing.T) {
	for _, call := range []string{"populated", "memories"} {
		given(t, func(w *world) {
			job, p, port := w.heard()
			w.notify(job, notified{JobMemory: mega})
			w.pass(time.Second)
			w.machine.Fail(call)
			p.Allocate(2 * mega)
			w.pass(2 * noticed)
			port.gets(said(limitMessage, p))
			w.machine.Fail(call)
			_, err := job.Violations()
			w.mustBe(err, fakegroup.ErrFault)
			w.violated(job, kernel.JobMemoryNotice) // nothing was rearmed
		})
	}
}

func TestLIF02_a_closed_job_is_not_looked_at_when_its_child_jobs_get_members(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job()
		w.member(outer, inner)
		w.notify(outer, notified{JobMemory: mega})
		w.pass(noticed)
		w.close(outer)
		w.start(inner)
		w.settled()
		w.machine.Journal()
		w.pass(time.Minute)
		w.same([]string(nil), w.machine.Journal())
	})
}

func TestOBJ05_an_only_member_that_left_and_was_put_back_is_looked_at_again(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		w.notify(job, notified{JobMemory: mega})
		w.pass(noticed)
		p.body.Leave("/elsewhere")
		w.pass(noticed)           // nobody is there to be looked at
		_, err := job.Processes() // which looks for those who have left
		w.must(err)
		w.has(job, p.body)
		p.body.Allocate(2 * mega)
		w.pass(noticed)
		p.body.Allocate(0)
		w.violated(job, kernel.JobMemoryNotice)
	})
}
