package supervisor

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jobobject/internal/proctable"
	"jobobject/internal/testkit"
)

// callerVerb makes the test binary a caller that the test can kill.
const callerVerb = "be-caller"

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == callerVerb {
		beCaller(os.Args[2], os.Args[3:])
	}
	os.Exit(testkit.Main(m))
}

// beCaller starts a command, hands its output on, and then does what it is told to.
func beCaller(specText string, args []string) {
	var spec Spec
	err := json.Unmarshal([]byte(specText), &spec)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // for the command
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = os.Stdout
	var c *Child
	if err == nil {
		c, err = Start(cmd, spec)
	}
	if err != nil {
		fmt.Println("failed: ", err)
		os.Exit(1)
	}
	if spec.Suspended || spec.Stopped {
		fmt.Printf("pid %d\nready\n", c.Pid())
	}
	if _, err := unix.IoctlGetInt(0, unix.TIOCGPGRP); err == nil {
		_, _ = c.Wait() // a terminal is for the command
		os.Exit(0)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
	os.Exit(0)
}

// caller is a process that has started a command.
type caller struct {
	cmd                *exec.Cmd
	input              io.Closer
	nonce              string
	pid                int
	proxy, ward, super int
	command            int
	reports            []int // what the command has said to have made
}

// startCaller starts a caller of a verb of the fixture, and waits until that is ready.
func startCaller(t *testing.T, spec Spec, verb ...string) *caller {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", append([]string{callerVerb, string(text), testkit.Fixture(t)}, verb...)...)
	nonce := testkit.Nonce(t, cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{cmd: cmd, input: input, nonce: nonce}
	out := testkit.Start(t, cmd, nil)
	c.pid = cmd.Process.Pid
	c.reports = out.AwaitReady(t)
	c.look(t)
	return c
}

// look finds out who is who.
func (c *caller) look(t *testing.T) {
	t.Helper()
	table, err := proctable.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range table.Below(c.pid) {
		switch p.Comm {
		case ProxyName:
			c.proxy = p.Pid
		case WardName:
			c.ward = p.Pid
		case SuperName:
			c.super = p.Pid
		default:
			if p.Parent == c.super {
				c.command = p.Pid
			}
		}
	}
	if c.proxy == 0 || c.ward == 0 || c.super == 0 {
		t.Fatalf("the processes of caller %d are %+v", c.pid, table.Below(c.pid))
	}
}

func signalPid(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := unix.Kill(pid, sig); err != nil {
		t.Errorf("%v to %d: %v", sig, pid, err)
	}
}

// helpersGone waits for the three to be gone.
func (c *caller) helpersGone(t *testing.T) {
	t.Helper()
	for name, pid := range map[string]int{ProxyName: c.proxy, WardName: c.ward, SuperName: c.super} {
		testkit.Within(t, soon, "end of "+name, func() bool {
			p, found := proctable.Look(pid)
			return !found || p.Dead() || !strings.HasPrefix(p.Comm, "jobobject-")
		})
	}
}
