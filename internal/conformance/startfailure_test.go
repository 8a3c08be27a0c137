//go:build linux

package conformance

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"jobobject"
	"jobobject/internal/testkit"
)

func TestC56_a_start_that_fails_tells_why_and_leaves_nothing(t *testing.T) {
	scripts := scriptsIn(t)
	for name, given := range map[string]struct {
		cmd  func(t *testing.T) *exec.Cmd
		want error
	}{
		"missing file": {
			func(*testing.T) *exec.Cmd { return exec.Command(filepath.Join(scripts, "missing")) }, fs.ErrNotExist},
		"name not found": {
			func(*testing.T) *exec.Cmd { return exec.Command("jobobject-no-such-program") }, exec.ErrNotFound},
		"not executable": {
			func(*testing.T) *exec.Cmd { return exec.Command(filepath.Join(scripts, "data")) }, fs.ErrPermission},
		"directory": {
			func(*testing.T) *exec.Cmd { return exec.Command(scripts) }, fs.ErrPermission},
		"no program format": {
			func(*testing.T) *exec.Cmd { return exec.Command(filepath.Join(scripts, "nonsense")) }, syscall.ENOEXEC},
		"missing interpreter": {
			func(*testing.T) *exec.Cmd { return exec.Command(filepath.Join(scripts, "orphan-script")) }, fs.ErrNotExist},
		"missing working directory": {
			func(t *testing.T) *exec.Cmd {
				cmd := testkit.FixtureCommand(t, "sleep")
				cmd.Dir = filepath.Join(scripts, "missing")
				return cmd
			}, fs.ErrNotExist},
		"program that is being written": {
			func(t *testing.T) *exec.Cmd {
				f, err := os.OpenFile(filepath.Join(scripts, "busy"), os.O_WRONLY, 0)
				requireNoError(t, err)
				t.Cleanup(func() { f.Close() })
				return exec.Command(f.Name())
			}, syscall.ETXTBSY},
		"cancelled context": {
			func(t *testing.T) *exec.Cmd {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				return exec.CommandContext(ctx, testkit.Fixture(t), "sleep")
			}, context.Canceled},
	} {
		for kind, options := range map[string][]jobobject.StartOption{
			"": nil, ", suspended": {jobobject.Suspended()},
		} {
			t.Run(name+kind, func(t *testing.T) {
				testkit.NoLeaks(t)
				job := newJob(t)
				cmd := given.cmd(t)
				nonce := testkit.Nonce(t, cmd)

				_, err := job.Start(cmd, options...)

				requireErrorIs(t, err, given.want)
				testkit.RequireNone(t, nonce, atOnce)
				requireCounts(t, job, 0, 0, 0)
				requireProcesses(t, job)
				requireTimesOut(t, job.WaitEmpty) // it is still unused
				m := givenWith(t, job, options[:0], "sleep")
				requireProcesses(t, job, m.Pid())
			})
		}
	}
}

// scriptsIn makes the files that cannot be executed.
func scriptsIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, file := range map[string]struct {
		content string
		mode    fs.FileMode
	}{
		"data":          {"#!/bin/sh\nexit 0\n", 0o644},
		"nonsense":      {"\x01\x02\x03\x04\n", 0o755},
		"busy":          {"#!/bin/sh\nexit 0\n", 0o755},
		"orphan-script": {"#!/no/such/interpreter\n", 0o755},
	} {
		requireNoError(t, os.WriteFile(filepath.Join(dir, name), []byte(file.content), file.mode))
	}
	return dir
}

func TestC56_a_command_that_was_started_already_is_refused(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	m := given(t, job, "sleep")
	_, err := job.Start(m.cmd)
	if err == nil {
		t.Fatal("started twice")
	}
	requireProcesses(t, job, m.Pid())
	requireCounts(t, job, 1, 1, 0)
}

func TestC56_a_failed_start_in_a_used_job_leaves_the_members_alone(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t, killOnClose)
	m := given(t, job, "sleep")
	for range rounds(t, 50) {
		_, err := job.Start(exec.Command(filepath.Join(t.TempDir(), "missing")))
		requireErrorIs(t, err, fs.ErrNotExist)
	}
	requireProcesses(t, job, m.Pid())
	requireCounts(t, job, 1, 1, 0)
}

// A process that is cancelled ends alone, as with os/exec.
func TestC56_the_context_of_a_command_ends_it_after_the_start(t *testing.T) {
	testkit.NoLeaks(t)
	job := newJob(t)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, testkit.Fixture(t), "children", "1")
	w := watch(t, cmd)
	var process *jobobject.Process
	out := testkit.Start(t, cmd, func() (err error) {
		process, err = job.Start(cmd)
		return err
	})
	reapWithTest(t, process)
	child := out.AwaitReady(t)[0]

	cancel()
	status, err := process.Wait()
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if sig, _ := status.Signal(); sig != syscall.SIGKILL {
		t.Fatalf("it ended with %v", status)
	}
	requireProcesses(t, job, child)
	requireNoError(t, job.Terminate(1))
	w.requireGone(t, atOnce)
}
