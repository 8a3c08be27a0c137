//go:build linux

package conformance

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

// aloneVariable names the test that a process is there for.
const aloneVariable = "JOBOBJECT_CONFORMANCE_ALONE"

// alone runs the test in a process of its own, which can join jobs: who is in a
// job stays there (OBJ-05), and one job of a test would be around all later ones.
func alone(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv(aloneVariable) == t.Name() {
		test(t)
		return
	}
	testkit.NoLeaks(t)
	p := newPlace(t)
	self, err := os.Executable()
	requireNoError(t, err)
	cmd := exec.Command(self, "-test.run="+exactly(t.Name()), "-test.v", "-test.count=1", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), aloneVariable+"="+t.Name(), "JOBOBJECT_FIXTURE="+testkit.Fixture(t), leaveAtOnce)
	cmd.WaitDelay = soon // for what would hold the output
	p.hold(t, cmd)

	output, err := cmd.CombinedOutput()

	if err != nil {
		t.Fatalf("alone: %v\n%s", err, output)
	}
	if reason := skipReason(output); reason != "" {
		t.Skip(reason)
	}
	if !strings.Contains(string(output), "--- PASS: "+t.Name()+" ") {
		t.Fatalf("alone: the test was not run\n%s", output)
	}
	p.run(t, "first-job") // removes the places of those jobs that it died in
	p.requireClean(t)
}

// exactly is the pattern for that test or subtest alone.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

var skipped = regexp.MustCompile(`(?m)^(.*)\n *--- SKIP: `)

// skipReason is what a test run said before it skipped; "" if it did not.
func skipReason(output []byte) string {
	match := skipped.FindSubmatch(output)
	if match == nil {
		return ""
	}
	return strings.TrimSpace(string(match[1]))
}

// joined is a job that this process has become a member of. It ends with the
// process, so it is for tests that are alone.
func joined(t testing.TB, limits jobobject.Limits) *jobobject.Job {
	t.Helper()
	job, err := jobobject.Create("", jobobject.WithLimits(limits))
	requireNoError(t, err)
	requireNoError(t, job.Assign(0))
	requireContains(t, job, 0, true)
	return job
}
