package engine_test

import (
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

func TestC48_members_that_outlive_their_kill_are_named_and_stay_members(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p, q, r := w.member(job), w.start(job), w.member(job)
		p.Resist()
		q.body.Resist()
		begin := time.Now()
		w.survives(job.Terminate(1), p, q.body)
		if took := time.Since(begin); took < time.Second || took > 1100*time.Millisecond {
			w.Errorf("gave up after %v, want the patience of a second", took)
		}
		w.dead(r)
		w.has(job, p, q.body)
		q.body.Yield()
		w.ended(q, 1) // it died of it all the same
		p.Yield()
		w.must(job.Terminate(2))
		w.has(job)
	})
}

func TestTRM07_who_outlives_a_termination_and_the_next_one_dies_of_the_first(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Resist()
		w.survives(job.Terminate(1), p.body)
		w.survives(job.Terminate(2), p.body)
		p.body.Yield()
		w.ended(p, 1)
	})
}

func TestC48_the_patience_starts_anew_with_each_death(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		var members []*fakegroup.Process
		for range 4 {
			p := w.member(job)
			p.Resist()
			members = append(members, p)
		}
		begin := time.Now()
		terminated := inBackground(func() error { return job.Terminate(1) })
		for _, p := range members {
			time.Sleep(900 * time.Millisecond)
			p.Yield()
		}
		w.must(<-terminated)
		w.same(3600*time.Millisecond, time.Since(begin))
	})
}

func TestC48_the_patience_is_the_jobs_own(t *testing.T) {
	given(t, func(w *world) {
		job, _, err := w.engine.CreateJob("", kernel.CreateOptions{Patience: time.Hour})
		w.must(err)
		p := w.member(job)
		p.Resist()
		begin := time.Now()
		w.survives(job.Terminate(1), p)
		if took := time.Since(begin); took < time.Hour || took > time.Hour+time.Minute {
			w.Errorf("gave up after %v, want an hour", took)
		}
	})
}

func TestD9_members_that_left_are_killed_with_their_job(t *testing.T) {
	given(t, func(w *world) {
		job := w.job()
		p := w.start(job)
		p.body.Leave("/elsewhere")
		w.must(job.Terminate(6))
		w.dead(p.body)
		w.ended(p, 6)
		escapes, err := job.Escapes()
		w.must(err)
		w.same([]kernel.Escape{{Pid: p.Pid(), To: "/elsewhere", Returned: true}}, escapes)
	})
}

func TestD9_members_that_left_are_put_back_when_the_members_are_listed(t *testing.T) {
	given(t, func(w *world) {
		outer, job := w.job(), w.job()
		p := w.start(outer, alsoIn(job))
		p.body.Leave("/")
		_, err := outer.Processes()
		w.must(err)
		w.has(outer, p.body)
		w.has(job, p.body)
		w.nested(p.body, 2)
	})
}
