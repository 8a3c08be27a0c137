// Package terminal keeps a command on its terminal although there is a process
// between it and the shell.
//
// The command stays in the process group of its parent, this process, so the
// terminal's signals and the shell's job control reach it as if it had been
// started by the shell itself. What is left to do is small: this process stops
// when the command stops and not before (Follower), hands the terminal on to a
// command that has a process group of its own, as an interactive shell does, and
// puts the terminal back in order after a command that was killed (Modes).
//
// It must not know jobs. It asks the system anew each time: others change who
// has the terminal at any moment.
package terminal
