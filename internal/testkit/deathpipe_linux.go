package testkit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// DeathPipe tells when the last process of a tree is dead: they all inherit its
// writing end, and the reading end is here. It does not see what closed all its
// descriptors, as a daemon does; use a nonce for that.
type DeathPipe struct {
	t      testing.TB
	read   *os.File
	mu     sync.Mutex
	write  *os.File // nil once it has been given up here
	handed bool
}

// NewDeathPipe makes one; it is closed when the test ends.
func NewDeathPipe(t testing.TB) *DeathPipe {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatalf("make a death pipe: %v", err)
	}
	p := &DeathPipe{t: t, read: r, write: w}
	t.Cleanup(func() {
		p.Seal()
		r.Close()
	})
	return p
}

// Attach makes cmd, which has not been started, and all its descendants hold
// the pipe.
func (p *DeathPipe) Attach(cmd *exec.Cmd) {
	p.t.Helper()
	if cmd.Process != nil {
		p.t.Fatal("death pipe attached to a process that has already started")
	}
	cmd.Env = cmd.Environ() // nil would mean something else after an append
	p.AttachTo(&cmd.ExtraFiles, &cmd.Env)
}

// AttachTo is Attach for what is not an exec.Cmd: it adds to the files that the
// process gets from descriptor 3 on, and to its environment.
func (p *DeathPipe) AttachTo(extraFiles *[]*os.File, env *[]string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.write == nil {
		p.t.Fatal("death pipe attached after the question whether all are dead")
	}
	p.handed = true
	*extraFiles = append(*extraFiles, p.write)
	*env = append(*env, fmt.Sprintf("FIXTURE_DEATH_FD=%d", 2+len(*extraFiles)))
}

// Seal closes the writing end here, so that only the tree has it. AllDead and
// RequireAllDead do it themselves; nothing can be attached afterwards.
func (p *DeathPipe) Seal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.write != nil {
		p.write.Close()
		p.write = nil
	}
}

// AllDead tells whether all holders are dead, waiting for it at most that long.
// It may be asked again. Call it after the start: it seals the pipe.
func (p *DeathPipe) AllDead(within time.Duration) bool {
	p.t.Helper()
	if !p.handed {
		p.t.Fatal("death pipe was never attached to anything, so nobody's death shows on it")
	}
	p.Seal()
	if err := p.read.SetReadDeadline(time.Now().Add(within)); err != nil {
		p.t.Fatalf("set deadline of the death pipe: %v", err)
	}
	_, err := io.Copy(io.Discard, p.read) // the end of the file is no error here
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatalf("read death pipe: %v", err)
	}
	return err == nil
}

// RequireAllDead fails the test unless all holders are dead in time.
func (p *DeathPipe) RequireAllDead(t testing.TB, within time.Duration) {
	t.Helper()
	if !p.AllDead(within) {
		t.Fatalf("not within %v: death of all that hold the death pipe", within)
	}
}
