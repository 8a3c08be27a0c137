package terminal

import "golang.org/x/sys/unix"

// Width is how many columns the terminal has that a descriptor is of.
func Width(fd int) (columns int, known bool) {
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return 0, false
	}
	return int(size.Col), true
}
