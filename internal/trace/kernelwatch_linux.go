package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"jobobject/internal/trace/bpf"
)

// How a watch of kernelSource begins and ends, and what it counts.

func (s *kernelSource) watch(w *Watch) error {
	s.change.Lock()
	defer s.change.Unlock()
	var failure error
	err := s.do(context.Background(), func() { failure = s.begin(w) })
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	if !w.beginning {
		return nil
	}
	if err := s.takeCensus(w); err != nil {
		_, stopErr := s.end(w)
		return errors.Join(err, stopErr)
	}
	return nil
}

// begin runs in the reader, so nothing is dispatched between the kernel's
// knowledge of the watch and the table's.
func (s *kernelSource) begin(w *Watch) error {
	if s.table.byGroup[w.group.id] != nil {
		return ErrWatched
	}
	if err := s.programs.Watch(w.group.id); err != nil {
		return err
	}
	empty, err := isEmpty(w.group.dir)
	if err != nil {
		_, stopErr := s.programs.Unwatch(w.group.id)
		return errors.Join(err, stopErr)
	}
	s.table.add(w)
	// In an empty group nobody can have been overlooked by a program that was
	// running just now.
	if w.beginning = !empty; w.beginning {
		s.table.changing = w
	}
	return nil
}

// isEmpty tells whether there is no process in the group or below it.
func isEmpty(dir string) (bool, error) {
	events, err := os.ReadFile(filepath.Join(dir, "cgroup.events"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // the root has none
	}
	if err != nil {
		return false, err
	}
	return strings.Contains(string(events), "populated 0"), nil
}

func (s *kernelSource) unwatch(w *Watch) (Totals, error) {
	s.change.Lock()
	defer s.change.Unlock()
	return s.end(w)
}

func (s *kernelSource) end(w *Watch) (Totals, error) {
	var totals bpf.Totals
	var failure error
	err := s.do(context.Background(), func() {
		s.table.changing = w
		totals, failure = s.programs.Unwatch(w.group.id)
	})
	err = errors.Join(err, failure, s.do(context.Background(), func() {
		s.table.tellLoss(w, totals)
		s.table.remove(w)
		s.table.changing = nil
	}))
	return w.join(totals), err
}

func (s *kernelSource) totals(w *Watch) (Totals, error) {
	totals, err := s.programs.Totals(w.group.id)
	if err != nil {
		return Totals{}, err
	}
	return w.join(totals), nil
}

func (s *kernelSource) used(w *Watch) (Used, error) {
	k, err := s.programs.Used(w.group.id)
	if err != nil {
		return Used{}, err
	}
	used := Used{
		Totals: w.join(k.Totals),
		Usage:  usageOf(&k.All, 0), UsageKnown: true,
		OthersPeakMemory: k.PeakMemoryAtMost,
	}
	used.Usage.AtLeast = !k.Sure || k.Partial > 0 || s.programs.Untracked() > 0
	return used, nil
}

// join adds to the kernel's totals what only the events tell.
func (w *Watch) join(k bpf.Totals) Totals {
	w.mu.Lock()
	defer w.mu.Unlock()
	present := w.counts.Present
	t := Totals{
		Present: present, Births: k.Births, Joins: k.Joins, Exits: k.Exits, Leaves: k.Leaves,
		Active:           uint64(max(0, int64(present)+k.Active)),
		PeakActive:       present + uint64(max(0, k.PeakActive)),
		Dead:             usageOf(&k.Dead, 0),
		OthersPeakMemory: k.PeakMemoryAtMost,
		LostInKernel:     k.Lost(),
		LostInQueue:      w.lostInQueue,
	}
	t.Dead.AtLeast = k.Partial > 0
	return t
}

// takeCensus has the kernel name all members, and runs while change is held. A
// ring that is full is emptied by the next request to the reader.
func (s *kernelSource) takeCensus(w *Watch) error {
	for attempt := 1; ; attempt++ {
		var number uint32
		if err := s.do(context.Background(), func() { number = w.beginCensus() }); err != nil {
			return err
		}
		complete, err := s.programs.Census(w.group.id, number)
		if err != nil {
			return err
		}
		if complete {
			return s.do(context.Background(), func() {
				w.endCensus()
				s.table.changing = nil
			})
		}
		if attempt == mostCensuses {
			return fmt.Errorf("a ring that overflows did not show all members of group %d in %d attempts", w.group.id, attempt)
		}
	}
}

const mostCensuses = 100

// noteLosses runs in the reader. It tells of each loss once, before what came
// after it.
func (s *kernelSource) noteLosses() {
	lost := s.programs.Lost()
	if lost == s.lost {
		return
	}
	s.lost = lost
	for w := range s.table.watches {
		totals, err := s.programs.Totals(w.group.id)
		if err == nil && s.table.tellLoss(w, totals) {
			s.recount(w)
		}
	}
}

// recount has a census taken, so that the receiver gets right again.
func (s *kernelSource) recount(w *Watch) {
	entry := s.table.watches[w]
	if entry == nil {
		return
	}
	if entry.recounting {
		entry.again = true
		return
	}
	entry.recounting = true
	s.recounts.Go(func() {
		s.change.Lock()
		defer s.change.Unlock()
		again := false
		// After a failure the next loss is a new occasion.
		_ = s.do(context.Background(), func() { entry.again = false })
		if w.ongoing() {
			_ = s.takeCensus(w)
		}
		_ = s.do(context.Background(), func() {
			entry.recounting, again = false, entry.again
			if again && w.ongoing() {
				s.recount(w)
			}
		})
	})
}

func (w *Watch) ongoing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.over
}
