package testkit

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

const nonceVariable = "JOBOBJECT_NONCE"

// activeNonces are those of tests under way, for the watchdog.
var activeNonces sync.Map

// Nonce marks cmd, and with it all that descends from it and keeps its
// environment, and returns the mark. What is left with it when the test ends
// is killed.
func Nonce(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	nonce, variable := NewNonce(t)
	cmd.Env = append(cmd.Environ(), variable)
	return nonce
}

// NewNonce is Nonce for what is not started by an exec.Cmd: put variable into
// the environment of the process.
func NewNonce(t testing.TB) (nonce, variable string) {
	t.Helper()
	nonce = rand.Text()
	activeNonces.Store(nonce, true)
	t.Cleanup(func() {
		activeNonces.Delete(nonce)
		left, err := killMarked(nonce)
		if len(left) > 0 {
			t.Errorf("still alive after five seconds of killing: %s (%v)", describe(left), err)
		}
	})
	return nonce, nonceVariable + "=" + nonce
}

func killMarked(nonce string) (left []int, err error) {
	return killAll(5*time.Second,
		func() []int { return WithNonce(nonce) },
		func(pid int) bool { return marked(pid, nonce) })
}

// WithNonce lists the processes with that mark that have a thread that can
// still run. One look can miss a process that is in the middle of execve, when
// it has no environment, or that was born behind the look's back; RequireNone
// looks twice.
func WithNonce(nonce string) []int {
	var found []int
	for _, pid := range allPIDs() {
		if marked(pid, nonce) {
			found = append(found, pid)
		}
	}
	slices.Sort(found)
	return found
}

func marked(pid int, nonce string) bool {
	// The environment goes with the thread: a dead first thread has none left,
	// while the others show it.
	task := liveTask(pid)
	if task == "" {
		return false
	}
	environment, err := os.ReadFile(filepath.Join(task, "environ"))
	if err != nil {
		return false // gone, or another user's
	}
	want := []byte(nonceVariable + "=" + nonce)
	for variable := range bytes.SplitSeq(environment, []byte{0}) {
		if bytes.Equal(variable, want) {
			return true
		}
	}
	return false
}

// RequireNone fails the test unless all with that mark are gone in time.
func RequireNone(t testing.TB, nonce string, within time.Duration) {
	t.Helper()
	var left []int
	gone := poll(within, func() bool {
		if left = WithNonce(nonce); len(left) == 0 {
			left = WithNonce(nonce)
		}
		return len(left) == 0
	})
	if !gone {
		t.Fatalf("not within %v: death of %s", within, describe(left))
	}
}
