package lineage

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"jobobject"
	"jobobject/internal/report"
)

// Cause is what it meant that members were ended together, in words.
type Cause struct {
	Asked  string // they were told to end, and did
	Killed string // they were killed with the job
}

// view is one look at a story.
type view struct {
	*Story
	totals []total
	cause  Cause
	width  int
	lines  []string
}

// WriteTree shows the processes as a person wants to read it: each below the one
// that forked it, in columns how long it was there, the processor time it took and
// the memory it had at most, and how it ended unless that was with 0. Long lines
// are cut to that width, long lists are summed up.
func (s *Story) WriteTree(to io.Writer, width int, cause Cause) error {
	v := &view{Story: s, totals: s.totals(), cause: cause, width: width}
	if len(s.processes) > 0 {
		v.row("WALL", "CPU", "MEMORY", "PROCESS")
	}
	var roots []*process
	for _, p := range s.processes {
		if p.parent == nil {
			roots = append(roots, p)
		}
	}
	v.siblings(roots, "", 0)
	v.lines = append(v.lines, v.notes()...)
	_, err := io.WriteString(to, strings.Join(v.lines, "\n")+"\n")
	return err
}

func (v *view) row(wall, cpu, memory, text string) {
	v.lines = append(v.lines, fmt.Sprintf("%9s %9s %9s  %s", wall, cpu, memory, text))
}

// siblings shows children of the same parent with that indentation. Roots have
// none, and no branches.
func (v *view) siblings(siblings []*process, indent string, depth int) {
	entries := v.arrange(siblings)
	for i, e := range entries {
		branch, below := "├─ ", "│  "
		if i == len(entries)-1 {
			branch, below = "└─ ", "   "
		}
		if depth == 0 {
			branch, below = "", ""
		}
		if e.fold != nil {
			v.row("", "", "", indent+branch+v.folded(e.fold))
			continue
		}
		v.process(e.process, indent+branch)
		v.below(e.process, indent+below, depth+1)
	}
}

func (v *view) below(p *process, indent string, depth int) {
	if len(p.children) > 0 && depth >= mostDepth {
		all := &fold{}
		for _, child := range p.children {
			all.total = all.total.with(v.totals[child.number])
		}
		v.row("", "", "", indent+"└─ "+fmt.Sprintf("… %s below%s", processes(all.total.processes), v.sums(all.total)))
		return
	}
	v.siblings(p.children, indent, depth)
}

func (v *view) process(p *process, prefix string) {
	outcome := p.outcome(v.cause)
	if outcome != "" {
		outcome = "  " + outcome
	}
	const columns, least = 31, 20
	room := v.width - columns - utf8.RuneCountInString(prefix) - utf8.RuneCountInString(outcome)
	text := prefix + cut(p.label(), max(room, least)) + outcome
	v.row(p.wall(v.last).show(report.Span), p.cpu().show(report.Span), p.memory().show(report.Size), text)
}

// outcome is how it ended in words; "" if there is nothing to say about it.
func (p *process) outcome(cause Cause) string {
	switch {
	case p.alive():
		return "still running"
	case p.how == jobobject.EventGone:
		return "end not seen"
	case p.how == jobobject.EventLeave && p.to != "":
		return "left the job to " + report.Printable(p.to)
	case p.how == jobobject.EventLeave:
		return "left the job"
	case p.fate == killed:
		return cause.Killed
	}
	ended := report.Ended(p.ending)
	switch {
	case p.fate == asked:
		return cause.Asked + ", " + ended
	case ended == "exit 0":
		return ""
	}
	return ended
}

func (v *view) folded(f *fold) string {
	text := fmt.Sprintf("… and %d more", f.count)
	if f.name != "" {
		text += " `" + report.Printable(f.name) + "`"
	}
	if f.total.processes > f.count {
		text += fmt.Sprintf(" with %d below them", f.total.processes-f.count)
	}
	return text + v.sums(f.total)
}

// sums is what processes come to that are not shown.
func (v *view) sums(t total) string {
	text := ", " + t.cpu.show(report.Span) + " CPU, peak memory " + t.memory.show(report.Size)
	if t.failed > 0 {
		text += fmt.Sprintf(", %d failed", t.failed)
	}
	if t.asked > 0 {
		text += fmt.Sprintf(", %d %s", t.asked, v.cause.Asked)
	}
	if t.killed > 0 {
		text += fmt.Sprintf(", %d %s", t.killed, v.cause.Killed)
	}
	return text
}

func (v *view) notes() []string {
	var notes []string
	if len(v.processes) == 0 {
		notes = append(notes, "no process was seen")
	} else {
		all := total{}
		for _, p := range v.processes {
			all = all.with(totalOf(p))
		}
		notes = append(notes, processes(all.processes)+v.sums(all))
	}
	if v.lost > 0 {
		notes = append(notes, fmt.Sprintf("events lost: %d; processes, times and ends may be missing here", v.lost))
	}
	if v.misses != "" {
		notes = append(notes, "told by "+v.means+": "+v.misses)
	}
	return notes
}

func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// cut shortens a text to that many signs.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	runes := []rune(text)
	return string(runes[:most-1]) + "…"
}
