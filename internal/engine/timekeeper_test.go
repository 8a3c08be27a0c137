package engine_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"jobobject/internal/fakegroup"
	"jobobject/internal/kernel"
)

// LIM-19: one look at the meter serves all jobs.
func TestLIM08_a_hundred_idle_jobs_are_watched_for_the_price_of_one(t *testing.T) {
	given(t, func(w *world) {
		const jobs = 100
		for range jobs {
			w.start(w.job(kernel.Limits{JobUserTime: time.Second, ProcessUserTime: time.Second}))
		}
		w.pass(time.Second)
		w.machine.Journal()
		w.pass(time.Minute)
		looks := map[string]int{}
		for _, line := range w.machine.Journal() {
			op, _, _ := strings.Cut(line, " /")
			looks[op]++
		}
		if n := looks["read meter"]; n == 0 || n > 60*fakegroup.Processors+10 {
			t.Errorf("the meter was read %d times in a minute", n)
		}
		if n := looks["usage"]; n > 3*jobs {
			t.Errorf("jobs were looked at %d times in a minute: %v", n, looks)
		}
	})
}

func TestLIM19_others_on_the_same_meter_neither_delay_a_limit_nor_make_it_strike(t *testing.T) {
	given(t, func(w *world) {
		w.outsider().Spin(1)
		busy, idle := w.job(jobTime(time.Second)), w.job(jobTime(time.Second))
		p, q := w.start(busy), w.start(idle)
		p.body.Spin(1)
		w.pass(time.Second - time.Millisecond)
		w.alive(p.body)
		w.pass(overshoot)
		w.dead(p.body)
		w.pass(time.Minute)
		w.alive(q.body)
		q.body.Spin(1)
		w.pass(time.Second - time.Millisecond)
		w.alive(q.body)
		w.pass(overshoot)
		w.dead(q.body)
	})
}

func TestLIM16_a_limit_that_is_tightened_while_all_sleep_holds_at_once(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(processTime(time.Hour))
		p := w.start(job)
		p.body.Spin(1)
		w.pass(10 * time.Second)
		w.must(job.SetLimits(processTime(11 * time.Second)))
		w.pass(time.Second - time.Millisecond)
		w.alive(p.body)
		w.pass(overshoot)
		w.dead(p.body)
	})
}

func TestLIM13_jobs_come_and_go_while_all_sleep(t *testing.T) {
	given(t, func(w *world) {
		sleeper := w.job(jobTime(time.Hour))
		w.start(sleeper)
		w.pass(time.Minute)
		second := w.job(jobTime(time.Second))
		p := w.start(second)
		p.body.Spin(1)
		w.pass(time.Second / 2)
		w.must(sleeper.SetLimits(kernel.Limits{}))
		w.pass(time.Second/2 - time.Millisecond)
		w.alive(p.body)
		w.pass(overshoot)
		w.dead(p.body)
	})
}

// LIM-07: the meter has not run for what a newcomer has used elsewhere.
func TestLIM07_a_newcomer_brings_what_it_has_used_before(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(processTime(time.Second))
		w.must(inner.Assign(w.start(outer).body.Pid()))
		spent, fresh := w.start(outer), w.start(outer)
		spent.body.Spin(1)
		w.pass(2 * time.Second)
		spent.body.Spin(0)
		w.pass(time.Minute)
		w.must(inner.Assign(spent.body.Pid()))
		w.must(inner.Assign(fresh.body.Pid()))
		w.pass(overshoot)
		w.dead(spent.body)
		w.alive(fresh.body)
	})
}

// UNC-04, TRM-08
func TestLIM13_who_survives_the_end_of_one_job_delays_no_other(t *testing.T) {
	given(t, func(w *world) {
		first, second := w.job(jobTime(time.Second)), w.job(jobTime(1200*time.Millisecond))
		p, q := w.start(first), w.start(second)
		p.body.Resist()
		p.body.Spin(1)
		q.body.Spin(1)
		w.pass(1200*time.Millisecond - time.Millisecond)
		w.alive(p.body, q.body)
		w.pass(overshoot)
		w.dead(q.body)
		p.body.Yield()
		w.pass(time.Second)
		w.dead(p.body)
	})
}

func TestLIM19_a_meter_that_cannot_be_read_makes_no_limit_late(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(jobTime(time.Second))
		p := w.start(job)
		p.body.Spin(1)
		for range 1000 {
			w.machine.Fail("read meter")
		}
		w.pass(time.Second - time.Millisecond)
		w.alive(p.body)
		w.pass(overshoot)
		w.dead(p.body)
	})
}

// LIM-22: whatever others do, no job uses more than its limit and what the looks
// allow, and none is ended before.
func TestLIM13_no_job_is_ended_early_or_late_whatever_runs_beside_it(t *testing.T) {
	for seed := range uint64(30) {
		given(t, func(w *world) {
			random := rand.New(rand.NewPCG(seed, 0))
			type limited struct {
				started *started
				limit   time.Duration
				each    bool // of its members, not of all together
			}
			var all []limited
			for range 8 {
				l := limited{limit: time.Duration(1+random.IntN(3000)) * time.Millisecond, each: random.IntN(2) == 0}
				limits := jobTime(l.limit)
				if l.each {
					limits = processTime(l.limit)
				}
				l.started = w.start(w.job(limits))
				all = append(all, l)
			}
			for range 300 {
				turn := random.Perm(len(all))[:fakegroup.Processors]
				for _, i := range turn {
					all[i].started.body.Spin(1)
				}
				w.pass(time.Duration(random.IntN(120)) * time.Millisecond)
				for _, i := range turn {
					all[i].started.body.Spin(0)
				}
			}
			w.pass(time.Minute)
			for _, l := range all {
				switch used := l.started.body.Spent(); {
				case !l.started.body.Alive() && used < l.limit:
					t.Errorf("seed %d: ended after %v of %v", seed, used, l.limit)
				case used > l.limit+overshoot:
					t.Errorf("seed %d: %v used of %v", seed, used, l.limit)
				}
			}
		})
	}
}
