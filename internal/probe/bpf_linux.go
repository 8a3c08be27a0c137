package probe

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The smallest program there is: r0 = 0; exit. Both instructions have only
// their code set, so they read the same in either byte order.
var trivialProgram = [16]byte{0xb7, 8: 0x95}

var programLicense = [...]byte{'G', 'P', 'L', 0}

// mapCreateAttr and progLoadAttr are the beginnings of union bpf_attr that are
// needed here. The kernel takes a shorter one than its own as ending in zeros.
type mapCreateAttr struct {
	mapType, keySize, valueSize, maxEntries, flags uint32
}

type progLoadAttr struct {
	progType, insnCount                uint32
	insns, license                     uint64
	logLevel, logSize                  uint32
	logBuf                             uint64
	kernelVersion, flags               uint32
	name                               [unix.BPF_OBJ_NAME_LEN]byte
	ifindex, expectedAttachType        uint32
	btfFD, funcInfoSize                uint32
	funcInfo                           uint64
	funcInfoCount, lineInfoSize        uint32
	lineInfo                           uint64
	lineInfoCount, attachBTFID, attach uint32
	_                                  uint32
}

// program says what to load the trivial program as.
type program struct {
	what        string // for the error
	progType    uint32
	attachType  uint32
	attachBTFID uint32 // the kernel function or tracepoint, for the types that name it when loading
}

// load offers the program to the verifier and unloads it. Everything that can
// refuse a real one at this point (privilege, lockdown, the kernel's build)
// refuses this one; nothing is attached, so nothing of the system slows down.
func (p program) load() error {
	attr := progLoadAttr{
		progType:           p.progType,
		insnCount:          uint32(len(trivialProgram) / 8),
		insns:              address(&trivialProgram),
		license:            address(&programLicense),
		expectedAttachType: p.attachType,
		attachBTFID:        p.attachBTFID,
	}
	if err := bpfOnce(unix.BPF_PROG_LOAD, unsafe.Pointer(&attr), unsafe.Sizeof(attr)); err != nil {
		return fmt.Errorf("load %s program: %w", p.what, err)
	}
	return nil
}

func createRingBuffer() error {
	attr := mapCreateAttr{mapType: unix.BPF_MAP_TYPE_RINGBUF, maxEntries: uint32(os.Getpagesize())}
	if err := bpfOnce(unix.BPF_MAP_CREATE, unsafe.Pointer(&attr), unsafe.Sizeof(attr)); err != nil {
		return fmt.Errorf("create ring buffer: %w", err)
	}
	return nil
}

// bpfOnce makes one bpf object and closes it again.
func bpfOnce(command uintptr, attr unsafe.Pointer, size uintptr) error {
	// EAGAIN says that a signal interrupted the verifier, and Go's scheduler
	// sends some; libbpf tries as often.
	for attempt := 1; ; attempt++ {
		fd, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(attr), size)
		if errno == 0 {
			return unix.Close(int(fd))
		}
		if errno != unix.EAGAIN || attempt == 5 {
			return os.NewSyscallError("bpf", errno)
		}
	}
}

// address is for package variables only: they do not move.
func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }
