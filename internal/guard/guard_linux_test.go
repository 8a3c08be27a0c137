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

	"jobobject/internal/guard/sentry"
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
	g := &Guard{}
	g.LiveIn(testkit.OwnGroup(t))
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

func TestAGuardHoldsNothingOfItsParentButWhatItNeeds(t *testing.T) {
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
	want := map[string]string{
		"0": os.DevNull, "1": os.DevNull, "2": os.DevNull,
		"3": "anon_inode:[pidfd]", "4": "/memfd:jobobject-guarded (deleted)", "5": ownBinary(t),
	}
	program := "/memfd:" + processName
	if len(sentry.Program) == 0 { // it has become what a sentry would yet have to execute
		program = ownBinary(t)
		delete(want, "5")
	}
	testkit.Within(t, soon, "descriptors are the standard ones and its own", func() bool {
		return maps.Equal(want, fdsOf(pid))
	})
	if cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd"); err != nil || cwd != "/" {
		t.Errorf("its directory is %s (%v)", cwd, err)
	}
	if exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe"); err != nil || !strings.HasPrefix(exe, program) {
		t.Errorf("it is %s (%v), not %s", exe, err, program)
	}
	if comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); err != nil || string(comm) != processName+"\n" {
		t.Errorf("its name is %q (%v)", comm, err)
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

func fdsOf(pid int) map[string]string {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	entries, _ := os.ReadDir(dir)
	fds := map[string]string{}
	for _, entry := range entries {
		fds[entry.Name()], _ = os.Readlink(filepath.Join(dir, entry.Name()))
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
	testkit.Within(t, soon, "the signals do nothing", func() bool { return deafTo(pid)&ends == ends })
}

// deafTo are the signals that a process blocks, as a sentry does, or ignores.
func deafTo(pid int) (signals uint64) {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if name, value, _ := strings.Cut(line, ":"); name == "SigBlk" || name == "SigIgn" {
			mask, _ := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			signals |= mask
		}
	}
	return signals
}

func TestAGuardThatIsKilledIsReplaced(t *testing.T) {
	testkit.NoLeaks(t)
	g := &Guard{}
	g.LiveIn(testkit.OwnGroup(t))
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

func TestWithoutASentryTheProgramItselfIsTheGuard(t *testing.T) {
	testkit.NoLeaks(t)
	program := sentry.Program
	sentry.Program = nil
	defer func() { sentry.Program = program }()

	g := &Guard{}
	g.LiveIn(testkit.OwnGroup(t))
	if err := g.Watch("/nowhere"); err != nil {
		t.Fatal(err)
	}
	defer noGuard(t)
	defer g.Forget("/nowhere")
	pid := theGuard(t)
	if exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe"); err != nil || exe != ownBinary(t) {
		t.Errorf("it is %s (%v)", exe, err)
	}
	want := map[string]string{"0": os.DevNull, "1": os.DevNull, "2": os.DevNull,
		"3": "anon_inode:[pidfd]", "4": "/memfd:jobobject-guarded (deleted)"}
	testkit.Within(t, soon, "descriptors are the standard ones and its own", func() bool {
		return maps.Equal(want, fdsOf(pid))
	})
}
