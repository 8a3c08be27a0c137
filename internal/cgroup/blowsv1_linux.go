package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// memoryKillsV1 is also how often members had all of the limit: a v1 hierarchy counts
// nothing else that says so.
func memoryKillsV1(dir string) (kills uint64) {
	if !reachedV1(dir, "memory.") && !reachedV1(dir, "memory.memsw.") { // which of them is first is the kernel's business
		return 0
	}
	_ = tree{dir}.walk(func(dir string) error { // each one counts what died in itself
		kills += readPairs(dir + "/memory.oom_control")["oom_kill"]
		return nil
	})
	return kills
}

// reachedV1 tells whether members have come to a limit of this very group. Of the
// limit that includes swap newer kernels do not count how often that was; then
// the most that members have had tells.
func reachedV1(dir, prefix string) bool {
	failures, _ := readFigure(dir + "/" + prefix + "failcnt").Get()
	most, known := readFigure(dir + "/" + prefix + "max_usage_in_bytes").Get()
	limit, limited := readFigure(dir + "/" + prefix + "limit_in_bytes").Get()
	return failures > 0 || known && limited && most >= limit
}

// watchBlowsV1 calls changed after notices of the kernel that a group has no memory
// left. They come before anybody is killed, to the groups below too, and sometimes
// one for several kills; so it looks again for a second, in growing pauses.
func watchBlowsV1(dir string, changed func()) (stop func(), err error) {
	notices, err := openNoticesV1(dir)
	if errors.Is(err, errNotTold) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	go func() {
		defer notices.Close()
		last, looks := uint64(0), 0
		for {
			if now := memoryKillsV1(dir); now != last {
				last = now
				changed()
			}
			deadline := time.Time{}
			if looks > 0 {
				deadline = time.Now().Add(time.Second >> looks)
				looks--
			}
			_ = notices.SetReadDeadline(deadline)
			_, err := notices.Read(make([]byte, 8))
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded):
			case err != nil || !exists(dir): // the kernel tells of its removal too
				return
			default:
				looks = 10
			}
		}
	}()
	return func() { _ = notices.Close() }, nil
}

// errNotTold says that the kernel has no such notices, or not for this process.
var errNotTold = errors.New("the kernel does not tell of it")

// openNoticesV1 gives an eventfd that is readable after each notice. The kernel
// forgets it when it is closed.
func openNoticesV1(dir string) (*os.File, error) {
	control, err := unix.Open(dir+"/memory.oom_control", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir + "/memory.oom_control", Err: err}
	}
	defer unix.Close(control)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	notices := os.NewFile(uintptr(fd), "notices of "+dir)
	err = writeFile(dir+"/cgroup.event_control", fmt.Sprintf("%d %d", fd, control))
	if err == nil {
		return notices, nil
	}
	for _, refusal := range []error{fs.ErrNotExist, fs.ErrPermission, errors.ErrUnsupported, unix.EINVAL, unix.EROFS} {
		if errors.Is(err, refusal) {
			err = errNotTold
		}
	}
	return nil, errors.Join(err, notices.Close())
}
