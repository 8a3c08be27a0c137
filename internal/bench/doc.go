// Package bench takes the figures behind `make bench`: what it costs to start a
// program as a job, to end a tree of processes for certain, and to keep the
// guard in memory, next to what the system's own means cost.
//
// It promises three things. Those who are compared take turns, with an idle gap
// before each turn, because moving into a cgroup is cheap in a tight loop and
// dear after a pause. That a tree is dead is read from a pipe that every process
// of it held open, never from the word of what ended it. And nothing is left
// behind: all of it runs in a cgroup of its own, with a limit on processes where
// the host has one, that is emptied and removed at the end, also after Ctrl-C; a
// run that was killed is cleaned up after by the next one.
//
// It must not know how jobs are made: it uses the public package and the command
// as everybody does.
package bench
