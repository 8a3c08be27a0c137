// Package model is what the rules say, once more: a small reference for jobs and
// processes that is written from the rules alone (sections 1, 3.3 to 3.7, 3.12,
// 3.13, 7, 8, 9 and 10), in their terms, with a parent pointer where the real thing
// has directories.
//
// It plays random sequences of steps on anything that claims to have jobs, does
// the same steps itself, and compares after each step all that can be seen: the
// error, who is in which job, lists, counts, signaled states, exit codes, and what
// jobs say to their ports. The first difference ends it, and shrinks to a sequence
// that has nothing in it that is not needed.
//
// It must not know how anything of this is done, and what it finds different is
// not decided here: either side may be wrong. Tests only.
package model
