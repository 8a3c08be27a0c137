package cgroup

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"
)

// events is cgroup.events of a directory: the kernel says there whether there
// are live members and whether they are all frozen, and wakes who waits for a
// change.
type events struct {
	file *os.File
	raw  syscall.RawConn
}

type condition struct {
	populated bool
	frozen    bool
}

func openEvents(dir string) (*events, error) { return openNotices(dir + "/cgroup.events") }

// openNotices opens a file that the kernel tells changes of.
func openNotices(path string) (*events, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &events{file, raw}, nil
}

func (e *events) close() { e.file.Close() }

// now is the condition at this moment.
func (e *events) now() (c condition, err error) {
	controlErr := e.raw.Control(func(fd uintptr) { c, err = readCondition(int(fd)) })
	return c, errors.Join(err, controlErr)
}

// noticeInterval is how long the kernel may keep a notice back: it wakes waiters
// of a cgroup.events at most that often.
const noticeInterval = 10 * time.Millisecond

// await waits until the condition is met, and returns context errors as they
// are. A directory that has been removed has no members and is not frozen.
//
// A notice that is kept back would be most of the time that it takes to end a
// young tree. So for that long it also looks without being told, and after that
// leaves it to the kernel.
func (e *events) await(ctx context.Context, met func(condition) bool) error {
	past := time.Unix(1, 0)
	stop := context.AfterFunc(ctx, func() { _ = e.file.SetReadDeadline(past) })
	defer stop()
	for pause := noticeInterval / 128; ; pause *= 2 {
		deadline := time.Time{}
		if pause < noticeInterval {
			deadline = time.Now().Add(pause)
		}
		_ = e.file.SetReadDeadline(deadline)
		if err := ctx.Err(); err != nil { // after that line: its end may have come before it
			return err
		}
		var readErr error
		err := e.raw.Read(func(fd uintptr) bool {
			var now condition
			now, readErr = readCondition(int(fd))
			return readErr != nil || met(now)
		})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return errors.Join(err, readErr)
		}
	}
}

// readCondition also arms the kernel's notice of the next change.
func readCondition(fd int) (condition, error) {
	content := make([]byte, 256)
	n, err := syscall.Pread(fd, content, 0)
	if errors.Is(err, syscall.ENODEV) {
		return condition{}, nil
	}
	if err != nil {
		return condition{}, os.NewSyscallError("read cgroup.events", err)
	}
	text := string(content[:n])
	return condition{
		populated: strings.Contains(text, "populated 1"),
		frozen:    strings.Contains(text, "frozen 1"),
	}, nil
}
