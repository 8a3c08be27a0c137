package probe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func (b *bench) makeGroup() finding {
	if b.group == nil {
		return no(b.groupErr, b.remedyForGroup(b.groupErr))
	}
	return yes("mkdir below %s", filepath.Dir(b.group.path))
}

// inGroup tries something that needs a group of our own.
func (b *bench) inGroup(try func(*trialGroup) finding) finding {
	if b.group == nil {
		return no(fmt.Errorf("needs %q", MakeGroup), b.remedyForGroup(b.groupErr))
	}
	return try(b.group)
}

// inPopulatedGroup tries something that needs a member in it, which it may kill.
func (b *bench) inPopulatedGroup(try func(*trialGroup, *child) finding) finding {
	return b.inGroup(func(g *trialGroup) finding {
		member, err := startMember(g)
		if err != nil {
			return notTried(err)
		}
		defer member.end()
		return try(g, member)
	})
}

// startMember starts a child inside, or moves it there where the kernel cannot
// do the former: what a group does to its members can be tried either way.
func startMember(g *trialGroup) (*child, error) {
	if member, err := startChild(bornIn(g)); err == nil {
		return member, nil
	}
	member, err := startChild(nil)
	if err != nil {
		return nil, err
	}
	if err := g.write("cgroup.procs", strconv.Itoa(member.pid())); err != nil {
		member.end()
		return nil, err
	}
	return member, nil
}

func bornIn(g *trialGroup) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(g.dir.Fd())}
}

func (b *bench) startInside() finding {
	return b.inGroup(func(g *trialGroup) finding {
		born, err := startChild(bornIn(g))
		if err == nil {
			defer born.end()
			return isMember(g, born, "clone3 with CLONE_INTO_CGROUP")
		}
		if errors.Is(err, errNoChild) {
			return notTried(err)
		}
		// Telling what is wrong with clone3 from what is wrong with the group.
		moved, moveErr := startMember(g)
		if moveErr != nil {
			return no(errors.Join(err, moveErr), b.remedyForCall(err, "Linux 5.7 or later"))
		}
		defer moved.end()
		if f := isMember(g, moved, ""); f.state != Yes {
			return f
		}
		return partial("only by moving it in after its start, through cgroup.procs", err, b.remedyForCall(err, "Linux 5.7 or later"))
	})
}

func isMember(g *trialGroup, c *child, how string) finding {
	procs, err := g.read("cgroup.procs")
	if err != nil {
		return no(err, "")
	}
	if !hasLine(procs, strconv.Itoa(c.pid())) {
		return no(fmt.Errorf("%s/cgroup.procs: child %d is not listed", g.path, c.pid()), "")
	}
	return yes("%s", how)
}

func (b *bench) groupEvents() finding {
	return b.inPopulatedGroup(func(g *trialGroup, member *child) finding {
		if err := g.awaitEvent(b.ctx, "populated 1"); err != nil {
			return no(err, "")
		}
		if err := member.finish(); err != nil {
			return unknown(fmt.Errorf("not tried: the member failed: %w", err), "")
		}
		if err := g.awaitEvent(b.ctx, "populated 0"); err != nil {
			return no(err, "")
		}
		return yes("cgroup.events says when the group becomes empty, and poll wakes")
	})
}

func (b *bench) freezeGroup() finding {
	return b.inPopulatedGroup(func(g *trialGroup, _ *child) finding {
		for _, step := range []struct{ value, event string }{{"1", "frozen 1"}, {"0", "frozen 0"}} {
			if err := g.write("cgroup.freeze", step.value); err != nil {
				return no(err, remedyMissingFile(err, "Linux 5.2 or later"))
			}
			if err := g.awaitEvent(b.ctx, step.event); err != nil {
				return no(err, "")
			}
		}
		return yes("cgroup.freeze, seen in cgroup.events")
	})
}

func (b *bench) killGroup() finding {
	return b.inPopulatedGroup(func(g *trialGroup, member *child) finding {
		if err := g.write("cgroup.kill", "1"); err != nil {
			return no(err, remedyMissingFile(err, "Linux 5.14 or later"))
		}
		if err := g.awaitEvent(b.ctx, "populated 0"); err != nil {
			return no(err, "")
		}
		return yes("cgroup.kill")
	})
}

func (b *bench) groupXattr() finding {
	return b.inGroup(func(g *trialGroup) finding {
		const name, value = "user.jobobject.probe", "held"
		if err := unix.Fsetxattr(int(g.dir.Fd()), name, []byte(value), 0); err != nil {
			err = &os.PathError{Op: "setxattr " + name, Path: g.path, Err: err}
			return no(err, "Linux 5.7 or later keeps user attributes on cgroup directories")
		}
		got := make([]byte, 64)
		n, err := unix.Fgetxattr(int(g.dir.Fd()), name, got)
		if err != nil || string(got[:max(n, 0)]) != value {
			return no(fmt.Errorf("%s: attribute %s not read back: %w", g.path, name, err), "")
		}
		return yes("user attributes on the directory keep state with the group")
	})
}

func (b *bench) groupLock() finding {
	return b.inGroup(func(g *trialGroup) finding {
		second, err := os.Open(g.path)
		if err != nil {
			return no(err, "")
		}
		defer second.Close()
		if err := unix.Flock(int(second.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return no(&os.PathError{Op: "flock", Path: g.path, Err: err}, "")
		}
		// A lock that does not keep anyone out would pass for one that was got.
		if err := unix.Flock(int(g.dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
			return no(fmt.Errorf("flock %s: a second lock was not refused", g.path), "")
		}
		return yes("flock on the directory")
	})
}

func (b *bench) cpuAccounting() finding {
	return b.inGroup(func(g *trialGroup) finding {
		stat, err := g.read("cpu.stat")
		if err != nil {
			return no(err, remedyMissingFile(err, "Linux 4.15 or later"))
		}
		if !strings.Contains(stat, "usage_usec ") {
			return no(fmt.Errorf("%s/cpu.stat: no usage_usec in it", g.path), "")
		}
		return yes("cpu.stat, with and without the cpu controller")
	})
}
