package group

import (
	"context"

	"jobobject/internal/kernel"
)

// Tracer tells what happens to the processes of groups.
type Tracer interface {
	// Open makes the tracer ready, which may take a tenth of a second. It stays so
	// until the means are closed, and as long as something is watched.
	Open() (Means, error)
	// Watch begins to tell of a group that is made, and of all below it; the name
	// is that of the group. A group that is watched already is refused.
	//
	// tell is called for what happens to processes, in order, by one goroutine for
	// all watches of the tracer: what happens in several watched groups at once is
	// told of the inner one first. It may be called before Watch returns. It must
	// not wait for anything, nor call the watch. The members that the group has
	// are told of first, as present; only process kinds and losses are told, and
	// Seq is not set.
	Watch(name string, tell func(kernel.Event)) (Watch, error)
}

// Means is how a tracer sees what happens.
type Means interface {
	// Name is for people.
	Name() string
	// Misses says in words what cannot be told by it; "" if nothing.
	Misses() string
	// CountsBytes tells whether watches count what processes read and write.
	CountsBytes() bool
	Close()
}

// Watch is the watching of one group.
type Watch interface {
	// Flush returns when all that had happened when it was called has been told.
	Flush(ctx context.Context) error
	// Usage is what the processes have used that were members since the watch
	// began, the living and the dead, each of them once. It must not be asked
	// after Close.
	Usage() (Usage, error)
	// Close ends it. What had happened by then has been told when it returns.
	Close() error
}
