package lineage

import (
	"cmp"
	"slices"
)

// What is shown of children of the same parent: enough to see what they are, and
// no more than can be read.
const (
	mostAlike = 10 // of the same program
	mostAll   = 40
	mostDepth = 24 // below that there are only sums
)

// entry is what is shown of siblings: one process, or a number of them together.
type entry struct {
	process *process
	fold    *fold
}

// fold is a number of siblings, with all below them.
type fold struct {
	count int
	name  string // of their program; "" where they differ
	total total
}

// arrange chooses what is shown of siblings. What somebody would look for stays:
// who ended badly, then who took longest. The others are folded, those that run
// the same program together, and come behind the last of these that is shown.
func (v *view) arrange(siblings []*process) []entry {
	byName := map[string][]*process{}
	for _, p := range siblings {
		byName[p.name()] = append(byName[p.name()], p)
	}
	shown := map[*process]bool{}
	folds := map[string]*fold{}
	for name, alike := range byName {
		kept := v.best(alike, mostAlike)
		add(shown, kept)
		if rest := v.fold(alike, shown); rest.count > 0 {
			rest.name = name
			folds[name] = rest
		}
	}
	return v.limit(v.inOrder(siblings, shown, folds))
}

// best are the ones to show, in no order. A fold of one would take as much room as
// the process.
func (v *view) best(of []*process, most int) []*process {
	if len(of) <= most+1 {
		return of
	}
	ranked := slices.Clone(of)
	slices.SortStableFunc(ranked, func(a, b *process) int {
		return cmp.Or(v.rank(a)-v.rank(b), cmp.Compare(b.wall(v.last).value, a.wall(v.last).value))
	})
	return ranked[:most]
}

func (v *view) rank(p *process) int {
	switch {
	case v.totals[p.number].killed > 0:
		return 0
	case p.noteworthy():
		return 1
	}
	return 2
}

// fold sums up those that are not shown.
func (v *view) fold(of []*process, shown map[*process]bool) *fold {
	f := &fold{}
	for _, p := range of {
		if !shown[p] {
			f.count++
			f.total = f.total.with(v.totals[p.number])
		}
	}
	return f
}

func (v *view) inOrder(siblings []*process, shown map[*process]bool, folds map[string]*fold) []entry {
	last := map[string]*process{}
	for _, p := range siblings {
		if shown[p] {
			last[p.name()] = p
		}
	}
	var entries []entry
	for _, p := range siblings {
		if !shown[p] {
			continue
		}
		entries = append(entries, entry{process: p})
		if f := folds[p.name()]; f != nil && last[p.name()] == p {
			entries = append(entries, entry{fold: f})
		}
	}
	return entries
}

// limit folds what is too much although it differs.
func (v *view) limit(entries []entry) []entry {
	if len(entries) <= mostAll+1 {
		return entries
	}
	var processes []*process
	for _, e := range entries {
		if e.process != nil {
			processes = append(processes, e.process)
		}
	}
	shown := map[*process]bool{}
	add(shown, v.best(processes, mostAll))
	var kept []entry
	rest := &fold{}
	for _, e := range entries {
		switch {
		case e.fold != nil:
			rest.count += e.fold.count
			rest.total = rest.total.with(e.fold.total)
		case shown[e.process]:
			kept = append(kept, e)
		default:
			rest.count++
			rest.total = rest.total.with(v.totals[e.process.number])
		}
	}
	return append(kept, entry{fold: rest})
}

func add(set map[*process]bool, processes []*process) {
	for _, p := range processes {
		set[p] = true
	}
}
