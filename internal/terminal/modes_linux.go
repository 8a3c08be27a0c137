package terminal

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Modes are those of the terminal that the standard files are on, as they were
// when it was this process's.
type Modes struct {
	fd       int
	settings *unix.Termios
	owned    bool // this process had the terminal
}

// Remember returns nil where none of the standard files is a terminal.
func Remember() *Modes {
	for fd := range 3 {
		if settings, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
			return &Modes{fd, settings, Foreground()}
		}
	}
	return nil
}

// Restore puts the modes back, for a command that was killed could not. It leaves
// a terminal alone that somebody else has by now.
func (m *Modes) Restore() {
	if m == nil || !m.owned || !Foreground() {
		return
	}
	holdTTOU(func() { _ = unix.IoctlSetTermios(m.fd, unix.TCSETS, m.settings) })
}

// Reclaim takes the terminal back from a process group of the command that has
// died with it: who comes next in this group would be stopped.
func (m *Modes) Reclaim() {
	if m == nil || !m.owned {
		return
	}
	group := foregroundGroup()
	if group == 0 || group == unix.Getpgrp() {
		return
	}
	if errors.Is(unix.Kill(-group, 0), unix.ESRCH) {
		setForegroundGroup(unix.Getpgrp())
	}
}
