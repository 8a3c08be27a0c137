package member

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"jobobject/internal/group"
)

// Tick is the unit of times in /proc/PID/stat, on all machines that Go runs on.
const Tick = 10 * time.Millisecond

// UserTime is what a process has used of processors itself, its dead threads included.
func UserTime(pid int) (used time.Duration, found bool) {
	const userTime = 14 - 3 // field of /proc/PID/stat, counted after the name
	_, rest, found := Stat(pid)
	if !found || len(rest) <= userTime {
		return 0, false // it has ended
	}
	ticks, err := strconv.ParseUint(rest[userTime], 10, 64)
	return time.Duration(ticks) * Tick, err == nil
}

// Memory is what a process has that is anonymous, shared or swapped out, in bytes. Of
// a zombie it is not found.
func Memory(pid int) (bytes uint64, found bool) {
	content, err := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	return memoryIn(content)
}

// memoryIn finds it in /proc/PID/status.
func memoryIn(status []byte) (sum uint64, found bool) {
	for _, name := range []string{"\nRssAnon:", "\nRssShmem:", "\nVmSwap:"} {
		kilobytes, has := numberAfter(status, name)
		sum += kilobytes << 10
		found = found || has
	}
	return sum, found
}

// Transfers is what a process has read and written; that of other users' processes
// only root may know.
func Transfers(pid int) (t group.Transfer, found bool) {
	content, err := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/io")
	if err != nil {
		return t, false
	}
	content = append([]byte{'\n'}, content...)
	t.Read, found = numberAfter(content, "\nrchar:")
	t.Written, _ = numberAfter(content, "\nwchar:")
	return t, found
}

func numberAfter(text []byte, name string) (n uint64, found bool) {
	_, rest, found := bytes.Cut(text, []byte(name))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	word, _, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	n, err := strconv.ParseUint(word, 10, 64)
	return n, found && err == nil
}
