package lineage

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject"
	"jobobject/internal/kernel"
)

// build is a shell that runs a compiler which crashes, leaves a daemon behind, and
// fails.
func build() *script {
	s := newScript()
	s.starts(100, 1, "/bin/sh", "-c", "make & wait")
	s.after(10*ms).birth(101, 100, "sh")
	s.after(ms).exec(101, "/usr/bin/make", "-j2")
	s.exec(101, "/usr/bin/gmake", "-j2") // one process, though it executed three programs
	s.after(ms).starts(102, 101, "cc", "-c", "a.c")
	s.starts(103, 101, "cc", "-c", "b.c")
	s.after(ms).birth(104, 103, "cc")
	s.after(100*ms).exits(104, code(0), 0, mib)
	s.exits(103, signaled(syscall.SIGSEGV), 90*ms, 70*mib)
	s.after(200*ms).exits(102, code(0), 300*ms, 64*mib)
	s.starts(105, 101, "server", "--port", "80")
	s.after(ms).exits(101, code(2), ms, 2*mib)
	s.starts(106, 105, "worker")
	s.exits(100, code(2), 2*ms, 3*mib)
	s.after(ms).happens(jobobject.EventTerminate)
	s.exits(106, signaled(syscall.SIGKILL), 0, mib)
	s.exits(105, signaled(syscall.SIGKILL), ms, mib)
	s.happens(jobobject.EventEmpty)
	return s
}

