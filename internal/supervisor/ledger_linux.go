package supervisor

import (
	"errors"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Ledger is what the processes of a tree have used that are dead and that the supervisor
// has waited for, each with all those that it had waited for itself.
type Ledger struct {
	User, Kernel            time.Duration
	PeakMemory              uint64 // of the one that had most, in bytes
	Reaped                  uint64 // how many, without those that members have waited for
	MinorFaults             uint64 // pages that were in memory already
	MajorFaults             uint64 // pages that had to be read
	ReadBlocks, WriteBlocks uint64 // of 512 bytes, from and to disks
}

// The columns of the ledger in memory.
const (
	columnUser = iota // nanoseconds
	columnKernel
	columnPeak
	columnReaped
	columnMinor
	columnMajor
	columnRead
	columnWritten
	columnEmpty // 1 when nothing is left of the tree
	columns
)

// book is the ledger in memory that the processes share.
type book struct {
	memory []byte
	cells  *[columns]uint64
}

const bookSize = columns * 8

// newBook makes an empty one.
func newBook() (b *book, file int, err error) {
	fd, err := unix.MemfdCreate("jobobject-ledger", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, -1, os.NewSyscallError("memfd_create", err)
	}
	if err := unix.Ftruncate(fd, bookSize); err != nil {
		unix.Close(fd)
		return nil, -1, os.NewSyscallError("ftruncate", err)
	}
	if b, err = openBook(fd); err != nil {
		unix.Close(fd)
		return nil, -1, err
	}
	return b, fd, nil
}

// openBook opens the one in a file, which may be closed then.
func openBook(fd int) (*book, error) {
	memory, err := unix.Mmap(fd, 0, bookSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &book{memory, (*[columns]uint64)(unsafe.Pointer(unsafe.SliceData(memory)))}, nil
}

func (b *book) close() { _ = unix.Munmap(b.memory) }

// add enters a process that has been waited for.
func (b *book) add(usage *unix.Rusage) {
	const kilobyte = 1024
	atomic.AddUint64(&b.cells[columnUser], uint64(usage.Utime.Nano()))
	atomic.AddUint64(&b.cells[columnKernel], uint64(usage.Stime.Nano()))
	atomic.AddUint64(&b.cells[columnMinor], uint64(usage.Minflt))
	atomic.AddUint64(&b.cells[columnMajor], uint64(usage.Majflt))
	atomic.AddUint64(&b.cells[columnRead], uint64(usage.Inblock))
	atomic.AddUint64(&b.cells[columnWritten], uint64(usage.Oublock))
	peak := uint64(usage.Maxrss) * kilobyte
	for {
		present := atomic.LoadUint64(&b.cells[columnPeak])
		if peak <= present || atomic.CompareAndSwapUint64(&b.cells[columnPeak], present, peak) {
			break
		}
	}
	atomic.AddUint64(&b.cells[columnReaped], 1)
}

// closeTree enters that nothing is left.
func (b *book) closeTree() { atomic.StoreUint64(&b.cells[columnEmpty], 1) }

func (b *book) treeClosed() bool { return atomic.LoadUint64(&b.cells[columnEmpty]) == 1 }

func (b *book) read() Ledger {
	return Ledger{
		User:        time.Duration(atomic.LoadUint64(&b.cells[columnUser])),
		Kernel:      time.Duration(atomic.LoadUint64(&b.cells[columnKernel])),
		PeakMemory:  atomic.LoadUint64(&b.cells[columnPeak]),
		Reaped:      atomic.LoadUint64(&b.cells[columnReaped]),
		MinorFaults: atomic.LoadUint64(&b.cells[columnMinor]),
		MajorFaults: atomic.LoadUint64(&b.cells[columnMajor]),
		ReadBlocks:  atomic.LoadUint64(&b.cells[columnRead]),
		WriteBlocks: atomic.LoadUint64(&b.cells[columnWritten]),
	}
}

// reapAll waits for all children until there are none, and calls changed with what becomes
// of each before it is entered.
func (b *book) reapAll(changed func(pid int, status unix.WaitStatus)) {
	for {
		var status unix.WaitStatus
		var usage unix.Rusage
		pid, err := unix.Wait4(-1, &status, unix.WUNTRACED|unix.WCONTINUED|unix.WALL, &usage)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return // no children
		}
		if status.Exited() || status.Signaled() {
			b.add(&usage)
		}
		changed(pid, status)
	}
}
