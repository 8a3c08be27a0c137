// Package probe finds out what this host can hold and how, by trying it.
//
// It promises three things. Every answer comes from an attempt, never from a
// kernel version: a group is made, a child is started inside it, a program is
// offered to the verifier. Where the answer is no, the error that was met and
// something a person can type or change are given with it. And nothing is left
// behind: what a run makes (one directory jobprobe-<random> below the
// caller's own cgroup, at most one of the same kind in each v1 hierarchy, and
// children that live for milliseconds) it removes before it returns.
//
// It must not know what a job, a limit or a handle is: it reports on the
// mechanisms, and others decide what to build from them. It keeps nothing
// between two runs, so a remedy that was applied shows in the next one.
package probe
