package trace

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"jobobject/internal/trace/bpf"
)

// dispatch runs in the reader and passes a record on to whom it concerns.
func (s *kernelSource) dispatch(r *bpf.Record) {
	if r.Lost > s.lost {
		s.noteLosses()
	}
	switch r.Kind {
	case bpf.Move:
		s.dispatchMove(r)
		return
	case bpf.Member:
		if w := s.table.byGroup[r.Target]; w != nil {
			w.found(eventOf(r), r.Census)
		}
		return
	}
	list := s.table.holding(r.Watched)
	if len(list) == 0 {
		return
	}
	e := eventOf(r)
	for _, w := range list {
		switch r.Kind {
		case bpf.Exec:
			w.executed(e, w != s.table.changing)
		case bpf.Birth:
			if s.counted(w, r, len(list)) {
				w.born(e)
			}
		case bpf.Exit:
			if s.counted(w, r, len(list)) {
				w.exited(e)
			}
		}
	}
}

// counted tells whether the kernel has counted the record for the watch. It has
// for all but the one that begins or ends right now, and for that one only if
// the number is right.
func (s *kernelSource) counted(w *Watch, r *bpf.Record, all int) bool {
	return w != s.table.changing || int(r.Counted) == all
}

func (s *kernelSource) dispatchMove(r *bpf.Record) {
	from, to := s.table.holding(r.FromWatched), s.table.holding(r.Watched)
	var left []*Watch
	entered := len(to)
	for _, w := range from {
		if slices.Contains(to, w) {
			entered--
		} else {
			left = append(left, w)
		}
	}
	e := eventOf(r)
	for _, w := range left {
		if s.counted(w, r, len(left)+entered) {
			w.moved(e, true, false, true)
		}
	}
	for _, w := range to {
		was := slices.Contains(from, w)
		if was || s.counted(w, r, len(left)+entered) {
			w.moved(e, was, true, w != s.table.changing)
		}
	}
}

func eventOf(r *bpf.Record) Event {
	e := Event{
		Time:    time.Duration(r.Time),
		Process: Process{PID: int(r.PID), Start: time.Duration(r.Start)},
		Parent:  int(r.Parent),
		Command: string(r.Comm),
		Group:   r.Group,
		Nearest: r.Watched,
	}
	switch r.Kind {
	case bpf.Exec:
		e.Exec = programOf(r)
	case bpf.Exit:
		e.Exit = &Ending{
			Status: Status(r.Status), StatusKnown: true,
			Usage: usageOf(&r.Amounts, r.Marks), UsageKnown: true,
		}
	case bpf.Move:
		e.From = r.From
	}
	return e
}

// programOf makes one string of all, of which the others are parts.
func programOf(r *bpf.Record) *Program {
	args := bytes.TrimSuffix(r.Args, []byte{0})
	text := string(r.Path) + string(args)
	p := &Program{Path: text[:len(r.Path)], Cut: r.Marks&(bpf.PathCut|bpf.ArgsCut) != 0}
	if len(r.Args) > 0 {
		p.Args = strings.Split(text[len(r.Path):], "\x00")
	}
	return p
}

func usageOf(a *bpf.Amounts, marks bpf.Marks) Usage {
	return Usage{
		User: time.Duration(a.User), System: time.Duration(a.System),
		MinorFaults: a.MinorFaults, MajorFaults: a.MajorFaults,
		IO: IO{
			ReadCalls: a.ReadCalls, WriteCalls: a.WriteCalls,
			ReadBytes: a.ReadChars, WriteBytes: a.WriteChars,
			ReadDeviceBytes: a.ReadBytes, WriteDeviceBytes: a.WriteBytes,
		},
		PeakMemory: a.PeakMemory, PeakMemoryAtMost: marks&bpf.PeakAtMost != 0,
		PeakSpace: a.PeakSpace,
		AtLeast:   marks&bpf.UsageAtLeast != 0,
	}
}
