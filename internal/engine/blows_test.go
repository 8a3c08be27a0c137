package engine_test

import (
	"testing"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

func memory(bytes uint64) kernel.Limits { return kernel.Limits{JobMemory: bytes} }

// MSG-14
func TestLIM52_the_end_of_the_jobs_memory_is_told_to_the_ports_of_the_chain(t *testing.T) {
	given(t, func(w *world) {
		outer, inner := w.job(), w.job(memory(1<<20))
		p := w.member(outer, inner)
		port := w.mailbox()
		w.must(outer.Associate(port, "outer"))
		w.must(inner.Associate(port, "inner"))
		events := w.watch(outer)
		w.machine.SetBlows(group.Blows{MemoryReached: 1})
		port.gets(saidBy("outer", "NEW", p), saidBy("inner", "NEW", p), "inner JOB_MEMORY_LIMIT", "outer JOB_MEMORY_LIMIT")
		events.gets("begin", event(kernel.EventPresent, p))

		w.machine.SetBlows(group.Blows{MemoryReached: 1, MemoryKills: 2})
		port.gets()
		told := events.next()
		if len(told) != 1 || told[0].Strike == nil || *told[0].Strike != (kernel.Strike{Limit: kernel.JobMemoryStrike, Terminated: 2}) {
			t.Errorf("told %+v", told)
		}
		w.machine.SetBlows(group.Blows{MemoryReached: 1, MemoryKills: 1}) // as it is while a whole group is killed
		events.gets()
		w.machine.SetBlows(group.Blows{MemoryReached: 7, MemoryKills: 2}) // LIM-57
		port.gets("inner JOB_MEMORY_LIMIT", "outer JOB_MEMORY_LIMIT")
		events.gets()
	})
}

func TestLIM52_what_was_before_somebody_listened_is_not_told(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(memory(1 << 20))
		p := w.member(job)
		w.machine.SetBlows(group.Blows{MemoryReached: 3, MemoryKills: 3})
		port := w.listen(job)
		w.machine.SetBlows(group.Blows{MemoryReached: 3, MemoryKills: 3})
		port.gets(said("NEW", p))
	})
}

func TestLIM52_what_has_not_been_told_when_the_job_closes_is_told_then(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(memory(1 << 20))
		p := w.member(job)
		port := w.listen(job)
		w.machine.KeepBlows(group.Blows{MemoryReached: 1})
		w.must(job.Close())
		port.gets(said("NEW", p), "job JOB_MEMORY_LIMIT")
	})
}

func TestNobodyWaitsForBlowsThatNobodyListensTo(t *testing.T) {
	given(t, func(w *world) {
		job := w.job(memory(1 << 20))
		w.member(job)
		w.same(0, w.machine.BlowsWatched())
		w.listen(job)
		w.same(1, w.machine.BlowsWatched())
		w.must(job.SetLimits(kernel.Limits{}))
		w.same(0, w.machine.BlowsWatched())
		w.must(job.SetLimits(memory(1 << 20)))
		w.same(1, w.machine.BlowsWatched())
		w.must(job.Dissociate())
		w.same(0, w.machine.BlowsWatched())
		w.listen(job)
		w.same(1, w.machine.BlowsWatched())
		w.must(job.Close())
		w.same(0, w.machine.BlowsWatched())
	})
}
