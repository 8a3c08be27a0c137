package trace

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// lists is a listing that a test keeps.
type lists struct {
	mu     sync.Mutex
	groups map[int]string // by process
	ended  map[int]uint32
	rested int
}

func (l *lists) put(name string, pids ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pid := range pids {
		l.groups[pid] = name
	}
}

func (l *lists) Look() (func(name string) (map[int]string, bool), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := map[int]string{}
	for pid, name := range l.groups {
		if stat, err := readStat(pid); err == nil && !stat.over() {
			list[pid] = name
		}
	}
	return func(name string) (map[int]string, bool) {
		found := map[int]string{}
		for pid, innermost := range list {
			if innermost == name || strings.HasPrefix(innermost, name+"/") {
				found[pid] = innermost
			}
		}
		return found, name != "/gone"
	}, nil
}

func (l *lists) InnermostOf(pid int) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, there := l.groups[pid]
	return name, there
}

func (l *lists) Stirred() bool { return true }

func (l *lists) Ended(int) {}

func (l *lists) HowEnded(pid int) (uint32, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	status, known := l.ended[pid]
	return status, known
}

func (l *lists) Rest() { l.rested++ }

func (l *lists) Misses() string { return "it misses what this test does not have" }

func TestASamplerTellsOfGroupsThatAreNoCgroups(t *testing.T) {
	testkit.NoLeaks(t)
	l := &lists{groups: map[int]string{}, ended: map[int]uint32{}}
	tracer, err := OpenListing(l)
	if err != nil {
		t.Fatal(err)
	}
	if tracer.Means() != Sampler || !strings.Contains(tracer.Misses(), l.Misses()) {
		t.Errorf("%s misses %s", tracer.Means(), tracer.Misses())
	}
	if _, err := tracer.Watch("/gone", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a group that is not there is watched: %v", err)
	}
	old := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, old, nil)
	l.put("/outer", old.Process.Pid)
	outer, inner := watchOf(t, tracer, "/outer"), watchOf(t, tracer, "/outer/inner")
	if story := about(old.Process.Pid, outer.flushed()); story != "present" {
		t.Errorf("who was there is told as %q", story)
	}
	// One that is found late was born there all the same: nobody can come in another way.
	late := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, late, nil)
	l.put("/outer/inner", late.Process.Pid)
	inner.untilTold(late.Process.Pid, "birth")
	outer.untilTold(late.Process.Pid, "birth")

	_ = old.Process.Kill()
	outer.untilTold(old.Process.Pid, "present exit")
	_ = late.Process.Kill()
	inner.untilTold(late.Process.Pid, "birth exit")
	outer.untilTold(late.Process.Pid, "birth exit")
	if exit := slices.IndexFunc(inner.end(), func(e Event) bool {
		return e.Kind == Exit && e.Process.PID == late.Process.Pid && e.Exit.StatusKnown && e.Exit.Status.Signal() == syscall.SIGKILL
	}); exit < 0 {
		t.Errorf("how it ended is not told:\n%s", text(inner.events))
	}
	outer.end()
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
	if l.rested != 1 {
		t.Errorf("the listing was let go %d times", l.rested)
	}
}

func TestHowAProcessEndedIsAskedForOnlyWhereTheKernelDoesNotTell(t *testing.T) {
	testkit.NoLeaks(t)
	l := &lists{groups: map[int]string{}, ended: map[int]uint32{}}
	s := &samplerSource{ground: listed{l}, watches: map[*Watch]*sample{}, ends: map[int32]heldMember{}}
	w := &Watch{group: group{dir: "/g", id: 1}, queue: NewQueue(16), source: s}
	taken := &sample{source: s, watch: w, members: map[int]*sampled{}}
	const nobody = 1 << 30
	taken.members[nobody] = &sampled{process: Process{PID: nobody}, pidfd: -1}
	l.ended[nobody] = 7 << 8
	taken.ended(nobody)
	for e := range w.queue.All(t.Context()) {
		if e.Kind == Exit {
			if !e.Exit.StatusKnown || e.Exit.Status.Code() != 7 {
				t.Errorf("told as %s", text([]Event{e}))
			}
			return
		}
	}
}

// quiet is a listing that tells of births, and counts how often it is looked at.
type quiet struct {
	lists
	stirred, looks, told int
}

func (q *quiet) Look() (func(name string) (map[int]string, bool), error) {
	q.mu.Lock()
	q.looks++
	q.stirred = 0
	q.mu.Unlock()
	return q.lists.Look()
}

func (q *quiet) Stirred() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stirred > 0
}

func (q *quiet) Ended(int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.told++
}

func (q *quiet) counts() (looks, told int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.looks, q.told
}

// With descriptors or without, for which there may be no room.
func TestWhileNobodyComesAListingIsNotLookedAt(t *testing.T) {
	for _, most := range []int{1 << 10, 0} {
		testkit.NoLeaks(t)
		q := &quiet{lists: lists{groups: map[int]string{}, ended: map[int]uint32{}}}
		tracer, err := OpenListing(q)
		if err != nil {
			t.Fatal(err)
		}
		cmd := testkit.FixtureCommand(t, "dead-leader")
		testkit.StartReady(t, cmd, nil)
		w := watchOf(t, tracer, "/g")
		source := tracer.source.(*samplerSource)
		if err := source.do(t.Context(), func() { source.most = most }); err != nil {
			t.Fatal(err)
		}
		before, _ := q.counts()
		q.put("/g", cmd.Process.Pid)
		q.mu.Lock()
		q.stirred++
		q.mu.Unlock()
		w.untilTold(cmd.Process.Pid, "birth")
		time.Sleep(10 * samplePeriod) // in which it might look
		if looks, _ := q.counts(); looks != before+1 {
			t.Errorf("looked %d times for one birth", looks-before)
		}
		_ = cmd.Process.Kill()
		w.untilTold(cmd.Process.Pid, "birth exit")
		if looks, told := q.counts(); looks != before+1 || told != 1 {
			t.Errorf("looked %d times in all; the listing was told of %d ends", looks-before, told)
		}
		w.end()
		if err := tracer.Close(); err != nil {
			t.Error(err)
		}
	}
}
