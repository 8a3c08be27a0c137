// Package jobobject gives Linux the job object of Windows: one handle on a
// whole process tree. Start into it with no race, limit it, watch it, account
// for it, wait for it, kill it, and have it die with the last handle.
//
//	job, err := jobobject.Create("", jobobject.WithLimits(jobobject.Limits{KillOnClose: true}))
//	if err != nil {
//		return err
//	}
//	defer job.Close() // kills whatever is left, also when this process is killed
//	process, err := job.Start(exec.Command("make", "test"))
//	if err != nil {
//		return err
//	}
//	status, err := process.Wait()
//
// A member is a member from its first instruction, and so is everything that it
// starts, whatever it does about sessions, process groups or parents. Nothing is
// polled to keep it so: on Linux a job is a cgroup, whose membership the kernel
// keeps. Where this process may make no cgroup, a supervisor stands above what is
// started in a job, and all that descends from that stays below; see [Mechanism].
//
// # Jobs, handles and members
//
// Create gives a handle. A job lives as long as there is a handle or a member.
// With [Limits].KillOnClose its members die when the last handle closes, and the
// handles of a process close when it ends, in any way it ends: a small process
// named jobobject-guard sees to that. It waits for the death of this one, and then
// executes this program's binary under that name, which package initialization
// turns into the guard before main runs; a program that imports this package must
// therefore not be in the way of being started again.
//
// A job has no place in the system until its first member joins it, and then
// nests below the job that this member was in (NST-03, NST-05).
//
// # Messages and events
//
// A job posts messages to a [Port], by the rules of completion ports: who has come
// and gone, and when nobody is left. [Job.Events] tells more, in order: births,
// execs, exits with status and usage, freezes, escapes. Neither ever holds a job up;
// what a slow reader or the system has lost is counted and told.
//
// # The rules
//
// Semantics are those of Windows' job objects. Identifiers such as LIM-07 or
// NST-06 in the documentation name the rule that is followed. The rules differ
// where Windows is only best effort: Terminate returns when the members are gone,
// not when they have been told to go.
package jobobject