func TestTheTreeIsWhatItWas(t *testing.T) {
	const want = `
     WALL       CPU    MEMORY  PROCESS
    314ms       2ms   3.0 MiB  sh -c make & wait  exit 2
    304ms       1ms   2.0 MiB  └─ gmake -j2  exit 2
    301ms     300ms    64 MiB     ├─ cc -c a.c
    101ms      90ms    70 MiB     ├─ cc -c b.c  SIGSEGV
    100ms        0s   1.0 MiB     │  └─ (cc)
      2ms       1ms   1.0 MiB     └─ server --port 80  killed as a leftover
      1ms        0s   1.0 MiB        └─ worker  killed as a leftover
7 processes, 394ms CPU, peak memory 70 MiB, 3 failed, 2 killed as a leftover
`
	if diff := cmp.Diff(want, build().tree(t, 100)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestANumberThatIsUsedAgainIsAnotherProcess(t *testing.T) {
	s := newScript()
	s.starts(100, 1, "first")
	s.starts(101, 100, "child")
	s.after(ms).exits(100, code(0), ms, mib)
	s.after(ms).starts(102, 101, "grandchild") // of an orphan
	s.starts(100, 102, "second")
	s.starts(103, 100, "of the second")
	for _, pid := range []int{103, 100, 102, 101} {
		s.after(ms).exits(pid, code(0), ms, mib)
	}
	const want = `
     WALL       CPU    MEMORY  PROCESS
      1ms       1ms   1.0 MiB  first
      6ms       1ms   1.0 MiB  └─ child
      3ms       1ms   1.0 MiB     └─ grandchild
      2ms       1ms   1.0 MiB        └─ second
      1ms       1ms   1.0 MiB           └─ of the second
5 processes, 5ms CPU, peak memory 1.0 MiB
`
	if diff := cmp.Diff(want, s.tree(t, 100)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsNotKnownIsSaidSo(t *testing.T) {
	s := newScript()
	s.event(jobobject.Event{Kind: jobobject.EventBegin, Means: "sampler", Misses: "it misses much"})
	s.comes(jobobject.EventPresent, 50, 1, "old")
	s.starts(51, 50, "lives")
	s.birth(52, 50, "unseen")
	s.birth(53, 50, "no usage")
	s.birth(54, 50, "vanished")
	s.comes(jobobject.EventJoin, 55, 50, "guest")
	s.after(1500 * ms)
	s.event(jobobject.Event{Kind: jobobject.EventLost, Lost: 12})
	s.event(jobobject.Event{Kind: jobobject.EventGone, Process: s.ids[52]})
	s.event(jobobject.Event{Kind: jobobject.EventExit, Process: s.ids[53], Ending: &jobobject.Ending{UserTime: kernel.AtLeast(ms)}})
	s.birth(54, 51, "again") // nobody has told how the other one went
	s.event(jobobject.Event{Kind: jobobject.EventLeave, Process: s.ids[55], To: "/other\x1b"})
	s.event(jobobject.Event{Kind: jobobject.EventExit, Process: jobobject.ProcessID{Pid: 99, Start: 1}, Parent: 50, Command: "stranger"})
	const want = `
     WALL       CPU    MEMORY  PROCESS
    ≥1.5s         ?         ?  (old)  still running
    ≥1.5s         ?         ?  ├─ lives  still running
      ≥0s         ?         ?  │  └─ (again)  still running
        ?         ?         ?  ├─ (unseen)  end not seen
     1.5s      ≥1ms         ?  ├─ (no usage)  exit ?
        ?         ?         ?  ├─ (vanished)  end not seen
    ≥1.5s         ?         ?  ├─ (guest)  left the job to /other` + "\uFFFD" + `
      ≥0s         ?         ?  └─ (stranger)  exit ?
8 processes, ≥1ms CPU, peak memory ?
events lost: 12; processes, times and ends may be missing here
told by sampler: it misses much
`
	if diff := cmp.Diff(want, s.tree(t, 100)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhoIsPutBackIsThereOnce(t *testing.T) {
	s := newScript()
	s.starts(100, 1, "escapes")
	s.after(ms)
	s.event(jobobject.Event{Kind: jobobject.EventLeave, Process: s.ids[100], To: "/", Returned: true})
	s.event(jobobject.Event{Kind: jobobject.EventJoin, Process: s.ids[100], Parent: 1, Command: "escapes"})
	s.after(ms).exits(100, code(0), ms, mib)
	if got := s.tree(t, 100); !strings.Contains(got, "2ms       1ms   1.0 MiB  escapes\n1 process,") {
		t.Error(got)
	}
}

func TestWhoDoesAsAskedAndWhoHasToBeKilled(t *testing.T) {
	s := newScript()
	s.starts(100, 1, "main")
	s.starts(101, 100, "obeys")
	s.starts(102, 100, "earlier")
	s.starts(103, 100, "tidies up")
	s.starts(104, 100, "hangs")
	s.after(ms).exits(102, signaled(syscall.SIGTERM), 0, mib)
	s.story.Asked(syscall.SIGTERM)
	s.exits(101, signaled(syscall.SIGTERM), 0, mib)
	s.exits(103, code(0), 0, mib)
	s.happens(jobobject.EventTerminate)
	s.event(jobobject.Event{Kind: jobobject.EventExit, Process: s.ids[104]}) // seen by poor means
	s.exits(100, signaled(syscall.SIGKILL), 0, mib)
	s.happens(jobobject.EventEmpty)
	s.birth(105, 1, "later")
	s.exits(105, signaled(syscall.SIGKILL), 0, mib)

	got := s.tree(t, 100)
	for _, want := range []string{
		"─ obeys  ended by timeout, SIGTERM\n", "─ earlier  SIGTERM\n", "─ tidies up\n", "─ hangs  killed as a leftover\n",
		"  main  killed as a leftover\n", "  (later)  SIGKILL\n",
		"6 processes, ≥0s CPU, peak memory ≥1.0 MiB, 2 failed, 1 ended by timeout, 2 killed as a leftover\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not there: %q in%s", want, got)
		}
	}
}

func TestManyAlikeAreSummedUpAndTheTotalsAreRight(t *testing.T) {
	const many = 10_000
	s := newScript()
	s.starts(2, 1, "sh", "loop.sh")
	for i := range many {
		pid := 10 + i
		s.starts(pid, 2, "true")
		status := code(0)
		if i == 5000 || i >= many-1 {
			status = code(1)
		}
		s.after(time.Duration(i%7)*ms).exits(pid, status, ms+230*time.Microsecond, uint64(i%5+1)*mib)
	}
	s.exits(2, code(0), time.Second, mib)

	got := s.tree(t, 100)
	if lines := strings.Count(got, "\n"); lines != 15 {
		t.Errorf("%d lines:%s", lines, got)
	}
	const folded = "└─ … and 9990 more `true`, 12.29s CPU, peak memory 5.0 MiB\n"
	const all = "10001 processes, 13.3s CPU, peak memory 5.0 MiB, 2 failed\n"
	if !strings.Contains(got, folded) || !strings.HasSuffix(got, all) {
		t.Errorf("sums are wrong:%s", got)
	}
	if failures := strings.Count(got, "true  exit 1\n"); failures != 2 {
		t.Errorf("%d failures are shown:%s", failures, got)
	}
}

func TestSumsHaveAllThatIsBelow(t *testing.T) {
	s := newScript()
	s.starts(2, 1, "make")
	for i := range 30 {
		s.starts(100+2*i, 2, "cc")
		s.starts(101+2*i, 100+2*i, "as")
		s.after(ms).exits(101+2*i, code(3), ms, mib)
		s.exits(100+2*i, code(0), ms, mib)
	}
	s.exits(2, code(0), 0, mib)
	const want = "└─ … and 20 more `cc` with 20 below them, 40ms CPU, peak memory 1.0 MiB, 20 failed\n"
	if got := s.tree(t, 100); !strings.Contains(got, want) {
		t.Errorf("want %q in%s", want, got)
	}
}

func TestManyThatDifferAreLimitedAsWell(t *testing.T) {
	s := newScript()
	s.starts(2, 1, "sh")
	for i := range 1000 {
		s.starts(10+i, 2, fmt.Sprint("program", i))
		s.after(time.Duration(i)*ms).exits(10+i, code(0), ms, mib)
	}
	s.exits(2, code(0), 0, mib)
	got := s.tree(t, 100)
	if !strings.Contains(got, "─ program960\n") || strings.Contains(got, "─ program959\n") {
		t.Errorf("the longest are not what is shown:%s", got)
	}
	if !strings.Contains(got, "└─ … and 960 more, 960ms CPU, peak memory 1.0 MiB\n") {
		t.Errorf("the others are not summed up:%s", got)
	}
}

func TestADeepTreeIsCutWhereNobodyCouldReadIt(t *testing.T) {
	const deep = 10_000
	s := newScript()
	for i := range deep {
		s.starts(2+i, 1+i, "sh")
	}
	for i := deep - 1; i >= 0; i-- {
		s.exits(2+i, code(0), ms, mib)
	}
	got := s.tree(t, 100)
	if !strings.Contains(got, "└─ … 9976 processes below, 9.98s CPU, peak memory 1.0 MiB\n") {
		t.Errorf("the rest is not summed up:%s", got)
	}
}

func TestAKilledLeftoverIsShownHoweverManyThereAre(t *testing.T) {
	s := newScript()
	s.starts(2, 1, "make")
	for i := range 100 {
		s.starts(10+i, 2, "cc")
		if i == 50 {
			s.starts(5000, 10+i, "daemon")
		}
		s.exits(10+i, code(0), ms, mib)
	}
	s.exits(2, code(0), ms, mib)
	s.happens(jobobject.EventTerminate)
	s.exits(5000, signaled(syscall.SIGKILL), ms, mib)
	if got := s.tree(t, 100); !strings.Contains(got, "─ daemon  killed as a leftover\n") {
		t.Error(got)
	}
}

func TestLongLinesAreCutAndHowItEndedIsNot(t *testing.T) {
	s := newScript()
	s.starts(2, 1, "cc", strings.Repeat("-Wé", 100))
	s.exits(2, code(1), ms, mib)
	for _, width := range []int{60, 80, 200} {
		line := strings.Split(s.tree(t, width), "\n")[2]
		if got := len([]rune(line)); got != width || !strings.HasSuffix(line, "…  exit 1") {
			t.Errorf("%d signs, want %d: %q", got, width, line)
		}
	}
}

func TestOfNothingThereIsNoTree(t *testing.T) {
	if got, want := newScript().tree(t, 80), "\nno process was seen\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
