package report

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// SignalName is the name of a signal as people write it, such as SIGTERM.
func SignalName(sig os.Signal) string {
	if number, ok := sig.(syscall.Signal); ok {
		if name := unix.SignalName(number); name != "" {
			return name
		}
	}
	return sig.String()
}
