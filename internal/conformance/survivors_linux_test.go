package conformance

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC48_a_member_that_cannot_die_now_is_named_and_not_forgotten(t *testing.T) {
	testkit.NoLeaks(t)
	const patience = 500 * time.Millisecond
	job := newJob(t, jobobject.WithPatience(patience))
	stuck := given(t, job, "sleep")
	others := given(t, job, "tree", "3", "2")
	freezer := newFreezer(t)
	freezer.freeze(t, stuck.Pid())

	begin := time.Now()
	err := job.Terminate(48)
	took := time.Since(begin)

	requireSurvivors(t, err, stuck.Pid())
	t.Logf("terminate gave up after %v", took)
	if took < patience*8/10 || took > patience+soon {
		t.Errorf("terminate gave up after %v, its patience is %v", took, patience)
	}
	others.requireGone(t, atOnce)
	requireProcesses(t, job, stuck.Pid())
	requireTimesOut(t, job.WaitEmpty)

	waited := make(chan error, 1)
	go func() { waited <- job.WaitEmpty(t.Context()) }()
	freezer.thaw(t)
	requireNoError(t, <-waited)
	stuck.requireGone(t, atOnce)
	requireEmpty(t, job)
	requireExitCode(t, stuck.Process, 48)
	requireNoError(t, job.Terminate(1))
}

func TestC48_close_names_a_member_that_cannot_die_now(t *testing.T) {
	testkit.NoLeaks(t)
	tidy(t)
	job := newJob(t, killOnClose, jobobject.WithPatience(300*time.Millisecond))
	stuck := given(t, job, "sleep")
	others := given(t, job, "sleep")
	freezer := newFreezer(t)
	freezer.freeze(t, stuck.Pid())

	requireSurvivors(t, job.Close(), stuck.Pid())
	others.requireGone(t, atOnce)
	requireErrorIs(t, job.Close(), jobobject.ErrClosed)

	freezer.thaw(t)
	stuck.requireGone(t, soon) // and NoLeaks shows that the rest goes too
}

func TestC48_a_second_terminate_tries_again(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, jobobject.WithPatience(100*time.Millisecond))
	stuck := given(t, job, "sleep")
	freezer := newFreezer(t)
	freezer.freeze(t, stuck.Pid())
	for range 2 {
		requireSurvivors(t, job.Terminate(1), stuck.Pid())
	}
	freezer.thaw(t)
	requireNoError(t, job.Terminate(2))
	stuck.requireGone(t, atOnce)
}

// The member that cannot die keeps the termination going for as long as it takes
// to look.
func TestASG10_a_job_that_is_being_terminated_admits_nobody(t *testing.T) {
	testkit.NoLeaks(t)
	outer := newJob(t, jobobject.WithPatience(2*soon))
	stuck := given(t, outer, "sleep")
	inner := nest(t, given(t, outer, "sleep").Pid())
	freezer := newFreezer(t)
	freezer.freeze(t, stuck.Pid())
	terminated := make(chan error, 1)
	go func() { terminated <- outer.Terminate(1) }()
	requireReturns(t, inner.WaitEmpty) // so it is under way

	_, pids := outsider(t, "sleep")
	for _, job := range []*jobobject.Job{outer, inner} {
		requireErrorIs(t, job.Assign(pids[0]), jobobject.ErrAccessDenied) // UNC-04
		cmd, tree := command(t, "sleep")
		_, err := job.Start(cmd)
		requireErrorIs(t, err, jobobject.ErrAccessDenied)
		tree.requireGone(t, atOnce)
	}
	requireAlive(t, pids[0])

	freezer.thaw(t)
	requireNoError(t, <-terminated)
	requireNoError(t, outer.Assign(pids[0])) // ASG-11: it ends with the kill
	requireProcesses(t, outer, pids[0])
}

func requireSurvivors(t testing.TB, err error, want int) {
	t.Helper()
	var survivors *jobobject.SurvivorsError
	if !errors.As(err, &survivors) {
		t.Fatalf("got %v, want an error that names survivors", err)
	}
	if len(survivors.Survivors) != 1 || survivors.Survivors[0].Pid != want {
		t.Fatalf("survivors are %+v, want %d", survivors.Survivors, want)
	}
	if !strings.Contains(err.Error(), strconv.Itoa(want)) || !strings.Contains(err.Error(), "sleep") {
		t.Errorf("the text does not name the process: %v", err)
	}
}

// v1Freezer is a cgroup of the old freezer: what is frozen in it does not even
// die before it is thawed. No other such process can be made at will.
type v1Freezer struct{ dir string }

func newFreezer(t testing.TB) v1Freezer {
	t.Helper()
	mount := freezerMount(t)
	if mount == "" {
		t.Skip("no cgroup v1 freezer to keep a process from dying")
	}
	f := v1Freezer{filepath.Join(mount, "testkit-"+strings.ToLower(rand.Text()[:10]))}
	if err := os.Mkdir(f.dir, 0o755); err != nil {
		t.Skipf("no cgroup v1 freezer for this user: %v", err)
	}
	t.Cleanup(func() {
		f.write(t, "freezer.state", "THAWED")
		testkit.Within(t, soon, "removal of the freezer", func() bool { return os.Remove(f.dir) == nil })
	})
	return f
}

func freezerMount(t testing.TB) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	requireNoError(t, err)
	for line := range strings.Lines(string(mounts)) {
		place, kind, _ := strings.Cut(strings.TrimSpace(line), " - ")
		if strings.HasPrefix(kind, "cgroup ") && slices.Contains(strings.Split(kind, ","), "freezer") {
			return strings.Fields(place)[4]
		}
	}
	return ""
}

func (f v1Freezer) write(t testing.TB, file, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, file), []byte(value), 0); err != nil {
		t.Errorf("freezer: %v", err)
	}
}

func (f v1Freezer) freeze(t testing.TB, pid int) {
	t.Helper()
	f.write(t, "cgroup.procs", strconv.Itoa(pid))
	f.write(t, "freezer.state", "FROZEN")
	testkit.Within(t, soon, "freeze of the process", func() bool {
		state, err := os.ReadFile(filepath.Join(f.dir, "freezer.state"))
		return err == nil && strings.TrimSpace(string(state)) == "FROZEN"
	})
}

func (f v1Freezer) thaw(t testing.TB) {
	t.Helper()
	f.write(t, "freezer.state", "THAWED")
}
