package probe

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/cgroupfs"

	"golang.org/x/sys/unix"
)

// patience bounds every wait for the kernel. What is waited for takes well
// under a millisecond; a probe that needs longer has its answer.
const patience = 500 * time.Millisecond

// trialGroup is a cgroup directory to try things in. The run that made it
// removes it.
type trialGroup struct {
	path string
	dir  *os.File
}

var (
	errNoCgroup2   = errors.New("no cgroup2 file system is mounted")
	errOwnNotShown = errors.New("no cgroup2 mount shows the group of this process")
)

// makeTrialGroup makes a group below the caller's own.
func makeTrialGroup(v2 cgroupfs.Hierarchy, layout cgroupfs.Layout) (*trialGroup, error) {
	if layout != cgroupfs.LayoutUnified && layout != cgroupfs.LayoutHybrid {
		return nil, errNoCgroup2
	}
	if v2.OwnDir == "" {
		return nil, fmt.Errorf("%w: it is in %s, %s shows another part", errOwnNotShown, v2.OwnPath, v2.MountPoint)
	}
	return makeGroupBelow(v2.OwnDir)
}

// makeGroupBelow avoids the names of jobs, whose sweep would take the group for one
// that its owner has left. The name is no secret, and crypto/rand would be
// initialized by every program that can tell its capabilities.
func makeGroupBelow(parent string) (*trialGroup, error) {
	path := filepath.Join(parent, "jobprobe-"+strconv.FormatUint(rand.Uint64(), 36))
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, err // a *PathError: it names operation, path and cause
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &trialGroup{path: path, dir: dir}, nil
}

// remove takes the group away. A member that has just been reaped can keep the
// directory busy for a moment, so it waits for the group to be empty.
func (g *trialGroup) remove(ctx context.Context) error {
	defer g.dir.Close()
	err := os.Remove(g.path)
	if errors.Is(err, unix.EBUSY) {
		// The caller giving up must not leave the directory behind.
		err = g.awaitEvent(context.WithoutCancel(ctx), "populated 0")
		err = errors.Join(err, os.Remove(g.path))
	}
	if err != nil {
		return fmt.Errorf("remove trial group: %w", err)
	}
	return nil
}

func (g *trialGroup) has(file string) bool { return exists(filepath.Join(g.path, file)) }

func (g *trialGroup) read(file string) (string, error) {
	content, err := os.ReadFile(filepath.Join(g.path, file))
	return string(content), err
}

// write writes to a file that the kernel made; it never creates one.
func (g *trialGroup) write(file, value string) error {
	f, err := os.OpenFile(filepath.Join(g.path, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// awaitEvent waits until cgroup.events holds the line, woken by the kernel's
// notice and by nothing else: that the notice comes is part of what is tried.
func (g *trialGroup) awaitEvent(ctx context.Context, line string) error {
	events, err := os.Open(filepath.Join(g.path, "cgroup.events"))
	if err != nil {
		return err
	}
	defer events.Close()

	deadline := time.Now().Add(patience)
	content := make([]byte, 512)
	for {
		// Reading is also what makes poll wait for the next change.
		n, err := unix.Pread(int(events.Fd()), content, 0)
		if err != nil {
			return &os.PathError{Op: "read", Path: events.Name(), Err: err}
		}
		if hasLine(string(content[:n]), line) {
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("%s: no notice of %q within %v", events.Name(), line, patience)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		fds := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(fds, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return &os.PathError{Op: "poll", Path: events.Name(), Err: err}
		}
	}
}

func hasLine(content, line string) bool {
	for l := range strings.Lines(content) {
		if strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}
