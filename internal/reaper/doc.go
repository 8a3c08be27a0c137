// Package reaper takes the zombies of orphans away.
//
// A process that ends before its children leaves them to the nearest subreaper
// above it. Who becomes one has to wait for them, or they stay zombies for as
// long as it lives.
//
// The package promises to wait for nobody that somebody else waits for: only for
// those that were born in a job below, which leaves out this process's own
// children elsewhere, and never for the main process. It must not know why they
// were orphaned.
package reaper
