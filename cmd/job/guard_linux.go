package main

import (
	"jobobject/internal/guard"
	"jobobject/internal/mechanism"
)

// dismissGuard lets the guard go that this process does not need any more. Left to
// itself it would end a little later, and be a zombie in a container whose init
// process does not reap.
func dismissGuard() { guard.Own.Dismiss() }

// prepareGuard starts the guard as early as it is nearly certain to be needed, while
// the mechanism is being chosen. Where that will be trees nobody needs it, and it
// leaves.
func prepareGuard() {
	if mechanism.Expected() != mechanism.Proctree {
		guard.Own.Prepare()
	}
}
