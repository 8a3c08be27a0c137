package guard

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

const soon = 10 * time.Second

// guards are the guard processes of this one.
func guards() []int {
	var pids []int
	own, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range own {
		content, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(content)) {
			line, _ := os.ReadFile("/proc/" + field + "/cmdline")
			if pid, err := strconv.Atoi(field); err == nil && strings.HasPrefix(string(line), processName+"\x00") {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func theGuard(t *testing.T) int {
	t.Helper()
	testkit.Within(t, soon, "exactly one guard", func() bool { return len(guards()) == 1 })
	return guards()[0]
}

func noGuard(t *testing.T) {
	t.Helper()
	testkit.Within(t, soon, "no guard is left", func() bool { return len(guards()) == 0 })
}

func TestAGuardIsThereAsLongAsSomethingIsWatched(t *testing.T) {
	testkit.NoLeaks(t)
	g := &Guard{Home: testkit.OwnGroup(t)}
	noGuard(t)
	for _, dir := range []string{"/nowhere/a", "/nowhere/b"} {
		if err := g.Watch(dir); err != nil {
			t.Fatal(err)
		}
	}
	pid := theGuard(t)
	g.Forget("/nowhere/a")
	g.Forget("/nowhere/neverwatched")
	if again := theGuard(t); again != pid {
		t.Errorf("guard %d became %d", pid, again)
	}
	g.Forget("/nowhere/b")
	noGuard(t)
}

func TestAGuardHoldsNothingOfItsParentButThePipe(t *testing.T) {
	testkit.NoLeaks(t)
	// A descriptor that is not closed on exec, as a careless parent passes it on.
	inherited, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	g := &Guard{}
	if err := g.Watch("/nowhere"); err != nil {
		t.Fatal(err)
	}
	defer noGuard(t)
	defer g.Forget("/nowhere")
	pid := theGuard(t)
	want := map[string]string{"0": os.DevNull, "1": os.DevNull, "2": os.DevNull, "3": "pipe"}
	testkit.Within(t, soon, "descriptors are the standard ones and the pipe", func() bool {
		return maps.Equal(want, foreignFDs(pid))
	})
	for name, want := range map[string]string{"cwd": "/", "exe": ownBinary(t)} {
		if got, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/" + name); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", name, got, err, want)
		}
	}
	sid, err := syscall.Getpgid(pid)
	if err != nil || sid != pid {
		t.Errorf("it is in process group %d (%v), not in its own", sid, err)
	}
}

func ownBinary(t *testing.T) string {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// foreignFDs leaves out what the guard's own runtime and pidfd need.
func foreignFDs(pid int) map[string]string {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	entries, _ := os.ReadDir(dir)
	fds := map[string]string{}
	for _, entry := range entries {
		target, _ := os.Readlink(filepath.Join(dir, entry.Name()))
		if strings.HasPrefix(target, "anon_inode:") {
			continue
		}
		target, _, _ = strings.Cut(target, ":")
		fds[entry.Name()] = target
	}
	return fds
}

func TestAGuardIgnoresWhatEndsPrograms(t *testing.T) {
	testkit.NoLeaks(t)
	g := &Guard{}
	if err := g.Watch("/nowhere"); err != nil {
		t.Fatal(err)
	}
	defer noGuard(t)
	defer g.Forget("/nowhere")
	pid := theGuard(t)
	const ends = 1<<(syscall.SIGHUP-1) | 1<<(syscall.SIGINT-1) | 1<<(syscall.SIGQUIT-1) | 1<<(syscall.SIGTERM-1)
	testkit.Within(t, soon, "the signals are ignored", func() bool { return ignored(pid)&ends == ends })
}

func ignored(pid int) uint64 {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "SigIgn:"); found {
			mask, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			return mask
		}
	}
	return 0
}

func TestAGuardThatIsKilledIsReplaced(t *testing.T) {
	testkit.NoLeaks(t)
	g := &Guard{Home: testkit.OwnGroup(t)}
	if err := g.Watch("/nowhere/a"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		pid := theGuard(t)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		testkit.Within(t, soon, "another guard", func() bool { return len(guards()) == 1 && !slices.Contains(guards(), pid) })
		// Whoever comes to watch something before the death is noticed is served.
		if err := g.Watch("/nowhere/b"); err != nil {
			t.Fatal(err)
		}
	}
	g.Forget("/nowhere/a")
	g.Forget("/nowhere/b")
	noGuard(t)
}

func TestAProgramThatOnlyHasTheNameIsNoGuard(t *testing.T) {
	cmd := exec.Command(ownBinary(t), "-test.run=^$")
	cmd.Args[0] = processName
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("it did not run as the program that it is: %v\n%s", err, out)
	}
}

func FuzzMessagesAreUnderstood(f *testing.F) {
	f.Add("/a/jobobject-x", true)
	f.Add("", false)
	f.Fuzz(func(t *testing.T, dir string, forget bool) {
		if strings.Contains(dir, "\n") {
			t.Skip("no cgroup has such a name")
		}
		groups := map[string]bool{}
		note(groups, strings.TrimSuffix(message('+', dir), "\n"))
		if !groups[dir] {
			t.Fatalf("%q is not watched", dir)
		}
		if forget {
			note(groups, strings.TrimSuffix(message('-', dir), "\n"))
		}
		note(groups, "")
		note(groups, "?"+dir)
		if groups[dir] == forget {
			t.Errorf("%q is watched: %v", dir, groups[dir])
		}
	})
}
