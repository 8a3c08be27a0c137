package lineage

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// slice is the time of a process in the profile, in whole microseconds since the
// story has begun: rounded, the time of a child still lies within its parent's.
type slice struct {
	process    *process
	begin, end int64
	lane       int
}

// slices are in the order of their begin, parents first.
func (s *Story) slices() []slice {
	all := make([]slice, len(s.processes))
	for i, p := range s.processes {
		end := s.last
		if !p.alive() {
			end = p.went
		}
		begin := s.micros(p.came)
		all[i] = slice{process: p, begin: begin, end: max(s.micros(end), begin)}
	}
	slices.SortStableFunc(all, func(a, b slice) int { return cmp.Compare(a.begin, b.begin) })
	return all
}

func (s *Story) micros(t time.Time) int64 { return int64(t.Sub(s.begun) / time.Microsecond) }

// lanes are the rows of the profile. In a row one slice stands below another only
// if that is its parent, and lies within it; a viewer shows rows as stacks. What
// does not fit there, because it runs at the same time as a sibling or outlives
// its parent, begins in the first row that is free.
type lanes struct {
	open   [][]*slice // of each lane the slices that have not ended, the inner ones last
	placed map[*process]*slice
	free   intHeap
	busy   endHeap
}

// place chooses the lane of each slice, and returns how many there are.
func place(all []slice) int {
	l := &lanes{placed: map[*process]*slice{}}
	for i := range all {
		l.put(&all[i])
	}
	return len(l.open)
}

func (l *lanes) put(s *slice) {
	l.placed[s.process] = s
	if parent := l.placed[s.process.parent]; parent != nil && l.fits(s, parent) {
		s.lane = parent.lane
		l.open[s.lane] = append(l.open[s.lane], s)
		return
	}
	for len(l.busy) > 0 && l.busy[0].end <= s.begin {
		lane := heap.Pop(&l.busy).(*slice).lane
		l.open[lane] = nil
		heap.Push(&l.free, lane)
	}
	if len(l.free) == 0 {
		heap.Push(&l.free, len(l.open))
		l.open = append(l.open, nil)
	}
	s.lane = heap.Pop(&l.free).(int)
	l.open[s.lane] = []*slice{s}
	heap.Push(&l.busy, s)
}

// fits tells whether the parent is what is open in its lane at that time.
func (l *lanes) fits(s, parent *slice) bool {
	if s.end > parent.end || s.begin >= parent.end {
		return false
	}
	open := l.open[parent.lane]
	for len(open) > 0 && open[len(open)-1].end <= s.begin {
		open = open[:len(open)-1]
	}
	l.open[parent.lane] = open
	return len(open) > 0 && open[len(open)-1] == parent
}

// intHeap has the lowest number first.
type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// endHeap has what ends first first.
type endHeap []*slice

func (h endHeap) Len() int           { return len(h) }
func (h endHeap) Less(i, j int) bool { return h[i].end < h[j].end }
func (h endHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *endHeap) Push(x any)        { *h = append(*h, x.(*slice)) }
func (h *endHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
