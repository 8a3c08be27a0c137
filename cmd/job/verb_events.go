package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"jobobject"
	"jobobject/internal/eventlog"
)

const eventsHelp = `Usage: job events [--json] PID

Tells what happens in the job that a process is in, from now on and until the job
is gone or Ctrl-C: births, execs, exits with status and usage, joins and escapes.
It is the innermost job of that process, with the jobs below it; the members that
it has come first. Nothing of the job changes by that.

Each line has the seconds since the first one, what happened, to which process,
and more about that. The first line says by what means that is found out, and what
they may miss here.

Flags:
  --json   print one JSON object per line, as job run --events writes them

Exit status:
  0     the job is gone, or it was interrupted
  125   there is no such process, it is in no job, or job itself failed
`

func eventsVerb(args []string) int {
	flags := newFlags("events")
	asJSON := flags.Bool("json", false, "")
	if status, done := parseFlags(flags, args, eventsHelp); done {
		return status
	}
	if flags.NArg() > 1 {
		return tooMany("events", flags.Args()[1:])
	}
	pid, err := strconv.Atoi(flags.Arg(0))
	if err != nil || pid <= 0 {
		complain("events: the number of a process is wanted, not %q; write it as in `job events 4711`", flags.Arg(0))
		return exitTrouble
	}
	if err := follow(pid, lineWriter(os.Stdout, *asJSON)); err != nil {
		complain("events: %v", err)
		return exitTrouble
	}
	return 0
}

// eventStream is what the events of a job come from.
type eventStream interface {
	Next(context.Context) (jobobject.Event, error)
	Close() error
}

// follow passes the events on until there are none or somebody interrupts it.
func follow(pid int, write func(jobobject.Event) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	events, err := lookAt(pid)
	if err != nil {
		return explainLook(pid, err)
	}
	return errors.Join(passEvents(ctx, events, write), events.Close())
}

func passEvents(ctx context.Context, events eventStream, write func(jobobject.Event) error) error {
	for {
		e, err := events.Next(ctx)
		switch {
		case errors.Is(err, io.EOF), err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if err := write(e); err != nil {
			return err
		}
	}
}

// lineWriter writes one event at a time: who reads along wants to see it now.
func lineWriter(out io.Writer, asJSON bool) func(jobobject.Event) error {
	if asJSON {
		return func(e jobobject.Event) error {
			line, err := eventlog.JSON(e)
			if err == nil {
				_, err = out.Write(line)
			}
			return err
		}
	}
	var text eventlog.Text
	return func(e jobobject.Event) error {
		_, err := fmt.Fprintln(out, text.Line(e))
		return err
	}
}

// explainLook says what can be done about it.
func explainLook(pid int, err error) error {
	switch {
	case errors.Is(err, jobobject.ErrProcessExited):
		return fmt.Errorf("there is no process %d; `ps` lists those that there are", pid)
	case errors.Is(err, jobobject.ErrNotInJob):
		return fmt.Errorf("process %d is in no job; start one with `job run`", pid)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the job of process %d is gone", pid)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, jobobject.ErrAccessDenied):
		return fmt.Errorf("you may not watch the job of process %d: %w; its owner or root may", pid, err)
	}
	return err
}
