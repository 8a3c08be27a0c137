// Package supervisor starts a command below a process that stays, and to which all
// descendants of the command fall whose parents die, so that nobody gets away by forking.
//
// Three processes stand between the caller and its command. All are the caller's own
// binary, executed under another first argument, which takes over while packages are
// initialized, before the program's own main.
//
//   - The proxy is what the caller's exec.Cmd starts. It hands its descriptors on, passes
//     on signals, stops and goes on with the command, and ends as the command ends: so
//     all that the caller does with its exec.Cmd works.
//   - The ward starts the supervisor and waits for it. Were that killed, all of the tree
//     would fall to the ward, which ends it.
//   - The supervisor starts the command, reaps who nobody else reaps, and writes down what
//     they have used, in memory that the caller reads. When the caller dies and the tree is
//     to die with it, it ends the tree. It leaves when it has no children any more.
//
// So the ward is gone in good order only if nothing is left of the tree. A death at any
// moment is seen by whoever is next: the caller's by the supervisor, on a pidfd of it; the
// proxy's by the supervisor; the supervisor's by the ward and, as a signal, by the command;
// the ward's by the supervisor. One that is stopped is continued by the one that waits for
// it, and the ward by the death of the caller. Only who kills ward and supervisor at one
// stroke breaks that, and the caller is told.
//
// The package must not know which group the processes are for, nor what may be done to
// them.
package supervisor
