// Command bench prints the figures of package bench; `make bench` builds what it
// measures and runs it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// arguments are the command line.
type arguments struct {
	rounds       int
	only         *regexp.Regexp
	job, fixture string
	jsonFile     string
	check        bool
	play         string
}

func parse(args []string, output io.Writer) (a arguments, err error) {
	beside := "."
	if self, err := os.Executable(); err == nil {
		beside = filepath.Dir(self)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.IntVar(&a.rounds, "rounds", 100, "rounds of the launches; the other sections have a part of it")
	flags.Func("only", "measure only what `regexp` finds, in names such as launch/job run, kill/1000, memory/guard and owner", func(text string) error {
		a.only, err = regexp.Compile(text)
		return err
	})
	flags.StringVar(&a.job, "job", filepath.Join(beside, "job"), "the job command, built")
	flags.StringVar(&a.fixture, "fixture", filepath.Join(beside, "fixture"), "the fixture, built")
	flags.StringVar(&a.jsonFile, "json", "", "write the figures to `file` as one JSON object")
	flags.StringVar(&a.play, "play", "", "be one of those who are compared, by that `mechanism`, and take orders on standard input")
	flags.BoolVar(&a.check, "check", false, "fail where a target is missed")
	if err := flags.Parse(args); err != nil {
		return a, err
	}
	switch {
	case flags.NArg() > 0:
		return a, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case a.rounds < 1:
		return a, errors.New("-rounds: at least one is needed")
	}
	return a, nil
}
