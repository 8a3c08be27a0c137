//go:build ignore

/* The programs: what happens to processes of watched groups becomes records in
 * the ring and counts in the totals. `go generate` compiles them; see doc.go. */
#include "pass.h"

char terms[] SEC("license") = "Dual MIT/GPL";

/* pid_of is the number of a process as the reader sees it; 0 if it does not. */
INLINE u32 pid_of(struct task_struct *leader)
{
	if (!pid_namespace)
		return leader->pid;
	struct pid *pid = leader->thread_pid;
	char *numbers = ADDRESS(pid, numbers);
	u32 level = pid->level;
	for (u32 i = 0; i < 33 && i <= level; i++) {
		struct upid *number = (struct upid *)(numbers + i * SIZE_OF(struct upid));
		if (READ(READ(number, ns), ns.inum) == pid_namespace)
			return READ(number, nr);
	}
	return 0;
}

/* Which groups the record is about is taken from where it was counted: what is
 * watched may change between one look and the next.
 *
 * Losses are read after the room was reserved: whatever was lost before this
 * record has been counted then. */
NOINLINE int fill(struct head *head, u16 kind, struct task_struct *leader, struct cgroup *group, struct count *count)
{
	head->kind = kind;
	head->marks = 0;
	head->pid = pid_of(leader);
	head->time = bpf_ktime_get_boot_ns();
	head->start = leader->start_boottime;
	head->group = group_id(group);
	head->watched = count->nearest;
	head->lost = lost;
	head->parent = pid_of(leader->real_parent->group_leader);
	head->census = 0;
	head->counted = count->groups;
	head->unused = 0;
	bpf_probe_read_kernel(head->comm, sizeof(head->comm), ADDRESS(leader, comm));
	return 0;
}

/* submit wakes the reader only if nothing else does. It sleeps after it has
 * said so and has then seen an empty ring; the room for this record was reserved
 * before the word of the reader is looked at here, so one of the two sees the
 * other. */
INLINE void submit(void *record, bool urgent)
{
	u64 flags = BPF_RB_NO_WAKEUP;
	u32 seen = __sync_val_compare_and_swap(&reader, READER_ASLEEP, READER_AWAKE);
	if (seen == READER_PAUSED && urgent)
		seen = __sync_val_compare_and_swap(&reader, READER_PAUSED, READER_AWAKE);
	if (seen == READER_ASLEEP || (seen == READER_PAUSED && urgent))
		flags = BPF_RB_FORCE_WAKEUP;
	bpf_ringbuf_submit(record, flags);
}

INLINE void tell_birth(struct task_struct *parent, struct task_struct *child, struct cgroup *group)
{
	u32 pid = child->pid;
	u64 flags = PROCESS_BORN | (child->mm == parent->mm ? PROCESS_SHARED_SPACE : 0);
	struct birth *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	struct process *process = known(pid, child->start_boottime);
	if (process) {
		process->flags |= flags;
		if (process->flags & PROCESS_MOVED_IN) { /* before its birth was told */
			if (record)
				bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
			return;
		}
	} else {
		struct process born = {.start = child->start_boottime, .flags = flags};
		place(&born, group);
		if (bpf_map_update_elem(&processes, &pid, &born, BPF_ANY))
			ADD(untracked, 1);
	}
	struct count count = {};
	count_up(&count, group, NULL, COUNT_BIRTH);
	if (!record) {
		count_lost(&count, group, COUNT_LOST_BIRTH);
		return;
	}
	fill(&record->head, KIND_BIRTH, child, group, &count);
	record->head.parent = pid_of(parent->group_leader);
	submit(record, 0);
}

/* The new process does not run yet, so nothing of it can come before. */
SEC("tp_btf/sched_process_fork")
int on_fork(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];
	if (child->pid != child->tgid || child->flags & PF_KTHREAD)
		return 0;
	struct cgroup *group = group_of(child);
	if (!nearest_watched(group))
		return 0;
	u32 entered = enter();
	tell_birth(parent, child, group);
	leave(entered);
	return 0;
}

INLINE void tell_program(struct exec *record, struct task_struct *task, struct linux_binprm *program)
{
	long bytes = bpf_probe_read_kernel_str(record->path, PATH_BYTES, program->filename);
	record->path_bytes = bytes > 0 ? bytes - 1 : 0;
	if (bytes == PATH_BYTES)
		record->head.marks |= MARK_PATH_CUT;

	u64 from = task->mm->arg_start, size = task->mm->arg_end - from;
	if (size > ARGS_BYTES) {
		size = ARGS_BYTES;
		record->head.marks |= MARK_ARGS_CUT;
	}
	record->args_bytes = bpf_probe_read_user(record->args, size, (void *)from) ? 0 : size;
	record->unused = 0;
}

