// Package child starts processes in a cgroup and waits for them.
//
// It promises that a process it starts is in its cgroup from the first
// instruction on, that a suspended one executes none until it is resumed and
// dies with the process that started it, and that waiting cannot hang on output
// held open by others. It must not know why a process is where it is.
package child
