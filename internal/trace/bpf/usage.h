/* What a process has used in all its life, all its threads together. */
#pragma once

#include "counts.h"

/* Threads that have died are in the sums of their process soon after. So there
 * are only few that are not when the last one dies: the first thread always,
 * and those that die at this moment. */
#define LATE_THREADS 4096
#define ATTEMPTS 3

/* add_thread adds one that lives, or is the last to die. */
INLINE void add_thread(struct count *count, struct task_struct *task)
{
	struct amounts *sum = &count->amounts;
	count->runtime += READ(task, se.sum_exec_runtime);
	sum->user += READ(task, utime);
	sum->system += READ(task, stime);
	sum->minor_faults += READ(task, min_flt);
	sum->major_faults += READ(task, maj_flt);
	sum->read_chars += READ(task, ioac.rchar);
	sum->write_chars += READ(task, ioac.wchar);
	sum->read_calls += READ(task, ioac.syscr);
	sum->write_calls += READ(task, ioac.syscw);
	sum->read_bytes += READ(task, ioac.read_bytes);
	sum->write_bytes += READ(task, ioac.write_bytes);
}

static long add_other(u32 i, struct count *count)
{
	if (!count->node || count->node == ADDRESS(count->signal, thread_head))
		return 1;
	struct task_struct *task = HOLDER(count->node, struct task_struct, thread_node);
	count->node = READ(task, thread_node.next);
	if (task != count->last)
		add_thread(count, task);
	return 0;
}

INLINE void take_sums(struct count *count, struct signal_struct *signal)
{
	struct amounts *sum = &count->amounts;
	count->runtime = signal->sum_sched_runtime;
	sum->user = signal->utime;
	sum->system = signal->stime;
	sum->minor_faults = signal->min_flt;
	sum->major_faults = signal->maj_flt;
	sum->read_chars = signal->ioac.rchar;
	sum->write_chars = signal->ioac.wchar;
	sum->read_calls = signal->ioac.syscr;
	sum->write_calls = signal->ioac.syscw;
	sum->read_bytes = signal->ioac.read_bytes;
	sum->write_bytes = signal->ioac.write_bytes;
}

/* sum_usage tells whether it has got all. A thread that moves into the sums
 * meanwhile changes their sequence number, and then it is done again. */
NOINLINE bool sum_usage(struct count *count, struct task_struct *last)
{
	struct signal_struct *signal = last->signal;
	count->signal = signal;
	count->last = last;
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		u32 sequence = signal->stats_lock.seqcount.seqcount.sequence;
		BARRIER();
		take_sums(count, signal);
		add_thread(count, last);
		if (signal->nr_threads > 1) {
			count->node = signal->thread_head.next;
			bpf_loop(LATE_THREADS, add_other, count, 0);
		} else {
			count->node = ADDRESS(signal, thread_head); /* as it ends */
		}
		BARRIER();
		if (count->node == ADDRESS(signal, thread_head) && !(sequence & 1) &&
		    sequence == signal->stats_lock.seqcount.seqcount.sequence)
			return 1;
	}
	return 0;
}

/* running_time is how long the current thread has run since the scheduler noted it.
 * For most processes that is all the time they ever ran. */
NOINLINE u64 running_time(struct task_struct *task)
{
	u32 cpu = task->thread_info.cpu;
	u64 *ahead = bpf_map_lookup_elem(&clocks, &cpu);
	if (!ahead || !*ahead)
		return 0;
	s64 since = (s64)(bpf_ktime_get_ns() + *ahead - task->se.exec_start);
	if (since < 0)
		return 0;
	return (u64)since > tick ? tick : (u64)since; /* each tick is noted */
}

/* split divides the time that was measured as the samples of every tick say, in
 * the way of the kernel. */
INLINE void split(struct amounts *sum, u64 runtime)
{
	u64 system = sum->system, total = sum->user + system;
	if (!system) {
		sum->user = runtime;
		return;
	}
	if (total >> 43) {
		total >>= 20;
		system >>= 20;
	}
	u64 share = (system << 20) / total;
	sum->system = (runtime >> 20) * share + (((runtime & 0xfffff) * share) >> 20);
	sum->user = runtime - sum->system;
}

INLINE u64 higher(u64 a, u64 b) { return a > b ? a : b; }

INLINE s64 resident_pages(struct mm_struct *space)
{
	s64 pages = 0, file, anonymous, shared;
	if (EXISTS(space, rss_stat[0].count)) {
		file = space->rss_stat[0].count;
		anonymous = space->rss_stat[1].count;
		shared = space->rss_stat[3].count;
	} else {
		struct mm_struct___atomic *older = (void *)space;
		file = READ(older, rss_stat.count[0].counter);
		anonymous = READ(older, rss_stat.count[1].counter);
		shared = READ(older, rss_stat.count[3].counter);
	}
	pages += file > 0 ? file : 0;
	pages += anonymous > 0 ? anonymous : 0;
	pages += shared > 0 ? shared : 0;
	return pages;
}

INLINE u64 peak_pages(struct mm_struct *space) { return higher(space->hiwater_rss, resident_pages(space)); }

/* take_peaks fills in the peaks. The kernel's own peak of memory is inherited
 * from a parent whose memory the process had until its exec; what it has been
 * since then is known where the memory still is there, or was more. Of a process
 * that lives the kernel has taken note only of the memory it had before. */
NOINLINE u64 take_peaks(struct count *count, struct signal_struct *signal, struct mm_struct *space,
			const struct process *process)
{
	struct amounts *sum = &count->amounts;
	u64 flags = process ? process->flags : 0;
	u64 noted = signal->maxrss, here = space ? peak_pages(space) : 0, peak = higher(noted, here), marks = 0;
	bool own_space = !(flags & PROCESS_SHARED_SPACE) || flags & PROCESS_EXECED;

	if (!(flags & PROCESS_BORN) || !own_space)
		marks = MARK_PEAK_AT_MOST;
	else if (flags & PROCESS_SHARED_SPACE && noted <= process->inherited) {
		if (!space)
			here = process->resident;
		if (here)
			peak = here;
		else
			marks = MARK_PEAK_AT_MOST;
	}
	sum->peak_memory = peak * page_bytes;
	count->own_peak = !marks ? sum->peak_memory : own_space ? here * page_bytes : 0;
	sum->peak_space = 0;
	if (own_space && space)
		sum->peak_space = higher(space->hiwater_vm, space->total_vm) * page_bytes;
	else if (own_space && process)
		sum->peak_space = process->space * page_bytes;
	return marks;
}
