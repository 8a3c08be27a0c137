package testkit

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// readyPatience bounds the wait for a fixture; a machine that is busy with other
// tests needs a part of it.
const readyPatience = 20 * time.Second

// StartReady starts cmd, a verb of the fixture, waits until it is ready and
// returns the pids of the processes it reported to have made.
//
// With start nil the command is started here, and killed and reaped when the
// test ends. Otherwise start does it, in whatever way is being tested, and
// reaping is its business. What was reported is killed at the end in any case.
func StartReady(t testing.TB, cmd *exec.Cmd, start func() error) (pids []int) {
	t.Helper()
	return Start(t, cmd, start).AwaitReady(t)
}

// Start is StartReady without the wait.
func Start(t testing.TB, cmd *exec.Cmd, start func() error) *Output {
	t.Helper()
	if cmd.Stdout != nil {
		t.Fatal("the command's standard output is already spoken for")
	}
	out := NewOutput(t)
	cmd.Stdout = out.Writer()
	if start == nil {
		start = cmd.Start
		t.Cleanup(func() {
			if cmd.Process == nil || cmd.ProcessState != nil {
				return // never started, or reaped by the test
			}
			_ = cmd.Process.Kill()
			out.killReported() // they may hold a pipe that Wait reads
			_ = cmd.Wait()     // killed is not how it was to end, but it has
		})
	}
	if err := start(); err != nil {
		t.Fatalf("start %q: %v", cmd.Args, err)
	}
	out.Started()
	return out
}

// Output is the standard output of a fixture, read line by line as it comes.
// It is read to its end, so that nobody blocks in a full pipe.
type Output struct {
	read, write *os.File
	done        chan struct{} // closed at the end of the file

	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and replaced with every line
	held    []int         // pidfds of the processes it reported
}

// NewOutput makes one whose Writer is to become the standard output of what the
// test starts.
func NewOutput(t testing.TB) *Output {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatalf("make a pipe for standard output: %v", err)
	}
	out := &Output{read: r, write: w, done: make(chan struct{}), changed: make(chan struct{})}
	go out.follow()
	t.Cleanup(func() {
		w.Close()
		out.killReported()
		r.Close() // ends follow even if somebody still has the other end
		<-out.done
		out.killReported() // what it reported in the meantime
	})
	return out
}

// Writer is the end for the process.
func (o *Output) Writer() *os.File { return o.write }

// Started gives up this side's copy of the Writer. Without it the output would
// never end.
func (o *Output) Started() { o.write.Close() }

// Lines are those that came so far.
func (o *Output) Lines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.lines)
}

// Done is closed when nobody holds the output any more.
func (o *Output) Done() <-chan struct{} { return o.done }

// AwaitReady waits for the line "ready" and returns the pids reported before.
func (o *Output) AwaitReady(t testing.TB) (pids []int) {
	t.Helper()
	for _, line := range o.Await(t, readyPatience, "ready") {
		if text, found := strings.CutPrefix(line, "pid "); found {
			if pid, err := strconv.Atoi(text); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// Await waits for that line and returns all that came before it. It fails the
// test when a "failed: " line comes, or the end.
func (o *Output) Await(t testing.TB, within time.Duration, line string) (before []string) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		o.mu.Lock()
		lines, changed := slices.Clone(o.lines), o.changed
		o.mu.Unlock()
		if i := slices.Index(lines, line); i >= 0 {
			return lines[:i]
		}
		if len(lines) > 0 && strings.HasPrefix(lines[len(lines)-1], "failed: ") {
			t.Fatalf("the fixture %s", lines[len(lines)-1])
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("not within %v: line %q; there were %q", within, line, lines)
		case <-o.done:
			// Lines that came together with the end are looked at first.
			o.mu.Lock()
			ended := len(o.lines) == len(lines)
			o.mu.Unlock()
			if ended {
				t.Fatalf("output ended without line %q; there were %q", line, lines)
			}
		}
	}
}

func (o *Output) follow() {
	defer close(o.done)
	scanner := bufio.NewScanner(o.read)
	for scanner.Scan() {
		line := scanner.Text()
		o.mu.Lock()
		o.lines = append(o.lines, line)
		if text, found := strings.CutPrefix(line, "pid "); found {
			o.hold(text)
		}
		close(o.changed)
		o.changed = make(chan struct{})
		o.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, o.read) // a line too long stops the scanner only
}

// hold takes a pidfd while the number is fresh, to kill the right one later.
func (o *Output) hold(text string) {
	pid, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	if fd, err := unix.PidfdOpen(pid, 0); err == nil {
		o.held = append(o.held, fd)
	}
}

func (o *Output) killReported() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, fd := range o.held {
		_ = killHeld(fd) // dead already, mostly
		_ = unix.Close(fd)
	}
	o.held = nil
}
