// Package engine holds the rules of job objects: handles, membership, the
// hierarchy that assignment forms, breakaway, termination, the signaled state,
// and what a job counts.
//
// It promises that each rule is written once, in the words of the specification,
// whose numbers (NST-05, TRM-07) stand where a rule is followed. Jobs live in the
// process that made them; package group says what the engine needs of the system
// underneath, and the guard closes the handles that a dead process leaves open.
//
// It must not know what a group is made of: it makes no system call and has no
// clock, so that fakes and virtual time can drive every rule.
package engine
