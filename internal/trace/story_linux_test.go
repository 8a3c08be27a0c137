package trace

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/testkit"
)

// The stories of single processes, as eBPF tells them.

func TestAProcessIsToldOfFromItsBirthToItsExit(t *testing.T) {
	testkit.NoLeaks(t)
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)

	cmd := fixtureIn(t, dir, "exit", "7")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Fatalf("fixture: %v", err)
	}

	events := w.end()
	pid := cmd.ProcessState.Pid()
	if got := about(pid, events); got != "birth exec exit" || len(events) != 4 {
		t.Fatalf("told %q in\n%s", got, text(events))
	}
	birth, executed, exit := events[0], events[1], events[2]
	if birth.Parent != os.Getpid() {
		t.Errorf("born of %d, started by %d", birth.Parent, os.Getpid())
	}
	if executed.Exec.Path != cmd.Path || strings.Join(executed.Exec.Args, " ") != cmd.Path+" exit 7" || executed.Exec.Cut {
		t.Errorf("told of %+v, executed %q", executed.Exec, cmd.Args)
	}
	if !exit.Exit.StatusKnown || exit.Exit.Status.Code() != 7 || exit.Exit.Status.Signal() != 0 {
		t.Errorf("exited with %+v", exit.Exit)
	}
	if birth.Time > executed.Time || executed.Time > exit.Time || birth.Time < birth.Process.Start {
		t.Errorf("times are out of order:\n%s", text(events))
	}
	if birth.Group != w.Group() || birth.Nearest != w.Group() {
		t.Errorf("born in group %d, nearest %d, not %d", birth.Group, birth.Nearest, w.Group())
	}
}

func TestTheStatusIsWhatWaitSays(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	for _, script := range []string{
		"exit 0", "exit 255", "kill -TERM $$", "kill -KILL $$",
		"ulimit -c unlimited; kill -SEGV $$", "ulimit -c 0; kill -ABRT $$",
	} {
		t.Run(script, func(t *testing.T) {
			cmd := shellIn(t, dir, script)
			cmd.Dir = t.TempDir() // for a core file
			_ = cmd.Run()
			exit := w.until("exit", func(e Event) bool { return e.Kind == Exit && e.Process.PID == cmd.ProcessState.Pid() })
			want := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if got := exit.Exit.Status; got != Status(want) ||
				got.CoreDumped() != want.CoreDump() || want.Signaled() && got.Signal() != want.Signal() {
				t.Errorf("status %#x, wait says %#x", got, want)
			}
		})
	}
}

func TestAProcessWhoseLeaderIsDeadLivesOn(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "dead-leader")
	testkit.StartReady(t, cmd, nil)

	events := w.flushed()
	if got := about(cmd.Process.Pid, events); got != "birth exec" {
		t.Fatalf("told %q while it lives", got)
	}
	if active := totalsOf(t, w.Watch).Active; active != 1 {
		t.Errorf("%d active", active)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	exit := w.until("exit", func(e Event) bool { return e.Kind == Exit })
	if exit.Process.PID != cmd.Process.Pid || exit.Exit.Status.Signal() != syscall.SIGKILL {
		t.Errorf("exit is %s", text([]Event{exit}))
	}
	w.end()
}

func TestThreadsAreNoProcesses(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "threads", "50")
	testkit.StartReady(t, cmd, nil)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if events := w.end(); about(cmd.Process.Pid, events) != "birth exec exit" || len(events) != 4 {
		t.Errorf("50 threads are told as\n%s", text(events))
	}
}

// Several threads find at once that none is left; one exit is told.
func TestThreadsThatDieTogetherAreOneExit(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	testkit.Busy(t, 1)
	const rounds = 100
	for range rounds {
		cmd := fixtureIn(t, dir, "threads", "20")
		testkit.StartReady(t, cmd, nil)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if exits := of(Exit, w.end()); len(exits) != rounds {
		t.Errorf("%d exits of %d processes", len(exits), rounds)
	}
}

func TestExecByAnotherThreadKeepsTheProcess(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "thread-exec")
	testkit.StartReady(t, cmd, nil)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if events := w.end(); about(cmd.Process.Pid, events) != "birth exec exec exit" || len(events) != 5 {
		t.Errorf("told as\n%s", text(events))
	}
}

func TestAVforkThatHangsIsTwoProcesses(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := fixtureIn(t, dir, "vfork-hang")
	pids := testkit.StartReady(t, cmd, nil)
	if len(pids) != 1 {
		t.Fatalf("the fixture reports %v", pids)
	}
	_ = syscall.Kill(pids[0], syscall.SIGKILL)
	w.until("exit of the child", func(e Event) bool { return e.Kind == Exit && e.Process.PID == pids[0] })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	events := w.end()
	if got := about(pids[0], events); got != "birth exit" {
		t.Errorf("child told as %q", got)
	}
	if births := of(Birth, events); len(births) != 2 || births[1].Parent != cmd.Process.Pid {
		t.Errorf("births are\n%s", text(births))
	}
}

// A limit on processes makes the kernel refuse a fork late, after it has done
// most of the work.
func TestAForkThatFailsIsNoBirth(t *testing.T) {
	dir := testkit.TempGroup(t)
	join := limitProcesses(t, dir, 20)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	cmd := shellIn(t, dir, `[ -z "$1" ] || echo $$ >"$1"; exec "$2" children 50`, join, testkit.Fixture(t))
	pids := testkit.StartReady(t, cmd, nil)
	if len(pids) >= 20 {
		t.Fatalf("a limit of 20 allows %d processes", len(pids))
	}
	if totals := totalsOf(t, w.Watch); totals.Births != uint64(len(pids))+1 {
		t.Errorf("%d births, made %d children", totals.Births, len(pids))
	}
}

// limitProcesses limits the processes of a group. Where version 1 has the
// controller it returns the file by which its group is joined.
func limitProcesses(t *testing.T, dir string, limit int) (join string) {
	t.Helper()
	if os.WriteFile(filepath.Join(dir, "pids.max"), []byte(itoa(limit)), 0) == nil {
		return ""
	}
	cgroups, err := cgroupfs.ReadOwn()
	if err != nil {
		t.Fatal(err)
	}
	for _, hierarchy := range cgroups.V1 {
		if !slices.Contains(hierarchy.Controllers, "pids") {
			continue
		}
		group := filepath.Join(hierarchy.OwnDir, filepath.Base(dir))
		if err := os.Mkdir(group, 0o755); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { // which runs before that of the group in version 2
			for _, pid := range strings.Fields(readAll(t, filepath.Join(group, "cgroup.procs"))) {
				n, _ := strconv.Atoi(pid)
				_ = syscall.Kill(n, syscall.SIGKILL)
			}
			testkit.Within(t, patience, "removal of the limit", func() bool { return os.Remove(group) == nil })
		})
		if err := os.WriteFile(filepath.Join(group, "pids.max"), []byte(itoa(limit)), 0); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(group, "cgroup.procs")
	}
	t.Skip("no controller of processes to be had")
	return ""
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestArgumentsAreCutWhereTheyAreLong(t *testing.T) {
	dir := testkit.TempGroup(t)
	w := watchOf(t, tracerWith(t, EBPF), dir)
	run(t, shellIn(t, dir, "exit", strings.Repeat("x", 1000)))
	executed := w.until("exec", func(e Event) bool { return e.Kind == Exec })
	args := executed.Exec.Args
	if !executed.Exec.Cut || len(args) != 5 || !strings.HasPrefix(args[4], "xxx") || len(args[4]) > 256 {
		t.Errorf("told of %+v", executed.Exec)
	}
}
