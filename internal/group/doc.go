// Package group is what the engine asks of the operating system: sets of
// processes that nest, and the processes in them.
//
// It has the interfaces and the values that cross them, so that the engine knows
// no cgroup and a cgroup no job: a real host, a supervised process tree or a fake
// for the tests of the rules can stand behind it. It must not know either side.
package group
