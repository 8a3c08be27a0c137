package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jobobject/internal/fixture/inherited"
	"jobobject/internal/testkit"
)

// C67: what a command inherits is what it would have without job in between.
func TestACommandInheritsWhatItWouldWithoutJob(t *testing.T) {
	for name, prefix := range map[string]string{
		"from an ordinary parent":           "",
		"with an open descriptor":           "exec 5</dev/null 9>&2;",
		"in another place":                  "cd /; umask 027; ulimit -n 200;",
		"with a low priority":               "exec nice -n 7 ",
		"under nohup":                       "exec nohup ",
		"started in the background":         "exec env --ignore-signal=INT,QUIT ",
		"with signals blocked":              "exec env --block-signal=USR1,USR2,ALRM ", // the Go runtime unblocks those that end it
		"with standard input from nowhere":  "exec < /dev/null;",
		"with an environment of one":        "exec env -i JOBOBJECT_NONCE=$JOBOBJECT_NONCE PATH=/bin:/usr/bin ",
		"with job control signals ignored":  "exec env --ignore-signal=TSTP,TTIN,TTOU ",
		"in a session of its own":           "exec setsid -w ",
		"with standard output for errors":   "exec 2>&1;",
		"with everything read only at once": "exec 3<. 4</ 6</dev/zero;",
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			want := inheritedBehind(t, prefix)
			got := inheritedBehind(t, prefix+" "+jobProgram(t)+" run ")

			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(inherited.Report{}, "PID", "PPID", "PGID", "SID", "Group")); diff != "" {
				t.Errorf("-without job +with job:\n%s", diff)
			}
			if !strings.Contains(got.Group, "/jobobject-") {
				t.Errorf("the command was in cgroup %q", got.Group)
			}
		})
	}
}

// inheritedBehind is what the fixture inherits from a shell that has come so far.
func inheritedBehind(t *testing.T, script string) inherited.Report {
	t.Helper()
	cmd := exec.Command("sh", "-c", script+" "+testkit.Fixture(t)+" inherit")
	nonce := testkit.Nonce(t, cmd)
	cmd.Stdin = os.Stdin
	got := runCommand(t, cmd)
	got.requireStatus(t, 0)
	testkit.RequireNone(t, nonce, patience)
	report := testkit.ParseInherited(t, []byte(got.stdout))
	for fd, target := range report.FDs {
		// The pipes are others each time.
		if kind, _, anonymous := strings.Cut(target, ":["); anonymous {
			report.FDs[fd] = kind
		}
	}
	slices.Sort(report.EnvKeys)
	return report
}

// The command is in the process group of job, and so in the one that a shell has
// made for the pipeline.
func TestACommandIsInTheProcessGroupOfJob(t *testing.T) {
	testkit.NoLeaks(t)
	r := startFixture(t, nil, "sleep")

	job, err := testkit.ReadStat(r.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	command, err := testkit.ReadStat(r.main())
	if err != nil {
		t.Fatal(err)
	}
	if command.PGID != job.PGID || command.SID != job.SID {
		t.Errorf("job is in group %d of session %d, the command in %d of %d", job.PGID, job.SID, command.PGID, command.SID)
	}

	r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	testkit.RequireNone(t, r.nonce, patience)
}
