/* Which watched groups a process belongs to, and what they count. */
#pragma once

#include "maps.h"

/* As deep as is looked. The kernel has no bound, people stay far below it. */
#define DEPTH 256

/* A pointer that the kernel has given to the program is followed by the program
 * itself. One that was kept in a map is followed with READ, which takes thirty
 * times as long; so there are two of everything that walks. */
INLINE u64 group_id(struct cgroup *group) { return group->kn->id; }
INLINE u64 kept_group_id(struct cgroup *group) { return READ(READ(group, kn), id); }

/* Above the root is nothing, and a read from there gives 0. */
INLINE struct cgroup *parent_of(struct cgroup *group) { return group->self.parent->cgroup; }
INLINE struct cgroup *kept_parent_of(struct cgroup *group) { return READ(READ(group, self.parent), cgroup); }

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

static long kept_search_step(u32 i, struct search *search)
{
	struct cgroup *group = search->group;
	if (!group || is_wanted(search, kept_group_id(group)))
		return 1;
	search->group = kept_parent_of(group);
	return 0;
}

/* nearest_watched is the id of the watched group that holds this one, or 0. */
NOINLINE u64 nearest_watched(struct cgroup *group)
{
	struct search search = {.group = group};
	bpf_loop(DEPTH, search_step, &search, 0);
	return search.found;
}

NOINLINE u64 kept_nearest_watched(struct cgroup *group)
{
	struct search search = {.group = group};
	bpf_loop(DEPTH, kept_search_step, &search, 0);
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
		branches->a = kept_parent_of(a);
	else
		branches->b = kept_parent_of(b);
	return 0;
}

/* kept_common_ancestor is where two branches meet; NULL where they do not. */
NOINLINE struct cgroup *kept_common_ancestor(struct cgroup *a, struct cgroup *b)
{
	struct branches branches = {a, b};
	bpf_loop(2 * DEPTH, approach, &branches, 0);
	return branches.a == branches.b ? branches.a : NULL;
}
