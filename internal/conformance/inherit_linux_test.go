package conformance

import (
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jobobject"
	"jobobject/internal/fixture/inherited"
	"jobobject/internal/testkit"
)

func TestC67_a_member_inherits_what_any_child_does(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, cmd *exec.Cmd){
		"by default": func(*testing.T, *exec.Cmd) {},
		"with a directory and an environment": func(_ *testing.T, cmd *exec.Cmd) {
			cmd.Dir = "/"
			cmd.Env = []string{"ONE=1", "TWO=2"}
		},
		"with a further file": func(t *testing.T, cmd *exec.Cmd) {
			f, err := os.Open(os.DevNull)
			requireNoError(t, err)
			t.Cleanup(func() { f.Close() })
			cmd.ExtraFiles = []*os.File{f}
		},
	} {
		for kind, start := range map[string]func(*testing.T, *exec.Cmd){
			"": startAndWait, ", suspended at first": startSuspendedAndWait,
		} {
			t.Run(name+kind, func(t *testing.T) {
				testkit.NoLeaks(t)
				plain := inheritedBy(t, prepare, func(t *testing.T, cmd *exec.Cmd) { requireNoError(t, cmd.Run()) })
				member := inheritedBy(t, prepare, start)
				// The place is what a job is about; the rest depends on the time.
				ignored := []string{"PID", "Group"}
				if !byCgroups(t) {
					ignored = append(ignored, "PPID") // its supervisor is its parent
				}
				own := cmpopts.IgnoreFields(inherited.Report{}, ignored...)
				if diff := cmp.Diff(plain, member, own); diff != "" {
					t.Fatalf("a member is not as a plain child (-plain +member):\n%s", diff)
				}
				if plain.Group != "" && plain.Group == member.Group && byCgroups(t) {
					t.Errorf("both are in the cgroup %s", plain.Group)
				}
			})
		}
	}
}

func inheritedBy(t *testing.T, prepare, start func(*testing.T, *exec.Cmd)) inherited.Report {
	t.Helper()
	cmd := testkit.FixtureCommand(t, "inherit", "an argument")
	prepare(t, cmd)
	output, err := os.CreateTemp(t.TempDir(), "") // a pipe would have another number each time
	requireNoError(t, err)
	defer output.Close()
	cmd.Stdout = output
	start(t, cmd)
	text, err := os.ReadFile(output.Name())
	requireNoError(t, err)
	report := testkit.ParseInherited(t, text)
	delete(report.FDs, 1) // that file
	return report
}

func startAndWait(t *testing.T, cmd *exec.Cmd) {
	process, err := newJob(t, killOnClose).Start(cmd)
	requireNoError(t, err)
	requireExitCode(t, process, 0)
}

func startSuspendedAndWait(t *testing.T, cmd *exec.Cmd) {
	process, err := newJob(t, killOnClose).Start(cmd, jobobject.Suspended())
	requireNoError(t, err)
	requireNoError(t, process.Resume())
	requireExitCode(t, process, 0)
}

func TestC67_members_that_are_started_at_the_same_time_inherit_nothing_of_each_other(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	given(t, job, "sleep") // whose pipes could be inherited
	var mu sync.Mutex
	var outputs [][]byte
	var starts []func() error
	for range 16 {
		starts = append(starts, func() error {
			own, err := jobobject.Create("", killOnClose)
			if err != nil {
				return err
			}
			defer own.Close()
			cmd := testkit.FixtureCommand(t, "inherit")
			var output writer
			cmd.Stdout = &output
			process, err := own.Start(cmd)
			if err != nil {
				return err
			}
			_, err = process.Wait()
			mu.Lock()
			defer mu.Unlock()
			outputs = append(outputs, output)
			return err
		})
	}
	// This program may itself have inherited what is not closed on exec.
	usual := inheritedBy(t, func(*testing.T, *exec.Cmd) {}, func(t *testing.T, cmd *exec.Cmd) { requireNoError(t, cmd.Run()) })
	usual.FDs[1] = "" // is a file there and a pipe here
	atTheSameTime(t, starts...)
	for _, output := range outputs {
		report := testkit.ParseInherited(t, output)
		report.FDs[1] = ""
		if diff := cmp.Diff(usual.FDs, report.FDs); diff != "" {
			t.Errorf("descriptors of a member (-plain child +member):\n%s", diff)
		}
		// This program may have inherited ignored signals, as any child of it does.
		if report.SigIgn != usual.SigIgn || report.SigBlk != usual.SigBlk {
			t.Errorf("a member ignores %#x and blocks %#x, a plain child %#x and %#x",
				report.SigIgn, report.SigBlk, usual.SigIgn, usual.SigBlk)
		}
	}
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
