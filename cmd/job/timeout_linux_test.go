package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

// C39
func TestTheTimeIsUp(t *testing.T) {
	const limit = 500 * time.Millisecond
	for name, c := range map[string]struct {
		verb   []string
		status int
		signal string
	}{
		"asleep":                  {[]string{"sleep"}, 124, "SIGTERM"},
		"ends properly":           {[]string{"handler", "TERM", "0"}, 124, ""},
		"a tree":                  {[]string{"tree", "3", "2"}, 124, "SIGTERM"},
		"some members stopped":    {[]string{"stop"}, 124, "SIGTERM"},
		"ignores what it is told": {[]string{"ignore-all"}, 124, "SIGKILL"},
		"frozen by itself":        {[]string{"freeze-self"}, 124, "SIGKILL"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			begun := time.Now()
			r := startFixture(t, []string{"--timeout", limit.String(), "--grace", "200ms"}, c.verb...)

			r.end().requireStatus(t, c.status)

			if took := time.Since(begun); took < limit {
				t.Errorf("ended after %v, before its time of %v", took, limit)
			}
			r.readReport().require(t, "timeout", c.status, c.signal)
		})
	}
}

// C39
func TestTheTimeOfAFrozenJobIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--timeout", "4s", "--grace", "10m"}, "handler", "TERM", "17")
	freeze(t, r.group())

	r.end().requireStatus(t, 124)
}

// C39: without a terminal nobody would continue job, so its clock goes on.
func TestTheTimeOfAStoppedCommandIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--timeout", "2s", "--grace", "10m"}, "sleep")
	if err := syscall.Kill(r.main(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}

	r.end().requireStatus(t, 124)
}

func TestTheTimeOfLeftoversIsUp(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--wait", "all", "--timeout", "1s"}, "fork-exit")

	r.end().requireStatus(t, 124)
	r.readReport().require(t, "timeout", 124, "")
}

func TestWhatEndsInTimeIsNotTouched(t *testing.T) {
	testkit.NoLeaks(t)
	runToEnd(t, "run", "--timeout", "10m", "true").requireStatus(t, 0)
	runToEnd(t, "run", "--timeout", "0", "sh", "-c", "exit 6").requireStatus(t, 6)
}

// C14
func TestTheStatusOfTheCommandIsPassedOn(t *testing.T) {
	testkit.NoLeaks(t)
	for status := range 256 {
		if got := runToEndQuietly(t, "exit", status); got != status {
			t.Errorf("status %d of the command became %d", status, got)
		}
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGABRT, syscall.SIGSEGV} {
		if got := runToEndQuietly(t, "kill-self", int(sig)); got != 128+int(sig) {
			t.Errorf("death by signal %d became status %d", int(sig), got)
		}
	}
}

func runToEndQuietly(t *testing.T, verb string, number int) int {
	cmd, _ := jobCommand(t, "run", testkit.Fixture(t), verb, itoa(number))
	cmd.Stderr = os.Stderr
	return exitStatus(t, cmd.Run())
}
