package member

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Command is the command line of a process, or its name in brackets where it
// has none.
func Command(pid int) string {
	dir := "/proc/" + strconv.Itoa(pid)
	if line, err := os.ReadFile(dir + "/cmdline"); err == nil && len(line) > 0 {
		return string(bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '}))
	}
	name, _ := os.ReadFile(dir + "/comm")
	return "[" + strings.TrimSpace(string(name)) + "]"
}

// State says what keeps a killed process alive, as far as /proc tells.
func State(pid int) string {
	_, rest, found := Stat(pid)
	if !found || len(rest) == 0 {
		return ""
	}
	switch rest[0] {
	case "D":
		return "uninterruptible sleep, or frozen by a v1 freezer"
	case "Z":
		return "dead leader with live threads"
	default:
		return "state " + rest[0]
	}
}

// AnyRunnable tells whether one of the processes only waits for a processor.
func AnyRunnable(pids []int) bool {
	return slices.ContainsFunc(pids, func(pid int) bool {
		_, rest, found := Stat(pid)
		return found && len(rest) > 0 && rest[0] == "R"
	})
}

// Stat splits /proc/PID/stat into the name and what comes after it. The name
// may hold anything, parentheses and spaces too.
func Stat(pid int) (name string, rest []string, found bool) {
	content, err := ReadMadeUp("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", nil, false
	}
	return splitStat(content)
}

func splitStat(content []byte) (name string, rest []string, found bool) {
	open, end := bytes.IndexByte(content, '('), bytes.LastIndexByte(content, ')')
	if open < 0 || end < open {
		return "", nil, false
	}
	return string(content[open+1 : end]), strings.Fields(string(content[end+1:])), true
}
