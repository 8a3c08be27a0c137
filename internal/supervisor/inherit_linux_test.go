package supervisor

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"jobobject/internal/fixture/inherited"
	"jobobject/internal/kernel"
	"jobobject/internal/testkit"
)

// inheritance is what a command tells of its start: started by exec.Cmd, and below a
// supervisor.
func inheritance(t *testing.T, change func(cmd *exec.Cmd)) (plain, supervised inherited.Report) {
	t.Helper()
	reports := []inherited.Report{}
	for _, run := range []func(cmd *exec.Cmd) error{
		func(cmd *exec.Cmd) error { return cmd.Run() },
		func(cmd *exec.Cmd) error {
			if _, err := Start(cmd, Spec{Jobs: []string{"a", "b"}}); err != nil {
				return err
			}
			return cmd.Wait()
		},
	} {
		out, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		var complaint bytes.Buffer
		cmd := testkit.FixtureCommand(t, "inherit", "an argument", "", "\xff")
		cmd.Stdout, cmd.Stderr = out, &complaint
		if change != nil {
			change(cmd)
		}
		if err := run(cmd); err != nil {
			t.Fatalf("%v: %s", err, complaint.String())
		}
		text, err := os.ReadFile(out.Name())
		out.Close()
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, testkit.ParseInherited(t, text))
	}
	return reports[0], reports[1]
}

// asPlain compares two reports. Its own number, its parent's and those of files made for
// each start cannot be the same.
func asPlain(t *testing.T, plain, supervised inherited.Report, others ...string) {
	t.Helper()
	for _, report := range []*inherited.Report{&plain, &supervised} {
		for fd, target := range report.FDs {
			if base, _, found := strings.Cut(target, ":["); found {
				report.FDs[fd] = base
			} else if strings.HasPrefix(target, os.TempDir()) {
				report.FDs[fd] = "temporary"
			}
		}
	}
	if diff := cmp.Diff(plain, supervised, cmpopts.IgnoreFields(inherited.Report{}, append(others, "PID", "PPID")...)); diff != "" {
		t.Errorf("below a supervisor it is (+), plain (-):\n%s", diff)
	}
}

func TestACommandInheritsWhatExecCmdGivesIt(t *testing.T) {
	testkit.NoLeaks(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(cmd *exec.Cmd){
		"nothing special":  nil,
		"extra files":      func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{null, nil, r, null, w} },
		"many files":       func(cmd *exec.Cmd) { cmd.ExtraFiles = slices.Repeat([]*os.File{null, nil, w}, 200) },
		"a directory":      func(cmd *exec.Cmd) { cmd.Dir = "/" },
		"an environment":   func(cmd *exec.Cmd) { cmd.Env = []string{"A=1", "B=\xfe\xff", "A=2"} },
		"no environment":   func(cmd *exec.Cmd) { cmd.Env = []string{} },
		"another name":     func(cmd *exec.Cmd) { cmd.Args[0] = "-fixture" },
		"a pipe for input": func(cmd *exec.Cmd) { cmd.Stdin = strings.NewReader("text") },
	} {
		t.Run(name, func(t *testing.T) {
			plain, supervised := inheritance(t, change)
			asPlain(t, plain, supervised)
			if supervised.PGID != syscall.Getpgrp() {
				t.Errorf("it is in process group %d, not in the caller's", supervised.PGID)
			}
		})
	}
}

func TestSessionsAndGroupsOfItsOwn(t *testing.T) {
	testkit.NoLeaks(t)
	for name, attr := range map[string]syscall.SysProcAttr{
		"Setsid": {Setsid: true}, "Setpgid": {Setpgid: true},
	} {
		plain, supervised := inheritance(t, func(cmd *exec.Cmd) { own := attr; cmd.SysProcAttr = &own })
		if supervised.PGID != supervised.PID || (supervised.SID == supervised.PID) != attr.Setsid {
			t.Errorf("%s: process %d is in group %d and session %d", name, supervised.PID, supervised.PGID, supervised.SID)
		}
		asPlain(t, plain, supervised, "PGID", "SID")
	}
}

func TestAnotherUserAndAmbientCapabilities(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start a command as another user")
	}
	testkit.NoLeaks(t)
	plain, supervised := inheritance(t, func(cmd *exec.Cmd) {
		testkit.AsNobody(t, cmd)
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_KILL}
	})
	asPlain(t, plain, supervised)
	if supervised.UID == 0 {
		t.Error("it is root")
	}
}

func TestIgnoredSignalsStayIgnored(t *testing.T) {
	testkit.NoLeaks(t)
	signal.Ignore(syscall.SIGUSR2, syscall.SIGUSR1, syscall.SIGTERM)
	defer func() { // signal.Reset alone leaves them ignored
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, syscall.SIGUSR2, syscall.SIGUSR1, syscall.SIGTERM)
		signal.Stop(heard)
	}()
	plain, supervised := inheritance(t, nil)
	asPlain(t, plain, supervised)
	if supervised.AtEntry && supervised.SigIgn&(1<<(syscall.SIGTERM-1)) == 0 {
		t.Errorf("ignored are %x", supervised.SigIgn)
	}
}

