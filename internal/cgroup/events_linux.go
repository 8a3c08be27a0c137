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

func openEvents(dir string) (*events, error) {
	file, err := os.Open(dir + "/cgroup.events")
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

// await waits until the condition is met, and returns context errors as they
// are. A directory that has been removed has no members and is not frozen.
func (e *events) await(ctx context.Context, met func(condition) bool) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = e.file.SetReadDeadline(deadline)
	} else {
		_ = e.file.SetReadDeadline(time.Time{})
	}
	stop := context.AfterFunc(ctx, func() { _ = e.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()

	var readErr error
	err := e.raw.Read(func(fd uintptr) bool {
		var now condition
		now, readErr = readCondition(int(fd))
		return readErr != nil || met(now)
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if ctx.Err() == nil { // the file's deadline was faster than the context's
			return context.DeadlineExceeded
		}
		return ctx.Err()
	}
	return errors.Join(err, readErr)
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
