// Package lineage puts the events of a job together to the processes that there
// were, and shows them: as a tree for people, and as a profile in Chrome's trace
// event format.
//
// It promises that each process is there once, below the one that forked it,
// however many programs it executed, whoever got its number or its parent's later,
// and whether its parent outlived it or not; that what is not known is shown as a
// question mark or as a lower bound, never as 0; and that losses are told. It must
// not know where events come from nor how a job is run: what the end of its
// members meant is told to it (Cause).
package lineage
