package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the figures for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	r.writeLaunches(t)
	r.writeKills(t)
	r.writeMemory(t)
	r.writeIdle(t)
	r.writeQueries(t)
	r.writePlaces(t)
	if err := t.Flush(); err != nil {
		return err
	}
	// Sentences, not columns.
	for _, target := range r.Targets {
		mark := "met   "
		if !target.Met {
			mark = "MISSED"
		}
		fmt.Fprintf(w, "%s  %s\n", mark, target)
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(w, "skipped  %s: %s\n", s.Name, s.Why)
	}
	_, err := fmt.Fprintf(w, "\nLinux %s, %s, %d CPUs, %s cgroups, process limit: %s, %s, idle gap %v\n",
		r.Host.Kernel, r.Host.Arch, r.Host.CPUs, r.Host.Layout, r.Host.Fence, r.Host.Go, Gap)
	return err
}

func (r *Report) writeLaunches(w io.Writer) {
	if len(r.Launch) == 0 {
		return
	}
	fmt.Fprintln(w, "median\tp90\tx plain\t  run `true`")
	for _, l := range r.Launch {
		fmt.Fprintf(w, "%s\t%s\t%.2f\t  %s\n", milliseconds(l.Median), milliseconds(l.P90), l.Ratio, l.Name)
	}
	fmt.Fprintln(w)
}

func (r *Report) writeKills(w io.Writer) {
	if len(r.Kill) == 0 {
		return
	}
	fmt.Fprintln(w, "Terminate\traw\tx raw\t  end a tree until it is proven dead")
	for _, k := range r.Kill {
		fmt.Fprintf(w, "%s\t%s\t%.2f\t  %d processes\n",
			milliseconds(k.Terminate.Median), milliseconds(k.Raw.Median), k.Ratio, k.Processes)
	}
	fmt.Fprintln(w)
}

func (r *Report) writeMemory(w io.Writer) {
	if r.Memory == nil {
		return
	}
	fmt.Fprintln(w, "resident\tproportional\t  while `job run sleep` runs")
	for _, row := range []struct {
		name string
		Footprint
	}{{"owner (job run)", r.Memory.Owner}, {"guard", r.Memory.Guard}} {
		fmt.Fprintf(w, "%s\t%s\t  %s\n", memorySize(row.RSS), memorySize(row.PSS), row.name)
	}
	fmt.Fprintln(w)
}

func (r *Report) writeIdle(w io.Writer) {
	if len(r.Idle) == 0 {
		return
	}
	fmt.Fprintln(w, "watching\tpolling\t  % of one CPU while jobs have idle members")
	for _, i := range r.Idle {
		fmt.Fprintf(w, "%.2f %%\t%.2f %%\t  %d jobs, %s\n", 100*i.Share, 100*i.Polling, i.Jobs, i.Name)
	}
	fmt.Fprintln(w)
}

func (r *Report) writeQueries(w io.Writer) {
	if r.Queries == nil {
		return
	}
	fmt.Fprintln(w, "traced\tnot traced\tfiles in /proc\tx files\t  ask for the accounting")
	q := r.Queries
	fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t  %d processes\n\n", milliseconds(q.Traced.Median), milliseconds(q.Plain.Median), milliseconds(q.Proc.Median), q.Ratio, q.Processes)
}

func (r *Report) writePlaces(w io.Writer) {
	if len(r.Places) == 0 {
		return
	}
	fmt.Fprintln(w, "median\tp90\tx plain\tx cgroup\t  by what keeps jobs together")
	for _, p := range r.Places {
		plain := ""
		if p.ToPlain > 0 {
			plain = fmt.Sprintf("%.2f", p.ToPlain)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t  %s: %s\n", milliseconds(p.Median), milliseconds(p.P90), plain, p.ToCgroup, p.Mechanism, p.What)
	}
	fmt.Fprintln(w)
}

func milliseconds(seconds float64) string { return fmt.Sprintf("%.2f ms", seconds*1e3) }

func memorySize(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