INLINE void tell_exec(struct task_struct *task, struct linux_binprm *program, struct cgroup *group, u64 nearest)
{
	struct process *process = known(task->tgid, task->start_boottime);
	if (process && !(process->flags & PROCESS_EXECED)) {
		process->inherited = task->signal->maxrss;
		process->flags |= PROCESS_EXECED;
	}
	struct count count = {};
	struct exec *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count_lost(&count, group, COUNT_LOST_EXEC);
		return;
	}
	count.nearest = nearest;
	fill(&record->head, KIND_EXEC, task, group, &count);
	tell_program(record, task, program);
	submit(record, 0);
}

SEC("tp_btf/sched_process_exec")
int on_exec(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct linux_binprm *program = (void *)ctx[2];
	struct cgroup *group = group_of(task);
	u64 nearest = nearest_watched(group);
	if (!nearest)
		return 0;
	u32 entered = enter();
	tell_exec(task, program, group, nearest);
	leave(entered);
	return 0;
}

INLINE u32 wait_status(struct task_struct *leader, struct signal_struct *signal)
{
	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : leader->exit_code;
}

/* tell_exit is called in the last thread of a process. The space is NULL where
 * it has been given back by then. */
INLINE void tell_exit(struct task_struct *task, struct mm_struct *space, struct cgroup *group, struct count *count)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;

	u32 marks = sum_usage(count, task) ? 0 : MARK_USAGE_AT_LEAST;
	split(&count->amounts, count->runtime + running_time(task));
	marks |= take_peaks(count, signal, space, known(task->tgid, leader->start_boottime));

	struct exit *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	count->marks = marks;
	count_up(count, group, NULL, COUNT_EXIT);
	if (!record) {
		count_lost(count, group, COUNT_LOST_EXIT);
		return;
	}
	fill(&record->head, KIND_EXIT, leader, group, count);
	record->head.marks = marks;
	record->status = wait_status(leader, signal);
	record->unused = 0;
	record->amounts = count->amounts;
	submit(record, count->empty);
}

/* end_process also is for processes whose group was watched once. */
INLINE void end_process(struct task_struct *task, struct mm_struct *space, struct cgroup *group, u64 nearest)
{
	u32 pid = task->tgid;
	if (nearest) {
		u32 entered = enter();
		ADD(exits_begun, 1);
		struct count count = {};
		tell_exit(task, space, group, &count);
		finish(task, group, &count);
		ADD(exits_done, 1);
		leave(entered);
	}
	bpf_map_delete_elem(&processes, &pid);
}

/* Where the kernel says which thread was the last (Linux 6.16). */
SEC("tp_btf/sched_process_exit")
int on_exit(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	bool last = ctx[1];
	if (!last)
		return 0;
	struct cgroup *group = group_of(task);
	end_process(task, task->mm, group, nearest_watched(group));
	return 0;
}

/* Where it does not: of threads that die at once several may see that none is
 * left. The first to come here tells it. */
SEC("tp_btf/sched_process_exit")
int on_thread_exit(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	if (task->signal->live.counter)
		return 0;
	struct cgroup *group = group_of(task);
	u64 nearest = nearest_watched(group);
	struct identity identity = {.start = task->group_leader->start_boottime, .pid = task->tgid};
	u8 told = 1;
	if (nearest && bpf_map_update_elem(&ended, &identity, &told, BPF_NOEXIST))
		return 0;
	end_process(task, NULL, group, nearest);
	return 0;
}

/* And there the memory has been given back; this is the last that is seen of it. */
SEC("tp_btf/exit_mmap")
int on_space_end(u64 *ctx)
{
	struct mm_struct *space = (void *)ctx[0];
	struct task_struct *task = bpf_get_current_task_btf();
	u32 pid = task->tgid;
	if (!(task->flags & PF_EXITING))
		return 0;
	struct process *process = bpf_map_lookup_elem(&processes, &pid);
	if (process)
		process->space = higher(space->hiwater_vm, space->total_vm);
	return 0;
}

/* Nor is it known there how much of it was resident: this is the last function in
 * which a thread has the memory, and the first in which all is counted that is in it.
 * It is called at an exec too, with the memory from before. */
SEC("fentry/acct_update_integrals")
int on_last_breath(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	u32 pid = task->tgid;
	if (!(task->flags & PF_EXITING))
		return 0;
	struct process *process = bpf_map_lookup_elem(&processes, &pid);
	struct mm_struct *space = task->mm;
	if (process && space)
		process->resident = higher(process->resident, peak_pages(space));
	return 0;
}

