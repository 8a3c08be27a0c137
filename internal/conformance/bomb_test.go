//go:build linux

package conformance

import (
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// manyProcesses is how far a bomb grows: the fence holds 2000 tasks, of which those
// of this program are some.
func manyProcesses() uint64 {
	if testing.Short() {
		return 200
	}
	return 1000
}

func TestC12_terminate_ends_a_fork_bomb_that_nothing_limits(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, time.Minute)
	makeThreads(64)
	reaping(t)
	job := newJob(t)
	m := given(t, job, "bomb")
	testkit.Within(t, 4*soon, "growth of the bomb", func() bool {
		active, _ := accounting(t, job).ActiveProcesses.Get()
		return active >= manyProcesses()
	})

	timed(t, "terminate", 2*soon, func() error { return job.Terminate(1) })

	m.requireGone(t, atOnce)
	requireEmpty(t, job)
	after(aWhile)
	if left := m.live(); len(left) > 0 {
		t.Fatalf("the bomb lives on: %v", left)
	}
}

func TestC12_terminate_ends_a_fork_bomb_while_it_grows(t *testing.T) {
	testkit.RequireFence(t)
	testkit.NoLeaks(t)
	testkit.Watchdog(t, time.Minute)
	makeThreads(64)
	awaitReaping := reaping(t)
	job := newJob(t)
	for range rounds(t, 10) {
		awaitReaping()
		m := start(t, job, nil, "bomb", "150")
		testkit.Within(t, soon, "growth of the bomb", func() bool {
			active, _ := accounting(t, job).ActiveProcesses.Get()
			return active >= 20
		})
		timed(t, "terminate", 2*soon, func() error { return job.Terminate(1) })
		m.requireGone(t, atOnce)
		requireEmpty(t, job)
	}
}

// makeThreads has the runtime make threads while it can: with a bomb behind the
// same fence it could not, and a runtime that gets no thread ends the program.
func makeThreads(n int) {
	var blocked, done sync.WaitGroup
	for range n {
		blocked.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			blocked.Done()
			blocked.Wait()
			runtime.UnlockOSThread()
		})
	}
	done.Wait()
}

// reaping gives what waits until init has reaped the dead of a bomb: until then
// they fill the fence. The test itself ends with that.
func reaping(t testing.TB) (await func()) {
	t.Helper()
	await = func() {
		testkit.Within(t, 6*soon, "reaping of a dead bomb", func() bool { return deadFixtures() < 500 })
	}
	await()
	t.Cleanup(await)
	return await
}

func deadFixtures() (count int) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if stat, err := testkit.ReadStat(pid); err == nil && stat.State == 'Z' && stat.Comm == "fixture" {
			count++
		}
	}
	return count
}
