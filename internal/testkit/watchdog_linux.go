package testkit

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// watchdogGrace is what a test has to end itself once all it started is dead.
const watchdogGrace = 5 * time.Second

// Watchdog bounds a hostile test: if it has not ended after d, everything that
// descends from this process, is behind its fence or bears a nonce is killed and
// the test fails. If it then still does not end, the test binary panics with
// the stacks of all goroutines.
func Watchdog(t testing.TB, d time.Duration) {
	t.Helper()
	w := &watchdog{t: t, bound: d}
	w.timer = time.AfterFunc(d, w.bite)
	t.Cleanup(w.stop)
}

type watchdog struct {
	t     testing.TB
	bound time.Duration

	mu      sync.Mutex // held while biting: a test must not end under its log
	stopped bool
	timer   *time.Timer
}

func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.timer.Stop()
}

func (w *watchdog) bite() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	killed := killOwn()
	w.t.Errorf("watchdog: not over after %v; killed %s", w.bound, describe(killed))
	w.timer = time.AfterFunc(watchdogGrace, w.giveUp)
}

func (w *watchdog) giveUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	killOwn()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	panic(fmt.Sprintf("watchdog: %s did not end %v after its processes were killed\n%s",
		w.t.Name(), watchdogGrace, stacks))
}

// killOwn kills all that tests of this binary started, as far as it can tell.
func killOwn() (seen []int) {
	list := func() []int {
		live := slices.DeleteFunc(ownProcesses(), func(pid int) bool { return !Alive(pid) })
		for _, pid := range live {
			if !slices.Contains(seen, pid) {
				seen = append(seen, pid)
			}
		}
		return live
	}
	_, _ = killAll(2*time.Second, list, func(pid int) bool { return slices.Contains(ownProcesses(), pid) })
	return seen
}

func ownProcesses() []int {
	pids := descendantsOf(os.Getpid())
	if dir := fenceDir.Load(); dir != nil {
		pids = append(pids, groupMembers(*dir)...)
	}
	activeNonces.Range(func(nonce, _ any) bool {
		pids = append(pids, WithNonce(nonce.(string))...)
		return true
	})
	self := os.Getpid()
	return slices.DeleteFunc(pids, func(pid int) bool { return pid == self })
}
