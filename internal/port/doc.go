// Package port is the queue behind a completion port: jobs post messages, readers
// take them out in order.
//
// It promises what package queue does: posting never waits for a reader, memory
// is bounded, a gap is told in its place (D7). Messages that must not be lost
// (NLM-04) stay. It must not know what the messages mean beyond that.
package port
