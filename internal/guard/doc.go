// Package guard is the small process that outlives its parent and closes the
// handles that its death leaves open.
//
// While its owner lives the guard is a sentry, a program of a few hundred bytes
// (package sentry) that waits for the owner's death on a pidfd of it. Then it
// becomes the guard proper: the owner's own binary, started under another first
// argument, which takes over while packages are initialized, before the program's
// own main. What it has to end is in a file in memory that the owner writes and
// the guard reads when the owner is dead. There is no round trip: once the sentry
// has been executed it is certain to see the death, and what was written before
// the death is there to be read.
//
// A pidfd, and not the end of a pipe: nobody can hold it open by mistake, and it
// is the owner's death itself, after which all its descriptors are closed.
//
// What the package promises: from the return of Watch on, the members of the
// group die with this process. A guard that is killed is replaced. It is in a
// session of its own, out of reach of the terminal, takes none of the signals that
// are meant to end programs, and holds no descriptor but the three it is about. It
// leaves when it has nothing left to guard.
//
// It knows groups by their directories and must not know jobs.
package guard
