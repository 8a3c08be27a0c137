// Package engine holds the rules of job objects: handles, membership, the
// hierarchy that assignment forms, breakaway, termination, the signaled state,
// what a job counts, and what it tells its port and its event streams.
//
// It promises that each rule is written once, in the words of the specification,
// whose numbers (NST-05, TRM-07) stand where a rule is followed. Jobs live in the
// process that made them; package group says what the engine needs of the system
// underneath, and the guard closes the handles that a dead process leaves open.
//
// A job that somebody listens to is watched by the tracer. Its teller makes messages
// and events of what that sees; see there for what has to wait for what. The news of
// all jobs share one lock, which is never held while anything is waited for.
//
// It must not know what a group is made of: it makes no system call and looks at
// no clock but to date an event or to measure an interval, so that fakes and
// virtual time can drive every rule.
package engine
