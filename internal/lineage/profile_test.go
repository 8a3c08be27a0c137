package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject"
)

// decoded is a trace as a viewer reads it.
type decoded struct {
	DisplayTimeUnit string
	OtherData       map[string]any
	TraceEvents     []struct {
		Name, Cat, Ph, S string
		Ts               *float64
		Dur              *float64
		Pid, Tid         *int
		Args             map[string]any
	}
}

func profile(t *testing.T, s *script) decoded {
	t.Helper()
	var out bytes.Buffer
	if err := s.story.WriteProfile(&out, []string{"make", "-j2"}, Cause{Killed: "killed as a leftover"}); err != nil {
		t.Fatal(err)
	}
	var trace decoded
	if err := json.Unmarshal(out.Bytes(), &trace); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	requireRules(t, trace)
	return trace
}

// requireRules checks what the format asks of events: which fields each phase has,
// and that slices of the same thread are apart or within each other. A viewer
// takes the order in the file for that of slices that begin at the same time.
func requireRules(t *testing.T, trace decoded) {
	t.Helper()
	open := map[int][]float64{}
	last := 0.0
	for i, e := range trace.TraceEvents {
		if e.Name == "" || e.Pid == nil || e.Tid == nil || e.Ts == nil {
			t.Fatalf("event %d lacks what every event has: %+v", i, e)
		}
		switch e.Ph {
		case "M":
			if _, named := e.Args["name"]; !named && e.Name != "thread_sort_index" {
				t.Errorf("metadata without a value: %+v", e)
			}
		case "i":
			if !slices.Contains([]string{"g", "p", "t"}, e.S) {
				t.Errorf("an instant of the scope %q", e.S)
			}
		case "X":
			if e.Dur == nil || *e.Dur < 0 || *e.Ts < last {
				t.Fatalf("a slice of %v at %v after %v", e.Dur, *e.Ts, last)
			}
			last = *e.Ts
			stack, end := open[*e.Tid], *e.Ts+*e.Dur
			for len(stack) > 0 && stack[len(stack)-1] <= *e.Ts {
				stack = stack[:len(stack)-1]
			}
			if len(stack) > 0 && end > stack[len(stack)-1] {
				t.Fatalf("slice %q from %v to %v ends after the one around it, at %v", e.Name, *e.Ts, end, stack[len(stack)-1])
			}
			open[*e.Tid] = append(stack, end)
		default:
			t.Errorf("unknown phase %q", e.Ph)
		}
	}
}

// row is a slice on one line: when, how long, in which lane.
func rows(trace decoded) (rows []string) {
	for _, e := range trace.TraceEvents {
		if e.Ph == "X" {
			rows = append(rows, fmt.Sprintf("lane %d: %s %g+%g, %v", *e.Tid, e.Name, *e.Ts/1000, *e.Dur/1000, e.Args["outcome"]))
		}
	}
	return rows
}

func TestAProfileShowsChildrenBelowTheirParentsInLanes(t *testing.T) {
	trace := profile(t, build())
	want := []string{
		"lane 1: sh 0+314, exit 2",
		"lane 1: gmake 10+304, exit 2",
		"lane 1: cc 12+301, exit 0",
		"lane 2: cc 12+101, SIGSEGV", // at the same time as its sibling
		"lane 2: cc 13+100, exit 0",
		"lane 2: server 313+2, killed as a leftover", // outlives its parent
		"lane 2: worker 314+1, killed as a leftover",
	}
	if diff := cmp.Diff(want, rows(trace)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, e := range trace.TraceEvents {
		if e.Ph == "X" && e.Name == "cc" && e.Args["outcome"] == "SIGSEGV" {
			want := map[string]any{
				"pid": 103.0, "parent": 101.0, "command": "cc -c b.c", "outcome": "SIGSEGV",
				"status":       map[string]any{"exit_code": 139.0, "signal": "SIGSEGV", "core_dumped": false},
				"user_seconds": 0.09, "system_seconds": 0.0, "peak_memory_bytes": 70.0 * mib, "peak_address_space_bytes": nil,
				"page_faults": nil, "read_ops": nil, "write_ops": nil, "read_bytes": nil, "write_bytes": nil,
			}
			if diff := cmp.Diff(want, e.Args); diff != "" {
				t.Errorf("arguments: -want +got:\n%s", diff)
			}
		}
	}
}

func TestAProfileSaysWhatIsMissingAndWhatHappenedToAll(t *testing.T) {
	s := newScript()
	s.event(jobobject.Event{Kind: jobobject.EventBegin, Means: "sampler", Misses: "much"})
	s.starts(2, 1, "true")
	s.after(ms).happens(jobobject.EventFreeze)
	s.event(jobobject.Event{Kind: jobobject.EventLost, Lost: 3})
	s.after(ms).happens(jobobject.EventThaw)
	trace := profile(t, s)
	var instants []string
	for _, e := range trace.TraceEvents {
		if e.Ph == "i" {
			instants = append(instants, fmt.Sprint(e.Name, " at ", *e.Ts))
		}
	}
	if diff := cmp.Diff([]string{"freeze at 1000", "events lost: 3 at 1000", "thaw at 2000"}, instants); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := trace.OtherData; got["misses"] != "much" || got["lost"] != 3.0 || got["means"] != "sampler" {
		t.Errorf("it says of itself: %v", got)
	}
	if diff := cmp.Diff([]string{"lane 1: true 0+2, still running"}, rows(trace)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAProfileOfNothingCanBeRead(t *testing.T) {
	var never Story
	var out bytes.Buffer
	if err := never.WriteProfile(&out, nil, Cause{}); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("%v: %s", err, out.Bytes())
	}
}

// Whatever a tree does, the rules of the format hold, and a slice is in the lane of
// its parent only below that.
func TestSlicesOfAnyTreeNestInTheirLanes(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := newScript()
		live := []int{2}
		s.starts(2, 1, "init")
		for pid := 3; pid < 150; pid++ {
			s.after(time.Duration(random.IntN(3)) * 700 * time.Nanosecond)
			if i := random.IntN(len(live)); random.IntN(3) == 0 && len(live) > 1 {
				s.exits(live[i], code(0), 0, mib)
				live = slices.Delete(live, i, i+1)
			} else {
				s.starts(pid, live[i], "child")
				live = append(live, pid)
			}
		}
		trace := profile(t, s)
		if got := len(rows(trace)); got != len(s.story.processes) {
			t.Fatalf("seed %d: %d slices of %d processes", seed, got, len(s.story.processes))
		}
		requireParentsAbove(t, &s.story)
	}
}

// requireParentsAbove checks that the innermost slice around another one in its
// lane is its parent.
func requireParentsAbove(t *testing.T, s *Story) {
	t.Helper()
	all := s.slices()
	place(all)
	for i := range all {
		for j := i - 1; j >= 0; j-- {
			if all[j].lane != all[i].lane || all[j].end <= all[i].begin {
				continue
			}
			if all[j].process != all[i].process.parent {
				t.Fatalf("%d is shown below %d", all[i].process.id.Pid, all[j].process.id.Pid)
			}
			break
		}
	}
}
