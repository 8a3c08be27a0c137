package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"jobobject/internal/testkit"
)

// console is a shell at a terminal, with somebody who types and reads.
type console struct {
	t      testing.TB
	cmd    *exec.Cmd
	nonce  string
	master *os.File
	over   chan struct{} // closed when the terminal has nobody left

	mu   sync.Mutex
	text string
	read int // so much of it has been looked at
}

// prompt is what the shell says when it waits. It is put together by the shell, so
// it cannot be mistaken for what was typed.
const prompt = "[next]"

// openConsole starts an interactive shell that knows the programs job and fixture.
func openConsole(t testing.TB, shell ...string) *console {
	t.Helper()
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Dir = t.TempDir()
	nonce := testkit.Nonce(t, cmd)
	cmd.Env = append(cmd.Environ(), "TERM=dumb", "HISTFILE=", "ENV=",
		"PS1="+prompt, "JOB="+jobProgram(t), "FIXTURE="+testkit.Fixture(t))
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 1000})
	if err != nil {
		t.Fatalf("start %q at a terminal: %v", shell, err)
	}
	c := &console{t: t, cmd: cmd, nonce: nonce, master: interruptible(t, master), over: make(chan struct{})}
	go c.follow()
	t.Cleanup(func() {
		c.master.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-c.over
	})
	c.await(prompt)
	return c
}

// interruptible makes Close end a Read that is under way, and hang up.
func interruptible(t testing.TB, f *os.File) *os.File {
	t.Helper()
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func (c *console) follow() {
	defer close(c.over)
	buffer := make([]byte, 4096)
	for {
		n, err := c.master.Read(buffer)
		c.mu.Lock()
		c.text += string(buffer[:n])
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// type is what somebody types; keys such as Ctrl-C are among it.
func (c *console) send(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.master, keys); err != nil {
		c.t.Fatalf("type %q: %v", keys, err)
	}
}

const (
	ctrlC         = "\x03"
	ctrlBackslash = "\x1c"
	ctrlZ         = "\x1a"
)

// await waits for words in what has not been read yet and returns what came before.
func (c *console) await(words string) (before string) {
	c.t.Helper()
	testkit.Within(consoleT{c.t, c}, patience, "the words "+words, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		at := strings.Index(c.text[c.read:], words)
		if at < 0 {
			return false
		}
		before = c.text[c.read : c.read+at]
		c.read += at + len(words)
		return true
	})
	return before
}

// do types a line, waits for the next prompt and returns what came in between.
func (c *console) do(line string) string {
	c.t.Helper()
	c.send(line + "\n")
	return c.await(prompt)
}

// requireStatus fails the test unless the last command had that status.
func (c *console) requireStatus(want int) {
	c.t.Helper()
	if said := c.do(`echo "status=<$?>"`); !strings.Contains(said, "status=<"+itoa(want)+">") {
		c.t.Fatalf("status is not %d: %q", want, said)
	}
}

// requireState fails the test unless the processes of that name, of which there
// is one at least, come to be in that state.
func (c *console) requireState(name string, state byte) {
	c.t.Helper()
	testkit.Within(consoleT{c.t, c}, patience, name+" in state "+string(state), func() bool {
		found := false
		for _, pid := range testkit.WithNonce(c.nonce) {
			if stat, err := testkit.ReadStat(pid); err == nil && stat.Comm == name {
				if found = true; stat.State != state {
					return false
				}
			}
		}
		return found
	})
}

// hangUp takes the terminal away from all who have it, as a lost connection does.
func (c *console) hangUp() { c.master.Close() }

// end leaves the shell, if it is still there, and proves that nothing is left.
func (c *console) end() {
	c.t.Helper()
	_, _ = io.WriteString(c.master, "exit\n") // fails after a hang-up
	select {
	case <-c.over:
	case <-time.After(patience):
		consoleT{c.t, c}.Fatalf("the shell does not end")
	}
	testkit.RequireNone(c.t, c.nonce, patience)
}

// consoleT shows the terminal where a test fails.
type consoleT struct {
	testing.TB
	c *console
}

func (t consoleT) Fatalf(format string, args ...any) {
	t.Helper()
	t.c.mu.Lock()
	screen := t.c.text
	t.c.mu.Unlock()
	t.TB.Fatalf(format+"\non the terminal:\n%s", append(args, screen)...)
}
