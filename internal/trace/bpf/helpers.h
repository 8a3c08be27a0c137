/* The kernel's helper functions and map declarations, as far as they are used. */
#pragma once

#include "kernel.h"

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_EXIST 2
#define BPF_F_NO_PREALLOC 1
#define BPF_F_MMAPABLE 1024
#define BPF_RB_NO_WAKEUP 1
#define BPF_RB_FORCE_WAKEUP 2

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* How a map is described in the section .maps: by the types of members that
 * nobody ever reads. */
#define UINT(name, value) int(*name)[value]
#define TYPE(name, type) type *name

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static long (*bpf_probe_read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*bpf_probe_read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static u64 (*bpf_ktime_get_boot_ns)(void) = (void *)125;
static void *(*bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*bpf_ringbuf_submit)(void *record, u64 flags) = (void *)132;
static void (*bpf_ringbuf_discard)(void *record, u64 flags) = (void *)133;
static struct task_struct *(*bpf_get_current_task_btf)(void) = (void *)158;
static long (*bpf_loop)(u32 times, void *step, void *context, u64 flags) = (void *)181;

#define ADD(counter, amount) __sync_fetch_and_add(&(counter), amount)

/* The compiler moves no memory access across it. */
#define BARRIER() asm volatile("" ::: "memory")

/* ADDRESS is &pointer->member, HOLDER the structure whose member that is. EXISTS
 * is for members that a kernel may be built without. */
#define ADDRESS(pointer, member)                                                 \
	({                                                                       \
		typeof(pointer) of__ = (pointer);                                \
		(void *)__builtin_preserve_access_index(&of__->member);          \
	})
#define HOLDER(address, type, member) \
	((type *)((char *)(address)-__builtin_preserve_field_info(((type *)0)->member, 0 /* offset in bytes */)))
#define EXISTS(pointer, member) __builtin_preserve_field_info((pointer)->member, 2 /* existence */)
#define SIZE_OF(type) __builtin_preserve_type_info(*(type *)0, 1 /* size */)

/* READ is pointer->member by a call that survives any pointer. Programs may
 * follow the pointers they are given themselves; those that were kept in a map,
 * or found in a list, they may not. */
#define READ(pointer, member)                                                                 \
	({                                                                                    \
		typeof(pointer) from__ = (pointer);                                           \
		typeof(from__->member) value__ = 0;                                           \
		bpf_probe_read_kernel(&value__, sizeof(value__), ADDRESS(from__, member));    \
		value__;                                                                      \
	})
