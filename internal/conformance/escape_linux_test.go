package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC34_a_member_that_leaves_is_noticed_and_never_silently_missing(t *testing.T) {
	for name, targetOf := range map[string]func(t *testing.T, own string) string{
		"to the cgroup around the job": func(_ *testing.T, own string) string { return filepath.Dir(filepath.Dir(own)) },
		"to the root": func(t *testing.T, own string) string {
			dir := own
			for { // up to where the mount ends
				if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "cgroup.procs")); err != nil {
					return dir
				}
				dir = filepath.Dir(dir)
			}
		},
		"to a sibling job": func(t *testing.T, _ string) string { return groupOf(t, given(t, newJob(t), "sleep").Pid()) },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			job := newJob(t)
			target := targetOf(t, groupOf(t, given(t, job, "sleep").Pid()))
			m := given(t, job, "escape", target)
			said := m.out.Lines()[0]
			t.Logf("the member says %q", said)

			if !strings.HasPrefix(said, "ok") || !byCgroups(t) { // refused, or it does not matter
				requireContains(t, job, m.Pid(), true)
				requireActive(t, job, 2)
				return
			}
			requireNoticed(t, job, m.Pid())
			requireNoError(t, job.Terminate(1))
			m.requireGone(t, soon)
			requireEmpty(t, job)
		})
	}
}

// In the directory of the job, but not where its members belong.
func TestC34_a_member_that_only_moves_within_its_job_has_not_left(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	other := given(t, job, "sleep")
	m := given(t, job, "escape", filepath.Dir(groupOf(t, other.Pid())))
	requireContains(t, job, m.Pid(), true)
	requireActive(t, job, 2)
	escapes, err := job.Escapes()
	requireNoError(t, err)
	if len(escapes) > 0 {
		t.Errorf("escapes are %+v", escapes)
	}
	later := given(t, job, "sleep")
	requireProcesses(t, job, other.Pid(), m.Pid(), later.Pid())
	requireNoError(t, job.Close())
	m.requireGone(t, atOnce)
}

// requireNoticed is D9: a member that left is put back, or the job tells of it.
func requireNoticed(t testing.TB, job *jobobject.Job, pid int) {
	t.Helper()
	listed := processes(t, job)
	escapes, err := job.Escapes()
	requireNoError(t, err)
	if len(escapes) != 1 || escapes[0].Pid != pid {
		t.Fatalf("escapes are %+v, want one of %d", escapes, pid)
	}
	if escapes[0].Returned {
		requireContains(t, job, pid, true)
		requireActive(t, job, len(processes(t, job)))
	}
	if len(listed) != 2 {
		t.Errorf("the job lists %v, with %d away", listed, pid)
	}
}

func groupOf(t testing.TB, pid int) string {
	t.Helper()
	own, ownPath := testkit.OwnGroup(t), strings.TrimPrefix(placeOf(t, os.Getpid()), "0::")
	below, err := filepath.Rel(ownPath, strings.TrimPrefix(placeOf(t, pid), "0::"))
	requireNoError(t, err)
	return filepath.Join(own, below)
}

func TestC34_a_user_without_privilege_cannot_send_members_to_the_root(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may")
	}
	testkit.NoLeaks(t)
	job := newJob(t)
	dir := groupOf(t, given(t, job, "sleep").Pid())
	for isOwn(t, dir) {
		dir = filepath.Dir(dir)
	}
	m := given(t, job, "escape", dir)
	if said := m.out.Lines()[0]; !strings.Contains(said, "permission denied") {
		t.Fatalf("the member says %q of %s", said, dir)
	}
	requireContains(t, job, m.Pid(), true)
}

func isOwn(t testing.TB, path string) bool {
	t.Helper()
	var stat syscall.Stat_t
	requireNoError(t, syscall.Stat(path, &stat))
	return int(stat.Uid) == os.Geteuid()
}
