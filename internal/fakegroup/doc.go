// Package fakegroup is a machine in memory for the tests of the rules: processes,
// places, groups that nest, and a guard.
//
// It promises to behave as the real one does wherever a rule depends on that: a
// child is born where its parent is; zombies keep their place until they are
// waited for; a process that is born into a frozen group keeps its creator
// waiting; one that is born into a group that was ended and not renewed dies at
// once; a group with members or with groups in use below it cannot be removed; a
// tracer tells everything, in order, of the inner group first.
// Beyond that it does what a real machine does only on bad days: starts take as
// long as a test wants, processes outlive their kill, the tracer is late or goes
// blind, and any call may fail. It
// keeps a journal of the calls, so that a test can say what came before what.
//
// It has no goroutine of its own and takes time only from the clock, so it works
// in a bubble of testing/synctest. It must not know what a job is, and no program
// links it: tests only.
package fakegroup
