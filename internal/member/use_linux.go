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

// Share is the same, but of what several processes have mapped only the part that
// falls to this one. It takes the longer the more the process has. Where it may not be
// read, it is Memory.
func Share(pid int) (bytes uint64, found bool) {
	content, err := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return Memory(pid)
	}
	return sharesIn(content)
}

func sharesIn(rollup []byte) (sum uint64, found bool) {
	for _, name := range []string{"\nPss_Anon:", "\nPss_Shmem:", "\nSwapPss:"} {
		kilobytes, has := numberAfter(rollup, name)
		sum += kilobytes << 10
		found = found || has
	}
	return sum, found
}

// PeakMemory is the most that a process has ever had resident, in bytes; 0 where that
// is not told, as of a zombie.
func PeakMemory(pid int) uint64 {
	content, err := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	kilobytes, _ := numberAfter(content, "\nVmHWM:")
	return kilobytes << 10
}

// PageFaults are those of a process and of the children that it has waited for.
func PageFaults(pid int) (sum uint64) {
	const minor, waitedMinor, major, waitedMajor = 10 - 3, 11 - 3, 12 - 3, 13 - 3 // fields of /proc/PID/stat, counted after the name
	_, rest, found := Stat(pid)
	if !found || len(rest) <= waitedMajor {
		return 0
	}
	for _, field := range []int{minor, waitedMinor, major, waitedMajor} {
		n, _ := strconv.ParseUint(rest[field], 10, 64)
		sum += n
	}
	return sum
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
