package proctree

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/member"
	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

// forker is a member that does what it is told, so that others are born in a tree that
// is there.
type forker struct {
	t     *testing.T
	g     *Group
	pid   int
	in    io.Writer
	lines *bufio.Scanner
}

func newForker(t *testing.T) *forker {
	t.Helper()
	g := newGroup(t)
	cmd := exec.Command("/bin/sh")
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	c, err := startIn(t, g, cmd)
	must(t, err)
	t.Cleanup(func() { in.Close() })
	f := &forker{t, g, c.Pid(), in, bufio.NewScanner(out)}
	f.do(":")
	f.onlyNumbers()
	return f
}

// do waits until the shell has done it.
func (f *forker) do(script string) (lines []string) {
	f.t.Helper()
	fmt.Fprintln(f.in, script+"\necho done")
	for f.lines.Scan() {
		if f.lines.Text() == "done" {
			return lines
		}
		lines = append(lines, f.lines.Text())
	}
	f.t.Fatalf("the shell is gone: %v", f.lines.Err())
	return nil
}

// onlyNumbers begins the register, and leaves it no look at all processes that numbers
// do not ask for.
func (f *forker) onlyNumbers() {
	f.t.Helper()
	if glanced := f.glanced(); !slices.Equal(glanced, []int{f.pid}) {
		f.t.Fatalf("members are %v, want %d", glanced, f.pid)
	}
	f.locked(func(r *register) {
		if !r.tells {
			f.t.Skip("nothing tells here which number was given last")
		}
		r.took, r.blind = time.Hour, time.Time{}
	})
}

func (f *forker) locked(do func(r *register)) {
	r := &f.g.groups.register
	r.mu.Lock()
	defer r.mu.Unlock()
	do(r)
}

func (f *forker) glanced() []int {
	f.t.Helper()
	pids, err := f.g.glance()
	must(f.t, err)
	return pids
}

// requireTheSame compares with a look at all processes.
func (f *forker) requireTheSame(what string) {
	f.t.Helper()
	var want, got []int
	testkit.Within(f.t, soon, what, func() bool { // while some come and go the looks may differ
		want, got = members(f.t, f.g), f.glanced()
		return slices.Equal(want, got)
	})
	f.locked(func(r *register) {
		if r.took != time.Hour && r.blind.IsZero() {
			f.t.Errorf("%s: all processes have been looked at", what)
		}
	})
}

// C02, C03, C04, C17: whatever they are.
func TestAGlanceSeesWhoeverIsBornWithoutLookingAtAllProcesses(t *testing.T) {
	testkit.NoLeaks(t)
	for _, verb := range []string{"tree 3 2", "daemonize", "dead-leader", "stop", "subreaper", "zombies 3", "thread-exec"} {
		f := newForker(t)
		f.do(testkit.Fixture(t) + " " + verb + " >/dev/null 2>&1 </dev/null &")
		testkit.Within(t, soon, "a birth of "+verb, func() bool { return len(f.glanced()) > 1 })
		f.requireTheSame(verb)
	}
}

func TestAGlanceSeesBirthsAndDeathsAfterALongQuiet(t *testing.T) {
	testkit.NoLeaks(t)
	f := newForker(t)
	groups := f.g.groups
	if _, _, err := lookThen(groups, f.g.Name()); err != nil {
		t.Fatal(err)
	}
	quiet := time.Now()
	for time.Since(quiet) < mostBirth+100*time.Millisecond {
		if groups.Stirred() {
			t.Error("somebody has come")
		}
		time.Sleep(4 * time.Millisecond)
	}
	pid := f.do("sleep 600 & echo $!")[0]
	testkit.Within(t, soon, "a birth", groups.Stirred)
	list, there, err := lookThen(groups, f.g.Name())
	if err != nil || !there || len(list) != 2 {
		t.Errorf("listed are %v, %v (%v)", list, there, err)
	}
	if groups.Stirred() {
		t.Error("somebody has come twice")
	}
	f.do("kill -9 " + pid + "; wait")
	f.requireTheSame("a death")
	if n := len(f.glanced()); n != 1 {
		t.Errorf("%d are there", n)
	}
}

func lookThen(groups *Groups, name string) (list map[int]string, there bool, err error) {
	members, err := groups.Look()
	if err != nil {
		return nil, false, err
	}
	list, there = members(name)
	return list, there, nil
}

func TestWhoHasEndedIsListedNoMore(t *testing.T) { // C17
	testkit.NoLeaks(t)
	f := newForker(t)
	f.do(testkit.Fixture(t) + " zombies 2 >/dev/null &")
	victim, err := strconv.Atoi(f.do("sleep 600 & echo $!")[0])
	must(t, err)
	testkit.Within(t, soon, "three that live and two that have died", func() bool {
		s, err := f.g.groups.glance()
		return err == nil && len(s.members(f.g)) == 3 && len(s.within(f.g)) == 5
	})
	f.locked(func(r *register) { // they have been there for a while
		for _, e := range r.known {
			e.found = e.found.Add(-time.Hour)
		}
	})
	must(t, syscall.Kill(victim, syscall.SIGKILL))
	testkit.Within(t, soon, "an end", func() bool { p, found := proctable.Look(victim); return !found || p.Dead() })
	f.g.groups.Ended(victim)
	list, _, err := lookThen(f.g.groups, f.g.Name())
	if _, listed := list[victim]; err != nil || listed || len(list) != 2 {
		t.Errorf("listed are %v (%v)", list, err)
	}
}

