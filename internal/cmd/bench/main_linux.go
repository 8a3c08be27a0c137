package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"jobobject/internal/bench"
)

func main() {
	// SIGHUP too: the terminal may go while the figures are taken.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	a, err := parse(os.Args[1:], os.Stderr)
	switch {
	case err != nil:
	case a.play != "":
		err = play(a)
	default:
		err = run(ctx, a)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, a arguments) error {
	report, err := bench.Run(ctx, bench.Options{
		Rounds: a.rounds, Only: a.only, Job: a.job, Fixture: a.fixture, Player: "/proc/self/exe", Progress: os.Stderr,
	})
	if err != nil {
		return err
	}
	if err := report.WriteText(os.Stdout); err != nil {
		return err
	}
	if a.jsonFile != "" {
		if err := writeJSON(a.jsonFile, report); err != nil {
			return err
		}
	}
	if missed := report.Missed(); a.check && len(missed) > 0 {
		return fmt.Errorf("%d targets missed", len(missed))
	}
	return nil
}

func writeJSON(path string, report *bench.Report) error {
	content, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
