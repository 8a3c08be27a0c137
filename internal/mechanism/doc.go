// Package mechanism chooses what keeps the processes of jobs together.
//
// Cgroups do it best. Where this process may not make any, trees of processes below
// a supervisor do. The choice is made by asking the system, never by its version, and
// costs no more than a few questions, for every program with a job makes it once.
// It can be forced, for tests and for support.
//
// The package promises that there is one choice in a process, and that whoever looks
// before it is made sees the one that would be. It must not know jobs, nor what the
// mechanisms do.
package mechanism