INLINE void tell_move(struct task_struct *leader, struct cgroup *from, u64 from_id, struct cgroup *to)
{
	struct move *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	struct cgroup *common = from ? common_ancestor(from, to) : NULL;
	struct count count = {};
	count_up(&count, from, common, COUNT_LEAVE);
	u32 left = count.groups;
	u64 from_watched = count.nearest;
	if (!from_watched)
		from_watched = nearest_watched(from);
	count_up(&count, to, common, COUNT_JOIN);
	if (!count.nearest)
		count.nearest = nearest_watched(to);
	count.groups += left;
	if (!record) {
		count_up(&count, from, common, COUNT_LOST_MOVE);
		count_lost(&count, to, COUNT_LOST_MOVE);
		return;
	}
	fill(&record->head, KIND_MOVE, leader, to, &count);
	record->from = from_id;
	record->from_watched = from_watched;
	submit(record, 1);
}

/* Moves happen one at a time, and after them. Only the end of the process can
 * come between, so what is kept of it is replaced and not written to. */
INLINE void follow_move(struct task_struct *leader, struct cgroup *to)
{
	u32 pid = leader->pid;
	u64 to_watched = nearest_watched(to);
	struct process moved = {.start = leader->start_boottime, .flags = PROCESS_MOVED_IN};
	place(&moved, to);
	struct process *process = to_watched ? take_in(pid, &moved) : known(pid, moved.start);
	struct cgroup *from = NULL;
	u64 from_id = 0;
	if (process) {
		from_id = process->group;
		from = (struct cgroup *)process->cgroup;
		if (from_id == moved.group)
			return;
		if (group_id(from) != from_id)
			from = NULL; /* it has been removed */
		moved = *process;
		place(&moved, to);
		if (to_watched)
			bpf_map_update_elem(&processes, &pid, &moved, BPF_EXIST);
		else
			bpf_map_delete_elem(&processes, &pid);
	}
	if (!to_watched && !nearest_watched(from))
		return;
	u32 entered = enter();
	tell_move(leader, from, from_id, to);
	leave(entered);
}

SEC("tp_btf/cgroup_attach_task")
int on_move(u64 *ctx)
{
	struct cgroup *to = (void *)ctx[0];
	struct task_struct *leader = (void *)ctx[2];
	bool whole_process = ctx[3];
	/* Groups of version 1 and threads that move alone change no membership. */
	if (!whole_process || to->root != leader->cgroups->dfl_cgrp->root || !leader->signal->live.counter)
		return 0;
	ADD(moves, 1);
	follow_move(leader, to);
	ADD(moves, 1);
	return 0;
}

/* tell_member looks whether the process lives and is a member only after it has
 * reserved the record: whatever ends that gets its own after this one. */
INLINE void tell_member(struct task_struct *leader, struct cgroup *group, u64 nearest)
{
	u32 pid = leader->pid;
	struct member *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		ADD(census_lost, 1);
		return;
	}
	struct process member = {.start = leader->start_boottime};
	place(&member, group);
	bool added = !bpf_map_update_elem(&processes, &pid, &member, BPF_NOEXIST);
	bool lives = leader->signal->live.counter > 0;
	if (added && !lives)
		bpf_map_delete_elem(&processes, &pid);
	group = group_of(leader);
	if (!lives || !below(group, census_target)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return;
	}
	struct count count = {.nearest = nearest};
	fill(&record->head, KIND_MEMBER, leader, group, &count);
	record->head.census = census_number;
	record->target = census_target;
	submit(record, 0);
}

/* The census goes through all processes and tells of those in one group. */
SEC("iter/task")
int on_census(struct bpf_iter__task *ctx)
{
	struct task_struct *leader = ctx->task;
	if (!leader || leader->pid != leader->tgid || leader->flags & PF_KTHREAD)
		return 0;
	struct cgroup *group = group_of(leader);
	u64 nearest = nearest_watched(group);
	if (nearest && below(group, census_target))
		tell_member(leader, group, nearest);
	return 0;
}

/* When a process is woken up for the first time the scheduler's clock is fresh. */
SEC("tp_btf/sched_wakeup_new")
int on_wakeup(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct cfs_rq *queue = task->se.cfs_rq;
	u32 cpu = task->thread_info.cpu;
	u64 *ahead = bpf_map_lookup_elem(&clocks, &cpu);
	if (ahead && EXISTS(queue, rq))
		*ahead = queue->rq->clock_task - bpf_ktime_get_ns();
	return 0;
}
