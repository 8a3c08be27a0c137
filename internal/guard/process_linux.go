package guard

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"jobobject/internal/cgroup"
	"jobobject/internal/pidfd"
)

const (
	pipeFD = 3

	// killPatience is how long the guard goes on while no member of a group dies.
	killPatience = 2 * time.Second

	// deathPatience bounds the wait for the owner's last breath after its end of
	// the pipe has closed.
	deathPatience = 2 * time.Second
)

// The guard must be running before anything of the program's own gets a chance
// to, and takes the place of its main.
func init() {
	if len(os.Args) == 3 && os.Args[0] == processName {
		run(os.Args[2])
		syscall.Exit(0) // the race detector would make os.Exit take a second
	}
}

func run(owner string) {
	closeInherited()
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(unsafe.StringData(processName+"\x00"))), 0, 0, 0) // else it is "exe" in ps
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPIPE,
		syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	parent := openParent(owner)
	groups := follow()
	if len(groups) == 0 {
		return
	}
	if parent != nil {
		// It closes its descriptors one after the other. Its groups can be
		// removed when it has let go of them all.
		ctx, cancel := context.WithTimeout(context.Background(), deathPatience)
		defer cancel()
		_ = parent.Wait(ctx)
	}
	for dir := range groups {
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
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > pipeFD {
			_ = syscall.Close(fd)
		}
	}
}

// openParent is nil when the owner is dead already: then somebody else is the
// parent.
func openParent(owner string) *pidfd.FD {
	parent := os.Getppid()
	if strconv.Itoa(parent) != owner {
		return nil
	}
	fd, err := pidfd.Open(parent)
	if err != nil || os.Getppid() != parent {
		return nil
	}
	return fd
}

// follow reads the pipe to its end, and returns the groups that are watched then.
func follow() map[string]bool {
	groups := map[string]bool{}
	var pending []byte
	buffer := make([]byte, 4096)
	for {
		n, err := syscall.Read(pipeFD, buffer)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if n <= 0 {
			return groups
		}
		pending = append(pending, buffer[:n]...)
		for {
			line, rest, whole := bytes.Cut(pending, []byte("\n"))
			if !whole {
				break
			}
			pending = rest
			note(groups, string(line))
		}
	}
}

func note(groups map[string]bool, line string) {
	if line == "" {
		return
	}
	switch dir := line[1:]; line[0] {
	case '+':
		groups[dir] = true
	case '-':
		delete(groups, dir)
	}
}
