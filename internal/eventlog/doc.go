// Package eventlog writes the events of a job one per line: as JSON objects for
// programs, and in columns for people.
//
// It promises the form of the objects, which is a contract (docs/events.md), that
// each event is a whole line written at once, and that what is not known is null
// there and a question mark for people. It must not know where events come from,
// nor put any of them together: that is package lineage's.
package eventlog
