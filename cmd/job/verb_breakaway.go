package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"

	"jobobject"
)

const breakawayHelp = `Usage: job breakaway [--] CMD [ARG...]

Runs a command outside of the job that this process is in, so that it does not
end with that: a server that is to stay, for instance. The job has to allow it
(BreakawayOK); where a job around it does not, the command stays in that one.
Outside of any job it is run as it is.

The command has the standard files, the terminal and the environment of job.
TERM, HUP, USR1 and USR2 are passed on to it. When the job ends, job breakaway
ends with it, and the command goes on.

Exit status:
  that of the command; 128+N if signal N ended it
  125   the job does not allow it, or job itself failed
  126   the command was found and could not be executed
  127   the command was not found
`

func breakawayVerb(args []string) int {
	flags := newFlags("breakaway")
	if status, done := parseFlags(flags, args, breakawayHelp); done {
		return status
	}
	if flags.NArg() == 0 {
		complain("breakaway: no command given; write it as in `job breakaway -- CMD`")
		return exitTrouble
	}
	status, err := breakAway(flags.Args())
	if err != nil {
		complain("breakaway: %v", err)
	}
	return status
}

func breakAway(command []string) (status int, err error) {
	path, err := findProgram(command[0])
	if err != nil {
		return statusOf(err), err
	}
	cmd := &exec.Cmd{Path: path, Args: command, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	process, err := jobobject.StartBreakaway(cmd)
	if err != nil {
		err = explainStart(path, err)
		return statusOf(err), err
	}
	stop := passOn(process)
	defer stop()
	ended, err := process.Wait()
	if err != nil {
		return exitTrouble, err
	}
	return ended.ExitCode(), nil
}

// passOn passes signals on to the command. Those that are typed at the terminal
// reach it without help.
func passOn(process *jobobject.Process) (stop func()) {
	received, over := make(chan os.Signal, 8), make(chan struct{})
	for _, sig := range append(endingSignals(), passedSignals...) {
		if !ignored(sig) {
			signal.Notify(received, sig)
		}
	}
	go func() {
		for {
			select {
			case sig := <-received:
				if !typed(sig) {
					if err := process.Signal(sig); err != nil && !errors.Is(err, jobobject.ErrProcessExited) {
						complain("breakaway: pass on %v: %v", sig, err)
					}
				}
			case <-over:
				return
			}
		}
	}()
	return func() {
		signal.Stop(received)
		close(over)
	}
}
