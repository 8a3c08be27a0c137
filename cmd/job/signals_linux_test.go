package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"jobobject/internal/testkit"
)

func TestARequestToEndIsPassedOnToEveryMember(t *testing.T) {
	tree := []string{testkit.Fixture(t), "tree", "3", "2"}
	for name, c := range map[string]struct {
		signal  syscall.Signal
		command []string
	}{
		"SIGTERM": {syscall.SIGTERM, tree},
		"SIGHUP":  {syscall.SIGHUP, tree},
		// Not from a terminal, so the command has not heard of it.
		"SIGINT": {syscall.SIGINT, tree},
		// A Go program would make more of this one.
		"SIGQUIT": {syscall.SIGQUIT, []string{"sh", "-c", "ulimit -c 0; echo ready; exec sleep 600"}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			r := startJob(t, []string{"--grace", "10m"}, c.command...)

			r.signal(c.signal)

			status := 128 + int(c.signal)
			r.end().requireStatus(t, status)
			r.readReport().require(t, "interrupted", status, name)
		})
	}
}

func TestACommandThatEndsByItselfWhenToldToHasItsOwnStatus(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "handler", "TERM", "9")

	r.signal(syscall.SIGTERM)

	r.end().requireStatus(t, 9)
	r.readReport().require(t, "interrupted", 9, "")
}

func TestEveryMemberHasTheWholeGrace(t *testing.T) {
	testkit.NoLeaks(t)
	fixture := testkit.Fixture(t)
	// The command ends at once. The other one takes its time, and would be killed
	// if it counted as left behind.
	r := startJob(t, []string{"--grace", "1m"}, "sh", "-c",
		`"$0" handler TERM 0 300ms & exec "$0" handler TERM 4`, fixture)
	r.output.Await(t, patience, "ready")
	testkit.Within(t, patience, "readiness of both", func() bool { return count(r.output.Lines(), "ready") == 2 })

	r.signal(syscall.SIGTERM)

	got := r.end()
	got.requireStatus(t, 4)
	if told := count(r.output.Lines(), "got SIGTERM"); told != 2 {
		t.Errorf("%d of 2 members were told; they said %q", told, r.output.Lines())
	}
	if story := r.readReport(); story.Leftover.Count != 0 {
		t.Errorf("left: %+v", story.Leftover)
	}
	if got.took < 200*time.Millisecond {
		t.Errorf("it was all over after %v, while one member needed 300ms", got.took)
	}
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

// C03
func TestMembersThatIgnoreEverythingAreKilledAfterTheGrace(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--grace", "300ms"}, "ignore-all")

	r.signal(syscall.SIGTERM)

	got := r.end()
	got.requireStatus(t, 137)
	if got.took < 290*time.Millisecond {
		t.Errorf("killed after %v, before the grace of 300ms was over", got.took)
	}
	story := r.readReport()
	story.require(t, "interrupted", 137, "SIGKILL")
	if story.Leftover.Count != 2 { // the child and the grandchild
		t.Errorf("left: %+v", story.Leftover)
	}
}

func TestASecondRequestKillsAtOnce(t *testing.T) {
	for name, second := range map[string]os.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			r := startFixture(t, []string{"--grace", "10m"}, "ignore-all")

			r.signal(syscall.SIGTERM)
			r.requireRunning(200 * time.Millisecond) // the first one has been taken
			r.signal(second)

			r.end().requireStatus(t, 137)
		})
	}
}

// C05
func TestStoppedMembersHearOfTheRequest(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--grace", "10m"}, "stop")

	r.signal(syscall.SIGTERM)

	r.end().requireStatus(t, 143)
}

// C05
func TestStoppedIsNotEnded(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--wait", "all"}, "stop")

	r.requireRunning(200 * time.Millisecond)

	r.signal(syscall.SIGTERM)
	r.end().requireStatus(t, 143)
}

// C25: one with a handler does not hear of it while it is frozen (facts P4).
func TestFrozenMembersHearOfTheRequest(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--grace", "10m"}, "handler", "TERM", "17")
	freeze(t, r.group())

	r.signal(syscall.SIGTERM)

	r.end().requireStatus(t, 17)
}

// C25: in a cgroup of its own making, which is not the job's to thaw.
func TestMembersThatFroseThemselvesAreKilled(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, []string{"--grace", "200ms"}, "freeze-self")

	r.signal(syscall.SIGTERM)

	r.end().requireStatus(t, 137)
}

func TestUserSignalsArePassedOnToTheCommandAlone(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "handler", "USR1", "5")

	r.signal(syscall.SIGUSR1)

	r.end().requireStatus(t, 5)
	r.readReport().require(t, "exited", 5, "")
}

func freeze(t testing.TB, group string) {
	t.Helper()
	if err := os.WriteFile(group+"/cgroup.freeze", []byte("1"), 0); err != nil {
		t.Fatalf("freeze the job: %v", err)
	}
}
