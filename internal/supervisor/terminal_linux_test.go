package supervisor

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

// screen is a terminal, and what has been written to it.
type screen struct {
	master *os.File
	mu     sync.Mutex
	text   string
}

func (s *screen) has(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.text, text)
}

func (s *screen) await(t *testing.T, text string, times int) {
	t.Helper()
	testkit.Within(t, soon, text, func() bool { return s.has(text) >= times })
}

// atTerminal starts a shell at a terminal of its own, and that a caller of the script.
func atTerminal(t *testing.T, script string) (s *screen, c *caller) {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A shell that does job control: it puts the caller into a group of its own.
	cmd := exec.Command("/bin/sh", "-mc", `"$CALLER" be-caller "{}" /bin/sh -c "$SCRIPT"; echo "the shell goes on"; read key; fg; echo "the shell ends"`)
	cmd.Env = append(os.Environ(), "CALLER="+own, "SCRIPT="+script)
	nonce := testkit.Nonce(t, cmd)
	master, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	master.Close()
	if err == nil {
		err = unix.SetNonblock(fd, true) // else Close would not end a Read
	}
	if err != nil {
		t.Fatal(err)
	}
	s = &screen{master: os.NewFile(uintptr(fd), "terminal")}
	over := make(chan struct{})
	go func() {
		defer close(over)
		buffer := make([]byte, 4096)
		for {
			n, err := s.master.Read(buffer)
			s.mu.Lock()
			s.text += string(bytes.ReplaceAll(buffer[:n], []byte("\r"), nil))
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s.master.Close()
		<-over
	})
	s.await(t, "ready", 1)
	c = &caller{cmd: cmd, nonce: nonce}
	table, err := proctable.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range table.Below(cmd.Process.Pid) {
		if p.Comm == ProxyName {
			c.pid = p.Parent
		}
	}
	c.look(t)
	return s, c
}

func (s *screen) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func TestTheTerminalInterruptsTheCommandOnceAndNobodyElse(t *testing.T) {
	testkit.NoLeaks(t)
	s, c := atTerminal(t, `trap 'echo interrupted' INT; trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done`)
	for times := 1; times <= 3; times++ {
		s.types(t, "\x03")
		s.await(t, "interrupted", times)
	}
	if got := s.has("interrupted"); got != 3 {
		t.Errorf("it has been interrupted %d times", got)
	}
	for name, pid := range map[string]int{ProxyName: c.proxy, WardName: c.ward, SuperName: c.super, "command": c.command, "caller": c.pid} {
		if !testkit.Alive(pid) {
			t.Errorf("%s is dead", name)
		}
	}
	table, err := proctable.Read()
	if err != nil {
		t.Fatal(err)
	}
	own := table[c.pid]
	if p := table[c.command]; p.Group != own.Group || p.Session != own.Session {
		t.Errorf("the command is in group %d of session %d, the caller in %d of %d", p.Group, p.Session, own.Group, own.Session)
	}
	for name, pid := range map[string]int{ProxyName: c.proxy, WardName: c.ward, SuperName: c.super} {
		if p := table[pid]; p.Group == own.Group || p.Session != own.Session {
			t.Errorf("%s is in group %d of session %d, the caller in %d of %d", name, p.Group, p.Session, own.Group, own.Session)
		}
	}
}

func TestTheTerminalStopsTheCommandAndTheProxyFollows(t *testing.T) {
	testkit.NoLeaks(t)
	s, c := atTerminal(t, `trap 'echo again' CONT; trap 'exit 0' INT; echo ready; while :; do sleep 0.1; done`)
	state := func(pid int) byte { p, _ := proctable.Look(pid); return p.State }
	s.types(t, "\x1a")
	testkit.Within(t, soon, "command, proxy and caller are stopped", func() bool {
		return state(c.command) == 'T' && state(c.proxy) == 'T' && state(c.pid) == 'T'
	})
	s.await(t, "the shell goes on", 1)
	s.types(t, "\n") // then it brings the caller back into the foreground
	testkit.Within(t, soon, "all go on", func() bool { return state(c.command) != 'T' && state(c.proxy) != 'T' && state(c.pid) != 'T' })
	s.await(t, "again", 1)
	if group, err := unix.Getpgid(c.command); err != nil || group != c.pid {
		t.Errorf("it is in group %d (%v)", group, err)
	}
	s.types(t, "\x03")
	testkit.Within(t, soon, "the command has ended", func() bool { return !testkit.Alive(c.command) })
	if got := s.has("again"); got != 1 {
		t.Errorf("it has been continued %d times", got)
	}
}

func TestACommandCanBePutInTheForeground(t *testing.T) {
	testkit.NoLeaks(t)
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip("no terminal: ", err)
	}
	defer master.Close()
	defer tty.Close()
	// A session of its own with this terminal.
	cmd := exec.Command("sh", "-c", `ps -o stat= -p $$ || cat /proc/$$/stat; read line; echo "got $line"`)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c := below(t, cmd, Spec{})
	if group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP); err == nil && group != c.Pid() {
		t.Errorf("the terminal's foreground group is %d, not %d", group, c.Pid())
	}
	if sid, err := unix.Getsid(c.Pid()); err != nil || sid != c.Pid() {
		t.Errorf("its session is %d (%v)", sid, err)
	}
	if _, err := master.WriteString("hello\n"); err != nil {
		t.Fatal(err)
	}
	if status, err := c.Wait(); err != nil || status.ExitCode() != 0 {
		t.Errorf("%v, %v", status, err)
	}
}
