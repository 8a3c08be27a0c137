/* The state of the programs. */
#pragma once

#include "helpers.h"
#include "records.h"

/* The one ring: what is reserved first is read first, on whatever processor. */
struct {
	UINT(type, BPF_MAP_TYPE_RINGBUF);
	UINT(max_entries, 1 << 22);
} ring SEC(".maps");

/* The watched groups by their ids. */
struct {
	UINT(type, BPF_MAP_TYPE_HASH);
	UINT(map_flags, BPF_F_NO_PREALLOC);
	UINT(max_entries, 1 << 14);
	TYPE(key, u64);
	TYPE(value, struct totals);
} watched SEC(".maps");

enum {
	PROCESS_BORN = 1,         /* seen from its birth on */
	PROCESS_SHARED_SPACE = 2, /* until its first exec, with its parent */
	PROCESS_EXECED = 4,
	PROCESS_MOVED_IN = 8, /* counted when it came, not when it was born */
};

/* A live member of a watched group. */
struct process {
	u64 start;
	u64 cgroup;    /* the kernel's structure */
	u64 group;     /* its id, which tells whether it still is the same */
	u64 inherited; /* pages: the peak it had before it had memory of its own */
	u64 space;     /* pages: the peak of its address space, taken when it is torn down */
	u64 resident;  /* pages: the peak of what was resident, taken when a thread ends */
	u64 flags;
	u64 pass;      /* the last pass over the living that has counted it, or PASS_OVER */
};

/* By pid in the initial namespace. User space gives it room for all there can be. */
struct {
	UINT(type, BPF_MAP_TYPE_HASH);
	UINT(map_flags, BPF_F_NO_PREALLOC);
	UINT(max_entries, 1 << 15);
	TYPE(key, u32);
	TYPE(value, struct process);
} processes SEC(".maps");

struct identity {
	u64 start;
	u64 pid;
};

/* Processes whose end has been told, for kernels that do not say which thread
 * was the last. It only has to remember for as long as a thread takes from the
 * one line of its exit to the other. */
struct {
	UINT(type, BPF_MAP_TYPE_LRU_HASH);
	UINT(max_entries, 4096);
	TYPE(key, struct identity);
	TYPE(value, u8);
} ended SEC(".maps");

/* How far the scheduler's clock of a processor is from the monotonic one. */
struct {
	UINT(type, BPF_MAP_TYPE_ARRAY);
	UINT(max_entries, 1);
	TYPE(key, u32);
	TYPE(value, u64);
} clocks SEC(".maps");

/* Set before the programs are loaded. */
const volatile u32 page_bytes = 4096;
const volatile u32 pid_namespace; /* of the reader; 0 is the initial one */
const volatile u64 tick = 4000000; /* nanoseconds */

enum {
	READER_AWAKE = 0,
	READER_PAUSED = 1, /* comes back by itself, unless it is urgent */
	READER_ASLEEP = 2,
};

u32 reader;

/* An entry of a map can be given to somebody else as soon as it is deleted, so
 * nobody may use one any more by then. A group whose watch ends is named here
 * first. Programs that begin later leave it alone; for the others user space
 * waits: it changes the era, and then looks how many of the last one run. */
u64 ending;
u32 era;
u32 running[2];

/* Records that found no room, and processes that found none in their map. */
u64 lost;
u64 untracked;

/* What the census looks for, and for how much of it there was no room. */
u64 census_target;
u32 census_number;
u64 census_lost;

/* A pass over the living sums up what the members of one group have used so far.
 * Who dies meanwhile is counted among the dead, too late for those the pass has
 * met already; what these have in the totals is in doubled once more. */
#define PASS_OVER (~0ull) /* is or will be in the totals of the dead */
u64 pass_group; /* 0: there is none */
u64 pass_number;
u64 pass_inside, pass_outside; /* groups of which it knows where they are */
struct amounts living;
u64 living_peak_at_most; /* bytes; of those whose own peak is not known */
u64 living_partial;      /* of so many not all threads were counted */
struct amounts doubled;

/* By these user space sees whether something was half done when it looked. */
u64 exits_begun;
u64 exits_done;
u64 moves; /* odd while one goes on */

INLINE u32 enter(void)
{
	u32 now = era & 1;
	ADD(running[now], 1);
	return now;
}

INLINE void leave(u32 entered) { ADD(running[entered & 1], -1); }

/* totals_of is what a group counts, NULL if it is not watched. */
INLINE struct totals *totals_of(u64 group)
{
	if (group == *(volatile u64 *)&ending)
		return NULL;
	return bpf_map_lookup_elem(&watched, &group);
}
