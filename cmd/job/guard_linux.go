package main

import "jobobject/internal/guard"

// dismissGuard lets the guard go that this process does not need any more. Left to
// itself it would end a little later, and be a zombie in a container whose init
// process does not reap.
func dismissGuard() { guard.Own.Dismiss() }

// prepareGuard starts the guard as early as it is certain to be needed.
func prepareGuard() { guard.Own.Prepare() }
