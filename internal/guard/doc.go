// Package guard is the small process that outlives its parent and closes the
// handles that its death leaves open.
//
// The guard is the program's own binary, started again with another name as its
// first argument. It takes over while packages are initialized, before the
// program's own main, and reads from a pipe which groups it has to end. The end
// of the pipe is the end of its owner, however that came about: only the owner
// has the other end, and the kernel closes it. No handshake is needed at the
// start: what is in the pipe is read before its end is seen.
//
// What the package promises: from the return of Watch on, the members of the
// group die with this process. A guard that is killed is replaced. It is in a
// session of its own, out of reach of the terminal, ignores the signals that are
// meant to end programs, and holds no descriptor of its parent but the pipe. It
// leaves when it has nothing left to guard.
//
// It knows groups by their directories and must not know jobs.
package guard
