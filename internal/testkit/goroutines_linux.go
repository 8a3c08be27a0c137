package testkit

import (
	"runtime"
	"strings"
)

// goroutinesInKernel maps the headers of goroutines that are blocked in a system call to
// their stacks. goleak ignores all of these, but in this project they are the
// likely leak: somebody still waits for a process.
func goroutinesInKernel() map[string]string {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	found := map[string]string{}
	for stack := range strings.SplitSeq(string(text), "\n\n") {
		header, frames, _ := strings.Cut(stack, "\n")
		name, state, _ := strings.Cut(header, " [") // goroutine 7 [syscall, 2 minutes]:
		if strings.HasPrefix(state, "syscall") && !strings.HasPrefix(frames, "os/signal.") {
			found[name] = frames
		}
	}
	return found
}
