package guard

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroup"
)

// killPatience is how long the guard goes on while no member of a group dies.
const killPatience = 2 * time.Second

// The guard must be running before anything of the program's own gets a chance
// to, and takes the place of its main.
func init() {
	if len(os.Args) == 3 && os.Args[0] == processName {
		run()
		syscall.Exit(0) // the race detector would make os.Exit take a second
	}
}

// run is what is left to do for a guard that was a sentry until now, and where
// there is no sentry all of it.
func run() {
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(unsafe.StringData(processName+"\x00"))), 0, 0, 0) // else it is "exe" in ps
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPIPE,
		syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	closeInherited()
	awaitDeath()
	for dir := range readList() {
		_ = cgroup.Destroy(dir, killPatience) // there is nobody to tell; a sweep tries again
	}
}

// closeInherited closes what the parent has itself inherited open across exec.
func closeInherited() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd >= programFD {
			_ = syscall.Close(fd)
		}
	}
}

// awaitDeath waits for the owner to be dead, with all its threads and, for that,
// all its descriptors closed: its groups are nobody's.
func awaitDeath() {
	owner := []unix.PollFd{{Fd: ownerFD, Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(owner, -1)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func readList() map[string]bool {
	// The owner's position in the file is this one's too.
	content, err := io.ReadAll(io.NewSectionReader(os.NewFile(listFD, "list"), 0, 1<<40))
	if err != nil {
		return nil
	}
	return parseList(content)
}
