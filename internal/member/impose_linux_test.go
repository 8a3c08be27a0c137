package member

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

func running(t *testing.T, verb ...string) *exec.Cmd {
	t.Helper()
	cmd := testkit.FixtureCommand(t, verb...)
	testkit.StartReady(t, cmd, nil)
	return cmd
}

// attributesOf are the priorities of all threads, and the limits.
func attributesOf(t *testing.T, pid int) (found []any) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
	if err != nil || len(tasks) == 0 {
		t.Fatalf("threads of %d: %q, %v", pid, tasks, err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(filepath.Base(task))
		attr, err := unix.SchedGetAttr(tid, 0)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, attr.Nice, attr.Policy)
	}
	for _, resource := range []int{unix.RLIMIT_DATA, unix.RLIMIT_CORE, unix.RLIMIT_NICE, unix.RLIMIT_RTPRIO} {
		var limit unix.Rlimit
		if err := unix.Prlimit(pid, resource, nil, &limit); err != nil {
			t.Fatal(err)
		}
		found = append(found, limit)
	}
	return found
}

func same(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAttributesCanBeTakenBackWhereThereIsTheRightTo(t *testing.T) {
	testkit.NoLeaks(t)
	pid := running(t, "threads", "5").Process.Pid
	before := attributesOf(t, pid)
	undo, err := host.Impose(pid, group.Attributes{Priority: kernel.IdlePriority})
	if err != nil {
		t.Fatal(err)
	}
	if same(before, attributesOf(t, pid)) {
		t.Error("nothing has changed")
	}
	if err := undo(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	after := attributesOf(t, pid)
	if threads := len(before) - 4; !same(before[:threads], after[:threads]) {
		t.Errorf("it had %v and has %v", before, after)
	}
}

func TestWhatIsNotAskedForIsLeftAlone(t *testing.T) {
	testkit.NoLeaks(t)
	pid := running(t, "sleep").Process.Pid
	own := unix.Rlimit{Cur: 1 << 30, Max: 2 << 30}
	if err := unix.Prlimit(pid, unix.RLIMIT_DATA, &own, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Impose(pid, group.Attributes{Priority: kernel.BelowNormalPriority, NoCrashDump: true}); err != nil {
		t.Fatal(err)
	}
	var now unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_DATA, nil, &now); err != nil || now != own {
		t.Errorf("its limit is %v, %v", now, err)
	}
}

// LIM-04: one that has the right to raise its priority without privilege loses it.
func TestAPriorityBoundsTheNiceValueThatAProcessMayTake(t *testing.T) {
	testkit.NoLeaks(t)
	pid := running(t, "sleep").Process.Pid
	for resource, limit := range map[int]uint64{unix.RLIMIT_NICE: 40, unix.RLIMIT_RTPRIO: 99} {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: limit, Max: limit}, nil); err != nil {
			t.Skip(err)
		}
	}
	for class, most := range map[kernel.PriorityClass]uint64{kernel.RealtimePriority: 40, kernel.BelowNormalPriority: 15, kernel.IdlePriority: 1} {
		if _, err := host.Impose(pid, group.Attributes{Priority: class}); err != nil {
			t.Skip(err)
		}
		for resource, want := range map[int]uint64{unix.RLIMIT_NICE: most, unix.RLIMIT_RTPRIO: 0} {
			var limit unix.Rlimit
			if err := unix.Prlimit(pid, resource, nil, &limit); err != nil || limit.Cur > want || limit.Max > want {
				t.Errorf("in class %#x its limit %d is %+v, want no more than %d; %v", class, resource, limit, want, err)
			}
		}
	}
}

func TestABatchJobStaysOneInAPriorityClass(t *testing.T) {
	testkit.NoLeaks(t)
	pid := running(t, "sleep").Process.Pid
	batch := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_BATCH, Flags: unix.SCHED_FLAG_RESET_ON_FORK}
	if err := unix.SchedSetAttr(pid, &batch, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Impose(pid, group.Attributes{Priority: kernel.BelowNormalPriority}); err != nil {
		t.Fatal(err)
	}
	attr, err := unix.SchedGetAttr(pid, 0)
	if err != nil || attr.Policy != unix.SCHED_BATCH || attr.Nice != 5 || attr.Flags&unix.SCHED_FLAG_RESET_ON_FORK == 0 {
		t.Errorf("it is %+v, %v", attr, err)
	}
}

// LIM-58: a hard limit of 0 cannot be raised to 1, and makes no file either.
func TestAProcessThatMayHaveNoCoreFileEndsAtOnceOrItIsSaidWhyNot(t *testing.T) {
	testkit.NoLeaks(t)
	pid := running(t, "sleep").Process.Pid
	if err := unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := host.Impose(pid, group.Attributes{NoCrashDump: true})
	pattern, readErr := os.ReadFile(corePattern)
	if readErr != nil {
		t.Skip(readErr)
	}
	var unsupported *kernel.NotSupportedError
	if pattern[0] == '|' && errors.As(err, &unsupported) && unsupported.Feature == "DieOnUnhandledException" && unsupported.Remedy != "" {
		return
	}
	if err != nil {
		t.Error(err)
	}
}

func TestADeadProcessHasNoAttributes(t *testing.T) {
	testkit.NoLeaks(t)
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []group.Attributes{{Data: 1 << 30}, {Priority: kernel.IdlePriority}, {NoCrashDump: true}} {
		if _, err := host.Impose(cmd.Process.Pid, a); !errors.Is(err, kernel.ErrProcessExited) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}
