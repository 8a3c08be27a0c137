package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"jobobject/internal/cgroupfs"
	"jobobject/internal/mechanism"
	"jobobject/internal/probe"
	"jobobject/internal/testkit"
)

// place is where job runs, and what it has to find out about it (C68).
type place struct {
	name string
	// to has a command run there; the script sees $V2, which is where cgroup2 is mounted.
	to        func(t *testing.T, cmd *exec.Cmd)
	mechanism string
	why       string // for want of what there are no cgroups
	refused   string // flags of limits that nothing holds there
}

func places() []place {
	const byTree = "--cpus --cpu-weight --cpu-min --io --scheduling-class"
	return []place{
		{
			name: "a read-only cgroup file system", mechanism: mechanism.Proctree, why: "read-only file system", refused: byTree,
			to: amongMounts(`mount -o remount,bind,ro "$V2"`),
		},
		{
			name: "no cgroup file system", mechanism: mechanism.Proctree, why: "no cgroup2 mount", refused: byTree,
			to: amongMounts(`mount -t tmpfs none /sys/fs/cgroup`),
		},
		{
			name: "nothing delegated", mechanism: mechanism.Proctree, why: "permission denied", refused: byTree,
			to: func(t *testing.T, cmd *exec.Cmd) {
				requireRoot(t)
				testkit.InGroup(t, cmd, testkit.TempGroup(t))
				testkit.AsNobody(t, cmd)
			},
		},
		{
			// A cgroup that its parent hands nothing down to, and no v1 beside it.
			name: "no controllers", mechanism: mechanism.Cgroup, refused: "--memory --memory-kills-all --affinity " + byTree,
			to: func(t *testing.T, cmd *exec.Cmd) {
				bare := filepath.Join(testkit.TempGroup(t), "bare")
				if err := os.Mkdir(bare, 0o755); err != nil {
					t.Fatal(err)
				}
				amongMounts(`for dir in /sys/fs/cgroup/*/; do
					if [ "${dir%/}" != "$V2" ] && mountpoint -q "$dir"; then mount -t tmpfs none "$dir"; fi
				done`)(t, cmd)
				testkit.InGroup(t, cmd, bare)
			},
		},
	}
}

// amongMounts has a command run with mounts of its own, which a shell changes first.
func amongMounts(change string) func(t *testing.T, cmd *exec.Cmd) {
	return func(t *testing.T, cmd *exec.Cmd) {
		requireRoot(t)
		v2, _, err := cgroupfs.ReadOwnV2()
		if err != nil || v2.MountPoint == "" {
			t.Skipf("no cgroup2 to take away: %v", err)
		}
		script := "set -e; mount --make-rprivate /; " + change + "; exec \"$@\""
		cmd.Args = append([]string{"sh", "-c", script, "sh", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		cmd.Env = append(cmd.Environ(), "V2="+v2.MountPoint)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	}
}

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make such a place")
	}
}

func inEachPlace(t *testing.T, try func(t *testing.T, p place)) {
	t.Helper()
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) { try(t, p) })
	}
}

// run runs job there and proves that nothing is left.
func (p place) run(t *testing.T, args ...string) ended {
	t.Helper()
	cmd, nonce := jobCommand(t, args...)
	cmd.Dir, cmd.Env = "/", append(cmd.Environ(), mechanism.Variable+"=") // each place decides
	p.to(t, cmd)
	got := runCommand(t, cmd)
	testkit.RequireNone(t, nonce, patience)
	return got
}

func TestC68_doctor_says_what_keeps_a_job_together_and_why(t *testing.T) {
	testkit.NoLeaks(t)
	inEachPlace(t, func(t *testing.T, p place) {
		got := p.run(t, "doctor", "--json")
		got.requireStatus(t, 0)
		var found probe.Report
		if err := json.Unmarshal([]byte(got.stdout), &found); err != nil {
			t.Fatalf("%v in %s", err, got.stdout)
		}
		if found.Mechanism.Name != p.mechanism || !strings.Contains(found.Mechanism.Why, p.why) {
			t.Errorf("it is %+v, want %s because of %q", found.Mechanism, p.mechanism, p.why)
		}
		if found.Mechanism.Name == mechanism.Proctree && found.Mechanism.Remedy == "" {
			t.Error("nothing is said that would give cgroups")
		}
	})
}

