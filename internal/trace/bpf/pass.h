/* The pass over the living: what the members of one group have used so far. */
#pragma once

#include "kept.h"

/* finish says that the process is in the totals now. If the pass over the living
 * that goes on has counted it too, that is once too often. */
INLINE void finish(struct task_struct *task, struct cgroup *group, struct count *count)
{
	struct process *process = known(task->tgid, task->group_leader->start_boottime);
	u64 target = pass_group;
	if (process && __sync_lock_test_and_set(&process->pass, PASS_OVER) == pass_number && target && below(group, target))
		add_amounts(&doubled, &count->amounts);
}

/* add_living counts a process as one that lives, unless it is about to be counted
 * as one that has died. */
INLINE void add_living(struct task_struct *leader, struct process *process)
{
	u64 counted = process->pass;
	struct mm_struct *space = leader->mm;
	struct count count = {};
	bool all = sum_usage(&count, leader);
	split(&count.amounts, count.runtime);
	u64 marks = take_peaks(&count, leader->signal, space, process);
	if (counted == PASS_OVER || __sync_val_compare_and_swap(&process->pass, counted, pass_number) != counted)
		return;
	add_alone(&living, &count.amounts);
	if (!all)
		living_partial++;
	RAISE(living.peak_space, count.amounts.peak_space);
	RAISE(living.peak_memory, count.own_peak);
	if (!space) /* the first thread has ended and others live on */
		living_peak_at_most = ~0ull;
	else if (marks)
		RAISE(living_peak_at_most, count.amounts.peak_memory);
}

/* Neighbours are in the same group most of the time. */
INLINE bool passed_over(struct cgroup *group)
{
	u64 id = group_id(group);
	if (id == pass_inside)
		return 1;
	if (id == pass_outside)
		return 0;
	bool inside = below(group, pass_group);
	if (inside)
		pass_inside = id;
	else
		pass_outside = id;
	return inside;
}

/* The pass over the living. Who is not kept is being born, or one of the dead. */
SEC("iter/task")
int on_pass(struct bpf_iter__task *ctx)
{
	struct task_struct *leader = ctx->task;
	if (!leader || leader->pid != leader->tgid || leader->flags & PF_KTHREAD)
		return 0;
	if (!passed_over(group_of(leader)))
		return 0;
	struct process *process = known(leader->pid, leader->start_boottime);
	if (process)
		add_living(leader, process);
	return 0;
}
