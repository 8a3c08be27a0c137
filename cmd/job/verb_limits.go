package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"jobobject"
	"jobobject/internal/probe"
)

const limitsHelp = `Usage: job limits [--json] [--mechanism NAME]

Lists the limits of job run: the flag, the field of jobobject.Limits, and what
holds it on this host, or why nothing does and what helps. Each is tried out.

Flags:
  --json            print one JSON array: flag, field, state (yes or no),
                    by, why, remedy
  --mechanism NAME  list them for that one, as job run --mechanism

Exit status:
  0     they are listed, whether they hold or not
  125   job itself failed, or the command line is wrong
`

// holding says what holds a limit here.
type holding struct {
	Flag   string      `json:"flag"`
	Field  string      `json:"field"` // of jobobject.Limits
	State  probe.State `json:"state"`
	By     string      `json:"by,omitempty"`
	Why    string      `json:"why,omitempty"`
	Remedy string      `json:"remedy,omitempty"`
}

func limitsVerb(args []string) int {
	flags := newFlags("limits")
	flags.Func("mechanism", "", jobobject.UseMechanism)
	asJSON := flags.Bool("json", false, "")
	if status, done := parseFlags(flags, args, limitsHelp); done {
		return status
	}
	if flags.NArg() > 0 {
		return tooMany("limits", flags.Args())
	}
	// Interrupted, it still has a cgroup to remove.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	found, err := probe.Run(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		err = nil // which is what the list says
	}
	var held []holding
	for _, row := range limits() {
		held = append(held, row.heldHere(found))
	}
	err = errors.Join(err, showLimits(os.Stdout, held, *asJSON))
	if err != nil {
		complain("limits: %v", err)
		return exitTrouble
	}
	return 0
}

// heldHere asks those who would hold it. Whether they can, a job with that limit
// tells, which is made and never used; how, what was probed.
func (l limit) heldHere(found probe.Report) holding {
	h := holding{Flag: "--" + l.flag, Field: l.field, State: probe.Yes, By: l.by}
	if ok, why := found.CanRun(); !ok {
		h.State, h.By, h.Why, h.Remedy = probe.No, "", "there can be no job here: "+why, found.Mechanism.Remedy
		return h
	}
	job, err := jobobject.Create("", jobobject.WithLimits(l.example))
	if err != nil {
		return h.lost(err)
	}
	if err := job.Close(); err != nil {
		return h.lost(err)
	}
	if l.tree != "" && found.Mechanism.Name == jobobject.MechanismProctree {
		h.By = l.tree
		return h
	}
	if mechanism, probed := found.Find(l.capability); probed && mechanism.How != "" {
		h.By += ": " + mechanism.How
	}
	return h
}

// lost is of a limit that cannot be held.
func (h holding) lost(err error) holding {
	h.State, h.By, h.Why = probe.No, "", err.Error()
	var unsupported *jobobject.NotSupportedError
	if errors.As(err, &unsupported) {
		h.Remedy = unsupported.Remedy
		if unsupported.Cause != nil {
			h.Why = unsupported.Cause.Error()
		}
	}
	return h
}

func showLimits(w io.Writer, held []holding, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false) // remedies are shell commands
		enc.SetIndent("", "  ")
		return enc.Encode(held)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FLAG\tFIELD\tHELD\tBY")
	told := map[string]bool{"": true}
	for _, h := range held {
		text := h.By
		if h.State == probe.No {
			text = h.Why
			switch {
			case h.Remedy == "":
			case told[h.Remedy]:
				text += " (remedy above)"
			default:
				text += "; " + h.Remedy
			}
			told[h.Remedy] = true
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", h.Flag, h.Field, h.State, text)
	}
	return table.Flush()
}
