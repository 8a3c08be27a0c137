// Package sentry is what the guard is while its owner lives: a program of some
// twenty instructions that waits for the death of the owner and then becomes the
// guard.
//
// A guard that were a Go program all the time would cost a megabyte or two and
// the start of a runtime for every program that has a job, at the very moment at
// which that wants to start something else. The sentry has no runtime. It blocks
// all signals, closes what its parent has itself inherited open, waits until the
// pidfd on descriptor 3 says that the owner is dead, and leaves if the list on
// descriptor 4 has no groups in it. Else it executes the owner's program, on
// descriptor 5, with its own arguments and environment, which are the guard's.
//
// The programs stand next to their sources, one for each machine that has one;
// elsewhere the owner starts the guard itself, which does the same. The package
// must not know what the list says.
package sentry

//go:generate ./build.sh
