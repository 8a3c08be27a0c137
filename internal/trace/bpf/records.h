/* What user space reads: the records in the ring, and the totals of a watched
 * group. Package bpf decodes them by these layouts; a test compares the two. */
#pragma once

#include "kernel.h"

enum kind {
	KIND_BIRTH = 1,
	KIND_EXEC = 2,
	KIND_EXIT = 3,
	KIND_MOVE = 4,
	KIND_MEMBER = 5, /* found by a census */
};

enum mark {
	/* The peak of memory may be that of a parent whose memory was shared. */
	MARK_PEAK_AT_MOST = 1,
	/* Not all threads were counted. */
	MARK_USAGE_AT_LEAST = 2,
	/* More of the path or of the arguments was there. */
	MARK_PATH_CUT = 4,
	MARK_ARGS_CUT = 8,
};

struct head {
	u16 kind;
	u16 marks;
	u32 pid;
	u64 time;    /* of the boot clock, as start */
	u64 start;   /* with pid the identity of a process */
	u64 group;   /* the id of the group the process is in */
	u64 watched; /* the nearest watched group: that one or one above it */
	u64 lost;    /* all losses before this record */
	u32 parent;
	u32 census;  /* which one found it */
	u32 counted; /* in how many watched groups */
	u32 unused;
	char comm[16];
};

struct birth {
	struct head head;
};

#define PATH_BYTES 128
#define ARGS_BYTES 256

struct exec {
	struct head head;
	u16 path_bytes;
	u16 args_bytes;
	u32 unused;
	char path[PATH_BYTES];
	char args[ARGS_BYTES]; /* each ends with a NUL */
};

struct amounts {
	u64 user; /* nanoseconds */
	u64 system;
	u64 minor_faults;
	u64 major_faults;
	u64 read_chars;
	u64 write_chars;
	u64 read_calls;
	u64 write_calls;
	u64 read_bytes; /* that reached a device */
	u64 write_bytes;
	u64 peak_memory; /* bytes resident */
	u64 peak_space;  /* bytes of address space */
};

struct exit {
	struct head head;
	u32 status; /* as wait(2) gives it */
	u32 unused;
	struct amounts amounts;
};

struct move {
	struct head head;
	u64 from;         /* 0: no watched group */
	u64 from_watched; /* nearest to where it was */
};

struct member {
	struct head head;
	u64 target; /* the group whose census it is */
};

struct totals {
	u64 births;
	u64 joins;
	u64 exits;
	u64 leaves;
	s64 active; /* since the watch began: may be negative */
	s64 peak_active;
	u64 lost_births; /* records that the ring had no room for */
	u64 lost_execs;
	u64 lost_exits;
	u64 lost_moves;
	u64 peak_memory_at_most; /* of processes whose own peak is not known */
	u64 partial;             /* exits of which not all threads were counted */
	struct amounts dead;     /* sums, and of the peaks the highest */
};

/* The compiler describes only what is used. */
union record {
	struct birth birth;
	struct exec exec;
	struct exit exit;
	struct move move;
	struct member member;
} *described;
