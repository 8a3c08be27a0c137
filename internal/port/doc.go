// Package port is the queue behind a completion port: jobs post messages, readers
// take them out in order.
//
// It promises that posting never waits for a reader and that memory is bounded.
// Where the bound is reached, the oldest messages that may be lost give way, and
// the next reader is told how many there were, in their place: a gap is never
// silent (D7). Messages that must not be lost (NLM-04) stay. It must not know what
// the messages mean beyond that.
package port