func TestAGlanceFollowsAForkStorm(t *testing.T) {
	testkit.NoLeaks(t)
	f := newForker(t)
	storm := strings.Repeat("(:) & ", 20)
	for range 20 {
		f.do(storm + "sleep 600 &")
		f.glanced()
	}
	f.requireTheSame("a storm")
	if n := len(f.glanced()); n < 21 {
		t.Errorf("only %d are there", n)
	}
}

// The numbers begin again, or were too many, or are not told.
func TestWhereNumbersDoNotTellAllProcessesAreLookedAt(t *testing.T) {
	testkit.NoLeaks(t)
	f := newForker(t)
	f.do("sleep 600 &")
	f.locked(func(r *register) {
		r.births.Close()
		r.births = &member.Numbering{}
	})
	if n := len(f.glanced()); n != 2 {
		t.Errorf("%d are there", n)
	}
	f.locked(func(r *register) {
		if time.Since(r.looked) > soon || time.Until(r.blind) < mostBirth/2 {
			t.Error("not all have been looked at, or not for long enough")
		}
	})
	f.do("sleep 600 &")
	testkit.Within(t, soon, "a birth", f.g.groups.Stirred)
}

// That they are more than can be asked for is like a number that is not known.
func TestTooManySuspectsAreNotAskedForOneByOne(t *testing.T) {
	testkit.NoLeaks(t)
	f := newForker(t)
	f.locked(func(r *register) {
		for number := range mostSuspects + 1 {
			r.suspects[1<<30+number] = &suspect{given: time.Now()}
		}
	})
	f.do("sleep 600 &")
	if n := len(f.glanced()); n != 2 {
		t.Errorf("%d are there", n)
	}
	f.locked(func(r *register) {
		if len(r.suspects) > mostSuspects {
			t.Errorf("%d are suspected", len(r.suspects))
		}
	})
}

func TestWhoHasTheNumberOfADeadMemberIsNotTakenForIt(t *testing.T) { // C20
	testkit.NoLeaks(t)
	f := newForker(t)
	stranger := testkit.FixtureCommand(t, "sleep")
	testkit.StartReady(t, stranger, nil)
	f.locked(func(r *register) {
		before := *r.known[f.pid]
		before.Start--
		r.known[f.pid] = &before
		dead := *r.known[f.pid]
		dead.Pid = stranger.Process.Pid
		r.known[dead.Pid] = &dead
		now := time.Now()
		if !r.find(f.pid, now) || !r.find(dead.Pid, now) || r.known[f.pid].Start != before.Start+1 {
			t.Error("the new one has not been found")
		}
		if r.known[dead.Pid] != nil {
			t.Error("a stranger is known as a member")
		}
		if !r.fresh {
			t.Error("nobody has come")
		}
	})
	if got := f.glanced(); !slices.Equal(got, []int{f.pid}) {
		t.Errorf("members are %v", got)
	}
}

func TestThreadsAndWhoIsNotBornYetAreNoProcesses(t *testing.T) {
	f := newForker(t)
	threads, err := os.ReadDir("/proc/self/task")
	must(t, err)
	f.locked(func(r *register) {
		for _, thread := range threads {
			var tid int
			_, _ = fmt.Sscan(thread.Name(), &tid)
			if !r.find(tid, time.Now()) || r.known[tid] != nil {
				t.Errorf("the thread %d is open, or a member", tid)
			}
		}
		if r.find(1<<30, time.Now()) {
			t.Error("nobody is settled")
		}
	})
}

func TestTheRegisterIsGoneWithTheLastTree(t *testing.T) {
	testkit.NoLeaks(t)
	f := newForker(t)
	must(t, f.g.End(soon, notStarting))
	must(t, f.g.WaitEmpty(t.Context()))
	testkit.Within(t, soon, "end of the register", func() (closed bool) {
		f.locked(func(r *register) { closed = r.births == nil && r.known == nil })
		return closed
	})
	if n := len(f.glanced()); n != 0 {
		t.Errorf("%d are there", n)
	}
}

func TestASuspectIsAskedForUntilItIsSettledOrASecondHasGoneBy(t *testing.T) {
	r := &register{suspects: map[int]*suspect{}}
	const nobody = 1 << 30
	began := time.Now()
	r.suspect([]int{nobody}, began)
	asked := 0
	for at := time.Duration(0); len(r.suspects) > 0 && at < 3*mostBirth; at += time.Millisecond {
		before := r.suspects[nobody].due
		r.visit(began.Add(at), false)
		if s := r.suspects[nobody]; s == nil || s.due != before {
			asked++
		}
		if at < mostBirth && r.suspects[nobody] == nil {
			t.Errorf("given up after %v", at)
		}
	}
	if len(r.suspects) > 0 || asked < 9 || asked > 12 {
		t.Errorf("asked for %d times, %d are left", asked, len(r.suspects))
	}
}
