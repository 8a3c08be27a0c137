package main

import (
	"bytes"
	"fmt"
	"os"
)

// commandLine is how a process was called, in brackets its name if it does not
// tell. It is not alive if it has gone meanwhile.
func commandLine(pid int) (command string, alive bool) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return "", false
	}
	line = bytes.TrimRight(line, "\x00 ")
	if len(line) > 0 {
		return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})), true
	}
	// A member whose first thread has ended shows no arguments and is alive (C04).
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("[%s]", bytes.TrimSpace(name)), true
}
