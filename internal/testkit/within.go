package testkit

import (
	"testing"
	"time"
)

// Within waits until cond holds and fails the test, naming what did not
// happen, if that takes longer than d.
func Within(t testing.TB, d time.Duration, what string, cond func() bool) {
	t.Helper()
	if !poll(d, cond) {
		t.Fatalf("not within %v: %s", d, what)
	}
}

// poll asks often at first, for what takes a millisecond, and rarely later, for
// what is not going to happen. It always asks once after the time is up.
func poll(d time.Duration, cond func() bool) bool {
	deadline := time.Now().Add(d)
	for pause := time.Millisecond / 4; ; pause = min(2*pause, 10*time.Millisecond) {
		late := !time.Now().Before(deadline)
		if cond() {
			return true
		}
		if late {
			return false
		}
		time.Sleep(min(pause, max(time.Until(deadline), 0)))
	}
}
