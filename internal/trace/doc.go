// Package trace tells what happens to the processes of cgroups: births, execs,
// exits, moves in and out.
//
// A Tracer is the means, a Watch is about one cgroup2 directory and all below
// it, a Queue is where the events of any number of watches arrive, in one order.
// The best means is eBPF, shared by everybody in this process and unloaded after
// its last user. What it promises:
//
//   - Nothing is missed, however short it lived, and the order is the kernel's:
//     the birth of a process before all else of it, that of a parent before
//     those of its children.
//   - A process is told of once: it comes by Birth, Join or Present and goes by
//     Exit, Leave or Gone, and every coming is followed by one going. A process
//     that was there before the watch is Present; a thread is no process, and
//     one whose first thread has ended lives on.
//   - Events that could not be kept are replaced by one event, Lost, that says
//     how many; the comings and goings among them are then made good by Present
//     and Gone. Totals are counted in the kernel and right all the same.
//   - What the members have used can be asked for at any moment, the living and
//     the dead together, each of them once.
//   - Nothing here holds up a process that is watched, or another watch.
//
// Where eBPF is not allowed the proc connector does some of that, and where that
// is not either a sampler a little; Misses says in words what. Limits of eBPF
// itself: the processor time that the kernel takes after the last thread has
// ended, to tear down its memory, is in no figure of the process (cpu.stat of
// its group has it). A process that is not visible in this process's pid
// namespace has the number 0. A watched group must not be a threaded one.
//
// The package knows processes and cgroups. It must not know what they are for.
package trace
