//go:build !linux

package report

import "os"

// SignalName is what the system calls the signal.
func SignalName(sig os.Signal) string { return sig.String() }
