// Package bpf is what runs inside the kernel to see processes being born, exec,
// move between groups and end, and the way their records take out of it.
//
// It promises that records come in the order in which the kernel reserved room
// for them in the one ring that all processors share: the birth of a process
// before everything else of it, the birth of a parent before those of its
// children. A record that finds no room is counted, in the watched groups it
// was about. What is counted is counted in the kernel and therefore exact,
// whether records are lost or read at all. So is what those who live have used,
// when it is asked for.
//
// A group is known by its number, the inode of its cgroup2 directory, and a
// process by pid and time of birth. What a record means to whoever watches is
// the business of package trace; this one must not know.
//
// The programs are in C, in trace.bpf.c and the headers beside it. They are
// compiled into trace.bpf.o, which is what gets built into the Go program; after
// a change of the C, run go generate in this directory. The object holds nothing
// about a particular kernel or machine: where the members of the kernel's
// structures are is filled in at loading. Linux 5.17 or later with BTF will do.
package bpf

//go:generate ./compile trace.bpf.o
