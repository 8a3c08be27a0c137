/* What is counted, in every watched group that holds the process. */
#pragma once

#include "groups.h"

enum counted {
	COUNT_BIRTH,
	COUNT_JOIN,
	COUNT_LEAVE,
	COUNT_EXIT,
	COUNT_LOST_BIRTH,
	COUNT_LOST_EXEC,
	COUNT_LOST_EXIT,
	COUNT_LOST_MOVE,
};

struct count {
	struct cgroup *group;
	struct cgroup *stop; /* not in this one nor above */
	enum counted what;
	u32 marks;
	u32 groups;  /* counted in so many */
	u64 nearest; /* of these, the first */
	bool empty; /* a watched group may have lost its last member */
	struct amounts amounts;
	u64 own_peak; /* of memory, in bytes, as far as it is the process's own for sure */
	/* While the amounts are summed up: */
	struct signal_struct *signal;
	struct task_struct *last;
	struct list_head *node;
	u64 runtime;
};

/* Others raise it at the same time, but not many times in a row. */
#define RAISE(peak, value)                                                                  \
	do {                                                                                \
		typeof(peak) highest__ = (peak), value__ = (value);                         \
		for (int try = 0; try < 8 && highest__ < value__; try++) {                  \
			typeof(peak) now__ = __sync_val_compare_and_swap(&(peak), highest__, value__); \
			if (now__ == highest__)                                             \
				break;                                                      \
			highest__ = now__;                                                  \
		}                                                                           \
	} while (0)

INLINE void add_amounts(struct amounts *sum, const struct amounts *one)
{
	ADD(sum->user, one->user);
	ADD(sum->system, one->system);
	ADD(sum->minor_faults, one->minor_faults);
	ADD(sum->major_faults, one->major_faults);
	ADD(sum->read_chars, one->read_chars);
	ADD(sum->write_chars, one->write_chars);
	ADD(sum->read_calls, one->read_calls);
	ADD(sum->write_calls, one->write_calls);
	ADD(sum->read_bytes, one->read_bytes);
	ADD(sum->write_bytes, one->write_bytes);
}

/* add_alone is for sums that nobody else adds to. */
INLINE void add_alone(struct amounts *sum, const struct amounts *one)
{
	sum->user += one->user;
	sum->system += one->system;
	sum->minor_faults += one->minor_faults;
	sum->major_faults += one->major_faults;
	sum->read_chars += one->read_chars;
	sum->write_chars += one->write_chars;
	sum->read_calls += one->read_calls;
	sum->write_calls += one->write_calls;
	sum->read_bytes += one->read_bytes;
	sum->write_bytes += one->write_bytes;
}

INLINE void add_dead(struct totals *totals, struct count *count)
{
	struct amounts *sum = &totals->dead, *one = &count->amounts;
	ADD(totals->exits, 1);
	if ((s64)ADD(totals->active, -1) <= 1)
		count->empty = 1;
	add_amounts(sum, one);
	RAISE(sum->peak_space, one->peak_space);
	if (count->marks & MARK_USAGE_AT_LEAST)
		ADD(totals->partial, 1);
	if (count->marks & MARK_PEAK_AT_MOST)
		RAISE(totals->peak_memory_at_most, one->peak_memory);
	RAISE(sum->peak_memory, count->own_peak);
}

INLINE void add_one(struct totals *totals, struct count *count)
{
	switch (count->what) {
	case COUNT_BIRTH:
	case COUNT_JOIN:
		ADD(*(count->what == COUNT_BIRTH ? &totals->births : &totals->joins), 1);
		s64 active = ADD(totals->active, 1) + 1;
		RAISE(totals->peak_active, active);
		return;
	case COUNT_LEAVE:
		ADD(totals->leaves, 1);
		ADD(totals->active, -1);
		return;
	case COUNT_EXIT:
		add_dead(totals, count);
		return;
	case COUNT_LOST_BIRTH:
		ADD(totals->lost_births, 1);
		return;
	case COUNT_LOST_EXEC:
		ADD(totals->lost_execs, 1);
		return;
	case COUNT_LOST_EXIT:
		ADD(totals->lost_exits, 1);
		return;
	case COUNT_LOST_MOVE:
		ADD(totals->lost_moves, 1);
		return;
	}
}

INLINE void count_at(struct count *count, u64 id)
{
	struct totals *totals = totals_of(id);
	if (!totals)
		return;
	if (!count->nearest)
		count->nearest = id;
	count->groups++; /* the verifier gets lost if anything depends on it */
	add_one(totals, count);
}

static long count_step(u32 i, struct count *count)
{
	struct cgroup *group = count->group;
	if (!group || group == count->stop)
		return 1;
	count_at(count, group_id(group));
	count->group = parent_of(group);
	return 0;
}

/* count_up counts in a group and those above it, up to stop, and leaves in count
 * in which. */
NOINLINE int count_up(struct count *count, struct cgroup *group, struct cgroup *stop, enum counted what)
{
	count->group = group;
	count->stop = stop;
	count->what = what;
	count->groups = 0;
	count->nearest = 0;
	bpf_loop(DEPTH, count_step, count, 0);
	return 0;
}

/* count_lost is called for a record that has found no room. */
INLINE void count_lost(struct count *count, struct cgroup *group, enum counted what)
{
	ADD(lost, 1);
	count_up(count, group, NULL, what);
}
