/* What is kept of the live members of watched groups. */
#pragma once

#include "usage.h"

INLINE struct cgroup *group_of(struct task_struct *task) { return task->cgroups->dfl_cgrp; }

INLINE void place(struct process *process, struct cgroup *group)
{
	process->cgroup = (u64)group;
	process->group = group_id(group);
}

/* known is what is kept of a process, unless that is of an earlier one with the
 * same number. */
INLINE struct process *known(u32 pid, u64 start)
{
	struct process *process = bpf_map_lookup_elem(&processes, &pid);
	return process && process->start == start ? process : NULL;
}

/* take_in keeps a process that has not come by birth, and returns what was kept
 * of it before. */
INLINE struct process *take_in(u32 pid, struct process *coming)
{
	struct process *process = known(pid, coming->start);
	if (process || !bpf_map_update_elem(&processes, &pid, coming, BPF_NOEXIST))
		return process;
	process = known(pid, coming->start); /* from a census, right now */
	if (!process && bpf_map_update_elem(&processes, &pid, coming, BPF_ANY))
		__sync_fetch_and_add(&untracked, 1);
	return process;
}
