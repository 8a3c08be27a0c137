package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// notControlling keeps a terminal that is opened from becoming the controlling
// one.
const notControlling = syscall.O_NOCTTY

// resolve follows links until they end at a file, which need not exist, or at one
// of this process's own descriptors. Opening that by its name would start over at
// the beginning of a file that others are writing to.
func resolve(path string) (fd int, target string, err error) {
	const most = 40 // as the kernel
	for range most {
		if fd, ok := descriptor(path); ok {
			return fd, "", nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return -1, path, nil // no link; whatever else is wrong shows when it is opened
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return -1, "", &os.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

func descriptor(path string) (int, bool) {
	path = filepath.Clean(path)
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", fmt.Sprintf("/proc/%d/fd/", os.Getpid())} {
		if text, found := strings.CutPrefix(path, dir); found {
			fd, err := strconv.Atoi(text)
			return fd, err == nil && fd >= 0
		}
	}
	return 0, false
}

// duplicate gives a descriptor of our own for one that was inherited.
func duplicate(fd int, path string) (*os.File, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil {
		var own int
		own, err = unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && own&unix.FD_CLOEXEC != 0 {
			err = unix.EBADF // not inherited, but one of this program's
		}
	}
	if err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY {
		err = unix.EACCES
	}
	if err != nil {
		return nil, &os.PathError{Op: "write to", Path: path, Err: err}
	}
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, &os.PathError{Op: "write to", Path: path, Err: err}
	}
	return os.NewFile(uintptr(copied), path), nil
}
