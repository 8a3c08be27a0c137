package trace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pidfdInfo is the first version of the kernel's structure (linux/pidfd.h,
// Linux 6.13).
type pidfdInfo struct {
	mask     uint64
	cgroup   uint64
	ids      [11]uint32
	exitCode int32
}

const (
	pidfdGetInfo  = 0xC040FF0B // _IOWR(0xFF, 11, 64 bytes)
	pidfdInfoExit = 1 << 3     // Linux 6.15; filled in once the process has been waited for
)

// exitStatusOf asks the kernel how a process ended that is gone.
func exitStatusOf(pidfd int) (Status, bool) {
	info := pidfdInfo{mask: pidfdInfoExit}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(pidfd), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
	if errno != 0 || info.mask&pidfdInfoExit == 0 {
		return 0, false
	}
	return Status(info.exitCode), true
}
