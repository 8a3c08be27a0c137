package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// exitTrouble is the status when job itself failed, as with timeout(1).
const exitTrouble = 125

// verb is one thing that job does.
type verb struct {
	name    string
	summary string
	help    string
	// run does it and returns the exit status.
	run func(args []string) int
}

// verbs is a function: a table of the package would be built at every start, in
// the guard as well.
func verbs() []verb {
	return []verb{
		{"run", "run a command as a job", runHelp, runVerb},
		{"breakaway", "run a command outside of the job that this process is in", breakawayHelp, breakawayVerb},
		{"events", "tell what happens in the job that a process is in", eventsHelp, eventsVerb},
		{"limits", "list the limits of job run, and what holds each of them here", limitsHelp, limitsVerb},
		{"doctor", "tell what this host can hold, and how", doctorHelp, doctorVerb},
		{"version", "print the version", versionHelp, versionVerb},
		{"help", "tell about a verb", helpHelp, helpVerb},
	}
}

func findVerb(name string) (verb, bool) {
	all := verbs()
	i := slices.IndexFunc(all, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, false
	}
	return all[i], true
}

// perform is job without the name of the program.
func perform(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, overview())
		return exitTrouble
	}
	name := args[0]
	switch name {
	case "run": // need not be looked for
		return runVerb(args[1:])
	case "-h", "-help", "--help":
		name = "help"
	case "--version":
		name = "version"
	}
	v, found := findVerb(name)
	if !found {
		complain("there is no verb %q; `job help` lists them", name)
		return exitTrouble
	}
	return v.run(args[1:])
}

// complain prints one line: what failed, on what, why, and what to do.
func complain(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(os.Stderr, "job: %s\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "))
}

// newFlags makes an empty set of flags for a verb.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said on one line
	return flags
}

// parseFlags takes the flags in front of the first argument that is none. Where
// that is all there is to do, it says so with the exit status.
func parseFlags(flags *flag.FlagSet, args []string, help string) (status int, done bool) {
	err := flags.Parse(args)
	switch {
	case err == nil:
		return 0, false
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(help)
		return 0, true
	}
	complain("%s: %s; `job %[1]s --help` lists the flags", flags.Name(), inWords(err))
	return exitTrouble, true
}

// inWords makes package flag speak of flags as they are written here.
func inWords(err error) string {
	text := err.Error()
	if name, found := strings.CutPrefix(text, "flag provided but not defined: -"); found {
		return fmt.Sprintf("unknown flag %s%s", dashes(name), name)
	}
	if name, found := strings.CutPrefix(text, "flag needs an argument: -"); found {
		return fmt.Sprintf("flag %s%s needs a value", dashes(name), name)
	}
	if before, after, found := strings.Cut(text, " for flag -"); found {
		name, why, _ := strings.Cut(after, ": ")
		return fmt.Sprintf("%s for %s%s: %s", before, dashes(name), name, why)
	}
	return text
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-"
	}
	return "--"
}

// tooMany refuses arguments that a verb does not take.
func tooMany(name string, args []string) int {
	complain("%s: unexpected argument %q; see `job %[1]s --help`", name, args[0])
	return exitTrouble
}
