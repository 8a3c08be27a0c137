package terminal

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Follow follows the process with the number main, a child that has not been
// waited for.
func Follow(main int) *Follower { return &Follower{sys: &host{main: main}} }

// Foreground tells whether this process has the terminal: what is typed there to
// interrupt or stop has been sent to the command as well.
func Foreground() bool { return foregroundGroup() == unix.Getpgrp() }

type host struct{ main int }

func (h *host) ownGroup() int { return unix.Getpgrp() }

func (h *host) mainGroup() int {
	group, err := unix.Getpgid(h.main)
	if err != nil {
		return 0
	}
	return group
}

func (h *host) mainStopped() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.main))
	if err != nil {
		return false
	}
	// The name before the state may hold blanks and parentheses.
	_, state, found := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(" "))
	return found && len(state) > 0 && state[0] == 'T'
}

func (h *host) foreground() int { return foregroundGroup() }

func (h *host) underShell() bool {
	parent := os.Getppid()
	session, err := unix.Getsid(parent)
	if err != nil {
		return false
	}
	own, err := unix.Getsid(0)
	if err != nil || session != own {
		return false
	}
	group, err := unix.Getpgid(parent)
	return err == nil && group != unix.Getpgrp()
}

func (h *host) setForeground(group int) { setForegroundGroup(group) }

func (h *host) resume(group int) {
	target := -group
	if group == unix.Getpgrp() {
		target = h.main // this process goes on already
	}
	_ = unix.Kill(target, unix.SIGCONT) // gone meanwhile: nothing to resume
}

// stop stops this process as the terminal would have, which the kernel does only
// where there is a shell to continue it. The signal goes to the calling thread,
// which takes it before the disposition is put back.
func (h *host) stop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// struct sigaction, whatever its layout on this machine: zero is the default.
	var byDefault, present [256]byte
	if !exchangeAction(unix.SIGTSTP, &byDefault, &present) {
		return
	}
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGTSTP)
	exchangeAction(unix.SIGTSTP, &present, &byDefault)
}

func exchangeAction(sig unix.Signal, set, old *[256]byte) bool {
	const kernelSetSize = 8
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), kernelSetSize, 0, 0)
	return errno == 0
}
