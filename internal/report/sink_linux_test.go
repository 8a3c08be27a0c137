package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

func TestAReportTakesThePlaceOfAFileAsAWhole(t *testing.T) {
	dir := t.TempDir()
	for name, given := range map[string]func(t *testing.T, path string){
		"there is none": func(*testing.T, string) {},
		"an older one":  func(t *testing.T, path string) { write(t, path, "something longer than the new content", 0o640) },
		"a link to a file": func(t *testing.T, path string) {
			write(t, path+".target", "old", 0o640)
			link(t, filepath.Base(path)+".target", path)
		},
		"a link to nothing": func(t *testing.T, path string) { link(t, path+".target", path) },
		"a link to a link": func(t *testing.T, path string) {
			link(t, path+".target", path+".middle")
			link(t, path+".middle", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			given(t, path)
			before, _ := os.ReadFile(path)
			kind, _ := os.Readlink(path)

			sink := open(t, path)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Errorf("opening it changed %q into %q", before, after)
			}
			reader, err := os.Open(path) // somebody is reading the old one
			if err == nil {
				defer reader.Close()
			}
			put(t, sink, "new\n")

			requireContent(t, path, "new\n")
			if reader != nil {
				if held, _ := io.ReadAll(reader); string(held) != string(before) {
					t.Errorf("who had the old file open sees %q", held)
				}
			}
			if now, _ := os.Readlink(path); now != kind {
				t.Errorf("the link to %q is one to %q now", kind, now)
			}
			if len(before) > 0 {
				requireMode(t, path, 0o640)
			}
			requireNothingBeside(t, dir)
		})
	}
}

func TestANewReportHasTheModeThatTheUmaskLeaves(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	path := filepath.Join(t.TempDir(), "report")
	put(t, open(t, path), "new\n")
	requireMode(t, path, 0o640)
}

func TestAReportGoesOnWhereADescriptorStands(t *testing.T) {
	for _, name := range []string{"/dev/fd/%d", "/proc/self/fd/%d", fmt.Sprintf("/proc/%d/fd/%%d", os.Getpid()), "link"} {
		t.Run(strings.ReplaceAll(name, "/", "-"), func(t *testing.T) {
			testkit.NoLeaks(t)
			dir := t.TempDir()
			file := filepath.Join(dir, "shared")
			fd, err := syscall.Open(file, syscall.O_RDWR|syscall.O_CREAT, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer syscall.Close(fd) // without O_CLOEXEC, as one that was inherited
			path := filepath.Join(dir, "link")
			if name == "link" {
				link(t, fmt.Sprintf("/proc/self/fd/%d", fd), path)
			} else {
				path = fmt.Sprintf(name, fd)
			}

			sink := open(t, path)
			if _, err := syscall.Write(fd, []byte("what the command says\n")); err != nil {
				t.Fatal(err)
			}
			put(t, sink, "report\n")

			requireContent(t, file, "what the command says\nreport\n")
		})
	}
}

func TestAReportGoesThroughANamedPipe(t *testing.T) {
	testkit.NoLeaks(t)
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		content, _ := os.ReadFile(path)
		read <- string(content)
	}()

	put(t, open(t, path), "new\n")

	select {
	case content := <-read:
		if content != "new\n" {
			t.Errorf("read %q", content)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the reader sees no end")
	}
}

func TestWhatCannotBeWrittenIsFoundWhenItIsOpened(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	link(t, dir+"/loop", dir+"/loop")
	write(t, dir+"/file", "", 0o600)
	source, err := syscall.Open(dir+"/file", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(source)
	private, err := syscall.Open(dir+"/file", syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(private)

	for name, c := range map[string]struct {
		path string
		want error
	}{
		"no directory":                      {dir + "/missing/report", fs.ErrNotExist},
		"a file as directory":               {dir + "/file/report", syscall.ENOTDIR},
		"a directory":                       {dir, syscall.EISDIR},
		"a loop of links":                   {dir + "/loop", syscall.ELOOP},
		"a name too long":                   {dir + "/" + strings.Repeat("x", 300), syscall.ENAMETOOLONG},
		"a place where no file can be":      {"/proc/report", fs.ErrNotExist},
		"a descriptor that is closed":       {"/dev/fd/999", syscall.EBADF},
		"a descriptor to read from":         {fmt.Sprintf("/dev/fd/%d", source), fs.ErrPermission},
		"a descriptor of this program only": {fmt.Sprintf("/dev/fd/%d", private), syscall.EBADF},
	} {
		t.Run(name, func(t *testing.T) {
			sink, err := Open(c.path)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v (sink %+v)", err, c.want, sink)
			}
		})
	}
	if _, err := Open(""); err == nil {
		t.Error("no name at all is taken")
	}
	requireNothingBeside(t, dir)
}

func TestAFullDeviceIsToldOf(t *testing.T) {
	testkit.NoLeaks(t)
	if err := open(t, "/dev/full").Write([]byte("new\n")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
}

// A directory in which files can be written and not be made, as an unprivileged
// user often has it.
func TestAReportIsWrittenInPlaceWhereItCannotBeReplaced(t *testing.T) {
	if os.Getenv("JOBOBJECT_TEST_IN_PLACE") == "" {
		testkit.NoLeaks(t)
		requireAsNobody(t)
		return
	}
	path := os.Getenv("JOBOBJECT_TEST_IN_PLACE")
	put(t, open(t, path), "new\n")
	requireContent(t, path, "new\n")
}

// requireAsNobody runs the calling test again as somebody who owns a file, and not
// the directory that it is in.
func requireAsNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "report")
	program := filepath.Join(dir, "test")
	write(t, path, "something longer than the new content", 0o666)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	write(t, program, string(self), 0o755)
	for up := dir; up != "/" && up != os.TempDir(); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$")
	cmd.Dir = "/"
	cmd.Env = append(cmd.Environ(), "JOBOBJECT_TEST_IN_PLACE="+path)
	testkit.AsNobody(t, cmd)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("as nobody: %v\n%s", err, output)
	}
	requireContent(t, path, "new\n")
}

func open(t *testing.T, path string) *Sink {
	t.Helper()
	sink, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func put(t *testing.T, sink *Sink, content string) {
	t.Helper()
	if err := sink.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func requireContent(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s has %q (%v), want %q", path, got, err, want)
	}
}

func requireMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
		t.Errorf("mode of %s is %v (%v), want %v", path, info.Mode(), err, want)
	}
}

func requireNothingBeside(t *testing.T, dir string) {
	t.Helper()
	if left, _ := filepath.Glob(dir + "/.job-report*"); len(left) > 0 {
		t.Errorf("left beside: %q", left)
	}
}
