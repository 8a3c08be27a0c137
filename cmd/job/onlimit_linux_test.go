package main

import (
	"strings"
	"testing"

	"jobobject/internal/testkit"
)

// requireBound finds what a report says of a limit.
func (l limited) requireBound(t *testing.T, name string) bound {
	t.Helper()
	for _, b := range l.Limits {
		if b.Name == name {
			return b
		}
	}
	t.Fatalf("the report has no limit %s among %+v", name, l.Limits)
	return bound{}
}

// EOJ-01
func TestTheLimitThatEndedTheJobIsToldWithWhatItWasAndWhatWasUsed(t *testing.T) {
	testkit.NoLeaks(t)
	for _, flags := range [][]string{nil, {"--on-limit", "terminate"}} {
		got, report := runLimited(t, append(flags, "--job-time", "300ms", "--processes", "50"), testkit.Fixture(t), "spin")
		got.requireStatus(t, 124)
		report.requireLimit(t, "job-time")
		b := report.requireBound(t, "job-time")
		if b.Limit != 0.3 || b.Used == nil || *b.Used < 0.3 || b.Unit != "seconds" || b.Struck == nil || b.Struck.Terminated != 1 || !b.Ended {
			t.Errorf("the report says %+v", b)
		}
		if other := report.requireBound(t, "processes"); other.Limit != 50.0 || other.Struck != nil || other.Ended {
			t.Errorf("the report says %+v", other)
		}
		const begins = "job: run: the job was ended by its limit --job-time 300ms ("
		if !strings.HasPrefix(got.stderr, begins) || !strings.HasSuffix(got.stderr, " used)\n") {
			t.Errorf("it says %q", got.stderr)
		}
	}
}

// EOJ-03: once, and the status is the command's own.
func TestAJobGoesOnAfterItsTimeWhereThatIsOnlyTold(t *testing.T) {
	testkit.NoLeaks(t)
	got, report := runLimited(t, []string{"--job-time", "100ms", "--on-limit", "post", "--report"},
		"sh", "-c", "$0 spin 2s >/dev/null; echo went on; exit 5", testkit.Fixture(t))
	got.requireStatus(t, 5)
	report.require(t, "exited", 5, "")
	b := report.requireBound(t, "job-time")
	if b.Used == nil || *b.Used < 0.1 || b.Struck == nil || b.Struck.Terminated != 0 || b.Ended {
		t.Errorf("the report says %+v", b)
	}
	const said = "job: run: the limit --job-time 100ms is reached; the job goes on\n"
	if strings.Count(got.stderr, "--job-time") != 1 || !strings.HasPrefix(got.stderr, said) || got.stdout != "went on\n" {
		t.Errorf("it prints %q and says %q", got.stdout, got.stderr)
	}
	if !strings.Contains(got.stderr, " of 100ms (reached)\n") {
		t.Errorf("the report for people says %q", got.stderr)
	}
}

func TestNothingIsToldOfATimeThatIsNotUsedUp(t *testing.T) {
	testkit.NoLeaks(t)
	got, report := runLimited(t, []string{"--job-time", "1h", "--on-limit", "post"}, "true")
	got.requireStatus(t, 0)
	if b := report.requireBound(t, "job-time"); got.stderr != "" || b.Struck != nil || b.Limit != 3600.0 {
		t.Errorf("it says %q, the report %+v", got.stderr, b)
	}
	got, report = runLimited(t, []string{"--job-time", "1h", "--on-limit", "post"}, "there-is-no-such-program")
	got.requireStatus(t, 127)
	if len(report.Limits) != 0 {
		t.Errorf("what was not started has %+v", report.Limits)
	}
}

func TestWhatHappensAtALimitIsSaidWithThatLimitOrNotAtAll(t *testing.T) {
	for _, args := range [][]string{
		{"--on-limit", "post"}, {"--on-limit", "terminate", "--process-time", "1s"}, {"--on-limit", "kill", "--job-time", "1s"}, {"--on-limit="},
	} {
		got := runToEnd(t, append(append([]string{"run"}, args...), "echo", "started")...)
		got.requireStatus(t, exitTrouble)
		if got.stdout != "" || !strings.Contains(got.stderr, "--on-limit") {
			t.Errorf("%v: printed %q and said %q", args, got.stdout, got.stderr)
		}
	}
}
