package trace

import (
	"slices"

	"jobobject/internal/trace/bpf"
)

// table says who is told of what: to each watched group belong its own watch and
// those of the groups above it, the inner ones first.
type table struct {
	lists   map[uint64][]*Watch
	watches map[*Watch]*entry
	byGroup map[uint64]*Watch

	// changing is the watch that begins or ends: some records are older than
	// its beginning, or younger than its end.
	changing *Watch

	// retired are groups whose watch has ended. A program that was running
	// then may still call one the nearest.
	retired map[uint64][]uint64
	order   []uint64
}

type entry struct {
	lost              uint64 // told so far
	recounting, again bool
}

const mostRetired = 1024

func newTable() table {
	return table{
		lists: map[uint64][]*Watch{}, watches: map[*Watch]*entry{},
		byGroup: map[uint64]*Watch{}, retired: map[uint64][]uint64{},
	}
}

func (t *table) add(w *Watch) {
	t.watches[w] = &entry{}
	t.byGroup[w.group.id] = w
	delete(t.retired, w.group.id)
	t.relist(w.group.id)
}

func (t *table) remove(w *Watch) {
	delete(t.watches, w)
	delete(t.byGroup, w.group.id)
	delete(t.lists, w.group.id)
	t.relist(w.group.id)
	t.retired[w.group.id] = w.group.above
	t.order = append(t.order, w.group.id)
	if len(t.order) > mostRetired {
		delete(t.retired, t.order[0])
		t.order = t.order[1:]
	}
}

// relist makes the lists of that group and of those below it.
func (t *table) relist(group uint64) {
	for id, w := range t.byGroup {
		if id == group || slices.Contains(w.group.above, group) {
			t.lists[id] = t.listFor(append([]uint64{id}, w.group.above...))
		}
	}
}

func (t *table) listFor(groups []uint64) []*Watch {
	var list []*Watch
	for _, id := range groups {
		if w := t.byGroup[id]; w != nil {
			list = append(list, w)
		}
	}
	return list
}

// holding are the watches whose groups hold that one.
func (t *table) holding(nearest uint64) []*Watch {
	if list, watched := t.lists[nearest]; watched {
		return list
	}
	return t.listFor(t.retired[nearest])
}

// tellLoss tells the watch what the kernel has lost since the last time, if
// anything.
func (t *table) tellLoss(w *Watch, totals bpf.Totals) bool {
	e := t.watches[w]
	if e == nil || totals.Lost() <= e.lost {
		return false
	}
	w.lose(totals.Lost() - e.lost)
	e.lost = totals.Lost()
	return true
}
