/* Which watched groups a process belongs to, and what they count. */
#pragma once

#include "maps.h"

/* As deep as is looked. The kernel has no bound, people stay far below it. */
#define DEPTH 256

/* Pointers that the kernel has given to the program, it could follow by itself.
 * Only READ can follow those that were kept in a map, and the kernel's verifier
 * takes a third of a second for walks that do without. */
INLINE u64 group_id(struct cgroup *group) { return READ(READ(group, kn), id); }

/* Above the root is nothing, and a read from there gives 0. */
INLINE struct cgroup *parent_of(struct cgroup *group) { return READ(READ(group, self.parent), cgroup); }

/* A search for a group among another one and those above it. */
struct search {
	struct cgroup *group;
	u64 wanted; /* 0: any watched one */
	u64 found;
};

INLINE bool is_wanted(struct search *search, u64 id)
{
	bool yes = search->wanted ? id == search->wanted : totals_of(id) != NULL;
	if (yes)
		search->found = id;
	return yes;
}

static long search_step(u32 i, struct search *search)
{
	struct cgroup *group = search->group;
	if (!group || is_wanted(search, group_id(group)))
		return 1;
	search->group = parent_of(group);
	return 0;
}

/* nearest_watched is the id of the watched group that holds this one, or 0. */
NOINLINE u64 nearest_watched(struct cgroup *group)
{
	struct search search = {.group = group};
	bpf_loop(DEPTH, search_step, &search, 0);
	return search.found;
}

/* below tells whether a group is that one or in it. */
NOINLINE bool below(struct cgroup *group, u64 above)
{
	struct search search = {.group = group, .wanted = above};
	bpf_loop(DEPTH, search_step, &search, 0);
	return search.found != 0;
}

struct branches {
	struct cgroup *a, *b;
};

static long approach(u32 i, struct branches *branches)
{
	struct cgroup *a = branches->a, *b = branches->b;
	if (a == b || !a || !b)
		return 1;
	if (READ(a, level) >= READ(b, level))
		branches->a = parent_of(a);
	else
		branches->b = parent_of(b);
	return 0;
}

/* common_ancestor is where two branches meet; NULL where they do not. */
NOINLINE struct cgroup *common_ancestor(struct cgroup *a, struct cgroup *b)
{
	struct branches branches = {a, b};
	bpf_loop(2 * DEPTH, approach, &branches, 0);
	return branches.a == branches.b ? branches.a : NULL;
}
