package proctable

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == rootVerb {
		beRoot(os.Args[2:])
	}
	if len(os.Args) == 3 && (os.Args[1] == endVerb || os.Args[1] == endParentVerb) {
		play(os.Args[1], os.Args[2])
	}
	os.Exit(testkit.Main(m))
}

const soon = 10 * time.Second

const line = "%d (%s) S 1 2 3 34816 -1 4194560 1 2 3 4 150 25 1 2 20 0 7 0 9876543 4096000 17 18446744073709551615 1 1 0\n"

func TestALineIsReadWhateverTheProcessCallsItself(t *testing.T) {
	for _, name := range []string{"sh", "", "a b", ") S 1 (", "()", "new\nline", "1 (x) R 2"} {
		text := strings.Replace(strings.Replace(line, "%d", "4711", 1), "%s", name, 1)
		got, ok := parse([]byte(text))
		want := Process{
			Identity: Identity{4711, 9876543}, Parent: 1, Group: 2, Session: 3, State: 'S', Threads: 7, Comm: name,
			User: 1500 * time.Millisecond, Kernel: 250 * time.Millisecond,
			WaitedUser: 10 * time.Millisecond, WaitedKernel: 20 * time.Millisecond,
			Virtual: 4096000, Resident: 17 * uint64(os.Getpagesize()),
		}
		if !ok || got != want {
			t.Errorf("%q: %+v, %v", name, got, ok)
		}
	}
}

func FuzzAnyLineIsReadOrRefused(f *testing.F) {
	f.Add([]byte(line))
	f.Add([]byte("1 (x) S"))
	f.Add([]byte("(x) S 1"))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = parse(text) })
}

func TestTheTableHasThisProcessBelowItsParent(t *testing.T) {
	table, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	own := table[os.Getpid()]
	if own.Parent != os.Getppid() || own.Dead() || own.Start == 0 || own.Resident == 0 {
		t.Errorf("%+v", own)
	}
	if again, found := Look(os.Getpid()); !found || again.Identity != own.Identity {
		t.Errorf("%+v, %v", again, found)
	}
	if !slices.ContainsFunc(table.Below(own.Parent), func(p Process) bool { return p.Identity == own.Identity }) {
		t.Error("not below its parent")
	}
}

func TestDescendantsAreFoundByTheirParentsTheOldestFirst(t *testing.T) {
	table := Table{}
	for pid, p := range map[int]struct{ parent, start int }{
		1: {0, 1}, 10: {1, 5}, 11: {10, 9}, 12: {11, 7}, 13: {12, 7},
		20: {1, 6},               // another one's
		30: {99, 8},              // an orphan whose parent is gone from the table
		40: {41, 8}, 41: {40, 8}, // lines of different moments
	} {
		table[pid] = Process{Identity: Identity{pid, uint64(p.start)}, Parent: p.parent}
	}
	var got []int
	for _, p := range table.Below(10) {
		got = append(got, p.Pid)
	}
	if want := []int{12, 13, 11}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if below := table.Below(99); len(below) != 1 || below[0].Pid != 30 {
		t.Errorf("below a root that is not in the table: %v", below)
	}
}

func TestADeadLeaderWithLiveThreadsIsNotDeadAndAZombieIs(t *testing.T) { // C04, C17
	testkit.NoLeaks(t)
	for verb, dead := range map[string]bool{"dead-leader": false, "zombies": true} {
		cmd := testkit.FixtureCommand(t, verb)
		if verb == "zombies" {
			cmd.Args = append(cmd.Args, "3")
		}
		testkit.StartReady(t, cmd, nil)
		table, err := Read()
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, p := range append(table.Below(cmd.Process.Pid), table[cmd.Process.Pid]) {
			if p.State == 'Z' {
				checked++
				if p.Dead() != dead {
					t.Errorf("%s: %+v", verb, p)
				}
			}
		}
		if checked == 0 {
			t.Errorf("%s: nobody is in state Z", verb)
		}
	}
}
