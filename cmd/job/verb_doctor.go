package main

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"syscall"

	"jobobject"
	"jobobject/internal/probe"
)

const doctorHelp = `Usage: job doctor [--json] [--mechanism NAME]

Tries out what this host can hold and how, and tells it: what keeps the processes
of a job together (the mechanism) and why, and one line per capability, with a
remedy where it is missing. It never goes by versions. What it makes for
that (a cgroup, children that live for milliseconds) is gone when it ends, and so is
the scope that it asks systemd for, as job run does.

Flags:
  --json            print one JSON object
  --mechanism NAME  tell it for that one, as job run --mechanism

Exit status:
  0     a command can be run as a job here
  1     it cannot; the last line says why
  125   job itself failed, or the command line is wrong
`

const exitCannotRun = 1

func doctorVerb(args []string) int {
	flags := newFlags("doctor")
	flags.Func("mechanism", "", jobobject.UseMechanism)
	asJSON := flags.Bool("json", false, "")
	if status, done := parseFlags(flags, args, doctorHelp); done {
		return status
	}
	if flags.NArg() > 0 {
		return tooMany("doctor", flags.Args())
	}
	// Interrupted, it still has a cgroup to remove.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	found, probeErr := probe.Run(ctx)
	found.Capabilities = append(found.Capabilities, eventsHere(found))
	err := show(found, *asJSON)
	if probeErr != nil {
		complain("doctor: %v", probeErr)
	}
	if err != nil {
		complain("doctor: %v", err)
		return exitTrouble
	}
	if ok, _ := found.CanRun(); !ok || probeErr != nil {
		return exitCannotRun
	}
	return 0
}

func show(found probe.Report, asJSON bool) error {
	if !asJSON {
		return found.WriteText(os.Stdout)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false) // remedies are shell commands
	enc.SetIndent("", "  ")
	return enc.Encode(found)
}
