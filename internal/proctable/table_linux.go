package proctable

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Identity is what tells a process from a later one that has the same number.
type Identity struct {
	Pid   int
	Start uint64 // in ticks since the machine was booted
}

// Process is a line of the table.
type Process struct {
	Identity
	Parent, Group, Session int // of the namespace of whoever reads
	// State is that of the first thread: R, S, D, T (stopped), t (traced), Z (dead, not
	// waited for) and so on.
	State   byte
	Threads int
	Comm    string
	// User and Kernel are what it has used itself, WaitedUser and WaitedKernel what
	// those had used that it has waited for, with all that these had waited for.
	User, Kernel, WaitedUser, WaitedKernel time.Duration
	Virtual                                uint64 // bytes
	Resident                               uint64 // bytes
}

// Dead tells whether no thread of it can run any more. One that only has lost its
// first thread is not dead, although its state is that of a zombie.
func (p *Process) Dead() bool {
	switch p.State {
	case 'X', 'x':
		return true
	case 'Z':
		return p.Threads <= 1 // the dead first thread is counted
	}
	return false
}

// Table is all processes by their numbers.
type Table map[int]Process

// Read reads the table of all processes that this one can see.
func Read() (Table, error) {
	table := Table{}
	err := walk(func(pid int, buffer []byte) error {
		if p, found := look(pid, buffer); found {
			table[pid] = p
		}
		return nil
	})
	return table, err
}

// Look reads the line of one process; found is false where there is none.
func Look(pid int) (p Process, found bool) {
	return look(pid, make([]byte, lineSize))
}

// Below are all descendants of the process, zombies too, the oldest first. The process
// itself is not among them.
func (t Table) Below(root int) []Process {
	below := []Process{}
	known := map[int]bool{root: true, 0: false}
	for pid, p := range t {
		if pid != root && t.isBelow(pid, known) {
			below = append(below, p)
		}
	}
	slices.SortFunc(below, func(a, b Process) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pid, b.Pid))
	})
	return below
}

// isBelow follows the parents to one that is known, and then knows all on the way.
func (t Table) isBelow(pid int, known map[int]bool) bool {
	var way []int
	answer, found := false, false
	for {
		if answer, found = known[pid]; found {
			break
		}
		p, listed := t[pid]
		if !listed || len(way) > len(t) { // a parent that is gone, or lines of different moments that make a circle
			answer = false
			break
		}
		way = append(way, pid)
		pid = p.Parent
	}
	for _, pid := range way {
		known[pid] = answer
	}
	return answer
}

// path is of a file of a process in /proc.
func path(pid int, file string) string { return "/proc/" + strconv.Itoa(pid) + "/" + file }