func TestC68_a_command_runs_and_nothing_of_it_is_left(t *testing.T) {
	testkit.NoLeaks(t)
	inEachPlace(t, func(t *testing.T, p place) {
		file := filepath.Join(openDirectory(t), "report")
		got := p.run(t, "run", "--report-file", file, "--", "sh", "-c", "sleep 1000 & setsid sleep 1000 & exit 3")
		got.requireStatus(t, 3)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			Mechanism string
			Leftover  struct{ Count int }
		}
		if err := json.Unmarshal(content, &told); err != nil {
			t.Fatal(err)
		}
		if told.Mechanism != p.mechanism {
			t.Errorf("the report is %s", content)
		}
		if told.Leftover.Count != 2 {
			t.Errorf("%d were left, want 2: %s", told.Leftover.Count, content)
		}
	})
}

// What is said to hold is what job run takes, and the other way round.
func TestC68_a_limit_that_nothing_holds_is_refused_and_nothing_runs(t *testing.T) {
	testkit.NoLeaks(t)
	inEachPlace(t, func(t *testing.T, p place) {
		listed := p.run(t, "limits", "--json")
		listed.requireStatus(t, 0)
		var held []holding
		if err := json.Unmarshal([]byte(listed.stdout), &held); err != nil {
			t.Fatalf("%v in %s", err, listed.stdout)
		}
		if len(held) != len(limits()) {
			t.Fatalf("%d limits of %d", len(held), len(limits()))
		}
		for i, row := range limits() {
			if h := held[i]; strings.Contains(" "+p.refused+" ", " "+h.Flag+" ") && (h.State != probe.No || h.Why == "" || h.Remedy == "") {
				t.Errorf("%s is said to be held: %+v", h.Flag, h)
			}
			if row.example.ProcessMemory > 0 || row.example.JobMemory > 0 && held[i].State == probe.Yes {
				continue // they need more room than there may be for the command
			}
			args := []string{"run"}
			for _, b := range bounds(row.example, spent{}, nil, nil) {
				args = append(args, strings.Fields(b.String())...)
			}
			got := p.run(t, append(args, "echo", "ran")...)
			switch {
			case held[i].State == probe.Yes && got.status == 0:
			case held[i].State == probe.No && got.status == exitTrouble && got.stdout == "" && strings.Contains(got.stderr, "not supported"):
			default:
				t.Errorf("%s is %s (%s), and job %s ends with %d: %s%s", held[i].Flag, held[i].State, held[i].Why, args, got.status, got.stdout, got.stderr)
			}
		}
	})
}

// openDirectory is one that everybody may write to. That of t.TempDir is closed to
// others.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "job-place-")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Where neither mechanism is to be had it is as on a system without an implementation.
func TestC68_where_nothing_keeps_a_job_together_nothing_runs(t *testing.T) {
	testkit.NoLeaks(t)
	nowhere := place{to: amongMounts(`mount -t tmpfs none /proc`)}
	got := nowhere.run(t, "run", "echo", "ran")
	got.requireStatus(t, exitTrouble)
	if got.stdout != "" || !strings.Contains(got.stderr, "jobs: not supported here: no cgroup can be made: ") {
		t.Errorf("it said %q and %q", got.stdout, got.stderr)
	}
	if strings.Count(got.stderr, "job: ") != 1 {
		t.Errorf("it takes more than a line: %q", got.stderr)
	}
	if got := nowhere.run(t, "doctor"); got.status != exitCannotRun {
		t.Errorf("doctor ends with %d: %s%s", got.status, got.stdout, got.stderr)
	}
}
