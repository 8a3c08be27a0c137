package supervisor

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// order is what the supervisor is to start and how. It goes through a file in memory: the
// arguments of a process are there for all to read.
type order struct {
	// Bytes, because nobody says that they are UTF-8.
	Path, Dir, Chroot []byte
	Argv, Env         [][]byte
	Attr              syscall.SysProcAttr
	Group             int    // the caller's process group, where the attributes say nothing else
	Ignored           uint64 // signals that the caller ignores, bit 0 for signal 1

	KillOnClose, Suspended, Stopped bool
}

// lastSignal is the highest number of a signal.
const lastSignal = 64

// orderFor is what exec.Cmd would do.
func orderFor(cmd *exec.Cmd, spec Spec) *order {
	o := &order{
		Path: []byte(cmd.Path), Dir: []byte(cmd.Dir),
		Argv: byteStrings(cmd.Args), Env: byteStrings(cmd.Environ()),
		Group:       unix.Getpgrp(),
		KillOnClose: spec.KillOnClose, Suspended: spec.Suspended, Stopped: spec.Stopped,
	}
	if len(o.Argv) == 0 {
		o.Argv = [][]byte{o.Path}
	}
	if cmd.SysProcAttr != nil {
		o.Attr = *cmd.SysProcAttr
		o.Chroot, o.Attr.Chroot = []byte(o.Attr.Chroot), ""
		o.Attr.PidFD = nil
	}
	for sig := syscall.Signal(1); sig <= lastSignal; sig++ {
		if signal.Ignored(sig) {
			o.Ignored |= 1 << (sig - 1)
		}
	}
	return o
}

// file is the order in a file in memory.
func (o *order) file() (fd int, err error) {
	content, err := json.Marshal(o)
	if err != nil {
		return -1, fmt.Errorf("encode the order: %w", err)
	}
	fd, err = unix.MemfdCreate("jobobject-order", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	for done := 0; done < len(content); {
		n, err := unix.Pwrite(fd, content[done:], int64(done))
		if err != nil {
			unix.Close(fd)
			return -1, os.NewSyscallError("pwrite", err)
		}
		done += n
	}
	return fd, nil
}

// readOrder reads it again.
func readOrder(fd int) (*order, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	content := make([]byte, stat.Size)
	for done := 0; done < len(content); {
		n, err := unix.Pread(fd, content[done:], int64(done))
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, os.NewSyscallError("pread", err)
		}
		done += n
	}
	o := &order{}
	if err := json.Unmarshal(content, o); err != nil {
		return nil, fmt.Errorf("decode the order: %w", err)
	}
	return o, nil
}

func byteStrings(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = []byte(s)
	}
	return out
}

func plainStrings(list [][]byte) []string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = string(b)
	}
	return out
}
