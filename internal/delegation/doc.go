// Package delegation sees to it that this process is in a cgroup in which it may
// make others, where systemd manages them.
//
// Systemd is the only one to write in its part of the tree, and gives parts of it
// away where a unit has Delegate=yes. Whoever is in such a unit, or in a cgroup that
// somebody has made below one, stays where it is. Whoever is in another unit asks
// for a scope of its own: root the system's manager, others that of the user. That
// is done once, takes milliseconds, and moves this process with its threads; what
// it has started before stays where it was.
//
// The package promises that it never takes a process out of a cgroup below a unit,
// as jobs and containers are, or out of a cgroup namespace; that it gives up after a
// while, with an error that says what to do; and that it does nothing where systemd
// has not booted. It must not know what groups are made for, nor how.
package delegation
