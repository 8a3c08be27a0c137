package trace

import (
	"syscall"
	"time"
)

// Status is how a process ended, as wait(2) tells it.
type Status uint32

// Signal is the signal that killed it, 0 if it exited.
func (s Status) Signal() syscall.Signal { return syscall.Signal(s & 0x7f) }

// Code is what it exited with. It means nothing if it was killed.
func (s Status) Code() int { return int(s>>8) & 0xff }

// CoreDumped tells whether the memory was written to a core file.
func (s Status) CoreDumped() bool { return s&0x80 != 0 }

// Usage is what a whole process, all its threads, has used in its life.
type Usage struct {
	User, System             time.Duration
	MinorFaults, MajorFaults uint64
	IO                       IO

	// PeakMemory is the most that was resident, in bytes. PeakMemoryAtMost is
	// set if that may have been its parent's: a process that was started by
	// vfork, as most are, has its parent's memory until it execs.
	PeakMemory       uint64
	PeakMemoryAtMost bool
	// PeakSpace is the most address space it has mapped since its last exec,
	// in bytes; 0 if not known.
	PeakSpace uint64
	// AtLeast is set if some thread could not be counted.
	AtLeast bool
}

// IO is what was read and written: by system calls, how many and how much, and
// how much of that had to be moved from and to devices.
type IO struct {
	ReadCalls, WriteCalls             uint64
	ReadBytes, WriteBytes             uint64
	ReadDeviceBytes, WriteDeviceBytes uint64
}

// add sums up what can be, and takes the higher of the peaks.
func (u *Usage) add(v Usage) {
	u.User += v.User
	u.System += v.System
	u.MinorFaults += v.MinorFaults
	u.MajorFaults += v.MajorFaults
	u.IO.ReadCalls += v.IO.ReadCalls
	u.IO.WriteCalls += v.IO.WriteCalls
	u.IO.ReadBytes += v.IO.ReadBytes
	u.IO.WriteBytes += v.IO.WriteBytes
	u.IO.ReadDeviceBytes += v.IO.ReadDeviceBytes
	u.IO.WriteDeviceBytes += v.IO.WriteDeviceBytes
	u.PeakSpace = max(u.PeakSpace, v.PeakSpace)
	u.AtLeast = u.AtLeast || v.AtLeast
	if !v.PeakMemoryAtMost {
		u.PeakMemory = max(u.PeakMemory, v.PeakMemory)
	}
}
