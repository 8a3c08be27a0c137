package bpf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// The library has a package for what is done here. It is ready for all other ways
// to attach too, which takes each start of every program that links it 0.04 ms,
// whether it traces or not.

// attachType is what the kernel calls BPF_TRACE_ITER.
const attachType = 28

// attachment keeps a program attached until it is closed.
type attachment struct{ fd int }

// attach makes a program run where it says itself that it belongs.
func attach(program *ebpf.Program) (attachment, error) {
	fd, err := bpfCall(unix.BPF_RAW_TRACEPOINT_OPEN, &struct {
		name    uint64
		program uint32
		_       uint32
	}{program: uint32(program.FD())})
	return attachment{fd}, err
}

// attachToAll makes it run for all processes whenever goThrough is called.
func attachToAll(program *ebpf.Program) (attachment, error) {
	fd, err := bpfCall(unix.BPF_LINK_CREATE, &struct{ program, target, attachType, flags uint32 }{
		program: uint32(program.FD()), attachType: attachType,
	})
	return attachment{fd}, err
}

// goThrough runs a program for all processes. It prints nothing: reading is what
// makes it run.
func (a attachment) goThrough() error {
	fd, err := bpfCall(unix.BPF_ITER_CREATE, &struct{ link, flags uint32 }{link: uint32(a.fd)})
	if err != nil {
		return fmt.Errorf("go through all processes: %w", err)
	}
	defer func() { unix.Close(fd) }()
	var nothing [1]byte
	for {
		n, err := unix.Read(fd, nothing[:])
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // so many that the kernel makes a pause
		case err != nil:
			return fmt.Errorf("go through all processes: %w", os.NewSyscallError("read", err))
		case n == 0:
			return nil
		default:
			return fmt.Errorf("go through all processes: %w", io.ErrShortBuffer)
		}
	}
}

func (a attachment) close() error { return os.NewSyscallError("close", unix.Close(a.fd)) }

// bpfCall makes the system call whose result is a descriptor.
func bpfCall[T any](command int, arguments *T) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(command), uintptr(unsafe.Pointer(arguments)), unsafe.Sizeof(*arguments))
	if errno != 0 {
		return -1, os.NewSyscallError("bpf", errno)
	}
	return int(fd), nil
}
