// Package proctable is the processes of this machine as /proc shows them: who is
// below whom, and ending all that is below somebody.
//
// A table is read while its processes are born and die, so it is never true of one
// instant. A process may be missing that was born behind the reader's back, and one
// whose parent has just died may still name the dead one, so that it seems to be below
// nobody. It is seen by whoever looks again. That nobody is left is known for certain
// only by the process that they all fall to, which is told that it has no children.
//
// The package must not know what the processes are for.
package proctable