func TestUmaskAndLimitsAreTheCallers(t *testing.T) {
	testkit.NoLeaks(t)
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	script := "umask; ulimit -a; nice; grep -h -e Cpus_allowed -e Cap -e NoNewPrivs -e Shd -e Seccomp /proc/self/status; cat /proc/self/oom_score_adj /proc/self/cgroup"
	var outputs []string
	for _, run := range []func(cmd *exec.Cmd) error{
		func(cmd *exec.Cmd) error { return cmd.Run() },
		func(cmd *exec.Cmd) error {
			if _, err := Start(cmd, Spec{}); err != nil {
				return err
			}
			return cmd.Wait()
		},
	} {
		var out bytes.Buffer
		cmd := exec.Command("sh", "-c", script)
		cmd.Stdout = &out
		if err := run(cmd); err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, out.String())
	}
	if diff := cmp.Diff(outputs[0], outputs[1]); diff != "" {
		t.Error(diff)
	}
}

// A descriptor that the caller has itself inherited open goes to the command with exec.Cmd,
// as the pipe does by which make hands out its tokens.
func TestWhatTheCallerHasInheritedGoesToTheCommandToo(t *testing.T) {
	testkit.NoLeaks(t)
	const farOff = 77
	for _, number := range []int{0, farOff} { // 0: the next that is free
		fd, err := unix.FcntlInt(0, unix.F_DUPFD, max(number, 3))
		if err != nil {
			t.Fatal(err)
		}
		plain, supervised := inheritance(t, nil)
		asPlain(t, plain, supervised)
		if _, has := supervised.FDs[fd]; !has {
			t.Errorf("descriptor %d is not among %v", fd, supervised.FDs)
		}
		unix.Close(fd)
	}
}

func TestTheSameErrorsAsExecCmd(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	write := func(name, content string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	notExecutable, notProgram := write("a", "#!/bin/sh\n", 0o644), write("b", "gibberish", 0o755)
	missingInterpreter := write("c", "#!/nowhere/sh\n", 0o755)
	busy := write("d", "#!/bin/sh\n", 0o755)
	writer, err := os.OpenFile(busy, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for name, command := range map[string]func() *exec.Cmd{
		"missing":             func() *exec.Cmd { return exec.Command("/nowhere/program") },
		"missing in PATH":     func() *exec.Cmd { return exec.Command("no-such-program") },
		"missing, relative":   func() *exec.Cmd { return &exec.Cmd{Path: "program", Dir: "/"} },
		"missing interpreter": func() *exec.Cmd { return exec.Command(missingInterpreter) },
		"not executable":      func() *exec.Cmd { return exec.Command(notExecutable) },
		"no program":          func() *exec.Cmd { return exec.Command(notProgram) },
		"busy":                func() *exec.Cmd { return exec.Command(busy) },
		"a directory":         func() *exec.Cmd { return &exec.Cmd{Path: "/"} },
		"nothing":             func() *exec.Cmd { return &exec.Cmd{} },
		"directory missing":   func() *exec.Cmd { return &exec.Cmd{Path: "/bin/true", Dir: "/nowhere"} },
		"directory missing, with attributes": func() *exec.Cmd {
			return &exec.Cmd{Path: "/bin/true", Dir: "/nowhere", SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
		},
		"NUL in an argument": func() *exec.Cmd { return exec.Command("/bin/true", "a\x00b") },
		"NUL in a variable":  func() *exec.Cmd { return &exec.Cmd{Path: "/bin/true", Env: []string{"A=\x00"}} },
		"no such group": func() *exec.Cmd {
			return &exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pgid: 1 << 30}}
		},
		"no such terminal": func() *exec.Cmd {
			return &exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 9}}
		},
		"two kinds of control": func() *exec.Cmd {
			return &exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{Foreground: true, Setctty: true}}
		},
	} {
		want := command().Start()
		cmd := command()
		c, got := Start(cmd, Spec{})
		if c != nil || want == nil || got == nil || got.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", name, got, want)
			continue
		}
		for _, sentinel := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.ETXTBSY, syscall.ENOEXEC, exec.ErrNotFound, syscall.EINVAL} {
			if errors.Is(got, sentinel) != errors.Is(want, sentinel) {
				t.Errorf("%s: %v is %v: %v", name, got, sentinel, errors.Is(got, sentinel))
			}
		}
		if cmd.Process != nil {
			t.Errorf("%s: the command has a process", name)
		}
	}
}

func TestWhatASupervisorCannotDoIsRefused(t *testing.T) {
	_, err := Start(&exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{Ptrace: true}}, Spec{})
	if !errors.Is(err, kernel.ErrNotSupported) {
		t.Error(err)
	}
	if _, err := Start(&exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{UseCgroupFD: true}}, Spec{}); err == nil {
		t.Error("a cgroup of the caller's own was overridden without a word")
	}
}

func TestTheCommandIsGivenBackAsItWas(t *testing.T) {
	testkit.NoLeaks(t)
	attr := &syscall.SysProcAttr{Setpgid: true}
	cmd := exec.Command("true", "x")
	path := cmd.Path
	cmd.Dir, cmd.SysProcAttr = "/", attr
	below(t, cmd, Spec{})
	if cmd.Path != path || !slices.Equal(cmd.Args, []string{"true", "x"}) || cmd.Env != nil || cmd.Dir != "/" ||
		cmd.SysProcAttr != attr || cmd.ExtraFiles != nil || attr.Pdeathsig != 0 || attr.PidFD != nil {
		t.Errorf("it is %+v", cmd)
	}
}
