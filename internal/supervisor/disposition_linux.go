package supervisor

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// byDefault makes a signal do to this process what it does to those that know nothing of
// it. The runtime would tell of its own crash instead.
func byDefault(sig syscall.Signal) {
	const kernelSetSize = 8
	var action [256]byte // struct sigaction, whatever its layout on this machine: zero is the default
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, kernelSetSize, 0, 0)
}

// unblock lets the signal come to this thread.
func unblock(sig syscall.Signal) {
	var set unix.Sigset_t
	bits := 8 * unsafe.Sizeof(set.Val[0])
	set.Val[uintptr(sig-1)/bits] |= 1 << (uintptr(sig-1) % bits)
	_ = unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil)
}
